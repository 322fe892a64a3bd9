"""Figures of several runs side by side: taken from their tables, put beside each other, averaged over seeds.

A run's figures are rows of `table`, `key`, `measure`, `value`: what they were taken from, for which generator or stage
(empty: all), what they measure, and the number.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

FIGURES = pl.Schema({"table": pl.String(), "key": pl.String(), "measure": pl.String(), "value": pl.Float64()})
NAME = pl.concat_str(
    [pl.col(c).replace("", None) for c in ("table", "key", "measure")], separator=".", ignore_nulls=True
)
"""A figure's name: `qft_model.one.loss`."""
STDERR = "_stderr"
"""End of a measure that says how sure another is; beside others, it is no figure to compare."""
TOTALS = ("prompt_tokens", "completion_tokens", "engine_s", "gpu_hours", "money", "money_per_pair", "engine_s_per_pair")
"""The columns of `costs` that can be added up."""


def keep_rates(table: str, rows: pl.DataFrame) -> pl.DataFrame:
    """Return the share of rows that a screening table keeps, for each generator.

    Args:
        table: Its name.
        rows: `generator`, `keep`.
    """
    rates = rows.group_by(key="generator").agg(value=pl.col("keep").mean()).sort("key")
    return _figures(rates.with_columns(table=pl.lit(table), measure=pl.lit("keep_rate")))


def yields(funnel: pl.DataFrame) -> pl.DataFrame:
    """Return for each generator the share of its questions that are kept to the end, and how many those are.

    Args:
        funnel: `position`, `generator`, `num_input`, `num_kept`; a row for each stage and shard.
    """
    at_end = pl.col("position") == pl.col("position").max()
    counts = funnel.group_by(key="generator").agg(
        num_kept=pl.col("num_kept").filter(at_end).sum(),
        num_asked=pl.col("num_input").filter(pl.col("position") == pl.col("position").min()).sum(),
    )
    share = pl.when(pl.col("num_asked") > 0).then(pl.col("num_kept") / pl.col("num_asked"))
    return measures("funnel", counts.select("key", "num_kept", **{"yield": share}).sort("key"))


def totals(costs: pl.DataFrame) -> pl.DataFrame:
    """Return the sums of a table of costs, where all parts are known; its rows are assets and generators."""
    known = [name for name in TOTALS if costs.height and not costs[name].null_count()]
    return measures("costs", costs.select(pl.col(known).sum()))


def measures(table: str, rows: pl.DataFrame) -> pl.DataFrame:
    """Return every number of a table that has texts for keys and numbers for measures; nulls are left out.

    Args:
        table: Its name.
        rows: The texts of a row, joined, are the figure's key. Rows of equal texts are averaged.
    """
    texts = [name for name, dtype in rows.schema.items() if dtype == pl.String()]
    numbers = [pl.col(name).cast(pl.Float64) for name, dtype in rows.schema.items() if dtype.is_numeric()]
    key = pl.concat_str(texts, separator=" ", ignore_nulls=True) if texts else pl.lit("")
    long = rows.select(*numbers, **{_KEY: key}).unpivot(index=_KEY, variable_name="measure").drop_nulls("value")
    mean = long.group_by(_KEY, "measure", maintain_order=True).agg(pl.col("value").mean())
    return _figures(mean.rename({_KEY: "key"}).with_columns(table=pl.lit(table)))


def scores(report: pl.DataFrame) -> pl.DataFrame:
    """Return what a sweep compares of `student_report`: scores of arms, and their differences from the base."""
    of_arms = report.filter(pl.col("student").is_null())
    return of_arms.select("base", "arm", "benchmark", "against", "accuracy", "difference")


def numbers_in(table: str, key: str, document: Mapping[str, Any]) -> pl.DataFrame:
    """Return every number of a nested mapping; its path is the measure, such as `held_out.mse`."""
    rows = [(table, key, measure, float(value)) for measure, value in _leaves(document, "")]
    return pl.DataFrame(rows, schema=FIGURES, orient="row")


def side_by_side(points: pl.DataFrame, figures: pl.DataFrame) -> pl.DataFrame:
    """Return one row per point: the columns of `points`, then a column for each figure, null where a point has none.

    Args:
        points: `point` and others.
        figures: `point` and the columns of `FIGURES`.
    """
    named = figures.select("point", "value", name=NAME)
    if named.is_empty():
        return points
    return points.join(
        named.pivot("name", index="point", values="value"), on="point", how="left", maintain_order="left"
    )


def over_seeds(points: pl.DataFrame, figures: pl.DataFrame) -> pl.DataFrame:
    """Average figures over the points that differ in their seed alone.

    Args:
        points: `point`, and `setting`: what the point is, its seed left out.
        figures: `point` and the columns of `FIGURES`.

    Returns:
        `setting`, `table`, `key`, `measure`, `mean`, `std` (of the sample; null for one point) and `num_points`, in
        the order of points and figures.
    """
    return (
        points.select("point", "setting")
        .join(figures, on="point", maintain_order="left_right")
        .group_by("setting", "table", "key", "measure", maintain_order=True)
        .agg(mean=pl.col("value").mean(), std=pl.col("value").std(), num_points=pl.len().cast(pl.Int32))
    )


def differing(figures: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of those figures that are not the same at all points; standard errors are left out."""
    name = ("table", "key", "measure")
    num_points = pl.col("point").n_unique()
    differs = (pl.col("value").n_unique().over(name) > 1) | (pl.len().over(name) < num_points)
    return figures.filter(differs, ~pl.col("measure").str.ends_with(STDERR))


def concatenated(figures: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return the figures of all points in one frame, by a column `point`."""
    parts = [rows.select(pl.lit(point).alias("point"), *FIGURES.names()) for point, rows in figures.items()]
    return pl.concat([pl.DataFrame(schema={"point": pl.String(), **FIGURES}), *parts])


_KEY = "key of the figure"
"""A name that no column of a table has."""


def _figures(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select(pl.col(name).cast(dtype) for name, dtype in FIGURES.items()).drop_nulls()


def _leaves(value: Any, path: str) -> Sequence[tuple[str, float]]:
    if isinstance(value, Mapping):
        return [leaf for key, item in value.items() for leaf in _leaves(item, f"{path}.{key}" if path else str(key))]
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return [(path, value)] if is_number else []
