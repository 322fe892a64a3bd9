"""The manifest: for every partition of every stage, how many questions came in, how many were kept, and why not."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from scalequest_assets.recipe.paper_costs import PAPER_STAGES
from scalequest_assets.recipe.settings import Prices
from scalequest_assets.schemas import polars_schema
from scalequest_assets.stages import STAGES, Stages

SUMMED = (
    "num_requests", "prompt_tokens", "completion_tokens", "num_retries", "num_errors", "engine_s", "gpu_s", "wall_s",
)  # fmt: skip
NAMED = ("device", "model")
NOT_IN_PAPER = "not in the paper"
API_VERSION = "@api:"
"""How the version of a model behind a server begins (`engines.opening.ModelHandle.label`)."""


def money(prices: Prices, spent: Mapping[str, Any]) -> float | None:
    """Return what a model's work comes to: by token where the model has such prices, else by hour.

    Args:
        prices: The profile's.
        spent: `model` (with its version), `prompt_tokens`, `completion_tokens`, `engine_s`, `gpu_s`.

    Returns:
        An amount in the prices' currency; None where nothing says what it costs.
    """
    model = str(spent["model"])
    by_token = prices.tokens.get(model.partition("@")[0])
    if by_token is not None:
        read, written = spent["prompt_tokens"], spent["completion_tokens"]
        return float(read * by_token.prompt_million + written * by_token.completion_million) / 1e6
    if API_VERSION in model:  # behind a server: no hour of ours
        return None
    seconds, hour = (spent["gpu_s"], prices.gpu_hour) if spent["gpu_s"] > 0 else (spent["engine_s"], prices.cpu_hour)
    return None if hour is None else float(seconds / 3600 * hour)


def entry(
    *,
    generator: str,
    shard: str | None,
    asset: str,
    content_hash: str,
    counts: pl.DataFrame | None,
    cost: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """Return one row of `release_manifest`.

    Args:
        generator: Its generator.
        shard: Its shard, or None for what a generator has once.
        asset: The table or model.
        content_hash: Of the partition, or the weights.
        counts: One row of `funnel.stage_counts`; None for a model.
        cost: What models used to make it (`SUMMED`, `NAMED`), or None.
    """
    counted = counts.row(0, named=True) if counts is not None else {"num_input": 0, "num_kept": 0, "drop_reasons": []}
    where = {"generator": generator, "shard": shard, "asset": asset, "content_hash": content_hash}
    return {**where, **counted, **_spent(cost or {})}


def costs(
    manifest: pl.DataFrame,
    apart: Sequence[tuple[str, str | None, Mapping[str, Any]]],
    prices: Prices,
    stages: Stages = STAGES,
) -> pl.DataFrame:
    """Sum what every asset cost.

    Args:
        manifest: Rows of `release_manifest`, all generators, each of one model.
        apart: Asset, generator and cost (`SUMMED`, `NAMED`) of each thing that a model did and that is in no such row:
            what all generators share (None), and what several models made together.
        prices: What is paid for it.
        stages: Says which table has the pairs, and which line of the paper's cost table an asset belongs to.

    Returns:
        The columns of `TABLES["costs"]`, dearest first: one row per asset, generator and model.
    """
    schema = polars_schema("release_manifest")
    own = manifest.select("asset", "generator", *SUMMED, *NAMED)
    rows = [{"asset": asset, "generator": generator, **_spent(cost)} for asset, generator, cost in apart]
    both = pl.concat([own, pl.DataFrame(rows, schema={name: schema[name] for name in own.columns})])
    used = both.filter(pl.col("num_requests") > 0)
    devices = pl.col("device").drop_nulls().unique().sort().str.join(" + ").replace("", None)
    summed = used.group_by("asset", "generator", "model", maintain_order=True).agg(pl.col(SUMMED).sum(), devices)
    num_pairs = int(manifest.filter(pl.col("asset") == stages.pairs)["num_kept"].sum()) or None
    written = pl.when(pl.col("completion_tokens") > 0).then("completion_tokens").otherwise("prompt_tokens")
    pairs = pl.lit(num_pairs, pl.Float64)
    priced = summed.with_columns(
        stage=pl.col("asset").replace_strict(dict(stages.paper_lines), default=None, return_dtype=pl.String),
        tokens_per_s=pl.when(pl.col("engine_s") > 0).then(written / pl.col("engine_s")),
        gpu_hours=pl.col("gpu_s") / 3600,
        money=pl.Series([money(prices, row) for row in summed.iter_rows(named=True)], dtype=pl.Float64),
    )
    return (
        priced.with_columns(
            gpu_hours_per_million=pl.col("gpu_hours") * 1e6 / pairs,
            money_per_pair=pl.col("money") / pairs,
            engine_s_per_pair=pl.col("engine_s") / pairs,
        )
        .select(polars_schema("costs").names())
        .sort("engine_s", descending=True)
    )


def stage_costs(summed: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of `costs` by lines of the paper's cost table, with the paper's figures beside them.

    Returns:
        `stage`, `gpu_hours`, `money`, `gpu_hours_per_million` and `paper_gpu_hours_per_million` (per million released
        pairs), in the paper's order; what the paper has no line for (training of the roles) comes last.
    """
    figures = [_known_sum("gpu_hours"), _known_sum("money"), _known_sum("gpu_hours_per_million")]
    ours = summed.with_columns(pl.col("stage").fill_null(NOT_IN_PAPER)).group_by("stage").agg(figures)
    order = [*(stage.name for stage in PAPER_STAGES), NOT_IN_PAPER]
    paper = [stage.gpu_hours for stage in PAPER_STAGES]
    lines = pl.DataFrame({"stage": order, "paper_gpu_hours_per_million": [*paper, None]})
    return lines.join(ours, on="stage", how="inner", maintain_order="left").select(
        "stage", "gpu_hours", "money", "gpu_hours_per_million", "paper_gpu_hours_per_million"
    )


def _known_sum(column: str) -> pl.Expr:
    """Return a column's sum, null where a part of it is not known."""
    return pl.when(pl.col(column).is_not_null().all()).then(pl.col(column).sum()).alias(column)


def _spent(cost: Mapping[str, Any]) -> dict[str, Any]:
    return {**{name: cost.get(name, 0) for name in SUMMED}, **{name: cost.get(name) for name in NAMED}}
