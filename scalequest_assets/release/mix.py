"""Which of the pairs are released, and how many shards an order of pairs takes."""

import bisect
import heapq
from collections.abc import Iterable, Mapping

import polars as pl

from scalequest_assets.errors import ReleaseError
from scalequest_assets.recipe.seeding import row_seed

_ROUNDING = 1e-6
"""Pairs: a third of a pair, three times, is one."""


def quotas(at_most: Mapping[str, int], num_pairs: int | None, generators: Iterable[str]) -> dict[str, int]:
    """Return how many pairs each generator gives at most; one that is not in it gives all.

    Where `at_most` names every generator and `num_pairs` is less than they give together, the order is shared out in
    those proportions, so that a generator whose questions come through more often does not take another's place. More
    pairs take from no generator what fewer gave it.

    Args:
        at_most: Pairs by generator, as `release.mix` has them.
        num_pairs: The order; None if there is none.
        generators: The profile's.

    Source: Webster's (Sainte-Laguë's) method, which is monotone in the number of seats.
    """
    limits = dict(at_most)
    if num_pairs is None or set(limits) != set(generators) or num_pairs >= sum(limits.values()):
        return limits
    given = dict.fromkeys(limits, 0)
    queue = [(1 / weight, at, name) for at, (name, weight) in enumerate(sorted(limits.items()))]
    heapq.heapify(queue)
    for _ in range(num_pairs):
        _, at, name = heapq.heappop(queue)
        given[name] += 1
        if given[name] < limits[name]:
            heapq.heappush(queue, ((2 * given[name] + 1) / limits[name], at, name))
    return given


def given(pairs: Mapping[str, float], at_most: Mapping[str, int]) -> int:
    """Return how many pairs are released of so many by generator."""
    return sum(min(int(num), at_most.get(name, int(num))) for name, num in pairs.items())


def shards_needed(num_pairs: int, of_a_shard: Mapping[str, float], at_most: Mapping[str, int], most: int) -> int | None:
    """Return how many shards of each generator give an order; None if no number up to `most` does.

    Args:
        num_pairs: The order.
        of_a_shard: Pairs that a shard of each generator gives.
        at_most: Its quotas.
        most: Shards at most.
    """

    def of_shards(num: int) -> int:
        return given({name: pairs * num + _ROUNDING for name, pairs in of_a_shard.items()}, at_most)

    needed = bisect.bisect_left(range(1, most + 1), num_pairs, key=of_shards) + 1
    return needed if needed <= most else None


def mix(
    pairs: pl.DataFrame, at_most: Mapping[str, int], num_pairs: int | None = None, generators: Iterable[str] = ()
) -> pl.DataFrame:
    """Return the released pairs: all, or the first so many, by shard and in a shard by a hash of `query_id`.

    So more pairs are the same and others, also where they come from later shards.

    Args:
        pairs: Rows of `qa_pairs`.
        at_most: Pairs at most, by generator; a generator that is not named gives all.
        num_pairs: Pairs in all, of those that the generators give; None takes them all.
        generators: The profile's (`quotas`).

    Returns:
        The chosen rows in their order.

    Raises:
        ReleaseError: There are fewer than `num_pairs`, or a generator has fewer than its share of them.
    """
    at_most = quotas(at_most, num_pairs, generators)
    if not at_most and num_pairs is None:
        return pairs
    hashes = pl.Series("hash", [row_seed(0, "mix", query_id) for query_id in pairs["query_id"]], dtype=pl.Int64)
    order = pairs.select("generator", place=pl.struct("shard", hashes).rank("ordinal"))
    limit = pl.col("generator").replace_strict(at_most, default=None, return_dtype=pl.Int64)
    is_given = limit.is_null() | (pl.col("place").rank("ordinal").over("generator") <= limit)
    given = order.with_columns(place=pl.when(is_given).then("place"))["place"]
    num_given = len(given) - given.null_count()
    if num_pairs is None:
        return pairs.filter(given.is_not_null())
    if num_given < num_pairs:
        there = dict(pairs.group_by("generator").len().iter_rows())
        short = [f"{name} {there.get(name, 0)} of {num}" for name, num in at_most.items() if there.get(name, 0) < num]
        of_which = f" (by release.mix: {', '.join(short)})" if short else ""
        raise ReleaseError(
            f"dataset: release.num_pairs is {num_pairs}, and there are {num_given} pairs{of_which}",
            f"make more: scalequest run --pairs {num_pairs}; or release what is there: --set release.num_pairs=null",
        )
    return pairs.filter((given.rank("ordinal") <= num_pairs).fill_null(value=False))
