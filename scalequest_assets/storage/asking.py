"""The tables of a home, open for questions: through its catalog where that is right, else through one made for them.

A home that was copied, moved or made by an earlier release has a catalog of another lake or of other views; it is
written again. Where it cannot be written, or another client has it open for writing, it is left alone.
"""

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from scalequest_assets.errors import HomeError, QueryError
from scalequest_assets.storage.catalog import MADE_OF, Catalog
from scalequest_assets.storage.home import Home
from scalequest_assets.storage.lake import Lake, Partition
from scalequest_assets.storage.sql import Tables


@contextmanager
def opened(
    home: Home, partitions: Mapping[str, Sequence[Partition]], *, on_note: Callable[[str], object]
) -> Iterator[Tables]:
    """Yield the tables of a home.

    Args:
        home: The home.
        partitions: Of every table, those that the profile has.
        on_note: Is given what the user should know of the catalog, where it is not used as it lies there.

    Raises:
        QueryError: A statement that is asked is refused.
    """
    catalog = Catalog(home, Lake(home.lake), partitions)
    if _is_published(home, catalog, on_note):
        with Tables(home.catalog_file) as tables:
            yield tables
        return
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / home.catalog_file.name
        catalog.build(file)
        with Tables(file) as tables:
            yield tables


def _is_published(home: Home, catalog: Catalog, on_note: Callable[[str], object]) -> bool:
    """Whether the home's catalog can be asked; one that is absent, or of another lake or release, is written first."""
    try:
        if home.catalog_file.exists() and _made_of(home.catalog_file) == catalog.made_of:
            return True
    except QueryError as error:
        on_note(
            f"the catalog is left alone: {error.what}\n"
            "  -> the tables are read without it. Another client that has it open for writing keeps others out: "
            f"open it read-only there (duckdb -readonly {home.catalog_file})"
        )
        return False
    try:
        catalog.publish()
    except (OSError, HomeError):
        return False
    return True


def _made_of(file: Path) -> str | None:
    """Return what a catalog was made of; None for one of an earlier release, which does not say."""
    with Tables(file) as tables:
        try:
            return str(tables.ask(f"SELECT {MADE_OF}()").item())
        except QueryError:
            return None
