"""The lake: one Parquet file per table and partition, checked against its declared schema, hashed, renamed into place.

Layout: `<asset>/generator=…/shard=…/part.parquet` or `<asset>/student=…/part.parquet`, these columns in the file as
well, and nothing else, so that a glob over a table's folder reads the table. In the same folders below `_ledger` lie
`cost.json`, what the models that made a part used, and `completions.parquet`, the keys of the completions in it;
earlier releases put them beside it.
"""

import copy
import hashlib
import io
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import polars as pl

from scalequest_assets.errors import HomeError, MissingPartitionError, SchemaError
from scalequest_assets.schemas import ADDED, RETIRED, TABLES, polars_schema
from scalequest_assets.storage.conforming import conform
from scalequest_assets.storage.costs import Cost, Entry, dump_entries, parse_entries, total
from scalequest_assets.storage.files import FileStore, Stat, store_at
from scalequest_assets.storage.tallies import KEY, tally

Partition = Mapping[str, str]
"""Dimension to key; empty for a table without partitions."""

Found = TypeVar("Found")

PART, COST, REFERENCES = "part.parquet", "cost.json", "completions.parquet"
LEDGER = "_ledger/"
ROW_GROUP_SIZE, HASH_DIGITS = 16_384, 16
COMPRESSION_LEVELS: Mapping[str, int] = {"known_questions": 1}
"""Zstandard's levels by table, where it is not the default one: most bytes of that one are hashes, and none shrinks."""
MADE_BY = "scalequest.made_by"
"""Key of a file's metadata under which it names the models that made it."""
_SAFE_VALUE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")


@dataclass(frozen=True)
class Written:
    """A part as it lies in the lake."""

    uri: str
    content_hash: str
    num_rows: int
    size_bytes: int


