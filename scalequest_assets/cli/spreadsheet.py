"""A sample of pairs as a CSV file that people fill in with a spreadsheet, and reading it back.

What a model wrote must not become a formula there, so that it is changed where it might; it is for reading only. A row
read back knows its pair by id and hash.
"""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import polars as pl

from scalequest_assets.cli.console import printable
from scalequest_assets.cli.interview import WORDS, Said
from scalequest_assets.errors import HomeError, ReviewError

SOUND, RIGHT, NOTE = TO_FILL = ("is_question_sound", "is_answer_right", "note")
_HASH: Final = "sha256:"
"""Before a hash: digits with an `e` among them would be a number to a spreadsheet."""
_NEEDED: Final = ("query_id", "content_hash", *TO_FILL)
_COLUMNS: Final = ("query_id", "content_hash", "query", "response", "answer", *TO_FILL)
_FORMULA: Final = re.compile(r"(^|[\n;\t])(?=[ \t\"]*[=+\-@＝＋－＠])")  # noqa: RUF001 - these begin formulas too
_LIKE_A_DATE: Final = re.compile(r"\d[\d\s/.,:-]*[/.,:-][\d\s/.,:-]*")
_MAX_SHOWN: Final = 5


class Filled(NamedTuple):
    """What a file says: of each pair that has a judgement, and how many rows are empty."""

    judged: Sequence[tuple[Mapping[str, Any], Said]]
    num_empty: int


def write_sample(path: Path, pairs: pl.DataFrame) -> None:
    """Write pairs with empty columns to fill in.

    Args:
        path: A new file.
        pairs: `query_id`, `content_hash`, `query`, `response`, `answer`.

    Raises:
        HomeError: There is a file already, or none can be written.
    """
    try:
        with path.open("x", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file, quoting=csv.QUOTE_ALL)
            writer.writerow(_COLUMNS)
            for pair in pairs.iter_rows(named=True):
                texts = [as_text(str(pair[name] or "")) for name in ("query", "response", "answer")]
                writer.writerow([pair["query_id"], _HASH + pair["content_hash"], *texts, "", "", ""])
    except FileExistsError:
        raise HomeError(f"{path} is there already", "name another file, or remove it") from None
    except OSError as error:
        raise HomeError(f"{path} cannot be written: {error.strerror}", "name another file") from error


def as_text(value: str) -> str:
    """Return a text as a cell that no spreadsheet takes for a formula or a date: an apostrophe is put before it.

    Also within it where another separator than ours would begin a cell, behind `;`, a tab or a line's end.

    Source: OWASP, CSV Injection.
    """
    shown = _FORMULA.sub(r"\1'", printable(value))
    return f"'{shown}" if shown[:1] in ("\t", "\n") or _LIKE_A_DATE.fullmatch(shown) else shown


def read_filled(path: Path, pairs: pl.DataFrame) -> Filled:
    """Return what a filled-in file says.

    Args:
        path: A file of `write_sample`, saved by a spreadsheet: separated by `,`, `;` or tabs, in UTF-8.
        pairs: All pairs that a row may be of: `query_id`, `content_hash` and more.

    Raises:
        ReviewError: Columns are missing, or rows cannot be read; all such rows are named.
        HomeError: There is no such file.
    """
    known = {pair["query_id"]: pair for pair in pairs.iter_rows(named=True)}
    judged, rows, problems, num_empty = [], dict[str, int](), list[str](), 0
    for number, row in enumerate(_records(path), start=2):  # the first row of a spreadsheet is the head
        if not any(row[name] for name in TO_FILL):
            num_empty += 1
            continue
        query_id = row["query_id"]
        found = _said(row, known.get(query_id))
        if query_id in rows:
            found = f"the same pair as row {rows[query_id]}"
        rows.setdefault(query_id, number)
        if isinstance(found, Said):
            judged.append((known[query_id], found))
        else:
            problems.append(f"row {number} ({query_id or 'no query_id'}): {found}")
    if problems:
        more = [f"and {len(problems) - _MAX_SHOWN} more"] if len(problems) > _MAX_SHOWN else []
        raise ReviewError(
            f"{path}: nothing was stored:\n  " + "\n  ".join([*problems[:_MAX_SHOWN], *more]),
            "correct these rows, or empty their last three columns, and read the file again",
        )
    return Filled(judged, num_empty)


def _said(row: Mapping[str, str], pair: Mapping[str, Any] | None) -> Said | str:
    """Return what a row says, or what is wrong with it."""
    if pair is None:
        return "no pair has this query_id"
    if row["content_hash"].removeprefix(_HASH) != pair["content_hash"]:
        return "the pair has changed since the file was written; a new file has it as it is now"
    for name in (SOUND, RIGHT):
        if row[name] and row[name].lower() not in WORDS:
            return f"{name} is {row[name]!r}: say y, n or unsure"
    if not row[SOUND]:
        return f"{SOUND} is empty"
    sound = WORDS[row[SOUND].lower()]
    if not row[RIGHT] and sound is not False:
        return f"{RIGHT} is empty"
    right = None if sound is False else WORDS[row[RIGHT].lower()]
    return Said(is_question_sound=sound, is_answer_right=right, note=row[NOTE] or None)


def _records(path: Path) -> Iterator[dict[str, str]]:
    """Yield the needed cells of each row below the head, without blanks around them."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            head = file.readline()
            file.seek(0)
            reader = csv.DictReader(file, delimiter=max(",;\t", key=head.count))
            if missing := [name for name in _NEEDED if name not in (reader.fieldnames or ())]:
                raise ReviewError(
                    f"{path}: columns are missing: {', '.join(missing)}",
                    "keep the first row as `scalequest review --out FILE.csv` writes it",
                )
            for row in reader:
                yield {name: (row[name] or "").strip() for name in _NEEDED}
    except UnicodeDecodeError as error:
        raise ReviewError(f"{path} is not UTF-8: {error.reason}", "save it as CSV UTF-8") from error
    except csv.Error as error:
        raise ReviewError(f"{path} is no CSV file: {error}", "save it as CSV UTF-8") from error
    except OSError as error:
        raise HomeError(f"{path} cannot be read: {error.strerror}", "name a file that is there") from error
