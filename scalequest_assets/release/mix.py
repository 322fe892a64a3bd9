"""Which of the pairs are released."""

from collections.abc import Mapping

import polars as pl

from scalequest_assets.errors import ReleaseError
from scalequest_assets.recipe.seeding import row_seed


def mix(pairs: pl.DataFrame, at_most: Mapping[str, int], num_pairs: int | None = None) -> pl.DataFrame:
    """Return the released pairs: all, or the first so many, by shard and in a shard by a hash of `query_id`.

    So more pairs are the same and others, also where they come from later shards.

    Args:
        pairs: Rows of `qa_pairs`.
        at_most: Pairs at most, by generator; a generator that is not named gives all.
        num_pairs: Pairs in all, of those that the generators give; None takes them all.

    Returns:
        The chosen rows in their order.

    Raises:
        ReleaseError: There are fewer than `num_pairs`.
    """
    if not at_most and num_pairs is None:
        return pairs
    hashes = pl.Series("hash", [row_seed(0, "mix", query_id) for query_id in pairs["query_id"]], dtype=pl.Int64)
    order = pairs.select("generator", place=pl.struct("shard", hashes).rank("ordinal"))
    limit = pl.col("generator").replace_strict(dict(at_most), default=None, return_dtype=pl.Int64)
    is_given = limit.is_null() | (pl.col("place").rank("ordinal").over("generator") <= limit)
    given = order.with_columns(place=pl.when(is_given).then("place"))["place"]
    num_given = len(given) - given.null_count()
    if num_pairs is None:
        return pairs.filter(given.is_not_null())
    if num_given < num_pairs:
        raise ReleaseError(
            f"dataset: release.num_pairs is {num_pairs}, and there are {num_given} pairs",
            f"make more: scalequest run --pairs {num_pairs}; or release what is there: --set release.num_pairs=null",
        )
    return pairs.filter((given.rank("ordinal") <= num_pairs).fill_null(value=False))
