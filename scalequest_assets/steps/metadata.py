"""What someone who looks at an asset in the UI wants to know: how many, how many kept, why not, what it looks like."""

import base64
import io
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
    counts = {
        label: Counter(min(int(value * _NUM_BINS), _NUM_BINS - 1) for value in of) for label, of in series.items()
    }
    bins = range(_NUM_BINS)
    return table([{"from": i / _NUM_BINS, **{label: found[i] for label, found in counts.items()}} for i in bins])


def line_chart(title: str, x: str, y: str, points: Sequence[tuple[float, float]]) -> dg.MarkdownMetadataValue:
    """Return a small line chart as a picture that the UI shows."""
    figure, axes = _figure(title, x, y)
    axes.plot([p[0] for p in points], [p[1] for p in points], marker=".", color="#4c5fd7")
    return _picture(figure, title)


def histogram(
    title: str, x: str, series: Mapping[str, Sequence[float]], *, bounds: tuple[float, float] | None = (0, 1)
) -> dg.MarkdownMetadataValue:
    """Return overlaid histograms of values within bounds (None: of all values) as a picture."""
    figure, axes = _figure(title, x, "rows")
    for label, values in series.items():
        axes.hist(values, bins=20, range=bounds, alpha=0.55, label=label)
    axes.legend()
    return _picture(figure, title)


def bars(
    title: str, labels: Sequence[str], panels: Mapping[str, tuple[Sequence[float | None], Sequence[float | None]]]
) -> dg.MarkdownMetadataValue:
    """Return bar charts side by side as a picture, one panel for each measure.

    Args:
        title: Of the picture.
        labels: Of the bars, the same in all panels.
        panels: Measure to values and their standard errors. No bar for None.
    """
    figure, plots = _figures(len(panels), width=9.6, height=3.6)
    for axes, (measure, (values, errors)) in zip(plots, panels.items(), strict=True):
        heights = [value or 0.0 for value in values]
        axes.bar(labels, heights, yerr=[error or 0.0 for error in errors], capsize=2, color="#4c5fd7", alpha=0.8)
        axes.set(title=measure, ylim=(0, 1.02 if 0.5 < max(heights, default=0) <= 1 else None))
        axes.tick_params(axis="x", labelrotation=90)
    return _picture(figure, title)


def reliability(title: str, x: str, y: str, bins: pl.DataFrame) -> dg.MarkdownMetadataValue:
    """Return predictions beside observations (see `recipe.calibration.reliability`) as a picture, with the diagonal."""
    figure, axes = _figure(title, x, y)
    axes.axline((0, 0), slope=1, color="#999", linewidth=0.8, linestyle="--", label="calibrated")
    errors = bins["standard_error"].fill_null(0.0)
    axes.errorbar(bins["predicted"], bins["observed"], yerr=errors, fmt="o", capsize=2, color="#4c5fd7")
    for predicted, observed, num in bins.select("predicted", "observed", "num_rows").iter_rows():
        axes.annotate(f"n={num}", (predicted, observed), xytext=(4, -10), textcoords="offset points", fontsize=7)
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.05, 1.05))
    axes.legend()
    return _picture(figure, title)


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


def _figure(title: str, x: str, y: str) -> tuple[Any, Any]:
    figure, (axes,) = _figures(1, width=5.2, height=2.6)
    axes.set(title=title, xlabel=x, ylabel=y)
    return figure, axes


def _figures(num: int, *, width: float, height: float) -> tuple[Any, Sequence[Any]]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    panels = figure.subplots(1, num, squeeze=False)[0]
    for axes in panels:
        axes.spines[["top", "right"]].set_visible(False)
    return figure, panels


def _picture(figure: Any, title: str) -> dg.MarkdownMetadataValue:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=90)
    return dg.MetadataValue.md(f"![{title}](data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()})")
