"""Which of the pairs are released."""

from collections.abc import Mapping

import polars as pl

from scalequest_assets.recipe.seeding import row_seed


def mix(pairs: pl.DataFrame, at_most: Mapping[str, int]) -> pl.DataFrame:
    """Return the released pairs: all of each generator, or the first so many by a hash of `query_id`.

    Args:
        pairs: Rows of `qa_pairs`.
        at_most: Pairs at most, by generator; a generator that is not named gives all.

    Returns:
        The chosen rows in their order.
    """
    if not at_most:
        return pairs
    order = pl.Series("order", [row_seed(0, "mix", query_id) for query_id in pairs["query_id"]], dtype=pl.Int64)
    rank = pl.col("order").rank("ordinal").over("generator")
    limit = pl.col("generator").replace_strict(dict(at_most), default=None, return_dtype=pl.Int64)
    is_chosen = pairs.select("generator", order).select(limit.is_null() | (rank <= limit)).to_series()
    return pairs.filter(is_chosen)
