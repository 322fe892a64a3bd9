"""Verified pairs of near-duplicate questions: candidates from the LSH bands, exact Jaccard, and what sets a pair apart.

The steps: exact copies are linked to their first representative, and only representatives go on; in each band, rows
with an equal key are candidates if their signatures agree well enough; the exact Jaccard of the 5-gram sets decides;
numbers and operators name the relation. A pair is looked at once, in the first band that its rows share.

What bounds the work: n exact copies make n - 1 pairs, not n². In a bucket of more than `max_bucket` rows, each row is
compared with the first `max_bucket` rows in priority order (those that can survive), so that only pairs of two later
rows are missed, and only if no smaller bucket holds them. The rule looks at earlier rows alone: growth by a later shard
changes no pair among old rows.

Differs: ScaleQuest has no deduplication at all.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numba as nb
import numpy as np
import numpy.typing as npt
import polars as pl

from scalequest_assets.recipe.minhash import SHINGLE_BYTES
from scalequest_assets.recipe.normalization import (
    Bytes,
    Floats,
    Ints,
    Keys,
    arrow_buffers,
    normalise,
    run_blocks,
)
from scalequest_assets.recipe.problem_marks import numbers, operators
from scalequest_assets.schemas import NUM_PERMUTATIONS

EXACT, DUPLICATE, NUMERIC_VARIANT = "exact", "duplicate", "numeric_variant"
"""Relations: equal after normalisation with the same numbers and operators; similar with the same; with others."""


_SIGNATURE_SLACK = 0.16
"""How far below the threshold the estimated Jaccard may lie: 4 standard deviations of the estimate at 0.7."""
_PAIRS_AT_ONCE = 200_000

_INDEXED = pl.Schema({"left": pl.Int64(), "right": pl.Int64(), "jaccard": pl.Float64(), "relation": pl.String()})


def pairs(
    signatures: pl.DataFrame, *, threshold: float = 0.7, max_bucket: int = 100, generators: Sequence[str] = ()
) -> pl.DataFrame:
    """Return the duplicate pairs among all rows.

    Args:
        signatures: The columns of `minhash_signatures`, in any order of rows; query_id is unique.
        threshold: Least Jaccard of a pair, in (0, 1].
        max_bucket: Rows of a bucket that every other row of it is compared with, at least 1.
        generators: Generators in priority order; needed only where the rows are of several.

    Returns:
        The columns of `duplicate_pairs`, sorted by left_id and right_id; left is the row of higher priority.
    """
    return _find(signatures, threshold, max_bucket, generators, group=None)


def cross_pairs(
    signatures: pl.DataFrame,
    *,
    by: str = "generator",
    threshold: float = 0.7,
    max_bucket: int = 100,
    generators: Sequence[str] = (),
) -> pl.DataFrame:
    """Return the duplicate pairs whose two rows differ in the column `by`; otherwise as `pairs`.

    Together with the `pairs` of each group, and with exact copies taken as one, they are the pairs of all rows.
    """
    return _find(signatures, threshold, max_bucket, generators, group=by)


def prioritise(questions: pl.DataFrame, generators: Sequence[str] = ()) -> pl.DataFrame:
    """Return the rows in the order in which they may survive.

    Lower shard first, then the generator's place in `generators` (without it, by name), then higher difficulty (null
    last), then content hash, then query_id.

    Args:
        questions: query_id, generator, shard, difficulty, content_hash, and any others.
        generators: Generators in priority order.

    Raises:
        ValueError: A row's generator is not in a non-empty `generators`.
    """
    unknown = sorted(set(questions["generator"].unique()) - set(generators)) if generators else []
    if unknown:
        raise ValueError(f"generator {unknown[0]!r} is not in {list(generators)}")
    place = (
        pl.col("generator").replace_strict({name: at for at, name in enumerate(generators)})
        if generators
        else "generator"
    )
    quality = -pl.col("difficulty").fill_nan(None)
    return questions.sort("shard", place, quality, "content_hash", "query_id", nulls_last=True)


def _find(
    signatures: pl.DataFrame, threshold: float, max_bucket: int, generators: Sequence[str], group: str | None
) -> pl.DataFrame:
    if not 0 < threshold <= 1 or max_bucket < 1:
        raise ValueError(f"threshold {threshold} is not in (0, 1], or max_bucket {max_bucket} is below 1")
    rows = prioritise(signatures, generators)
    text = normalise(rows["query"])
    label = rows[group].rank("dense").cast(pl.Int64).to_numpy() if group else np.zeros(rows.height, np.int64)
    original = _first_copies(rows["query"], text)
    is_representative = (
        pl.DataFrame({"o": original, "l": label}).select(pl.struct("o", "l").is_first_distinct()).to_series()
    )
    is_copy = original != np.arange(rows.height)
    linked = np.flatnonzero(is_copy & is_representative.to_numpy() if group else is_copy)
    exact = pl.DataFrame(
        {"left": original[linked], "right": linked, "jaccard": 1.0, "relation": EXACT}, schema=_INDEXED
    )
    kept = np.flatnonzero((is_representative & (rows["num_shingles"] > 0)).to_numpy())
    left, right = _candidates(rows[kept], threshold, max_bucket, label[kept] if group else None, original[kept])
    near = _verify(kept[left], kept[right], rows["query"], text, threshold)
    found, ids = pl.concat([exact, near]), rows["query_id"]
    return found.select(
        ids.gather(found["left"]).alias("left_id"), ids.gather(found["right"]).alias("right_id"), "jaccard", "relation"
    ).sort("left_id", "right_id")


def _first_copies(queries: pl.Series, text: pl.Series) -> Ints:
    """Return for each row the index of the first row that is an exact copy of it: itself where there is none before.

    Copies have an equal normal form and equal numbers and operators; where the normal form is empty, equal raw texts.
    """
    rows = pl.DataFrame({"text": text, "query": queries.fill_null("")}).with_row_index("row")
    shared = rows.filter(pl.col("text").is_duplicated())
    shared = shared.with_columns(
        numbers=numbers(shared["query"]).list.join(" "),
        operators=operators(shared["query"]).list.join(" "),
        raw=pl.when(pl.col("text") == "").then("query").otherwise(pl.lit("")),
    ).with_columns(original=pl.col("row").min().over("text", "numbers", "operators", "raw"))
    original = np.arange(rows.height)
    original[shared["row"].to_numpy()] = shared["original"].to_numpy()
    return original


def _candidates(
    rows: pl.DataFrame, threshold: float, max_bucket: int, label: Ints | None, original: Ints
) -> tuple[Ints, Ints]:
    """Return the index pairs (left < right) that share a band key and whose signatures agree well enough, once each."""
    if rows.height < 2:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    widths = rows["band_keys"].list.len().unique().to_list()
    if len(widths) != 1:
        raise ValueError(f"signatures of {sorted(widths)} bands are mixed: re-make minhash_signatures with one setting")
    keys = rows["band_keys"].list.to_array(widths[0]).to_numpy()
    values = rows["signature"].to_numpy()
    least = int(np.ceil((threshold - _SIGNATURE_SLACK) * NUM_PERMUTATIONS))
    labels = np.arange(rows.height) if label is None else label
    orders = [np.argsort(keys[:, band], kind="stable") for band in range(widths[0])]
    is_late = np.zeros(rows.height, np.bool_)
    for band, order in enumerate(orders):
        _mark_late(order, keys, band, max_bucket, is_late)

    def search(band: int) -> tuple[Ints, Ints]:
        return _band_pairs(orders[band], keys, band, values, least, max_bucket, labels, original, is_late)

    with ThreadPoolExecutor(pl.thread_pool_size()) as pool:
        found = list(pool.map(search, range(widths[0])))
    both = pl.DataFrame({"l": np.concatenate([f[0] for f in found]), "r": np.concatenate([f[1] for f in found])})
    both = both.unique().sort("l", "r")
    return both["l"].to_numpy(), both["r"].to_numpy()


def _verify(left: Ints, right: Ints, queries: pl.Series, text: pl.Series, threshold: float) -> pl.DataFrame:
    """Return the candidate pairs of at least the threshold, with exact Jaccard and relation."""
    jaccard = np.concatenate(
        [np.zeros(0)]
        + [exact_jaccard(left[at : at + _PAIRS_AT_ONCE], right[at : at + _PAIRS_AT_ONCE], text)
           for at in range(0, len(left), _PAIRS_AT_ONCE)]
    )  # fmt: skip
    passed = jaccard >= threshold
    left, right = left[passed], right[passed]
    members, place = np.unique(np.concatenate((left, right)), return_inverse=True)
    raw = queries.gather(members)
    problem = numbers(raw).list.join(" ") + "|" + operators(raw).list.join(" ")
    is_same = problem.gather(place[: len(left)]) == problem.gather(place[len(left) :])
    relation = pl.DataFrame({"s": is_same}).select(
        pl.when("s").then(pl.lit(DUPLICATE)).otherwise(pl.lit(NUMERIC_VARIANT))
    )
    return pl.DataFrame(
        {"left": left, "right": right, "jaccard": jaccard[passed], "relation": relation.to_series()}, schema=_INDEXED
    )


def exact_jaccard(left: Ints, right: Ints, text: pl.Series) -> Floats:
    """Return the Jaccard of the shingle sets of `text[left[i]]` and `text[right[i]]`, normal forms, in [0, 1]."""
    members, place = np.unique(np.concatenate((left, right)), return_inverse=True)
    data, offsets = arrow_buffers(text.gather(members))
    sets, sizes = np.empty(len(data), np.uint64), np.empty(len(members), np.int64)
    run_blocks(_fill_sets, len(members), data, offsets, sets, sizes)
    jaccard = np.empty(len(left))
    run_blocks(_compare_sets, len(left), place[: len(left)], place[len(left) :], offsets, sets, sizes, jaccard)
    return jaccard


@nb.njit(nogil=True, cache=True)
def _bucket_end(order: Ints, keys: Keys, band: int, start: int) -> int:
    key = keys[order[start], band]
    end = start + 1
    while end < len(order) and keys[order[end], band] == key:
        end += 1
    return end


@nb.njit(nogil=True, cache=True)
def _mark_late(order: Ints, keys: Keys, band: int, max_bucket: int, is_late: npt.NDArray[np.bool_]) -> None:
    """Mark the rows that come after the first `max_bucket` of a bucket."""
    start = 0
    while start < len(order):
        end = _bucket_end(order, keys, band, start)
        for place in range(start + max_bucket, end):
            is_late[order[place]] = True
        start = end


@nb.njit(nogil=True, cache=True)
def _is_seen_before(i: int, j: int, keys: Keys, band: int) -> bool:
    for earlier in range(band):  # noqa: SIM110  (numba compiles no generator)
        if keys[i, earlier] == keys[j, earlier]:
            return True
    return False


@nb.njit(nogil=True, cache=True)
def _agrees(i: int, j: int, values: npt.NDArray[np.uint32], least: int) -> bool:
    equal = 0
    for p in range(values.shape[1]):
        equal += values[i, p] == values[j, p]
    return equal >= least


@nb.njit(nogil=True, cache=True)
def _band_pairs(
    order: Ints,
    keys: Keys,
    band: int,
    values: npt.NDArray[np.uint32],
    least: int,
    max_bucket: int,
    labels: Ints,
    original: Ints,
    is_late: npt.NDArray[np.bool_],
) -> tuple[Ints, Ints]:
    left, right, num = np.empty(1024, np.int64), np.empty(1024, np.int64), 0
    start = 0
    while start < len(order):
        end = _bucket_end(order, keys, band, start)
        for at in range(start, min(end, start + max_bucket)):
            i = order[at]
            for other in range(at + 1, end):
                j = order[other]
                if labels[i] == labels[j] or original[i] == original[j]:
                    continue
                if not (is_late[i] and is_late[j]) and _is_seen_before(i, j, keys, band):
                    continue
                if _agrees(i, j, values, least):
                    if num == len(left):
                        left = np.concatenate((left, np.empty(num, np.int64)))
                        right = np.concatenate((right, np.empty(num, np.int64)))
                    left[num], right[num] = i, j
                    num += 1
        start = end
    return left[:num], right[:num]


@nb.njit(nogil=True, cache=True)
def _fill_sets(first: int, last: int, data: Bytes, offsets: Ints, sets: Keys, sizes: Ints) -> None:
    """Write each row's sorted set of packed shingles to `sets` from the row's offset on."""
    for row in range(first, last):
        start, size = offsets[row], offsets[row + 1] - offsets[row]
        width = min(size, SHINGLE_BYTES)
        count = size - width + 1 if size > 0 else 0
        for place in range(start, start + count):
            packed = np.uint64(width) << np.uint64(56)
            for at in range(width):
                packed |= np.uint64(data[place + at]) << np.uint64(8 * at)
            sets[place] = packed
        sets[start : start + count].sort()
        num = 0
        for place in range(start, start + count):
            if num == 0 or sets[place] != sets[start + num - 1]:
                sets[start + num] = sets[place]
                num += 1
        sizes[row] = num


@nb.njit(nogil=True, cache=True)
def _compare_sets(
    first: int, last: int, left: Ints, right: Ints, offsets: Ints, sets: Keys, sizes: Ints, jaccard: Floats
) -> None:
    for pair in range(first, last):
        a, b = offsets[left[pair]], offsets[right[pair]]
        a_end, b_end = a + sizes[left[pair]], b + sizes[right[pair]]
        union, shared = a_end - a + b_end - b, 0
        while a < a_end and b < b_end:
            x, y = sets[a], sets[b]
            shared += x == y
            a += x <= y
            b += y <= x
        union -= shared
        jaccard[pair] = shared / union if union else 0.0
