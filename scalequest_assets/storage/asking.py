"""The tables of a home, open for questions: through its catalog where that is right, else through one made for them.

A home that was copied, moved or made by an earlier release has a catalog of another lake or of other views, and the one
of a lake in a bucket may be of files that another machine has replaced: it is written again. Where it cannot be
written, or another client has it open for writing, it is left alone.
"""

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from scalequest_assets.errors import HomeError, QueryError
from scalequest_assets.storage.catalog import MADE_OF, Catalog, made_of
from scalequest_assets.storage.home import Home
from scalequest_assets.storage.lake import Lake, Partition
from scalequest_assets.storage.reviews import Reviews
from scalequest_assets.storage.sql import Tables


@contextmanager
def opened(
    home: Home, partitions: Callable[[], Mapping[str, Sequence[Partition]]], *, on_note: Callable[[str], object]
) -> Iterator[Tables]:
    """Yield the tables of a home.

    Args:
        home: The home.
        partitions: Returns those of every table that the profile has; called where the catalog is not used as it lies.
        on_note: Is given what the user should know of the catalog, where it is not used as it lies there.

    Raises:
        QueryError: A statement that is asked is refused.
    """
    lake = Lake(home.lake)
    if tables := _published(home, lake, partitions, on_note):
        with tables:
            yield tables
        return
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / home.catalog_file.name
        Catalog(home, lake, partitions()).build(file)
        with Tables(file) as tables:
            yield tables


def _published(
    home: Home,
    lake: Lake,
    partitions: Callable[[], Mapping[str, Sequence[Partition]]],
    on_note: Callable[[str], object],
) -> Tables | None:
    """Return the home's catalog, open, or None where it cannot be asked.

    One that is absent, or of another lake or release, is written first.
    """
    try:
        if home.catalog_file.exists():
            tables = Tables(home.catalog_file)
            if _made_of(tables) == (
                made_of(lake, Reviews(home)) if lake.files.is_local else Catalog(home, lake, partitions()).made_of()
            ):
                return tables
            tables.close()  # in one process, DuckDB opens a path once: the new file would not be seen
    except QueryError as error:
        on_note(
            f"the catalog is left alone: {error.what}\n"
            "  -> the tables are read without it. Another client that has it open for writing keeps others out: "
            f"open it read-only there (duckdb -readonly {home.catalog_file})"
        )
        return None
    try:
        Catalog(home, lake, partitions()).publish()
    except (OSError, HomeError):
        return None
    return Tables(home.catalog_file)


def _made_of(tables: Tables) -> str | None:
    """Return what a catalog was made of; None for one of an earlier release, which does not say."""
    try:
        return str(tables.ask(f"SELECT {MADE_OF}()").item())
    except QueryError:
        return None
