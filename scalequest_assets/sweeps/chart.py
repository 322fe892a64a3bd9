"""The picture of a sweep: a panel for each measure, a line for each generator or stage."""

from collections.abc import Mapping
from typing import IO, Any

import polars as pl

from scalequest_assets.stages import STAGES, Figures

MAX_PANELS = 12
FIRST: tuple[Figures, ...] = ("numbers", "yields")
"""Reports whose panels come first, by what is compared of them; then all others in the order of the graph."""


def draw(averages: pl.DataFrame, positions: Mapping[str, float], axis: str, file: IO[bytes]) -> None:
    """Draw figures over settings as PNG; error bars are one standard deviation over seeds.

    Args:
        averages: Rows of `recipe.comparison.over_seeds`.
        positions: Setting to its number on the horizontal axis; empty where settings are no numbers.
        axis: What that axis is.
        file: Is written to.
    """
    from matplotlib.figure import Figure

    panels = _panels(averages)
    num_columns = min(3, len(panels))
    num_rows = -(-len(panels) // num_columns)
    figure = Figure(figsize=(4.6 * num_columns, 2.9 * num_rows), layout="constrained")
    places = figure.subplots(num_rows, num_columns, squeeze=False).flat
    for axes, (table, measure) in zip(places, panels, strict=False):
        rows = averages.filter(pl.col("table") == table, pl.col("measure") == measure)
        _panel(axes, f"{table}: {measure}", rows, positions or _places(averages), is_scale=bool(positions))
    for axes in list(figure.axes)[len(panels) :]:
        axes.set_visible(False)
    if positions:
        figure.supxlabel(_short(axis), fontsize=8)
    figure.savefig(file, format="png", dpi=110)


def _panels(averages: pl.DataFrame) -> list[tuple[str, str]]:
    panels = [(str(t), str(m)) for t, m in averages.select("table", "measure").unique(maintain_order=True).iter_rows()]
    return sorted(panels, key=lambda panel: _place_of(panel[0]))[:MAX_PANELS]


def _place_of(table: str) -> int:
    figures = STAGES[table].figures if table in STAGES else None
    return FIRST.index(figures) if figures in FIRST else len(FIRST)


def _places(averages: pl.DataFrame) -> dict[str, float]:
    return {setting: float(place) for place, setting in enumerate(averages["setting"].unique(maintain_order=True))}


def _panel(axes: Any, title: str, rows: pl.DataFrame, positions: Mapping[str, float], *, is_scale: bool) -> None:
    style = {"marker": "o", "markersize": 3.5, "capsize": 2, "linewidth": 1.2, "linestyle": "-" if is_scale else "none"}
    place = pl.col("setting").replace_strict(positions, return_dtype=pl.Float64)
    for (key,), line in rows.with_columns(x=place).sort("x").group_by("key", maintain_order=True):
        axes.errorbar(line["x"], line["mean"], yerr=line["std"].fill_null(0.0), label=str(key) or None, **style)
    axes.set_title(title, fontsize=9)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=7)
    if not is_scale:
        axes.set_xticks(list(positions.values()), [_short(s) for s in positions], rotation=20, ha="right", fontsize=7)
        axes.margins(x=0.15)
    if rows["key"].n_unique() > 1:
        axes.legend(fontsize=6, frameon=False)


def _short(text: str) -> str:
    return (text if len(text) <= 40 else text[:39] + "…").replace("$", r"\$")  # a pair of $ would be read as TeX
