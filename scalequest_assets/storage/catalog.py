"""The SQL catalog: a DuckDB file that holds views only, over the lake's files, and is swapped whole.

One view per table, empty but typed where nothing is materialized, and those of `views`, which answer usual questions.
Paths in it are absolute, so that any client may open it from anywhere; it says by a macro which lake it is of. If it is
in a bucket, the views read the copies on this machine.
"""

import hashlib
import json
import logging
import os
import re
import shutil
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import duckdb
import polars as pl
from filelock import FileLock
from polars.datatypes import DataTypeClass

from scalequest_assets.schemas import ADDED, TABLES
from scalequest_assets.stages import REVIEWS, STAGES, Stages
from scalequest_assets.storage import tallies, views
from scalequest_assets.storage.files import replacing
from scalequest_assets.storage.home import Home
from scalequest_assets.storage.lake import Lake, Partition
from scalequest_assets.storage.reviews import Reviews

log = logging.getLogger(__name__)

MADE_OF = "catalog_made_of"
"""Macro of a catalog that returns what it was made of (`Catalog.made_of`)."""
_COMPATIBLE = "v1.0.0"
"""Version of the file's format: what clients of DuckDB 1.x open too."""
_READ = "read_parquet([{files}], hive_partitioning = {by_folder}, hive_types_autocast = false{options})"
"""Where folders say the partition (`generator=…/shard=…`), a condition on it spares opening the other files."""
_PATTERNED = re.compile(r"[\[*?]")

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


_NO_VIEWS: Mapping[str, views.View] = {}


class _Files(NamedTuple):
    """The files that a view reads.

    Attributes:
        paths: Where they lie.
        is_complete: Whether each has every declared column. Else DuckDB opens all of them before each query.
        is_by_folder: Whether the folders of the paths that look like a partition's are those of their partition, all
            of them and no other: a home may lie below one of its own (`…/run=3/data`).
        untallied: Those of the paths whose files do not say which questions they have (`tallies`).
    """

    paths: Sequence[str]
    is_complete: bool = True
    is_by_folder: bool = False
    untallied: Sequence[str] = ()


class _Draft:
    """The file that is written; what is published is a copy. It stays open: opening it takes as long as writing a view.

    Attributes:
        file: Where it lies, in a temporary folder of its own.
        made_of: What its macro `MADE_OF` says; None before it is written.
    """

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="scalequest-catalog-")
        self.file = Path(self._folder.name) / "draft.duckdb"
        self.made_of: str | None = None
        self._connection = duckdb.connect(config={"threads": 1})
        self._connection.execute(f"ATTACH {_text(str(self.file))} AS draft (STORAGE_VERSION '{_COMPATIBLE}')")
        self._connection.execute("USE draft")
        self._connection.execute(f"CREATE SCHEMA {tallies.SCHEMA}")

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
        self._of_questions = frozenset(stage.name for stage in views.tables_of_questions(stages))
        self._files: dict[str, _Files] = {}
        self._draft: _Draft | None = None
        self._written: tuple[int, int] | None = None
        self._publishing = threading.Lock()

    def made_of(self) -> str:
        """Return what the catalog that would be written now follows from, see `made_of`."""
        return self._made_of(self._listed(self._lake.listed()))

    def build(self, file: Path) -> None:
        """Write the whole catalog to a new file, wherever that is."""
        draft = self._whole(self._listed(self._lake.listed()))  # its folder goes with it
        shutil.copyfile(draft.file, file)

    def publish(self, table: str | None = None) -> Path:
        """Build the catalog beside the old one and swap it in; who is reading the old one is not disturbed.

        Args:
            table: The one table with a new file; None where it may be any. It saves the look for the others' files, if
                this object wrote the catalog last, and the lake is on this machine.

        Returns:
            The catalog's path.
        """
        with self._alone(), replacing(self._file) as temporary:
            draft, lake = self._published(), self._lake.listed()
            if draft and table and lake.files.is_local:
                files = {**self._files, table: self._files_of(lake, table)}
            else:
                files = self._listed(lake)
            if draft:
                changed = {t: files[t] for t in files if self._files[t] != files[t]}
                self._change(draft, changed, self._made_of(files))
            else:
                draft = self._whole(files)
            shutil.copyfile(draft.file, temporary)
            self._draft, self._files, self._written = draft, files, _identity(temporary.stat())
        return self._file

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Let nobody else publish: threads share the draft, and a process that began earlier knows fewer files."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with self._publishing, FileLock(self._file.with_name(".catalog.lock")):
            yield

    def _published(self) -> _Draft | None:
        """Return the draft, if the catalog is still the copy of it that was published here."""
        with suppress(FileNotFoundError):
            if self._draft and self._draft.file.exists() and _identity(self._file.stat()) == self._written:
                return self._draft
        return None

    def _whole(self, files: Mapping[str, _Files]) -> _Draft:
        """Return a new draft of the whole catalog."""
        draft = _Draft()
        self._change(draft, files, self._made_of(files), views.derived(self._stages))
        return draft

    def _change(
        self, draft: _Draft, files: Mapping[str, _Files], made_of: str, derived: Mapping[str, views.View] = _NO_VIEWS
    ) -> None:
        """Write the views of some tables, views over several tables, and what the catalog is made of."""
        with draft.changing() as connection:
            if made_of != draft.made_of:
                connection.execute(f"CREATE OR REPLACE MACRO {MADE_OF}() AS {_text(made_of)}")
            for table in files:
                connection.execute(f"CREATE OR REPLACE VIEW {_name(table)} AS {_select(table, files[table])}")
                _describe(connection, table, len(files[table].paths))
                if table in self._of_questions:
                    name = f"{tallies.SCHEMA}.{_name(table)}"
                    connection.execute(f"CREATE OR REPLACE VIEW {name} AS {_tallies(table, files[table])}")
                    connection.execute(f"COMMENT ON VIEW {name} IS {_text(tallies.DESCRIPTION)}")
            for name, view in derived.items():
                connection.execute(f"CREATE VIEW {_name(name)} AS {view.select}")
                connection.execute(f"COMMENT ON VIEW {_name(name)} IS {_text(view.description)}")
        draft.made_of = made_of

    def _listed(self, lake: Lake) -> dict[str, _Files]:
        """Return the files of every table."""
        return {**{t: self._files_of(lake, t) for t in self._stages.tables}, REVIEWS: _Files(self._reviews.paths())}

    def _files_of(self, lake: Lake, table: str) -> _Files:
        partitions = self._partitions.get(table, [])
        return _files(lake, table, partitions, has_questions=table in self._of_questions)

    def _made_of(self, files: Mapping[str, _Files]) -> str:
        if self._lake.files.is_local:
            return self._made_of_names
        copies = [files[table].paths for table in self._stages.tables]
        return made_of(self._lake, self._reviews, self._stages, copies)

    @cached_property
    def _made_of_names(self) -> str:
        return made_of(self._lake, self._reviews, self._stages)


