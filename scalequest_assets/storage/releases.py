"""The released folder and the report: written beside the old one, then put in its place."""

import hashlib
import shutil
import uuid
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from scalequest_assets.storage.home import Home, local, write_text

ROWS_PER_FILE = 250_000
REPORT = "report.html"


class Releases:
    """Writes what leaves the home."""

    def __init__(self, home: Home) -> None:
        self._home = home

    def write_dataset(self, splits: Mapping[str, pl.DataFrame], card: str) -> tuple[Path, str]:
        """Write `data/<split>-0000i-of-0000n.parquet`, the card and the profile; return the folder and its hash.

        The folder is swapped as a whole: what is not part of this release is gone from it.
        """
        target = local(self._home.releases)
        staging = target.with_name(f".{target.name}.{uuid.uuid4().hex}.tmp")
        (staging / "data").mkdir(parents=True)
        try:
            for split, rows in splits.items():
                _write_split(staging / "data", split, rows)
            (staging / "README.md").write_text(card, encoding="utf-8")
            shutil.copyfile(local(self._home.profile_file), staging / "profile.yaml")
            digest = _hash_folder(staging)
            _swap(staging, target)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
        return target, digest

    def is_there(self, asset: str) -> bool:
        """Return whether the `dataset` or the `report` has been written."""
        files = {"dataset": self._home.releases / "README.md", "report": self._home.reports / REPORT}
        return bool(files[asset].exists())

    def write_report(self, html: str) -> tuple[Path, str]:
        """Write the report's one page; return its path and hash."""
        path = self._home.reports / REPORT
        write_text(path, html)
        return local(path), hashlib.sha256(html.encode()).hexdigest()[:16]


def _write_split(folder: Path, split: str, rows: pl.DataFrame) -> None:
    num_files = max(1, -(-rows.height // ROWS_PER_FILE))
    for index in range(num_files):
        part = rows.slice(index * ROWS_PER_FILE, ROWS_PER_FILE).rechunk()
        part.write_parquet(
            folder / f"{split}-{index:05d}-of-{num_files:05d}.parquet", compression="zstd", statistics=True
        )


def _hash_folder(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        digest.update(str(path.relative_to(folder)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _swap(staging: Path, target: Path) -> None:
    """Put a folder in place of another. Two renames: a crash between them leaves the new one under its hidden name."""
    old = target.with_name(f".{target.name}.{uuid.uuid4().hex}.old")
    if target.exists():
        target.rename(old)
    staging.rename(target)
    shutil.rmtree(old, ignore_errors=True)
