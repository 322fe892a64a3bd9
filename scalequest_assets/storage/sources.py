"""Reading the user's questions: JSON, CSV, Parquet, hub data sets. Every fault names the file and the line or row."""

import csv
import hashlib
import io
import itertools
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any, Final, NamedTuple

import polars as pl
import pyarrow as pa

from scalequest_assets.config.sources import COMPRESSED, PACKAGED
from scalequest_assets.engines.packages import needing_local_packages
from scalequest_assets.errors import SeedError
from scalequest_assets.storage.columns import MissingColumnError, roots, text_at

SHOWN_PROBLEMS = 5
_MAP: Final = 'map the columns, nested ones by path (`columns: {query: "prompt[0].content", answer: answer}`)'
_COMPRESSIONS: Final = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd", b"BZh": "bz2", b"\x04\x22\x4d\x18": "lz4"}
_NO_TEXT: Final = {
    b"PAR1": ("a Parquet file", "give `kind: parquet`"),
    b"PK\x03\x04": ("a zip archive or a workbook", "unpack it, or save the sheet as CSV"),
    b"\xfd7zXZ": ("compressed with xz", "compress it with gzip or zstd, or not at all"),
    b"\xff\xfe": ("UTF-16", "save the file as UTF-8"),
    b"\xfe\xff": ("UTF-16", "save the file as UTF-8"),
    b"version https://git-lfs": ("a pointer of Git LFS, not the data", "fetch the data: git lfs pull"),
    b"<": ("a page of HTML or XML, not the data", "download the file itself"),
}
_ENDINGS: Final = {
    "jsonl": (".jsonl", ".ndjson"),
    "json": (".json",),
    "csv": (".csv", ".tsv"),
    "parquet": (".parquet",),
}

_DECODER: Final = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=lambda _: None)
"""Numbers stay as they are written; NaN and Infinity, which Python writes, are null."""


class _Record(NamedTuple):
    """A record of a source, where it is, and the names that it has; `values` says what is wrong where it is text."""

    where: str
    values: Mapping[str, Any] | str
    names: Sequence[str]


def read_files(path: str, kind: str, columns: Mapping[str, str], *, optional: Collection[str] = ()) -> pl.DataFrame:
    """Return columns of a file, of all files of a folder, or of those that fit a pattern, one row a record.

    Args:
        path: A file, plain or compressed (gzip, zstd, bz2, lz4); a folder, of which all files of the kind are read, in
            order of their paths; or a pattern (`data/*.jsonl.gz`).
        kind: `jsonl` or `json` (JSON lines or one array), `csv` (separated by comma, semicolon or tab), `parquet`.
        columns: Names of the result's columns to column or path in the source (`prompt[0].content`).
        optional: Names that no record need have. `query` each must have; others are null where one lacks them.

    Returns:
        All columns as text.

    Raises:
        SeedError: A file is absent, damaged, empty, not UTF-8 or of another kind, a record is broken, a value is no
            text, or a column is missing.
    """
    files = _files(path, kind)
    if kind == "parquet" and (plain := _plain_columns(files, columns)) is not None:
        return plain
    reader = {"csv": _csv_records, "parquet": _parquet_records}.get(kind, _json_records)
    records = (record for file in files for record in reader(str(file), list(columns.values())))
    return _table(path, records, columns, optional)


def read_hub(
    dataset: str,
    revision: str,
    split: str,
    config: str | None,
    columns: Mapping[str, str],
    *,
    optional: Collection[str] = (),
) -> pl.DataFrame:
    """Return columns of a hub data set, at a pinned revision, as text; see `read_files` for `columns`, `optional`.

    Raises:
        SeedError: The data set cannot be loaded, is empty, a value is no text, or a column is missing.
    """
    with needing_local_packages(f"hub data set {dataset}"):
        import datasets

    try:
        rows = datasets.load_dataset(dataset, config, revision=revision, split=split)
    except Exception as error:  # the hub client raises errors of many libraries; all become one that names the source
        where = f"hub data set {dataset}@{revision}, split {split}"
        raise SeedError(f"{where}: {type(error).__name__}: {error}", "check id, revision, split and network") from error
    names = list(rows.column_names)
    frame = pl.DataFrame(rows.select_columns(_needed(names, columns.values())).to_polars())
    return _table(dataset, _frame_records(dataset, frame, names), columns, optional)


def file_hash(path: str) -> str:
    """Return an 8-digit hash of a file's content, or `absent`: reading it will say what is wrong."""
    if not Path(path).is_file():
        return "absent"
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:8]


def source_hash(path: str, kind: str) -> str:
    """Return an 8-digit hash of what `read_files` reads, or `absent`; of a single file it is `file_hash`."""
    try:
        hashes = [file_hash(str(file)) for file in _files(path, kind)]
    except SeedError:
        return "absent"
    return hashes[0] if len(hashes) == 1 else hashlib.sha256(" ".join(hashes).encode()).hexdigest()[:8]