class _ByVersion(Generic[Found]):
    """What was found out about files, of each version of a file once."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[Stat, Found]] = {}

    def of(self, name: str, status: Stat, find: Callable[[], Found]) -> Found:
        known = self._known.get(name)
        if known is None or known[0] != status:
            known = self._known[name] = (status, find())
        return known[1]

    def forget(self, name: str) -> None:
        self._known.pop(name, None)


class Lake:
    """Reads and writes the tables.

    Args:
        files: Where they lie: a store, or a local directory.
    """

    def __init__(self, files: FileStore | Path | str) -> None:
        self.files = store_at(files)
        self._hashes, self._lacked = _ByVersion[str](), _ByVersion[tuple[str, ...] | None]()
        self._tallied = _ByVersion[bool]()
        self._folders: dict[tuple[str, ...], str] = {}

    def listed(self, folder: str = "") -> "Lake":
        """Return the lake as it is now below a folder, for many questions (`FileStore.listed`); it is only read."""
        now = copy.copy(self)  # what was found out about files is shared
        now.files = self.files.listed(folder)
        return now

    def uri(self, asset: str, partition: Partition) -> str:
        """Return what people know a partition's file by, whether or not it exists.

        Raises:
            HomeError: A partition key cannot be a folder's name.
        """
        return self.files.uri(self._part(asset, partition))

    def paths(self, asset: str, partitions: Sequence[Partition]) -> list[str]:
        """Return the paths by which Polars and DuckDB scan partitions that are there (`FileStore.fetch`).

        Raises:
            FileNotFoundError: A partition is not there; see `FileStore.fetch`.
        """
        return self.files.fetch([self._part(asset, partition) for partition in partitions])

    def _part(self, asset: str, partition: Partition) -> str:
        return self._folder(asset, partition) + PART

    def _folder(self, asset: str, partition: Partition) -> str:
        """Return the folder of a partition; remembered, since it is asked for thousands of times."""
        parts = (asset, *(f"{name}={partition[name]}" for name in sorted(partition)))
        if parts not in self._folders:
            for dimension, value in partition.items():
                if not _SAFE_VALUE.fullmatch(value):
                    raise HomeError(
                        f"{asset}: {dimension} {value!r} cannot be a folder's name",
                        "use letters, digits, '.', '_' and '-' in the names of generators, shards and students",
                    )
            self._folders[parts] = "/".join(parts) + "/"
        return self._folders[parts]

    def write(
        self, asset: str, partition: Partition, frame: pl.DataFrame | pl.LazyFrame, *, made_by: str | None = None
    ) -> Written:
        """Put a partition in place, with its tally; a reader sees the whole old file or the whole new one.

        The same rows always give the same bytes: the frame is made contiguous first, because Polars' Parquet depends
        on the chunks it is given (and those of a streaming sink on the number of threads).

        Args:
            asset: The table.
            partition: The partition.
            frame: Its rows.
            made_by: Names and versions of the models that made it. The file names them, so that other models give
                another content hash, even where they write the same rows.

        Raises:
            SchemaError: The frame does not have the declared columns, or a value does not fit its column.
        """
        if asset not in TABLES:
            raise SchemaError(f"table '{asset}' is not declared", "declare it in scalequest_assets/schemas/")
        name, lazy = self._part(asset, partition), conform(asset, frame)
        try:
            rows = lazy.collect().rechunk()
        except pl.exceptions.InvalidOperationError as error:
            raise SchemaError(f"table '{asset}': {error}", "make the values fit the declared types") from error
        metadata = {MADE_BY: made_by, KEY: tally(partition, rows)}
        buffer = io.BytesIO()  # not by Polars: it would report a full disk as a fault of the frame
        rows.write_parquet(
            buffer,
            compression="zstd",
            compression_level=COMPRESSION_LEVELS.get(asset),
            statistics=True,
            row_group_size=ROW_GROUP_SIZE,
            metadata={key: value for key, value in metadata.items() if value} or None,
        )
        data = buffer.getbuffer()
        self.files.put(name, data)
        digest = hashlib.sha256(data).hexdigest()[:HASH_DIGITS]
        return Written(uri=self.files.uri(name), content_hash=digest, num_rows=rows.height, size_bytes=len(data))

    def scan(self, asset: str, partitions: Sequence[Partition]) -> pl.LazyFrame:
        """Return the rows of the named partitions, in that order; of none, an empty frame with the declared columns.

        A column that a file of an earlier release lacks (`ADDED`) is null.

        Raises:
            MissingPartitionError: Partitions are not there; all are named.
            SchemaError: A file has other columns than are declared now.
        """
        if not partitions:
            return pl.LazyFrame(schema=polars_schema(asset))
        now = self.listed(self._folder(asset, partitions[0])[:-1] if len(partitions) == 1 else asset)
        if missing := [partition for partition in partitions if not now.exists(asset, partition)]:
            raise missing_partitions(asset, missing)
        paths = now.paths(asset, partitions)
        for partition, path in zip(partitions, paths, strict=True):
            now._columns_lacked(asset, partition, path)
        return pl.scan_parquet(
            paths,
            schema=polars_schema(asset),
            missing_columns="insert",
            extra_columns="ignore",
            hive_partitioning=False,
            glob=False,
        )

    def exists(self, asset: str, partition: Partition) -> bool:
        """Return whether a partition has been written."""
        try:
            self.files.stat(self._part(asset, partition))
        except FileNotFoundError:
            return False
        return True

    def is_readable(self, asset: str, partition: Partition) -> bool:
        """Return whether a partition exists and `scan` reads it."""
        return self._lacked_of(asset, partition) is not None

    def is_complete(self, asset: str, partition: Partition) -> bool:
        """Return whether a partition exists and its file has all columns that are declared now."""
        return self._lacked_of(asset, partition) == ()

    def is_tallied(self, asset: str, partition: Partition) -> bool:
        """Return whether a partition exists and its file says which questions it has (`tallies`)."""

        def find() -> bool:
            return KEY in pl.read_parquet_metadata(self.paths(asset, [partition])[0])

        return self._found(self._tallied, asset, partition, find) or False

    def content_hash(self, asset: str, partition: Partition) -> str:
        """Return the 16-digit hash of a partition's file as it lies there.

        Raises:
            MissingPartitionError: The partition has not been written.
        """
        name = self._part(asset, partition)
        try:
            return self._hashes.of(name, self.files.stat(name), lambda: self.files.digest(name)[:HASH_DIGITS])
        except FileNotFoundError:
            raise missing_partitions(asset, [partition]) from None

    def version(self, asset: str, partition: Partition) -> Stat:
        """Return size and time of a partition's file.

        Raises:
            FileNotFoundError: The partition has not been written.
        """
        return self.files.stat(self._part(asset, partition))

    def partitions(self, asset: str) -> list[dict[str, str]]:
        """Return the partitions that are there, sorted; `[{}]` for a table without partitions."""
        return self._partitions_with(PART, asset)

    def partitions_with_costs(self, asset: str) -> list[dict[str, str]]:
        """Return the partitions of a table or model that models were used for, sorted."""
        return self._partitions_with(COST, LEDGER + asset, asset)

    def remove(self, asset: str, partition: Partition) -> None:
        """Remove a partition and its cost, where they exist."""
        folder = self._folder(asset, partition)
        for name in (folder + PART, *(place + folder + file for place in ("", LEDGER) for file in (COST, REFERENCES))):
            self.files.remove(name)
        self._hashes.forget(folder + PART)
        self._lacked.forget(folder + PART)
        self._tallied.forget(folder + PART)

    def write_costs(self, asset: str, partition: Partition, entries: Sequence[Entry]) -> None:
        """Write what the models that made a partition used; without entries, remove what an earlier making wrote."""
        name = self._folder(asset, partition) + COST
        if entries:
            self.files.put(LEDGER + name, dump_entries(entries).encode())
        else:
            self.files.remove(LEDGER + name)
        self.files.remove(name)

    def write_references(self, asset: str, partition: Partition, references: pl.DataFrame) -> None:
        """Write which completions a partition is made of: `folder` in the store, and `key` of the row there."""
        buffer = io.BytesIO()
        references.write_parquet(buffer, compression="zstd")
        name = self._folder(asset, partition) + REFERENCES
        self.files.put(LEDGER + name, buffer.getbuffer())
        self.files.remove(name)

    def read_references(self) -> pl.DataFrame:
        """Return the `folder` and `key` of all completions that a partition in the lake is made of."""
        names = [name for name in self.files.list() if name.endswith(f"/{REFERENCES}")]
        nothing = pl.DataFrame(schema={"folder": pl.String(), "key": pl.String()})
        return pl.concat([nothing, *(pl.read_parquet(self.files.read(name)) for name in names)])

    def read_costs(self, asset: str, partition: Partition) -> list[Entry]:
        """Return what the models that made a partition used; nothing where no model did.

        Raises:
            HomeError: The file is damaged.
        """
        own = self._folder(asset, partition) + COST
        for name in (LEDGER + own, own):
            try:
                return parse_entries(self.files.read(name).decode())
            except FileNotFoundError:
                continue
            except (ValueError, TypeError) as error:
                raise HomeError(f"{self.files.uri(name)} is damaged: {error}", _remake(asset)) from error
        return []

    def read_cost(self, asset: str, partition: Partition) -> Cost | None:
        """Return the sum of what the models that made a partition used; None where no model did."""
        entries = self.read_costs(asset, partition)
        return total([entry.cost for entry in entries]) if entries else None

    def made_by(self, asset: str, partition: Partition) -> str | None:
        """Return the names and versions of the models that made a partition; None where no model did.

        The file itself says so, and its hash covers it. Files of earlier releases do not: there the costs beside it do.
        """
        try:
            stored = pl.read_parquet_metadata(self.paths(asset, [partition])[0])
        except FileNotFoundError:
            raise missing_partitions(asset, [partition]) from None
        cost = None if MADE_BY in stored else self.read_cost(asset, partition)
        return stored.get(MADE_BY) or (cost.model if cost else None)

    def _partitions_with(self, file: str, *places: str) -> list[dict[str, str]]:
        names = [name.removeprefix(f"{place}/") for place in places for name in self.files.list(place)]
        folders = {name.removesuffix(file) for name in names if name.split("/")[-1] == file}
        found = [dict(part.split("=", 1) for part in folder.split("/") if "=" in part) for folder in folders]
        return sorted(found, key=lambda partition: sorted(partition.items()))

    def _lacked_of(self, asset: str, partition: Partition) -> tuple[str, ...] | None:
        """Return the columns that a partition's file lacks and readers see as null; None where it cannot be read.

        A file is opened once, however often it is asked about: the catalog asks about all of them after each new one.
        """

        def find() -> tuple[str, ...] | None:
            with suppress(SchemaError):
                return self._columns_lacked(asset, partition, self.paths(asset, [partition])[0])
            return None

        return self._found(self._lacked, asset, partition, find)

    def _found(
        self, known: _ByVersion[Found], asset: str, partition: Partition, find: Callable[[], Found]
    ) -> Found | None:
        """Return what was found out about a partition's file as it lies there; None where it is gone."""
        name = self._part(asset, partition)
        with suppress(FileNotFoundError):
            return known.of(name, self.files.stat(name), find)
        return None

    def _columns_lacked(self, asset: str, partition: Partition, path: str) -> tuple[str, ...]:
        where = self.uri(asset, partition)
        try:
            with Path(path).open("rb") as file:  # Polars would take a path with brackets for a pattern
                actual = pl.read_parquet_schema(file)
        except pl.exceptions.ComputeError as error:
            raise SchemaError(f"{where} is not readable Parquet: {error}", _remake(asset)) from error
        lacked = tuple(name for name in ADDED.get(asset, ()) if name not in actual)
        declared = {name: dtype for name, dtype in polars_schema(asset).items() if name not in lacked}
        actual = {name: dtype for name, dtype in actual.items() if name not in RETIRED.get(asset, ())}
        if list(actual.items()) != list(declared.items()):
            columns = [name for name in {**declared, **actual} if actual.get(name) != declared.get(name)]
            raise SchemaError(
                f"{where} was written with other columns than are declared now: {', '.join(columns) or 'their order'}",
                _remake(asset),
            )
        return lacked


def missing_partitions(asset: str, partitions: Sequence[Partition]) -> MissingPartitionError:
    """Return the error that names what has not been materialized, and the command that does it."""
    names = [_name(partition) for partition in partitions if partition]
    what = f"{asset} has not been materialized" + (f" for {', '.join(names)}" if names else "")
    return MissingPartitionError(what, f"run: {_command(asset, partitions)}")


def _command(asset: str, partitions: Sequence[Partition]) -> str:
    only = partitions[0] if len(partitions) == 1 else {}
    if only:
        return f"scalequest run --select {asset} --partition '{_name(only)}'"
    return f"scalequest run --select +{asset}"  # and what it is made of


def _remake(asset: str) -> str:
    return f"make it again: scalequest run --select {asset} --force"


def _name(partition: Partition) -> str:
    return "|".join(partition[dimension] for dimension in sorted(partition))
