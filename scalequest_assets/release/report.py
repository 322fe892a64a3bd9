"""The report: one HTML page that needs nothing else. What a model wrote is escaped."""

from typing import Any

import polars as pl

from scalequest_assets.recipe.topic_shares import topic_shares
from scalequest_assets.release.rendering import render

_PAIRS_SHOWN = 12
_PAIR_NUMBERS = ("difficulty", "agreement", "reward")
_COST_COLUMNS = (
    "asset", "generator", "num_requests", "prompt_tokens", "completion_tokens", "num_errors", "engine_s",
    "tokens_per_s", "gpu_hours", "money",
)  # fmt: skip


def page(name: str, description: str, funnel: pl.DataFrame, costs: pl.DataFrame, pairs: pl.DataFrame) -> str:
    """Return the page.

    Args:
        name: The profile's name.
        description: The profile's description.
        funnel: Rows of `funnel`.
        costs: Rows of `costs`.
        pairs: Rows of `qa_pairs`.
    """
    return render(
        "report.html.j2",
        name=name,
        description=description,
        num_pairs=pairs.height,
        stages=_stages(funnel),
        reasons=_table(_reasons(funnel)),
        topics=_table(_topics(pairs)),
        costs=_table(costs.select(_COST_COLUMNS)),
        pairs=pairs.head(_PAIRS_SHOWN).to_dicts(),
        numbers=_PAIR_NUMBERS,
    )


def _stages(funnel: pl.DataFrame) -> list[dict[str, Any]]:
    """Return each stage's totals, and what it kept in percent of the most that came into one."""
    totals = funnel.group_by("position", "stage").agg(pl.col("num_input", "num_kept").sum()).sort("position")
    most = pl.max_horizontal(pl.col("num_input").max(), 1)
    return totals.with_columns(percent=100 * pl.col("num_kept") / most).to_dicts()


def _reasons(funnel: pl.DataFrame) -> pl.DataFrame:
    exploded = funnel.select("position", "stage", "drop_reasons").explode("drop_reasons").drop_nulls("drop_reasons")
    reasons = exploded.unnest("drop_reasons").group_by("position", "stage", "drop_reason").agg(pl.col("num_rows").sum())
    return reasons.sort("position", "num_rows", descending=[False, True]).drop("position")


def _topics(pairs: pl.DataFrame) -> pl.DataFrame:
    """Return the topics' shares, of all pairs and of each generator's."""
    total = topic_shares(pairs["topic"])
    for generator in pairs["generator"].unique().sort():
        own = topic_shares(pairs.filter(generator=generator)["topic"])
        own = own.select("topic", pl.col("share").alias(f"share in {generator}"))  # whatever the generator is called
        total = total.join(own, on="topic", how="left", maintain_order="left")
    return total


def _table(frame: pl.DataFrame) -> dict[str, Any]:
    """Return a frame as the template shows it: columns, with whether they are numbers, and rows."""
    columns = [(name, dtype.is_numeric()) for name, dtype in frame.schema.items()]
    return {"columns": columns, "rows": frame.with_columns(pl.col(pl.Float64).round(3)).rows()}
