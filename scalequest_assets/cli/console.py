"""How the command line shows things: tables, texts, JSON."""

import json
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len, set_cell_size
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from scalequest_assets.errors import ScalequestError

if TYPE_CHECKING:  # not every command has rows to show
    import polars as pl

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)
_MAX_CELL_CHARS = 120
_MAX_READING_WIDTH = 100
_READABLE_CHARS, _FRAME_CHARS = 16, 3
"""What a column of a table needs, where its longest cell has as much, and what its frame takes."""
_NUM_LINES_BESIDE, _NUM_LINES_LEAST = 3, 5
"""Lines of the terminal that a screenful of rows leaves free, and that it has at least, frame and heading included."""


def show_table(frame: "pl.DataFrame", title: str | None = None) -> None:
    """Print a frame as a table; one of more columns than fit beside each other row by row, a line for each column."""
    out.print(_shown(frame, title))


def show_screenful(frame: "pl.DataFrame") -> None:
    """Print as many rows of a frame as the terminal is high, and say how many are left out."""
    room = max(out.height - _NUM_LINES_BESIDE, _NUM_LINES_LEAST)
    num = min(frame.height, room)
    while (lines := len(out.render_lines(_shown(frame.head(num))))) > room and num > 1:
        num = max(1, min(num - 1, num * room // lines))
    show_table(frame.head(num))
    if num < frame.height:
        show_note(f"{num} of {frame.height:,} rows are shown; ask for fewer (LIMIT), or for all with --format csv")


def _shown(frame: "pl.DataFrame", title: str | None = None) -> RenderableType:
    rows = [[_cell(value) for value in row] for row in frame.iter_rows()]
    names = [_cell(name) for name in frame.columns]
    longest = [max(map(len, (name, *cells))) for name, *cells in zip(names, *rows, strict=True)]
    needed = sum(min(length, _READABLE_CHARS) + _FRAME_CHARS for length in longest) + 1
    if needed > out.width:
        if rows:
            return _records(names, rows, title)
        return Text(f"{title or ''} no rows; columns: {', '.join(names)}".lstrip())
    table = Table(title=title, title_justify="left")
    for name, dtype in zip(names, frame.dtypes, strict=True):
        table.add_column(Text(name), justify="right" if dtype.is_numeric() else "left", overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    return table


def _records(names: Sequence[str], rows: Sequence[Sequence[str]], title: str | None) -> RenderableType:
    """Return rows one below the other, each of its values on a line of its own."""
    width = min(max(map(cell_len, names)), out.width // 2) + 2
    room = max(out.width - width, _READABLE_CHARS)
    parts: list[RenderableType] = [Text(title, style="italic")] if title else []
    labels = [set_cell_size(set_cell_size(name, width - 2), width) for name in names]
    for number, row in enumerate(rows, start=1):
        record = Text(end="")
        for label, cell in zip(labels, row, strict=True):
            lines = [cell] if cell_len(cell) <= room else [line.plain.rstrip() for line in Text(cell).wrap(out, room)]
            record.append(label if cell else label.rstrip(), style="cyan")
            record.append(f"\n{' ' * width}".join(lines) + "\n")
        parts += [Rule(f"row {number}", align="left", style="dim"), record]
    return Group(*parts)


def show_pairs(pairs: Sequence[dict[str, Any]]) -> None:
    """Print question-answer pairs one below the other."""
    for number, pair in enumerate(pairs, start=1):
        out.print(Text(f"\n{number}. {pair['query_id']}", style="bold"))
        out.print(Text(f"   Q: {_indented(pair['query'])}"))
        out.print(Text(f"   A: {_indented(pair['response'])}"))


def show_texts(title: str, texts: Mapping[str, str]) -> None:
    """Print texts to be read, each below its name and no wider than one reads well."""
    width = min(out.width, _MAX_READING_WIDTH)
    out.print()
    out.print(Rule(Text(printable(title), style="bold"), align="left", style="dim"), width=width)
    for name, text in texts.items():
        out.print(Text(name, style="cyan"))
        out.print(Padding(Text(printable(text).strip()), (0, 0, 0, 2)), width=width, soft_wrap=False)


def show_lines(lines: Iterable[str]) -> None:
    """Print lines as they are, without what would steer the terminal; the first one stands out."""
    for number, line in enumerate(lines):
        out.print(Text(printable(line), style="" if number else "bold"))


def show_note(text: str) -> None:
    """Print something that the user should know beside what was asked for."""
    err.print(Text(f"note: {printable(text)}", style="yellow"))


def show_json(value: Any) -> None:
    """Print a value as JSON."""
    out.print(Text(json.dumps(value, indent=2, ensure_ascii=False, default=str)))


def json_text(value: Any) -> str:
    """Return a value as JSON on one line."""
    return json.dumps(value, ensure_ascii=False, default=str)


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    text = f"{value:.4g}" if isinstance(value, float) else str(value)
    text = " ".join(printable(text).split())
    return text if len(text) <= _MAX_CELL_CHARS else text[: _MAX_CELL_CHARS - 1] + "…"


def _indented(text: str) -> str:
    return printable(text).strip().replace("\n", "\n      ")


def one_line(error: Exception) -> str:
    """Return an error as the command line shows it: what, and the remedy."""
    if isinstance(error, ScalequestError):
        return str(error)
    return (
        f"{type(error).__name__}: {error}\n  -> the same command with --debug, or the run in `scalequest ui`, says more"
    )


def printable(text: str) -> str:
    """Return a text without control characters: what a model wrote must not steer the terminal."""
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) != "Cc")
