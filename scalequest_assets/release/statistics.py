"""What a card counts of the released rows, the funnel and the costs. Pure functions on frames."""

from collections.abc import Mapping
from typing import Any, Final

import polars as pl

from scalequest_assets.recipe.topic_shares import topic_shares
from scalequest_assets.release.rendering import number

QUANTILES: Final = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)
_NUMBERS: Final = {
    "predicted difficulty": "difficulty",
    "agreement of the samples": "agreement",
    "reward of the response": "reward",
}
_SPENT: Final = ("prompt_tokens", "completion_tokens", "engine_s", "gpu_hours", "money")


def num_lost(reasons: pl.DataFrame, *drop_reasons: str) -> int:
    """Return how many questions were lost for some reasons, at all stages (`figures.reasons`)."""
    return int(reasons.filter(pl.col("drop_reason").is_in(drop_reasons))["num_questions"].sum())


def distributions(pairs: pl.DataFrame, response_tokens: pl.Series | None) -> list[dict[str, Any]]:
    """Return `what`, `num` and `quantiles` (at `QUANTILES`, three significant digits) of lengths and scores.

    What no row has is left out.
    """
    series = {
        "question, characters": pairs["query"].str.len_chars(),
        "response, characters": pairs["response"].str.len_chars(),
        "response, tokens": pl.Series([], dtype=pl.Int64) if response_tokens is None else response_tokens,
        **{what: pairs[column] for what, column in _NUMBERS.items()},
    }
    present = {what: values.cast(pl.Float64).fill_nan(None).drop_nulls() for what, values in series.items()}
    return [
        {"what": what, "num": len(values), "quantiles": [_quantile(values, at) for at in QUANTILES]}
        for what, values in present.items()
        if len(values)
    ]


def shares(pairs: pl.DataFrame, column: str) -> list[dict[str, Any]]:
    """Return `topic`, `num_questions` and `share` of each value of a column, most frequent first."""
    return topic_shares(pairs[column]).to_dicts()


def spending(costs: pl.DataFrame, num_pairs: int) -> list[dict[str, Any]]:
    """Return what each asset took, dearest first, then `in all` and `per pair`.

    Returns:
        `what`, `prompt_tokens`, `completion_tokens`, `engine_hours`, `gpu_hours`, `money` (null where a part of it has
        no price). Empty where no model was asked.
    """
    if costs.is_empty():
        return []
    total = costs.select(_sums()).with_columns(what=pl.lit("in all"))
    by_asset = costs.group_by(pl.col("asset").alias("what")).agg(_sums())
    each = by_asset.sort("engine_s", "what", descending=[True, False]).select("what", *_SPENT)
    rows = pl.concat([each, total.select("what", *_SPENT)]).to_dicts()
    per_pair = {
        name: rows[-1][name] / num_pairs if rows[-1][name] is not None and num_pairs else None for name in _SPENT
    }
    return [_spent(row) for row in [*rows, {"what": "per pair", **per_pair}]]


def _sums() -> list[pl.Expr]:
    money = pl.when(pl.col("money").is_not_null().all()).then(pl.col("money").sum()).alias("money")
    return [pl.col(*_SPENT[:-1]).sum(), money]


def _spent(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "what": row["what"],
        "prompt_tokens": number(row["prompt_tokens"]),
        "completion_tokens": number(row["completion_tokens"]),
        "engine_hours": None if row["engine_s"] is None else number(row["engine_s"] / 3600),
        "gpu_hours": number(row["gpu_hours"]),
        "money": number(row["money"]),
    }


def _quantile(values: pl.Series, at: float) -> str | None:
    return number(values.quantile(at, interpolation="nearest"))
