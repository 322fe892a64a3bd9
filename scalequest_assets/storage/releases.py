"""The released folder and the pages: written beside the old ones, then put in their place.

In a bucket, where a folder is not replaced at once, each release is a folder of its own, and a file names the one that
counts. Those before it stay for who reads them just now, until `scalequest clean` finds them. Pages are in the home as
well, for browsers.
"""

import hashlib
import shutil
import uuid
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Protocol

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from scalequest_assets.errors import ReleaseError
from scalequest_assets.storage.files import LocalFiles, store_at
from scalequest_assets.storage.home import Home
from scalequest_assets.storage.lake import ROW_GROUP_SIZE

ROWS_PER_FILE = 250_000
BYTES_PER_FILE = 256 * 2**20
"""Most bytes of rows in a file, before they are compressed, where rows are of like size."""
REPORT, STUDENTS = "report.html", "students.html"
CARD, CURRENT = "README.md", "dataset/current"
"""The released folder's last file; and, in a bucket, the file with the name of the release that counts."""


class Slices(Protocol):
    """Rows that need not be in memory all at once."""

    @property
    def schema(self) -> pl.Schema:
        """Their columns."""
        ...

    def iter_slices(self, n_rows: int) -> Iterator[pl.DataFrame]:
        """Yield them, at most so many at once."""
        ...


class Rows(Protocol):
    """Rows of which any slice can be had, as of a `pl.DataFrame`."""

    @property
    def schema(self) -> pl.Schema:
        """Their columns."""
        ...

    @property
    def height(self) -> int:
        """How many there are."""
        ...

    def slice(self, offset: int, length: int | None = None) -> pl.DataFrame:
        """Return some of them."""
        ...


class Releases:
    """Writes what leaves the home."""

    def __init__(self, home: Home) -> None:
        self._home, self.files = home, store_at(home.released)

    @property
    def folder(self) -> Path:
        """The released folder in the home, whether or not it is there."""
        return self._home.releases

    def where(self) -> str:
        """Return what people know the released folder by, whether or not it is there."""
        return self.files.uri(self._current() or self._name(self._home.releases))

    def superseded(self) -> list[str]:
        """Return the folders of releases in a bucket that do not count: any more, or not yet."""
        if self.files.is_local:
            return []
        current, place = self._current(), self._name(self._home.releases)
        inside = {"/".join(name.split("/")[:2]) for name in self.files.list(place) if name != CURRENT}
        return sorted(inside - {current})

    def fetched(self) -> Path:
        """Return the released folder on this machine.

        Raises:
            ReleaseError: There is none.
        """
        if release := self._current():
            folder = self.files.local_folder(release)
            if (folder / CARD).exists():
                return folder
        raise ReleaseError(f"there is no data set at {self.where()}", "make one: scalequest run")

    def write_dataset(
        self,
        splits: Iterable[tuple[str, Rows]],
        card: str,
        profile: str,
        *,
        records: Mapping[str, Slices] | None = None,
        more: Mapping[str, bytes] | None = None,
    ) -> tuple[Path, str]:
        """Write `NAME-0000i-of-0000n.parquet`, card and profile; return the released folder, here, and its hash.

        It takes the old one's place as a whole: what is not part of this release is gone. Where that fails, the old
        one stays.

        Args:
            splits: Names of files, such as `data/train`, and the released rows in them; taken one after the other.
            card: Text of `README.md`.
            profile: Text of `profile.yaml`.
            records: Rows that are made as they are written, by the name of their files.
            more: Further files by name, such as a picture that the card shows.
        """
        target = self._home.releases
        staging = target.with_name(f".{target.name}.{uuid.uuid4().hex}.tmp")
        try:
            for name, rows in splits:
                (staging / name).parent.mkdir(parents=True, exist_ok=True)
                _write_split(staging / name, rows)
                del rows  # before the next are made
            for name, slices in (records or {}).items():
                (staging / name).parent.mkdir(parents=True, exist_ok=True)
                _write_slices(staging / name, slices)
            (staging / CARD).write_text(card, encoding="utf-8")
            (staging / "profile.yaml").write_text(profile, encoding="utf-8")
            for name, data in (more or {}).items():
                (staging / name).write_bytes(data)
            digest = _hash_folder(staging)
            self._put(staging, digest)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
        return self.fetched(), digest

    def is_there(self, asset: str) -> bool:
        """Return whether the `dataset`, the `report` or the page of the students has been written."""
        reports = {"report": REPORT, "student_page": STUDENTS}
        folder = self._current() if asset == "dataset" else self._name(self._home.reports)
        if not folder:
            return False
        try:
            self.files.stat(f"{folder}/{reports.get(asset, CARD)}")
        except FileNotFoundError:
            return False
        return True

    def write_report(self, html: str) -> tuple[Path, str]:
        """Write the report's one page; return its path and hash."""
        return self._write_page(REPORT, html)

    def write_students(self, html: str) -> tuple[Path, str]:
        """Write the page of the students; return its path and hash."""
        return self._write_page(STUDENTS, html)

    def _write_page(self, name: str, html: str) -> tuple[Path, str]:
        path, data = self._home.reports / name, html.encode()
        self.files.put(self._name(path), data)
        if not self.files.is_local:
            LocalFiles(self._home.root).put(self._name(path), data)
        return path, hashlib.sha256(data).hexdigest()[:16]

    def _put(self, staging: Path, digest: str) -> None:
        """Put a release in place of the one before it."""
        name = self._name(self._home.releases)
        if self.files.is_local:
            self.files.put_folder(staging, name, last=CARD)
            return
        release = f"{name}/{digest}-{uuid.uuid4().hex[:8]}"
        self.files.put_folder(staging, release, last=CARD)
        self.files.put(CURRENT, release.encode())

    def _current(self) -> str | None:
        """Return the name of the folder of the release that counts; None where there is none in the bucket yet."""
        if self.files.is_local:
            return self._name(self._home.releases)
        try:
            return self.files.read(CURRENT).decode()
        except FileNotFoundError:
            return None

    def _name(self, path: Path) -> str:
        return path.relative_to(self._home.root).as_posix()