def _files(path: str, kind: str) -> list[Path]:
    """Return the files that a path means, in order."""
    place = _packaged(path) if path.startswith(PACKAGED) else Path(path)
    if place.is_file():
        return [place]
    if place.is_dir():
        endings = tuple(f"{end}{more}" for end in _ENDINGS[kind] for more in ("", *COMPRESSED))
        found = [file for file in _visible(place, "**/*") if file.name.lower().endswith(endings)]
        if not found:
            what = f"{path}: no file in this folder ends in {' or '.join(_ENDINGS[kind])}, compressed or not"
            raise SeedError(what, f"name them by a pattern: {path.rstrip('/')}/*.txt")
        return found
    if any(char in path for char in "*?["):
        found = _visible(Path(place.anchor), str(place.relative_to(place.anchor)))
        if not found:
            raise SeedError(f"{path}: no file fits this pattern", "check the source's `path`; `**` stands for folders")
        return found
    raise SeedError(f"{path}: no such file", "check the source's `path`; relative ones start at the working directory")


def _visible(folder: Path, pattern: str) -> list[Path]:
    """Return the files of a folder that fit a pattern, in order, without hidden ones."""
    files = (file for file in sorted(folder.glob(pattern)) if file.is_file())
    return [file for file in files if not any(part.startswith(".") for part in file.relative_to(folder).parts)]


def _table(
    source: str, records: Iterator[_Record], columns: Mapping[str, str], optional: Collection[str]
) -> pl.DataFrame:
    """Return the records' columns as text.

    Raises:
        SeedError: There are none, some are broken, or a column is in none of them.
    """
    rows, problems, found, names = [], list[str](), set[str](), dict[str, None]()
    for where, values, has in records:
        names.update(dict.fromkeys(has))
        if isinstance(values, str):
            problems.append(f"{where}: {values}")
            continue
        row = dict[str, str | None]()
        for name, path in columns.items():
            try:
                row[name] = text_at(values, path)
                found.add(name)
            except MissingColumnError:
                if name == "query":
                    problems.append(f"{where}: column {path!r} is missing; it has {', '.join(map(repr, has))}")
            except ValueError as error:
                problems.append(f"{where}: {error}")
        rows.append(row)
    if problems:
        more = f"\nand {len(problems) - SHOWN_PROBLEMS} more" if len(problems) > SHOWN_PROBLEMS else ""
        raise SeedError("\n".join(problems[:SHOWN_PROBLEMS]) + more, f"correct these, or {_MAP}")
    if not rows:
        raise SeedError(f"{source}, line 1: the source has no rows", "give a source with rows")
    if nowhere := [path for name, path in columns.items() if name not in {*found, *optional}]:
        what = f"{source}: column {', '.join(map(repr, nowhere))} is in no row; they have {', '.join(map(repr, names))}"
        raise SeedError(what, _MAP)
    return pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String))


def _json_records(path: str, _: Sequence[str]) -> Iterator[_Record]:
    """Yield the objects of JSON lines, or of one array."""
    with _opened(path) as file:
        lines = ((number, line) for number, line in _lines(path, file) if line.strip())
        for place, (number, line) in enumerate(lines):
            if place == 0 and line.lstrip().startswith("["):
                yield from _array(path, line + "".join(more for _, more in lines))
                return
            yield _json_record(f"{path}, line {number}", line)


def _array(path: str, text: str) -> Iterator[_Record]:
    try:
        items = _DECODER.decode(text)
    except (ValueError, RecursionError) as error:
        what = f"{path}: not a JSON array ({error})"
        raise SeedError(what, "give one array of objects, or one object a line") from error
    for number, item in enumerate(items, start=1):
        yield _object(f"{path}, item {number}", item)


def _json_record(where: str, line: str) -> _Record:
    if line.strip() == "{":
        return _Record(where, "a JSON object over several lines: put each on one line, or all in an array", ())
    try:
        return _object(where, _DECODER.decode(line))
    except (ValueError, RecursionError) as error:
        hint = "" if line.lstrip().startswith("{") else "; if it is CSV, give `kind: csv`"
        return _Record(where, f"not JSON ({error}){hint}", ())


def _object(where: str, item: Any) -> _Record:
    if isinstance(item, dict):
        return _Record(where, item, list(item))
    return _Record(where, f"a JSON object is expected, found {type(item).__name__}", ())


