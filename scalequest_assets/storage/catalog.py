"""The SQL catalog: a DuckDB file that holds views only, over the lake's files, and is swapped whole.

One view per table, empty but typed where nothing is materialized, and those of `views`, which answer usual questions.
Paths in it are absolute, so that any client may open it from anywhere; it says by a macro which lake it is of.
"""

import hashlib
import json
import logging
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import duckdb
import polars as pl
from polars.datatypes import DataTypeClass

from scalequest_assets.schemas import ADDED, TABLES
from scalequest_assets.stages import REVIEWS, STAGES, Stages
from scalequest_assets.storage import views
from scalequest_assets.storage.files import replacing
from scalequest_assets.storage.home import Home
from scalequest_assets.storage.lake import Lake, Partition
from scalequest_assets.storage.reviews import Reviews

log = logging.getLogger(__name__)

MADE_OF = "catalog_made_of"
"""Macro of a catalog that returns what it was made of (`Catalog.made_of`)."""
_COMPATIBLE = "v1.0.0"
"""Version of the file's format: what clients of DuckDB 1.x open too."""

_SCALARS: dict[type[pl.DataType], str] = {
    pl.String: "VARCHAR",
    pl.Binary: "BLOB",
    pl.Boolean: "BOOLEAN",
    pl.Int32: "INTEGER",
    pl.Int64: "BIGINT",
    pl.UInt32: "UINTEGER",
    pl.UInt64: "UBIGINT",
    pl.Float32: "FLOAT",
    pl.Float64: "DOUBLE",
    pl.Datetime: "TIMESTAMP",
}


class _Files(NamedTuple):
    """The files that a view reads.

    Attributes:
        uris: Where they lie.
        is_complete: Whether each has every declared column. Else DuckDB opens all of them before each query.
    """

    uris: Sequence[str]
    is_complete: bool = True


