"""The released folder and the report: written beside the old one, then put in its place."""

import hashlib
import shutil
import uuid
from collections.abc import Mapping
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from scalequest_assets.storage.files import store_at
from scalequest_assets.storage.home import Home
from scalequest_assets.storage.lake import ROW_GROUP_SIZE

ROWS_PER_FILE = 250_000
REPORT = "report.html"


class Releases:
    """Writes what leaves the home."""

    def __init__(self, home: Home) -> None:
        self._home, self._files = home, store_at(home.root)

    @property
    def folder(self) -> Path:
        """The released folder, whether or not it is there."""
        return self._home.releases

    def write_dataset(self, splits: Mapping[str, pl.DataFrame], card: str, profile: str) -> tuple[Path, str]:
        """Write `NAME-0000i-of-0000n.parquet`, card and profile; return the released folder and its hash.

        The folder is swapped as a whole: what is not part of this release is gone from it. Where that fails, the old
        one stays.

        Args:
            splits: The released rows by the name of their files, such as `data/train`.
            card: Text of `README.md`.
            profile: Text of `profile.yaml`.
        """
        target = self._home.releases
        staging = target.with_name(f".{target.name}.{uuid.uuid4().hex}.tmp")
        try:
            for name, rows in splits.items():
                (staging / name).parent.mkdir(parents=True, exist_ok=True)
                _write_split(staging / name, rows)
            (staging / "README.md").write_text(card, encoding="utf-8")
            (staging / "profile.yaml").write_text(profile, encoding="utf-8")
            digest = _hash_folder(staging)
            self._files.put_folder(staging, self._name(target))
        finally:
            shutil.rmtree(staging, ignore_errors=True)
        return target, digest

    def is_there(self, asset: str) -> bool:
        """Return whether the `dataset` or the `report` has been written."""
        files = {"dataset": self._home.releases / "README.md", "report": self._home.reports / REPORT}
        return files[asset].exists()

    def write_report(self, html: str) -> tuple[Path, str]:
        """Write the report's one page; return its path and hash."""
        path, data = self._home.reports / REPORT, html.encode()
        self._files.put(self._name(path), data)
        return path, hashlib.sha256(data).hexdigest()[:16]

    def _name(self, path: Path) -> str:
        return path.relative_to(self._home.root).as_posix()


def _write_split(name: Path, rows: pl.DataFrame) -> None:
    num_files = max(1, -(-rows.height // ROWS_PER_FILE))
    for index in range(num_files):
        part = rows.slice(index * ROWS_PER_FILE, ROWS_PER_FILE)
        path = name.with_name(f"{name.name}-{index:05d}-of-{num_files:05d}.parquet")
        schema = _plain(part.head(0).to_arrow().schema)
        with pq.ParquetWriter(path, schema, compression="zstd") as writer:
            for group in part.iter_slices(ROW_GROUP_SIZE):
                writer.write_table(group.to_arrow().cast(schema))


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