def _csv_records(path: str, _: Sequence[str]) -> Iterator[_Record]:
    """Yield the rows of a CSV file; its separator is the one that its first line has most of."""
    csv.field_size_limit(2**31 - 1)
    with _opened(path) as file:
        lines = (line for _, line in _lines(path, file))
        first = next(lines, "")
        rows = csv.reader(itertools.chain([first], lines), delimiter=max(",;\t", key=first.count), strict=True)
        try:
            names = next(rows, [])
            if twice := sorted({name for name in names if name and names.count(name) > 1}):
                what = f"{path}, line 1: several columns are called {', '.join(map(repr, twice))}"
                raise SeedError(what, "give each column a name of its own")
            line = rows.line_num + 1
            for row in rows:
                where, line = f"{path}, line {line}", rows.line_num + 1
                if row and len(row) != len(names):
                    yield _Record(where, f"{len(row)} fields, where the first line names {len(names)}", names)
                elif row:
                    values = {name: value or None for name, value in zip(names, row, strict=True)}
                    yield _Record(where, values, names)
        except csv.Error as error:
            raise SeedError(f"{path}, line {rows.line_num}: not CSV ({error})", "correct the line") from error


def _parquet_records(path: str, columns: Sequence[str]) -> Iterator[_Record]:
    try:
        names = list(_parquet_schema(Path(path)))
        frame = pl.read_parquet(path, columns=_needed(names, columns), glob=False)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise SeedError(f"{path}: not a Parquet file ({error})", "give kind: jsonl for JSON lines") from error
    return _frame_records(path, frame, names)


def _packaged(path: str) -> Path:
    """Return where a file lies that comes with this package.

    Raises:
        SeedError: There is none of that name.
    """
    name, there = path.removeprefix(PACKAGED), resources.files("scalequest_assets") / "profiles"
    known = sorted(entry.name for entry in there.iterdir() if entry.name.endswith(_ENDINGS["jsonl"]))
    if name not in known:
        raise SeedError(f"{path}: no such file comes with this package", f"one of: {', '.join(known)}")
    return Path(str(there / name))


def _plain_columns(files: Sequence[Path], columns: Mapping[str, str]) -> pl.DataFrame | None:
    """Return the columns where all files have them as plain text: 20 times as fast as record by record.

    None leaves the rest, all faults among it, to the reading of records.
    """
    wanted = dict.fromkeys(columns.values())
    try:
        schemas = [_parquet_schema(file) for file in files]
        if not all(schema.get(name) in (pl.String, pl.Boolean) for schema in schemas for name in wanted):
            return None
        frames = [pl.read_parquet(file, columns=list(wanted), glob=False) for file in files]
    except (pl.exceptions.PolarsError, OSError):
        return None
    named = [pl.col(column).cast(pl.String).alias(name) for name, column in columns.items()]
    rows = pl.concat([frame.select(named) for frame in frames])
    return None if rows.is_empty() else rows


def _parquet_schema(path: Path) -> pl.Schema:
    """Return a file's columns; Polars would take a path with brackets for a pattern."""
    with path.open("rb") as file:
        return pl.Schema(pl.read_parquet_schema(file))


def _frame_records(source: str, frame: pl.DataFrame, names: Sequence[str]) -> Iterator[_Record]:
    for number, row in enumerate(frame.iter_rows(named=True), start=1):
        yield _Record(f"{source}, row {number}", row, names)


def _needed(names: Sequence[str], columns: Collection[str]) -> list[str]:
    """Return the columns to read for some paths; one at least, for the number of rows."""
    wanted = {name for path in columns for name in (path, *roots(path))}
    return [name for name in names if name in wanted] or list(names[:1])


def _opened(path: str) -> io.BufferedReader:
    """Open a file of text, unpacked.

    Raises:
        SeedError: It is no text.
    """
    with Path(path).open("rb") as file:
        head = file.read(32)
    for start, (what, remedy) in _NO_TEXT.items():
        if head.lstrip(b" \n" if start == b"<" else b"").startswith(start):
            raise SeedError(f"{path}: this is {what}", remedy)
    compression = next((name for start, name in _COMPRESSIONS.items() if head.startswith(start)), None)
    return io.BufferedReader(pa.input_stream(path, compression=compression))


def _lines(path: str, file: io.BufferedReader) -> Iterator[tuple[int, str]]:
    """Yield the lines of a file with their numbers.

    Raises:
        SeedError: One is not UTF-8, or the file is damaged.
    """
    number = 0
    try:
        for number, raw in enumerate(file, start=1):
            yield number, raw.decode("utf-8-sig" if number == 1 else "utf-8")
    except UnicodeDecodeError as error:
        what = f"{path}, line {number}: byte {error.start + 1} (0x{error.object[error.start]:02x}) is not UTF-8"
        raise SeedError(what, "save the file as UTF-8") from error
    except OSError as error:
        raise SeedError(f"{path}, behind line {number}: {error}", "the file is damaged: fetch it again") from error
