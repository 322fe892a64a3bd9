"""Reading the user's questions: JSON lines, Parquet, hub data sets. Every fault names file and line."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from scalequest_assets.engines.packages import needing_local_packages
from scalequest_assets.errors import SeedError

SHOWN_PROBLEMS = 5


def read_jsonl(path: str, columns: Sequence[str]) -> pl.DataFrame:
    """Return the named columns of a JSON-lines file as text, one row a line, blank lines left out.

    Raises:
        SeedError: The file is absent, empty or not UTF-8, a line is no JSON object, or a column is missing.
    """
    records, problems = [], []
    for number, line in _lines(path):
        try:
            records.append(_record(line, columns))
        except ValueError as error:
            problems.append(f"{path}, line {number}: {error}")
    if problems:
        more = f"\nand {len(problems) - SHOWN_PROBLEMS} more" if len(problems) > SHOWN_PROBLEMS else ""
        raise SeedError(
            "\n".join(problems[:SHOWN_PROBLEMS]) + more, "correct these lines, or map other columns (`columns:`)"
        )
    if not records:
        raise SeedError(f"{path}, line 1: the file has no rows", "give a file with one JSON object a line")
    return pl.DataFrame(records, schema=dict.fromkeys(columns, pl.String))


def read_parquet(path: str, columns: Sequence[str]) -> pl.DataFrame:
    """Return the named columns of a Parquet file as text.

    Raises:
        SeedError: The file is absent, not Parquet, empty, or without a named column.
    """
    _require_file(path)
    try:
        frame = pl.read_parquet(path)
    except pl.exceptions.PolarsError as error:
        raise SeedError(f"{path}: not a Parquet file ({error})", "give kind: jsonl for JSON lines") from error
    return _text_columns(frame, columns, path)


def read_hub(dataset: str, revision: str, split: str, config: str | None, columns: Sequence[str]) -> pl.DataFrame:
    """Return the named columns of a hub data set, at a pinned revision, as text.

    Raises:
        SeedError: The data set cannot be loaded, is empty, or without a named column.
    """
    with needing_local_packages(f"hub data set {dataset}"):
        import datasets

    try:
        rows = datasets.load_dataset(dataset, config, revision=revision, split=split)
    except Exception as error:  # the hub client raises errors of many libraries; all become one that names the source
        where = f"hub data set {dataset}@{revision}, split {split}"
        raise SeedError(f"{where}: {type(error).__name__}: {error}", "check id, revision, split and network") from error
    return _text_columns(pl.DataFrame(rows.to_polars()), columns, dataset)


def file_hash(path: str) -> str:
    """Return an 8-digit hash of a file's content, or `absent`: reading it will say what is wrong."""
    if not Path(path).is_file():
        return "absent"
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:8]


def _lines(path: str) -> Iterator[tuple[int, str]]:
    _require_file(path)
    with Path(path).open("rb") as file:
        for number, raw in enumerate(file, start=1):
            try:
                line = raw.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError as error:
                what = f"{path}, line {number}: byte {error.start + 1} (0x{raw[error.start]:02x}) is not UTF-8"
                raise SeedError(what, "save the file as UTF-8") from error
            if line.strip():
                yield number, line


def _require_file(path: str) -> None:
    if not Path(path).is_file():
        raise SeedError(
            f"{path}: no such file", "check the source's `path`; relative ones start at the working directory"
        )


def _record(line: str, columns: Sequence[str]) -> dict[str, str | None]:
    try:
        record = json.loads(line)
    except (json.JSONDecodeError, RecursionError) as error:
        raise ValueError(f"not JSON ({error})") from error
    if not isinstance(record, dict):
        raise ValueError(f"a JSON object is expected, found {type(record).__name__}")
    missing = [column for column in columns if column not in record]
    if missing:
        raise ValueError(f"column {', '.join(map(repr, missing))} is missing; it has {', '.join(map(repr, record))}")
    return {column: _text(record[column]) for column in columns}


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _text_columns(frame: pl.DataFrame, columns: Sequence[str], where: str) -> pl.DataFrame:
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        what = f"{where}, row 1: column {', '.join(map(repr, missing))} is missing; it has {', '.join(frame.columns)}"
        raise SeedError(what, "map the columns (`columns: {query: …, answer: …}`)")
    if frame.is_empty():
        raise SeedError(f"{where}, row 1: no rows", "give a source with rows")
    return frame.select(pl.col(column).cast(pl.String) for column in dict.fromkeys(columns))
