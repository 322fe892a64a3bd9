"""What someone who looks at an asset in the UI wants to know: how many, how many kept, why not, what it looks like."""

import base64
import io
from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg
import polars as pl

SAMPLE_ROWS = 3
_MAX_CELL_CHARS = 300
_SPECIAL = str.maketrans({c: f"&#{ord(c)};" for c in "&<>|`*_[]()#!~$\\{}\"'"} | {"\n": " ", "\r": " "})

Metadata = dict[str, Any]


def escape_markdown(text: object) -> str:
    """Return a value as inert Markdown, one line, cut at 300 characters. What a model wrote is data."""
    plain = "" if text is None else f"{text:.3g}" if isinstance(text, float) else str(text)
    return (plain[:_MAX_CELL_CHARS] + ("…" if len(plain) > _MAX_CELL_CHARS else "")).translate(_SPECIAL)


def markdown_table(rows: Sequence[Mapping[str, object]]) -> str:
    """Return rows as a Markdown table with escaped cells; a dash where there are none."""
    if not rows:
        return "–"
    header = "| " + " | ".join(rows[0]) + " |\n|" + "---|" * len(rows[0])
    lines = ["| " + " | ".join(escape_markdown(value) for value in row.values()) + " |" for row in rows]
    return "\n".join([header, *lines])


def sample(frame: pl.DataFrame, columns: Sequence[str]) -> dg.MarkdownMetadataValue:
    """Return the first rows of a few columns as a table."""
    return dg.MetadataValue.md(markdown_table(frame.select(columns).head(SAMPLE_ROWS).to_dicts()))


def screening(frame: pl.DataFrame, columns: Sequence[str]) -> Metadata:
    """Return keep rate, reasons and samples of a screening table (`keep`, `drop_reason`)."""
    kept = frame.filter("keep")
    reasons = (
        frame.filter(~pl.col("keep")).group_by("drop_reason").len("rows").sort("rows", "drop_reason", descending=True)
    )
    return {
        "kept": kept.height,
        "keep_rate": kept.height / frame.height if frame.height else 0.0,
        "drop_reasons": dg.MetadataValue.md(markdown_table(reasons.to_dicts())),
        "kept_sample": sample(kept, columns),
        "dropped_sample": sample(frame.filter(~pl.col("keep")), [*columns, "drop_reason"]),
    }


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
