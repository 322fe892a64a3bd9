"""The lake: one Parquet file per table and partition, checked against its declared schema, hashed, renamed into place.

Layout: `<asset>/generator=…/shard=…/part.parquet`, the two columns in the file as well. Beside a part may lie
`cost.json`, what the models that made it used, and `completions.parquet`, the keys of the completions in it.
"""

import hashlib
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import polars as pl
from upath import UPath

from scalequest_assets.errors import HomeError, MissingPartitionError, SchemaError
from scalequest_assets.schemas import RETIRED, TABLES, conform, polars_schema
from scalequest_assets.storage.costs import Cost, Entry, dump_entries, parse_entries, total
from scalequest_assets.storage.home import is_local, local, replacing, write_text

Partition = Mapping[str, str]
"""Dimension to key; empty for a table without partitions."""

Found = TypeVar("Found")

PART, COST, REFERENCES = "part.parquet", "cost.json", "completions.parquet"
ROW_GROUP_SIZE = 16_384
MADE_BY = "scalequest.made_by"
"""Key of a file's metadata under which it names the models that made it."""
_SAFE_VALUE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")


@dataclass(frozen=True)
class Written:
    """A part as it lies in the lake."""

    path: UPath
    content_hash: str
    num_rows: int
    size_bytes: int


