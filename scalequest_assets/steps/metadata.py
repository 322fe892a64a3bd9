"""What someone who looks at an asset in the UI wants to know: how many, how many kept, why not, what it looks like."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg
import polars as pl

SAMPLE_ROWS = 3
_MAX_CELL_CHARS = 160
_SIGNIFICANT_DIGITS = 4
_NUM_BINS = 10
_NUM_POINTS = 12
_STDERR = "_stderr"

Metadata = dict[str, Any]
Cell = str | int | float | bool | None


def table(rows: pl.DataFrame | Sequence[Mapping[str, object]]) -> dg.TableMetadataValue:
    """Return rows as a table that the UI shows.

    Args:
        rows: A frame, or rows of a mapping each. A column that a row does not have is empty there. Numbers are shown
            with four significant digits (from 1,000 on as whole ones), texts cut at 160 characters, lists as text.
    """
    dicts = rows.to_dicts() if isinstance(rows, pl.DataFrame) else rows
    names = rows.columns if isinstance(rows, pl.DataFrame) else list(dict.fromkeys(n for row in dicts for n in row))
    cells = [{name: _cell(row.get(name)) for name in names} for row in dicts]
    columns = [dg.TableColumn(name, _column_type([row[name] for row in cells])) for name in names]
    return dg.MetadataValue.table([dg.TableRecord(row) for row in cells], dg.TableSchema(columns))


def sample(frame: pl.DataFrame, columns: Sequence[str]) -> dg.TableMetadataValue:
    """Return the first rows of a few columns as a table."""
    return table(frame.select(columns).head(SAMPLE_ROWS))


def screening(frame: pl.DataFrame, columns: Sequence[str]) -> Metadata:
    """Return keep rate, reasons and samples of a screening table (`keep`, `drop_reason`)."""
    kept = frame.filter("keep")
    reasons = (
        frame.filter(~pl.col("keep")).group_by("drop_reason").len("rows").sort("rows", "drop_reason", descending=True)
    )
    return {
        "kept": kept.height,
        "keep_rate": kept.height / frame.height if frame.height else 0.0,
        "drop_reasons": table(reasons),
        "kept_sample": sample(kept, columns),
        "dropped_sample": sample(frame.filter(~pl.col("keep")), [*columns, "drop_reason"]),
    }


def shares(series: Mapping[str, Sequence[float]]) -> dg.TableMetadataValue:
    """Return how many values in [0, 1] each series has in every tenth, as a table."""
    counts = {label: _by_tenth(of, 0.0, 1.0) for label, of in series.items()}
    bins = range(_NUM_BINS)
    return table([{"from": i / _NUM_BINS, **{label: found[i] for label, found in counts.items()}} for i in bins])


def curve(points: Sequence[tuple[float, float]], x: str, y: str) -> dg.TableMetadataValue:
    """Return a curve as a table of at most twelve points, the first and the last among them.

    Args:
        points: Its points, in order.
        x: Name of the first column.
        y: Name of the second.
    """
    last = len(points) - 1
    chosen = sorted({round(i * last / (_NUM_POINTS - 1)) for i in range(_NUM_POINTS)}) if points else []
    return table([{x: points[i][0], y: points[i][1]} for i in chosen])


def spread(values: Sequence[float]) -> dg.TableMetadataValue:
    """Return how many values lie in each tenth of their range, as a table."""
    low, high = min(values, default=0.0), max(values, default=0.0)
    span = high - low or 1.0
    counts = _by_tenth(values, low, span)
    rows = [{"from": low + i * span / _NUM_BINS, "rows": counts[i]} for i in range(_NUM_BINS)]
    return table(rows if values else [])


def with_errors(rows: pl.DataFrame) -> dg.TableMetadataValue:
    """Return rows as a table; a column with a standard error (its name and `_stderr`) shows both."""
    errors = [name for name in rows.columns if name.endswith(_STDERR)]
    shown = []
    for row in rows.iter_rows(named=True):
        cells = {name: value for name, value in row.items() if name not in errors}
        for error in errors:
            name = error.removesuffix(_STDERR)
            if row[name] is not None and row[error] is not None:
                cells[name] = f"{_cell(row[name])} ± {row[error]:.2g}"
        shown.append(cells)
    return table(shown)


def _by_tenth(values: Sequence[float], low: float, span: float) -> Counter[int]:
    return Counter(min(int((value - low) / span * _NUM_BINS), _NUM_BINS - 1) for value in values)


def _cell(value: object) -> Cell:
    """Return a value as the UI can show it: it reads JSON, which has neither NaN nor infinity."""
    match value:
        case None | bool() | int():
            return value
        case float() if math.isfinite(value):
            return float(round(value)) if abs(value) >= 1_000 else float(f"{value:.{_SIGNIFICANT_DIGITS}g}")
        case list() | tuple():
            text = ", ".join(str(_cell(item)) for item in value)
        case _:
            text = str(value)
    return text if len(text) <= _MAX_CELL_CHARS else f"{text[:_MAX_CELL_CHARS]}…"


def _column_type(cells: Sequence[Cell]) -> str:
    types = {dg.TableMetadataValue.infer_column_type(cell) for cell in cells if cell is not None}
    if types == {"int", "float"}:
        return "float"
    return types.pop() if len(types) == 1 else "string"
