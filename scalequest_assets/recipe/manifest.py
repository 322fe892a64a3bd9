"""The manifest: for every partition of every stage, how many questions came in, how many were kept, and why not."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from scalequest_assets.recipe import funnel

COSTS = ("num_requests", "prompt_tokens", "completion_tokens", "engine_s")


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
        cost: What models used to make it (`COSTS`), or None.
    """
    counted = counts.row(0, named=True) if counts is not None else {"num_input": 0, "num_kept": 0, "drop_reasons": []}
    spent = {name: (cost or {}).get(name, 0) for name in COSTS}
    where = {"generator": generator, "shard": shard, "asset": asset, "content_hash": content_hash}
    return {**where, **counted, **spent}


def costs(
    manifest: pl.DataFrame, shared: Mapping[str, Mapping[str, Any]], *, engine_hour_price: float | None
) -> pl.DataFrame:
    """Sum what every asset cost.

    Args:
        manifest: Rows of `release_manifest`, all generators.
        shared: The cost (`COSTS`) of the assets that all generators share, by asset.
        engine_hour_price: Price of an engine's hour, or None.

    Returns:
        The columns of `TABLES["costs"]`, dearest first: one row per asset and generator that used a model.
    """
    own = manifest.group_by("asset", "generator", maintain_order=True).agg(pl.col(COSTS).sum())
    rows = [
        {"asset": asset, "generator": None, **{name: cost[name] for name in COSTS}} for asset, cost in shared.items()
    ]
    both = pl.concat([own, pl.DataFrame(rows, schema=own.schema)]).filter(pl.col("num_requests") > 0)
    num_pairs = int(manifest.filter(pl.col("asset") == funnel.STAGES[-1])["num_kept"].sum())
    price = None if engine_hour_price is None else engine_hour_price / 3600
    return both.with_columns(
        money=pl.col("engine_s") * pl.lit(price, pl.Float64),
        engine_s_per_pair=pl.col("engine_s") / num_pairs if num_pairs else pl.lit(None, pl.Float64),
    ).sort("engine_s", descending=True)