class _Draft:
    """The file that is written; what is published is a copy. It stays open: opening it takes as long as writing a view.

    Attributes:
        file: Where it lies, in a temporary folder of its own.
    """

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="scalequest-catalog-")
        self.file = Path(self._folder.name) / "draft.duckdb"
        self._connection = duckdb.connect(config={"threads": 1})
        self._connection.execute(f"ATTACH {_text(str(self.file))} AS draft (STORAGE_VERSION '{_COMPATIBLE}')")
        self._connection.execute("USE draft")

    @contextmanager
    def changing(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Change it in one transaction: statements committed one by one take four times as long."""
        self._connection.execute("BEGIN")
        try:
            yield self._connection
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")
        self._connection.execute("CHECKPOINT draft")


class Catalog:
    """Publishes the catalog of a home; after every new file, only the views of tables that have one are written again.

    Args:
        home: Says where the catalog lies.
        lake: Holds the tables.
        partitions: For each table, the partitions that the profile has; those that do not exist yet are left out.
        stages: The tables, and what the views over several of them are made of.
    """

    def __init__(
        self, home: Home, lake: Lake, partitions: Mapping[str, Sequence[Partition]], stages: Stages = STAGES
    ) -> None:
        self._file, self._lake, self._partitions, self._stages = home.catalog_file, lake, partitions, stages
        self._reviews = Reviews(home)
        self._files: dict[str, _Files] = {}
        self._draft: _Draft | None = None
        self._written: tuple[int, int] | None = None

    @cached_property
    def made_of(self) -> str:
        """See `made_of`."""
        return made_of(self._lake, self._reviews, self._stages)

    def build(self, file: Path) -> None:
        """Write the whole catalog to a new file, wherever that is."""
        shutil.copyfile(self._whole(self._listed()).file, file)

    def publish(self, table: str | None = None) -> Path:
        """Build the catalog beside the old one and swap it in; who is reading the old one is not disturbed.

        Args:
            table: The one table with a new file; None where it may be any. It saves the look for the others' files, if
                this object wrote the catalog last.

        Returns:
            The catalog's path.
        """
        with replacing(self._file) as temporary:
            if draft := self._published():
                files = {**self._files, table: self._files_of(table)} if table else self._listed()
                with draft.changing() as connection:
                    _replace(connection, {t: files[t] for t in files if self._files[t] != files[t]})
            else:
                files = self._listed()
                draft = self._whole(files)
            shutil.copyfile(draft.file, temporary)
            self._draft, self._files, self._written = draft, files, _identity(temporary.stat())
        return self._file

    def _published(self) -> _Draft | None:
        """Return the draft, if the catalog is still the copy of it that was published here."""
        with suppress(FileNotFoundError):
            if self._draft and self._draft.file.exists() and _identity(self._file.stat()) == self._written:
                return self._draft
        return None

    def _whole(self, files: Mapping[str, _Files]) -> _Draft:
        """Return a new draft of the whole catalog."""
        draft = _Draft()
        with draft.changing() as connection:
            connection.execute(f"CREATE MACRO {MADE_OF}() AS {_text(self.made_of)}")
            _replace(connection, files)
            for name, view in views.derived(self._stages).items():
                connection.execute(f"CREATE VIEW {_name(name)} AS {view.select}")
                connection.execute(f"COMMENT ON VIEW {_name(name)} IS {_text(view.description)}")
        return draft

    def _listed(self) -> dict[str, _Files]:
        """Return the files of every table."""
        return {**{t: self._files_of(t) for t in self._stages.tables}, REVIEWS: _Files(self._reviews.uris())}

    def _files_of(self, table: str) -> _Files:
        return _files(self._lake, table, self._partitions.get(table, []))


def made_of(lake: Lake, reviews: Reviews, stages: Stages = STAGES) -> str:
    """Return what a catalog follows from, but for the files: where these lie, the declared columns, our statements."""
    columns = {table: [(name, str(column.dtype)) for name, column in TABLES[table].items()] for table in TABLES}
    statements = [view.select for view in views.derived(stages).values()]
    text = json.dumps([lake.files.where, reviews.where, columns, ADDED, statements])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def duckdb_type(dtype: pl.DataType) -> str:
    """Return the DuckDB type in which a Parquet column of a Polars type arrives (an array arrives as a list)."""
    if isinstance(dtype, pl.List | pl.Array):
        return f"{duckdb_type(_instance(dtype.inner))}[]"
    if isinstance(dtype, pl.Struct):
        items = (f"{_name(item.name)} {duckdb_type(_instance(item.dtype))}" for item in dtype.fields)
        return f"STRUCT({', '.join(items)})"
    return _SCALARS[type(dtype)]


def _identity(status: os.stat_result) -> tuple[int, int]:
    """Return what distinguishes a catalog from one that another process wrote; renaming does not change it."""
    return status.st_ino, status.st_mtime_ns


def _files(lake: Lake, table: str, partitions: Iterable[Partition]) -> _Files:
    readable = []
    for partition in partitions:
        if lake.is_readable(table, partition):
            readable.append(partition)
        elif lake.exists(table, partition):
            log.warning("%s is left out of the catalog: its columns are not the declared", lake.uri(table, partition))
    return _Files(
        [lake.uri(table, partition) for partition in readable],
        all(lake.is_complete(table, partition) for partition in readable),
    )


def _select(table: str, files: _Files) -> str:
    nulls = (f"NULL::{duckdb_type(column.dtype)} AS {_name(name)}" for name, column in TABLES[table].items())
    nothing = f"SELECT {', '.join(nulls)} WHERE false"
    if not files.uris:
        return nothing
    columns, listed = ", ".join(map(_name, TABLES[table])), ", ".join(map(_text, files.uris))
    if files.is_complete:
        return f"SELECT {columns} FROM read_parquet([{listed}], hive_partitioning = false)"  # noqa: S608 - quoted
    rows = f"read_parquet([{listed}], hive_partitioning = false, union_by_name = true)"
    return f"SELECT {columns} FROM ({nothing} UNION ALL BY NAME FROM {rows})"  # noqa: S608 - quoted


def _replace(connection: duckdb.DuckDBPyConnection, files: Mapping[str, _Files]) -> None:
    """Write the views of some tables."""
    for table in files:
        connection.execute(f"CREATE OR REPLACE VIEW {_name(table)} AS {_select(table, files[table])}")
        _describe(connection, table, len(files[table].uris))


def _describe(connection: duckdb.DuckDBPyConnection, table: str, num_files: int) -> None:
    files = "not materialized yet" if num_files == 0 else f"{num_files} partition(s)"
    connection.execute(f"COMMENT ON VIEW {_name(table)} IS {_text(f'Table {table}: {files}')}")
    for name, column in TABLES[table].items():
        connection.execute(f"COMMENT ON COLUMN {_name(table)}.{_name(name)} IS {_text(column.description)}")


def _instance(dtype: pl.DataType | DataTypeClass) -> pl.DataType:
    return dtype if isinstance(dtype, pl.DataType) else dtype()


def _name(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'


def _text(literal: str) -> str:
    return "'" + literal.replace("'", "''") + "'"