def _write_slices(name: Path, rows: Slices) -> None:
    """Write rows as they come: a file ends with the group of rows that fills it."""
    schema = _plain(pl.DataFrame(schema=rows.schema).to_arrow().schema)
    slices, files = rows.iter_slices(ROW_GROUP_SIZE), list[Path]()
    group = next(slices, None)
    while group is not None or not files:
        files.append(name.with_name(f"{name.name}-{len(files):05d}"))
        num_rows = num_bytes = 0
        with pq.ParquetWriter(files[-1], schema, compression="zstd") as writer:
            while group is not None and num_rows < ROWS_PER_FILE and num_bytes < BYTES_PER_FILE:
                table = group.to_arrow().cast(schema)
                writer.write_table(table)
                num_rows, num_bytes, group = num_rows + table.num_rows, num_bytes + table.nbytes, next(slices, None)
    for file in files:
        file.rename(f"{file}-of-{len(files):05d}.parquet")


def _write_split(name: Path, rows: Rows) -> None:
    schema = _plain(pl.DataFrame(schema=rows.schema).to_arrow().schema)
    num_bytes = sum(group.nbytes for group in _groups(rows, 0, rows.height))  # of the content alone
    num_files = max(1, -(-rows.height // ROWS_PER_FILE), -(-num_bytes // BYTES_PER_FILE))
    rows_per_file = max(1, -(-rows.height // num_files))
    num_files = max(1, -(-rows.height // rows_per_file))  # no empty one
    for index in range(num_files):
        path = name.with_name(f"{name.name}-{index:05d}-of-{num_files:05d}.parquet")
        end = min((index + 1) * rows_per_file, rows.height)
        with pq.ParquetWriter(path, schema, compression="zstd") as writer:
            for group in _groups(rows, index * rows_per_file, end):
                writer.write_table(group.cast(schema))


def _groups(rows: Rows, start: int, end: int) -> Iterator[pa.Table]:
    """Yield rows by row group, contiguous: a file's bytes depend on chunks."""
    for offset in range(start, end, ROW_GROUP_SIZE):
        yield rows.slice(offset, min(ROW_GROUP_SIZE, end - offset)).rechunk().to_arrow()


def _plain(schema: pa.Schema) -> pa.Schema:
    """Return a schema without the large types: `datasets` takes `string` and `large_string` for different features."""
    return pa.schema([field.with_type(_plain_type(field.type)) for field in schema])


def _plain_type(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_large_string(kind):
        return pa.string()
    if pa.types.is_large_list(kind):
        return pa.list_(_plain_type(kind.value_type))
    if pa.types.is_struct(kind):
        return pa.struct([field.with_type(_plain_type(field.type)) for field in kind])
    return kind


def _hash_folder(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        digest.update(str(path.relative_to(folder)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
