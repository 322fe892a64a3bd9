"""Dagster's records of a home, for commands that only read them."""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from scalequest_assets.storage.home import Home

_DATABASES = ("history/runs.db", "history/runs/index.db", "schedules/schedules.db")
"""What states of partitions follow from. SQLite writes beside a database even where it is only read."""
_SETTINGS = "dagster.yaml"


@contextmanager
def readable_records(home: Home) -> Iterator[Path]:
    """Yield Dagster's directory; where it is not there, or cannot be written, a copy that goes when the block ends."""
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


def _can_be_written(database: Path) -> bool:
    return all(os.access(place, os.W_OK) for place in (database, *database.parents[:2]) if place.exists())


def _copy(source: Path, target: Path) -> None:
    """Copy a database as of now; one that nobody has open is the same as its file."""
    try:
        reading, writing = sqlite3.connect(f"{source.as_uri()}?mode=ro", uri=True), sqlite3.connect(target)
        with closing(reading) as reader, closing(writing) as copy:
            reader.backup(copy)
    except sqlite3.OperationalError:  # a database in WAL mode, in a directory where its index cannot be made
        shutil.copyfile(source, target)
