"""A profile that shows an asset the settings it declared, and no others.

An asset's code version is the hash of the settings it declares. Reading another one raises: the two cannot part.
"""

from collections.abc import Callable, Iterable
from typing import Any, cast

from pydantic import BaseModel

from scalequest_assets.config.profile import Profile
from scalequest_assets.errors import UndeclaredSettingError

HOW_IT_RUNS = ("engine", "hardware")
"""Sections that every asset may read: they say how models are run, and identify nothing."""


def handed(
    profile: Profile, declared: Iterable[str], asset: str, on_read: Callable[[str], object] = lambda key: None
) -> Profile:
    """Return a view of a profile that opens at some dotted keys only.

    Args:
        profile: The whole profile.
        declared: Dotted keys, such as `roles.judge` or `random_seed`; what lies below a key comes with it.
        asset: Who reads, for the error.
        on_read: Is called with each key that is read, at the depth at which it was declared.
    """
    keys = frozenset((*declared, *HOW_IT_RUNS))
    return cast(Profile, _View(profile, keys, asset, on_read, ""))


class _View:
    """A section of the profile of which not everything was declared."""

    def __init__(
        self, section: BaseModel, keys: frozenset[str], asset: str, on_read: Callable[[str], object], path: str
    ) -> None:
        self._section, self._keys, self._asset, self._on_read, self._path = section, keys, asset, on_read, path

    def __getattr__(self, name: str) -> Any:
        """Return a declared setting, or a view of a section that has some.

        Raises:
            UndeclaredSettingError: The asset did not declare it.
        """
        key = f"{self._path}.{name}" if self._path else name
        if key in self._keys:
            self._on_read(key)
            return getattr(self._section, name)
        if any(declared.startswith(f"{key}.") for declared in self._keys):
            inner = getattr(self._section, name)
            return inner if inner is None else _View(inner, self._keys, self._asset, self._on_read, key)
        raise UndeclaredSettingError(
            f"asset {self._asset} reads the setting '{key}', which it does not declare",
            f"add it to the asset's `settings`: a setting that is read identifies what comes out (declared: "
            f"{', '.join(sorted(self._keys - {*HOW_IT_RUNS})) or 'none'})",
        )
