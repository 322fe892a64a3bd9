"""Candidate pairs of near-duplicates: rows that share an LSH band key and whose signatures agree well enough.

A band at a time, rows with an equal key form a bucket; a pair is looked at once, in the first band that its rows share.
Buckets of one row are forgotten at once, so that what is kept is 4 bytes per row and band at the most.

What bounds the work: in a bucket of more than `max_bucket` rows, each row is compared with the first `max_bucket` rows
in priority order (those that can survive), so that only pairs of two later rows are missed, and only if no smaller
bucket holds them. The rule looks at earlier rows alone: growth by a later shard changes no pair among old rows.

Source: Leskovec, Rajaraman, Ullman, Mining of Massive Datasets, 3.4 (banding).
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numba as nb
import numpy as np
import numpy.typing as npt
import polars as pl

from scalequest_assets.recipe.normalization import Ints, Keys
from scalequest_assets.schemas import NUM_PERMUTATIONS

SIGNATURE_SLACK = 0.16
"""How far below the threshold the estimated Jaccard may lie: 4 standard deviations of the estimate at 0.7."""

_FEW = 32

Rows = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]
Values = npt.NDArray[np.uint32]


@dataclass(frozen=True, kw_only=True)
class Sketches:
    """Signatures and band keys of the rows among which pairs are sought, in priority order.

    Attributes:
        values: All signatures there are, (any number, 128).
        keys: All band keys there are, (any number, bands).
        value_row: Row of `values` for each of the n rows.
        key_row: Row of `keys` for each of the n rows.
    """

    values: Values
    keys: Keys
    value_row: Ints
    key_row: Ints


def sketches(signatures: pl.LazyFrame, rows: Ints) -> Sketches:
    """Return the sketches of some rows; a column that is one piece is not copied.

    Args:
        signatures: The columns signature and band_keys of `minhash_signatures`.
        rows: Which rows, each with at least one shingle, in priority order.

    Raises:
        ValueError: Rows have different numbers of band keys.
    """
    array = signatures.select("band_keys").collect().to_series().to_arrow()
    starts, flat = array.offsets.to_numpy(), array.values.to_numpy()
    widths = np.unique(np.diff(starts)[rows])
    if len(widths) > 1:
        raise ValueError(
            f"signatures of {widths.tolist()} bands are mixed: re-make minhash_signatures with one setting"
        )
    width = int(widths[0]) if len(widths) else 1
    return Sketches(
        values=signatures.select("signature").collect().to_series().to_numpy(),
        keys=flat[starts[0] :].reshape(-1, width),
        value_row=rows,
        key_row=(starts[rows] - starts[0]) // width,
    )


def candidates(
    rows: Sketches, *, threshold: float, max_bucket: int, original: Ints, group: Ints | None = None
) -> tuple[Ints, Ints]:
    """Return the index pairs (left < right) among the rows that are worth an exact comparison, once each and sorted.

    Args:
        rows: The rows' sketches.
        threshold: Least Jaccard of a pair.
        max_bucket: Rows of a bucket that every other row of it is compared with.
        original: For each row, what it is an exact copy of: pairs of copies are left out.
        group: Where given, pairs inside a group are left out.
    """
    num_rows, num_bands = len(rows.value_row), rows.keys.shape[1]
    if num_rows < 2:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    least = int(np.ceil((threshold - SIGNATURE_SLACK) * NUM_PERMUTATIONS))
    group = np.arange(num_rows) if group is None else group
    is_late = np.zeros(num_rows, np.bool_)
    place = np.full(len(rows.keys), -1, np.int64)
    place[rows.key_row] = np.arange(num_rows)

    def gather(band: int) -> tuple[Rows, Rows]:
        return _buckets(rows.keys, place, num_rows, band, max_bucket, is_late)

    def search(band: int) -> Ints:
        return _band_pairs(band, *buckets[band], rows.keys, rows.key_row, rows.values, rows.value_row,
                           least, max_bucket, group, original, is_late)  # fmt: skip

    with ThreadPoolExecutor(pl.thread_pool_size()) as pool:
        buckets = list(pool.map(gather, range(num_bands)))
        found = np.unique(np.concatenate(list(pool.map(search, range(num_bands)))))
    return found >> 32, found & 0xFFFFFFFF


@nb.njit(nogil=True, cache=True)
def _buckets(
    keys: Keys, place_of: Ints, num_rows: int, band: int, max_bucket: int, is_late: Flags
) -> tuple[Rows, Rows]:
    """Return the rows that share their key of a band, bucket by bucket and in order inside each, and where each ends.

    Rows that come after the first `max_bucket` of a bucket are marked in `is_late`.
    """
    own = np.empty(num_rows, np.uint64)
    for at in range(len(keys)):  # as they lie in memory
        if place_of[at] >= 0:
            own[place_of[at]] = keys[at, band]
    placed, ends = _spread(own)
    shared, bounds = np.empty(num_rows, np.int32), np.empty(num_rows // 2 + 1, np.int32)
    num_shared, num_buckets, start = 0, 0, 0
    for end in ends:
        if end - start > 1:
            _sort(placed, start, end, own)
            while start < end:
                stop = start + 1
                while stop < end and own[placed[stop]] == own[placed[start]]:
                    stop += 1
                if stop - start > 1:
                    for place in range(start, stop):
                        shared[num_shared] = placed[place]
                        num_shared += 1
                        if place - start >= max_bucket:
                            is_late[placed[place]] = True
                    bounds[num_buckets] = num_shared
                    num_buckets += 1
                start = stop
        start = end
    return shared[:num_shared].copy(), bounds[:num_buckets].copy()


@nb.njit(nogil=True, cache=True)
def _spread(own: Keys) -> tuple[Rows, Rows]:
    """Return the rows by the leading bits of their keys, in order where these are equal, and where each such slot ends.

    There are as many slots as rows, or up to twice as many: keys are hashes, so that most slots hold a row or none.
    """
    num_rows, bits = len(own), 1
    while (1 << bits) < num_rows:
        bits += 1
    shift = np.uint64(64 - bits)
    ends = np.zeros((1 << bits) + 1, np.int32)
    for row in range(num_rows):
        ends[np.int64(own[row] >> shift) + 1] += 1
    for slot in range(1 << bits):
        ends[slot + 1] += ends[slot]
    placed = np.empty(num_rows, np.int32)
    for row in range(num_rows):
        at = np.int64(own[row] >> shift)
        placed[ends[at]] = row
        ends[at] += 1
    return placed, ends[:-1]


@nb.njit(nogil=True, cache=True)
def _sort(placed: Rows, start: int, end: int, own: Keys) -> None:
    """Sort `placed[start:end]` by key, rows of equal keys as they were."""
    if end - start > _FEW:
        order = np.argsort(own[placed[start:end]], kind="mergesort")
        placed[start:end] = placed[start:end][order]
        return
    for place in range(start + 1, end):
        row, at = placed[place], place
        while at > start and own[placed[at - 1]] > own[row]:
            placed[at] = placed[at - 1]
            at -= 1
        placed[at] = row


@nb.njit(nogil=True, cache=True)
def _is_seen_before(a: int, b: int, keys: Keys, band: int) -> bool:
    for earlier in range(band):  # noqa: SIM110  (numba compiles no generator)
        if keys[a, earlier] == keys[b, earlier]:
            return True
    return False


@nb.njit(nogil=True, cache=True)
def _agrees(a: int, b: int, values: Values, least: int) -> bool:
    equal = 0
    for p in range(values.shape[1]):
        equal += values[a, p] == values[b, p]
    return equal >= least


@nb.njit(nogil=True, cache=True)
def _band_pairs(
    band: int,
    shared: Rows,
    ends: Rows,
    keys: Keys,
    key_row: Ints,
    values: Values,
    value_row: Ints,
    least: int,
    max_bucket: int,
    group: Ints,
    original: Ints,
    is_late: Flags,
) -> Ints:
    """Return the pairs that a band finds, each as `left << 32 | right`."""
    found, num, start = np.empty(1024, np.int64), 0, 0
    for end in ends:
        for at in range(start, min(end, start + max_bucket)):
            i = np.int64(shared[at])
            for other in range(at + 1, end):
                j = np.int64(shared[other])
                if group[i] == group[j] or original[i] == original[j]:
                    continue
                if not (is_late[i] and is_late[j]) and _is_seen_before(key_row[i], key_row[j], keys, band):
                    continue
                if _agrees(value_row[i], value_row[j], values, least):
                    if num == len(found):
                        found = np.concatenate((found, np.empty(num, np.int64)))
                    found[num] = i << 32 | j
                    num += 1
        start = end
    return found[:num].copy()
