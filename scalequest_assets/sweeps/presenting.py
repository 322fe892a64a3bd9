"""A sweep's comparison for people and scripts: a table, a document, a CSV file and a picture."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from scalequest_assets.cli import console
from scalequest_assets.cli.csv_rows import csv_text
from scalequest_assets.recipe import comparison
from scalequest_assets.storage.home import Home
from scalequest_assets.storage.points import comparison_file
from scalequest_assets.sweeps.axes import SEED, Axes, sweep_name, varied
from scalequest_assets.sweeps.chart import draw
from scalequest_assets.sweeps.running import Outcome

EVERYTHING = "all seeds"
"""The setting of points that differ in their seeds alone."""


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """The points of a sweep beside each other.

    Attributes:
        points: `point`, `label` (what differs), `setting` (the same, its seed left out), `error`.
        figures: `point` and the columns of `recipe.comparison.FIGURES`.
        averages: See `recipe.comparison.over_seeds`.
        has_seeds: Whether the seed varies.
        positions: Where a setting lies on the picture's axis, for a sweep of one number; else empty.
        axis: What that axis is.
    """

    points: pl.DataFrame
    figures: pl.DataFrame
    averages: pl.DataFrame
    has_seeds: bool
    positions: dict[str, float]
    axis: str


def compare(axes: Axes, outcomes: Sequence[Outcome]) -> Comparison:
    """Put the points of a sweep beside each other."""
    keys = varied(axes) or list(axes)
    others = [key for key in keys if key != SEED]
    rows = [(o.point.name, o.point.label(keys), o.point.label(others) or EVERYTHING, o.error) for o in outcomes]
    points = pl.DataFrame(rows, schema=dict.fromkeys(("point", "label", "setting", "error"), pl.String), orient="row")
    figures = comparison.concatenated({o.point.name: o.figures for o in outcomes})
    values = [o.point.overrides[others[0]] for o in outcomes] if len(others) == 1 else []
    is_scale = bool(values) and all(isinstance(v, int | float) and not isinstance(v, bool) for v in values)
    return Comparison(
        points=points,
        figures=figures,
        averages=comparison.over_seeds(points, figures),
        has_seeds=SEED in keys and len(outcomes) > 1,
        positions=dict(zip(points["setting"], map(float, values), strict=True)) if is_scale else {},
        axis=", ".join(others),
    )


def table(compared: Comparison) -> pl.DataFrame:
    """Return a row for each figure that differs, and a column for each point; where seeds vary, for each average.

    With seeds alone, both.
    """
    shown = comparison.differing(compared.figures)
    names = shown.select(figure=comparison.NAME).unique(maintain_order=True)
    labels = dict(compared.points.select("point", "label").iter_rows())
    cells = [(labels[row["point"]], row["figure"], f"{row['value']:.4g}") for row in _named(shown)]
    if compared.has_seeds:
        alone = compared.points["setting"].n_unique() == 1
        cells = [*(cells if alone else []), *_averages(compared.averages.join(shown, on=_FIGURE, how="semi"))]
    columns: dict[str, dict[str, str]] = {}
    for column, figure, text in cells:
        columns.setdefault(column, {})[figure] = text
    return names.with_columns(
        pl.Series(column, [texts.get(name) for name in names["figure"]], dtype=pl.String)
        for column, texts in columns.items()
    )


def wide(outcomes: Sequence[Outcome], figures: pl.DataFrame) -> pl.DataFrame:
    """Return one row per point: `point`, its overrides, `error`, and a column for each figure."""
    rows = [{"point": o.point.name, **o.point.overrides, "error": o.error} for o in outcomes]
    plain = [
        {k: v if v is None or isinstance(v, int | float | str) else console.json_text(v) for k, v in r.items()}
        for r in rows
    ]
    frame = pl.DataFrame(plain, strict=False, infer_schema_length=None)
    return comparison.side_by_side(frame.cast({"point": pl.String, "error": pl.String}), figures)


def document(outcomes: Sequence[Outcome], compared: Comparison, files: Sequence[str]) -> dict[str, Any]:
    """Return a sweep as `--json` prints it."""
    figures = {o.point.name: dict[str, float]() for o in outcomes}
    for row in _named(compared.figures):
        figures[row["point"]][row["figure"]] = row["value"]
    points = [
        {"point": o.point.name, "overrides": o.point.overrides, "error": o.error, "figures": figures[o.point.name]}
        for o in outcomes
    ]
    averages = compared.averages.select("setting", "mean", "std", "num_points", figure=comparison.NAME)
    return {"points": points, "over_seeds": averages.to_dicts() if compared.has_seeds else [], "files": [*files]}


def write(home: Home, axes: Axes, outcomes: Sequence[Outcome], compared: Comparison) -> list[str]:
    """Write the comparison as CSV and, where figures differ, as a picture; return where they lie."""
    name = sweep_name(axes)
    rows = csv_text(wide(outcomes, compared.figures)).encode()
    paths = [comparison_file(home, f"{name}.csv", rows)]
    shown = compared.averages.join(comparison.differing(compared.figures), on=_FIGURE, how="semi")
    if not shown.is_empty():
        picture = io.BytesIO()
        draw(shown, compared.positions, compared.axis, picture)
        paths.append(comparison_file(home, f"{name}.png", picture.getvalue()))
    return [str(path) for path in paths]


_FIGURE = ["table", "key", "measure"]


def _named(figures: pl.DataFrame) -> list[dict[str, Any]]:
    return figures.select("point", "value", figure=comparison.NAME).to_dicts()


def _averages(averages: pl.DataFrame) -> list[tuple[str, str, str]]:
    """Return column, figure and text of every average."""
    rows = averages.select("setting", "mean", "std", figure=comparison.NAME).iter_rows(named=True)
    return [
        (
            row["setting"],
            row["figure"],
            f"{row['mean']:.4g}" + (f" ± {row['std']:.2g}" if row["std"] is not None else ""),
        )
        for row in rows
    ]
