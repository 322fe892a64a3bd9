"""Dagster's records of a home, for commands that only read them."""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from scalequest_assets.storage.home import Home

_DATABASES = ("history/runs.db", "history/runs/index.db", "history/event_log.db", "schedules/schedules.db")
"""What states of partitions follow from. SQLite writes beside a database even where it is only read."""
_SETTINGS = "dagster.yaml"


@contextmanager
def readable_records(home: Home) -> Iterator[Path]:
    """Yield Dagster's directory; where it is not there, or cannot be written, a copy that goes when the block ends.

    Of a home with its records in a database server this is its `dagster.yaml` alone.
    """
    if home.dagster.is_dir() and all(_can_be_written(home.dagster / name) for name in _DATABASES):
        yield home.dagster
        return
    with tempfile.TemporaryDirectory() as folder:
        for name in _DATABASES:
            if (source := home.dagster / name).exists():
                (Path(folder) / name).parent.mkdir(parents=True, exist_ok=True)
                _copy(source, Path(folder) / name)
        if (home.dagster / _SETTINGS).exists():
            shutil.copy(home.dagster / _SETTINGS, folder)
        yield Path(folder)


def make_once(database: Path, make: Callable[[Path], object]) -> None:
    """Make a database where there is none. It is there whole or not at all: another process may open it at once.

    Args:
        database: The file.
        make: Is given an empty folder, and makes a file of the same name in it.
    """
    if database.exists():
        return
    database.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=database.parent, prefix=".new-", suffix=".tmp") as folder:
        make(Path(folder))
        made = Path(folder) / database.name
        try:
            os.link(made, database)
        except FileExistsError:
            pass  # another process was quicker
        except OSError:  # a file system without hard links
            made.replace(database)


def _can_be_written(database: Path) -> bool:
    return all(os.access(place, os.W_OK) for place in (database, *database.parents[:2]) if place.exists())


def _copy(source: Path, target: Path) -> None:
    """Copy a database as of now; one that nobody has open is the same as its file."""
    try:
        reading, writing = sqlite3.connect(f"{source.as_uri()}?mode=ro", uri=True), sqlite3.connect(target)
        with closing(reading) as reader, closing(writing) as copy:
            reader.backup(copy)
    except sqlite3.OperationalError:  # a database in WAL mode, in a directory where its index cannot be made
        for suffix in ("", "-wal"):  # the last transactions may be in the log alone
            if (part := source.with_name(source.name + suffix)).exists():
                shutil.copyfile(part, target.with_name(target.name + suffix))
