"""The packages that only models with weights, trainings and the hub's data sets need: extra `local`."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, requires, version
from typing import Final

from packaging.requirements import Requirement

from scalequest_assets.errors import EngineError

DISTRIBUTION: Final = "scalequest-assets"
EXTRA: Final = "local"
REMEDY: Final = f'run: pip install "{DISTRIBUTION}[{EXTRA}]" (a checkout: make setup)'


def local_packages() -> dict[str, str | None]:
    """Return the extra's packages with the installed version of each; None where it is not installed."""
    found: dict[str, str | None] = {}
    for text in requires(DISTRIBUTION) or ():
        requirement = Requirement(text)
        if requirement.marker and requirement.marker.evaluate({"extra": EXTRA}):
            try:
                found[requirement.name] = version(requirement.name)
            except PackageNotFoundError:
                found[requirement.name] = None
    return found


@contextmanager
def needing_local_packages(what: str) -> Iterator[None]:
    """Name the remedy where a package that a block imports is not installed.

    Args:
        what: Who needs it, for people.

    Raises:
        EngineError: A package is not installed.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise EngineError(f"{what} needs the package '{error.name}', which is not installed", REMEDY) from error