def made_of(lake: Lake, reviews: Reviews, stages: Stages = STAGES, copies: Sequence[Sequence[str]] = ()) -> str:
    """Return what a catalog follows from, but for the files: where these lie, the declared columns, our statements.

    Args:
        lake: The lake.
        reviews: The reviews.
        stages: The tables, and what the views over several of them are made of.
        copies: Paths of the files of each table, where a file that is replaced has another one then.
    """
    columns = {table: [(name, str(column.dtype)) for name, column in TABLES[table].items()] for table in TABLES}
    statements = [view.select for view in views.derived(stages).values()]
    statements.append(tallies.select(["''"], "FROM rows", has_keep=True))
    text = json.dumps([_path(lake.files.where), _path(reviews.where), columns, ADDED, _READ, statements, *copies])
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


def _files(lake: Lake, table: str, partitions: Iterable[Partition], *, has_questions: bool) -> _Files:
    readable, there = [], [partition for partition in partitions if lake.exists(table, partition)]
    with suppress(FileNotFoundError):  # removed just now: it is not readable below
        lake.paths(table, there)  # at once, where they are fetched
    for partition in there:
        if lake.is_readable(table, partition):
            readable.append(partition)
        else:
            log.warning("%s is left out of the catalog: its columns are not the declared", lake.uri(table, partition))
    paths = lake.paths(table, readable)
    placed = list(zip(paths, readable, strict=True))
    return _Files(
        paths,
        all(lake.is_complete(table, partition) for partition in readable),
        all(path.count("=") == len(partition) for path, partition in placed),
        [path for path, partition in placed if has_questions and not lake.is_tallied(table, partition)],
    )


def _select(table: str, files: _Files) -> str:
    nulls = (f"NULL::{duckdb_type(column.dtype)} AS {_name(name)}" for name, column in TABLES[table].items())
    nothing = f"SELECT {', '.join(nulls)} WHERE false"
    if not files.paths:
        return nothing
    columns, listed = ", ".join(map(_name, TABLES[table])), ", ".join(map(_path, files.paths))
    options = "" if files.is_complete else ", union_by_name = true"
    rows = _READ.format(files=listed, by_folder=str(files.is_by_folder).lower(), options=options)
    if files.is_complete:
        return f"SELECT {columns} FROM {rows}"  # noqa: S608 - quoted
    return f"SELECT {columns} FROM ({nothing} UNION ALL BY NAME FROM {rows})"  # noqa: S608 - quoted


def _tallies(table: str, files: _Files) -> str:
    others = {*files.untallied}
    tallied = [_path(path) for path in files.paths if path not in others]
    rows = _select(table, files._replace(paths=files.untallied)) if others else None
    return tallies.select(tallied, rows, has_keep="keep" in TABLES[table])


def _describe(connection: duckdb.DuckDBPyConnection, table: str, num_files: int) -> None:
    files = "not materialized yet" if num_files == 0 else f"{num_files} partition(s)"
    connection.execute(f"COMMENT ON VIEW {_name(table)} IS {_text(f'Table {table}: {files}')}")
    for name, column in TABLES[table].items():
        connection.execute(f"COMMENT ON COLUMN {_name(table)}.{_name(name)} IS {_text(column.description)}")


def _instance(dtype: pl.DataType | DataTypeClass) -> pl.DataType:
    return dtype if isinstance(dtype, pl.DataType) else dtype()


def _name(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'


def _path(path: str) -> str:
    """Return a path as DuckDB reads it: it takes each for a pattern, in which `[*]` stands for a `*`."""
    return _text(_PATTERNED.sub(r"[\g<0>]", path))


def _text(literal: str) -> str:
    return "'" + literal.replace("'", "''") + "'"