class _ByVersion(Generic[Found]):
    """What was found out about files: of each version of a file once, its time and size telling versions apart."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[float, int, Found]] = {}

    def of(self, path: UPath, find: Callable[[], Found]) -> Found:
        status, known = path.stat(), self._known.get(str(path))
        if known is None or known[:2] != (status.st_mtime, status.st_size):
            known = self._known[str(path)] = (status.st_mtime, status.st_size, find())
        return known[2]

    def forget(self, path: UPath) -> None:
        self._known.pop(str(path), None)


class Lake:
    """Reads and writes the tables."""

    def __init__(self, root: UPath | str) -> None:
        root = UPath(root)
        self.root = root.absolute() if is_local(root) else root
        self._hashes, self._readable = _ByVersion[str](), _ByVersion[bool]()
        self._paths: dict[tuple[str, ...], UPath] = {}

    def path(self, asset: str, partition: Partition) -> UPath:
        """Return the file of a partition, whether or not it exists.

        Raises:
            HomeError: A partition key cannot be a folder's name.
        """
        folders = (asset, *(f"{name}={partition[name]}" for name in sorted(partition)))
        if folders not in self._paths:  # joining takes ten times as long as all else here, and is asked for thousands
            self._paths[folders] = self._path(asset, partition, folders)
        return self._paths[folders]

    def _path(self, asset: str, partition: Partition, folders: tuple[str, ...]) -> UPath:
        for dimension, value in partition.items():
            if not _SAFE_VALUE.fullmatch(value):
                raise HomeError(
                    f"{asset}: {dimension} {value!r} cannot be a folder's name",
                    "use letters, digits, '.', '_' and '-' in the names of generators and shards",
                )
        return self.root.joinpath(*folders, PART)

    def write(
        self, asset: str, partition: Partition, frame: pl.DataFrame | pl.LazyFrame, *, made_by: str | None = None
    ) -> Written:
        """Put a partition in place; a reader sees the whole old file or the whole new one.

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
            raise SchemaError(f"table '{asset}' is not declared", "declare it in scalequest_assets/schemas.py")
        path = self.path(asset, partition)
        lazy = conform(asset, frame)
        try:
            rows = lazy.collect().rechunk()
        except pl.exceptions.InvalidOperationError as error:
            raise SchemaError(f"table '{asset}': {error}", "make the values fit the declared types") from error
        with replacing(path) as temporary:
            buffer = io.BytesIO()  # written by Python: Polars would report a full disk as a fault of the frame
            rows.write_parquet(
                buffer,
                compression="zstd",
                statistics=True,
                row_group_size=ROW_GROUP_SIZE,
                metadata={MADE_BY: made_by} if made_by else None,
            )
            temporary.write_bytes(buffer.getbuffer())
            digest, size = _hash_file(UPath(temporary)), temporary.stat().st_size
        return Written(path=path, content_hash=digest, num_rows=rows.height, size_bytes=size)

    def scan(self, asset: str, partitions: Sequence[Partition]) -> pl.LazyFrame:
        """Return the rows of the named partitions, in that order; of none, an empty frame with the declared columns.

        Raises:
            MissingPartitionError: Partitions are not there; all are named.
            SchemaError: A file has other columns than are declared now.
        """
        if missing := [partition for partition in partitions if not self.exists(asset, partition)]:
            raise missing_partitions(asset, missing)
        if not partitions:
            return pl.LazyFrame(schema=polars_schema(asset))
        paths = [self.path(asset, partition) for partition in partitions]
        for path in paths:
            self._check_readable(asset, path)
        declared = polars_schema(asset)
        if is_local(self.root):
            files = [local(path) for path in paths]
            return pl.scan_parquet(files, schema=declared, extra_columns="ignore", hive_partitioning=False, glob=False)
        return pl.concat([pl.read_parquet(path.read_bytes()).select(declared.names()) for path in paths]).lazy()

    def exists(self, asset: str, partition: Partition) -> bool:
        """Return whether a partition has been written."""
        return self.path(asset, partition).exists()

    def is_readable(self, asset: str, partition: Partition) -> bool:
        """Return whether a partition exists and has the columns that are declared now.

        A file is opened once, however often it is asked about: the catalog asks about all of them after each new one.
        """
        path = self.path(asset, partition)
        try:
            return self._readable.of(path, lambda: self._has_declared_columns(asset, path))
        except FileNotFoundError:
            return False

    def content_hash(self, asset: str, partition: Partition) -> str:
        """Return the 16-digit hash of a partition's file as it lies there.

        Raises:
            MissingPartitionError: The partition has not been written.
        """
        path = self.path(asset, partition)
        try:
            return self._hashes.of(path, lambda: _hash_file(path))
        except FileNotFoundError:
            raise missing_partitions(asset, [partition]) from None

    def partitions(self, asset: str) -> list[dict[str, str]]:
        """Return the partitions that are there, sorted; `[{}]` for a table without partitions."""
        return sorted(_find_parts(self.root / asset), key=lambda partition: sorted(partition.items()))

    def remove(self, asset: str, partition: Partition) -> None:
        """Remove a partition and its cost, where they exist."""
        path = self.path(asset, partition)
        for file in (path, path.parent / COST, path.parent / REFERENCES):
            if file.exists():
                file.unlink()
        self._hashes.forget(path)
        self._readable.forget(path)

    def write_costs(self, asset: str, partition: Partition, entries: Sequence[Entry]) -> None:
        """Write what the models that made a partition used; without entries, remove what an earlier making wrote."""
        path = self.path(asset, partition).parent / COST
        if entries:
            write_text(path, dump_entries(entries))
        else:
            path.unlink(missing_ok=True)

    def write_references(self, asset: str, partition: Partition, references: pl.DataFrame) -> None:
        """Write which completions a partition is made of: `folder` in the store, and `key` of the row there."""
        with replacing(self.path(asset, partition).parent / REFERENCES) as temporary:
            references.write_parquet(temporary, compression="zstd")

    def read_references(self) -> pl.DataFrame:
        """Return the `folder` and `key` of all completions that a partition in the lake is made of."""
        files = sorted(self.root.glob(f"**/{REFERENCES}"), key=str) if self.root.exists() else []
        nothing = pl.DataFrame(schema={"folder": pl.String(), "key": pl.String()})
        return pl.concat([nothing, *(pl.read_parquet(file.read_bytes()) for file in files)])

    def read_costs(self, asset: str, partition: Partition) -> list[Entry]:
        """Return what the models that made a partition used; nothing where no model did.

        Raises:
            HomeError: The file is damaged.
        """
        path = self.path(asset, partition).parent / COST
        try:
            return parse_entries(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return []
        except (ValueError, TypeError) as error:
            raise HomeError(f"{path} is damaged: {error}", _remake(asset)) from error

    def read_cost(self, asset: str, partition: Partition) -> Cost | None:
        """Return the sum of what the models that made a partition used; None where no model did."""
        entries = self.read_costs(asset, partition)
        return total([entry.cost for entry in entries]) if entries else None

    def made_by(self, asset: str, partition: Partition) -> str | None:
        """Return the names and versions of the models that made a partition; None where no model did.

        The file itself says so, and its hash covers it. Files of earlier releases do not: there the costs beside it do.
        """
        path = self.path(asset, partition)
        try:
            stored = pl.read_parquet_metadata(local(path) if is_local(path) else path.read_bytes())
        except FileNotFoundError:
            raise missing_partitions(asset, [partition]) from None
        cost = None if MADE_BY in stored else self.read_cost(asset, partition)
        return stored.get(MADE_BY) or (cost.model if cost else None)

    def _has_declared_columns(self, asset: str, path: UPath) -> bool:
        try:
            self._check_readable(asset, path)
        except SchemaError:
            return False
        return True

    def _check_readable(self, asset: str, path: UPath) -> None:
        try:
            actual = pl.read_parquet_schema(local(path) if is_local(path) else path.read_bytes())
        except pl.exceptions.ComputeError as error:
            raise SchemaError(f"{path} is not readable Parquet: {error}", _remake(asset)) from error
        declared = polars_schema(asset)
        actual = {name: dtype for name, dtype in actual.items() if name not in RETIRED.get(asset, ())}
        if dict(actual) != dict(declared) or list(actual) != list(declared):
            columns = [name for name in {**declared, **actual} if actual.get(name) != declared.get(name)]
            raise SchemaError(
                f"{path} was written with other columns than are declared now: {', '.join(columns) or 'their order'}",
                _remake(asset),
            )


def missing_partitions(asset: str, partitions: Sequence[Partition]) -> MissingPartitionError:
    """Return the error that names what has not been materialized, and the command that does it."""
    names = [_name(partition) for partition in partitions if partition]
    what = f"{asset} has not been materialized" + (f" for {', '.join(names)}" if names else "")
    return MissingPartitionError(what, f"run: {_command(asset, partitions)}")


def _command(asset: str, partitions: Sequence[Partition]) -> str:
    only = partitions[0] if len(partitions) == 1 else {}
    return f"scalequest run --select {asset}" + (f" --partition '{_name(only)}'" if only else "")


def _remake(asset: str) -> str:
    return f"make it again: scalequest run --select {asset} --force"


def _name(partition: Partition) -> str:
    return "|".join(partition[dimension] for dimension in sorted(partition))


def _find_parts(folder: UPath) -> Iterator[dict[str, str]]:
    if not folder.is_dir():
        return
    if (folder / PART).exists():
        yield {}
    for child in folder.iterdir():
        dimension, separator, value = child.name.partition("=")
        if separator and child.is_dir():
            yield from ({dimension: value, **rest} for rest in _find_parts(child))


def _hash_file(path: UPath) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()[:16]
