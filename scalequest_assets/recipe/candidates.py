"""Candidate pairs of near-duplicates: rows that share an LSH band key and whose signatures agree well enough.

A band at a time, rows with an equal key form a bucket; a pair is looked at in the bands that its rows share, and kept
once. Buckets of one row are forgotten at once, so that what is kept is 4 bytes per row and band at the most. Which
pairs a band finds depends on no other band, so that bands may be searched apart (`search`).

What bounds the work: in a bucket of more than `max_bucket` rows, each row is compared with the first `max_bucket` rows
in priority order (those that can survive), so that only pairs of two later rows are missed, and only if no smaller
bucket holds them. The rule looks at earlier rows alone: growth by a later shard changes no pair among old rows.

What is looked at often is small, in priority order: of each signature value the lowest byte, of each band key the upper
half. They agree wherever the whole does, so that no pair is lost by it.

Source: Leskovec, Rajaraman, Ullman, Mining of Massive Datasets, 3.4 (banding).
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import repeat

import numpy as np
import numpy.typing as npt
import polars as pl

from scalequest_assets.recipe.blocks import Bytes, Flags, Ints, Keys, run_blocks
from scalequest_assets.recipe.kernels import kernel
from scalequest_assets.recipe.minhash import Signed
from scalequest_assets.schemas import NUM_PERMUTATIONS

SIGNATURE_SLACK = 0.16
"""How far below the threshold the estimated Jaccard may lie: 4 standard deviations of the estimate at 0.7."""

_IN_CACHE = 1 << 14
"""Rows that are sorted at once: with twice 8 bytes each they stay in the processor's second cache."""
_DIGIT_BITS = 11
_DIGIT = np.uint64((1 << _DIGIT_BITS) - 1)
_S32, _LOWER = np.uint64(32), np.uint64(0xFFFFFFFF)

Rows = npt.NDArray[np.int32]
Halves = npt.NDArray[np.uint32]


@dataclass(frozen=True, kw_only=True)
class Sketches:
    """What pairs are sought by: n rows in priority order.

    Attributes:
        values: Lowest byte of each signature value, (n, 128).
        keys: Upper half of each band key, (n, bands).
    """

    values: Bytes
    keys: Halves


def sketched(signed: Signed) -> Sketches:
    """Return the sketches of texts that were signed, each with at least one shingle, in their order."""
    return Sketches(values=signed.sketches, keys=(signed.keys >> _S32).astype(np.uint32))


def candidates(rows: Sketches, *, threshold: float, max_bucket: int, group: Ints | None = None) -> tuple[Ints, Ints]:
    """Return the index pairs (left < right) among the rows that are worth an exact comparison, once each and sorted.

    Args:
        rows: The rows' sketches.
        threshold: Least Jaccard of a pair.
        max_bucket: Rows of a bucket that every other row of it is compared with.
        group: Where given, pairs inside a group are left out.
    """
    groups = None if group is None else (group,)
    found = search(rows.keys, lambda members: rows.values[members], threshold, max_bucket, groups)
    return found >> 32, found & 0xFFFFFFFF


def search(
    keys: Halves,
    values_of: Callable[[Rows], Bytes],
    threshold: float,
    max_bucket: int,
    groups: Sequence[Ints] | None = None,
) -> Ints:
    """Return the pairs that some bands find: those of all bands are the sorted union of what any cut of them finds.

    Args:
        keys: Upper half of the bands' keys, (n, bands), rows in priority order.
        values_of: Returns the sketches' values of some rows, which are fewer: those that share a key.
        threshold: Least Jaccard of a pair.
        max_bucket: Rows of a bucket that every other row of it is compared with.
        groups: Labels of each row, any number of them: pairs with an equal one are left out.

    Returns:
        Each pair once, as `left << 32 | right`, sorted.
    """
    num_rows, num_bands = keys.shape
    if num_rows < 2:
        return np.zeros(0, np.int64)
    least = int(np.ceil((threshold - SIGNATURE_SLACK) * NUM_PERMUTATIONS))
    is_late, is_member = np.zeros(num_rows, np.bool_), np.zeros(num_rows, np.bool_)

    bands = range(num_bands)
    with ThreadPoolExecutor(pl.thread_pool_size()) as pool:
        given = (repeat(keys), bands, repeat(max_bucket), repeat(is_late), repeat(is_member))
        buckets = list(pool.map(_buckets, *given))
        members = np.flatnonzero(is_member).astype(np.int32)
        place = np.cumsum(is_member, dtype=np.int32) - np.int32(1)
        own_keys = keys[members]
        del keys, given  # the largest of all, where the caller has no name for it
        labels = np.stack([group[members] for group in groups or (np.arange(num_rows),)])
        shared, ends = zip(*buckets, strict=True)
        same = (own_keys, values_of(members), least, max_bucket, labels, is_late)
        found = list(pool.map(_band_pairs, bands, repeat(place), shared, ends, *map(repeat, same)))
    return np.asarray(np.unique(np.concatenate(found)), np.int64)


def sharing(keys: Halves, others: Halves) -> Flags:
    """Return which rows share a band key with any of other rows: no other can be in a pair with one of them."""
    place = np.arange(others.shape[1])
    leads = np.zeros((others.shape[1], 1 << 16), np.bool_)  # small enough for the cache, and says No at once to most
    leads[place, others >> np.uint32(16)] = True
    shares = np.zeros(len(keys), np.bool_)
    run_blocks(_mark_sharing, len(keys), keys, np.sort(others.T.copy()), leads, shares)
    return shares


@kernel()
def _mark_sharing(first: int, last: int, keys: Halves, others: Halves, leads: Flags, shares: Flags) -> None:
    for row in range(first, last):
        for band in range(len(others)):
            key = keys[row, band]
            if not leads[band, key >> np.uint32(16)]:
                continue
            place = np.searchsorted(others[band], key)
            if place < others.shape[1] and others[band, place] == key:
                shares[row] = True
                break


@kernel()
def _buckets(keys: Halves, band: int, max_bucket: int, is_late: Flags, is_member: Flags) -> tuple[Rows, Rows]:
    """Return the rows that share their key of a band, bucket by bucket and in order inside each, and where each ends.

    They are marked in `is_member`, those that come after the first `max_bucket` of a bucket in `is_late`.
    """
    num_rows = len(keys)
    own = np.empty(num_rows, np.uint64)
    for row in range(num_rows):
        own[row] = np.uint64(keys[row, band]) << _S32 | np.uint64(row)
    own = _sort(own)
    shared, bounds = np.empty(num_rows, np.int32), np.empty(num_rows // 2 + 1, np.int32)
    num_shared, num_buckets, start = 0, 0, 0
    while start < num_rows:
        stop = start + 1
        while stop < num_rows and own[stop] >> _S32 == own[start] >> _S32:
            stop += 1
        if stop - start > 1:
            for place in range(start, stop):
                own_row = np.int64(own[place] & _LOWER)
                shared[num_shared] = own_row
                num_shared += 1
                is_member[own_row] = True
                if place - start >= max_bucket:
                    is_late[own_row] = True
            bounds[num_buckets] = num_shared
            num_buckets += 1
        start = stop
    return shared[:num_shared].copy(), bounds[:num_buckets].copy()


@kernel()
def _sort(own: Keys) -> Keys:
    """Return items sorted by their upper half, in their order where it is equal; what is given is overwritten.

    First by the leading bits, into parts that stay in cache, then each part by digits from the last one on.
    """
    bits = 0
    while len(own) >> bits > _IN_CACHE:
        bits += 1
    other = np.empty_like(own)
    ends = _place(own, other, np.uint64(64 - bits), np.zeros(1 << bits, np.int64)) if bits else np.array([len(own)])
    source, target = (other, own) if bits else (own, other)
    counts, start = np.empty(1 << _DIGIT_BITS, np.int64), 0
    for end in ends:
        a, b = source[start:end], target[start:end]
        for digit in range(3):
            counts[:] = 0
            _place(a, b, np.uint64(32 + digit * _DIGIT_BITS), counts)
            a, b = b, a
        start = end
    return target


@kernel()
def _place(source: Keys, target: Keys, shift: np.uint64, counts: Ints) -> Ints:
    """Move items by the digit at a bit, in their order where it is equal; return where each digit's items end."""
    for item in source:
        counts[(item >> shift) & _DIGIT] += 1
    total = 0
    for digit in range(len(counts)):
        total, counts[digit] = total + counts[digit], total
    for item in source:
        digit = (item >> shift) & _DIGIT
        target[counts[digit]] = item
        counts[digit] += 1
    return counts


@kernel()
def _is_seen_before(i: np.int64, j: np.int64, keys: Halves, band: int) -> bool:
    for earlier in range(band):  # noqa: SIM110  (numba compiles no generator)
        if keys[i, earlier] == keys[j, earlier]:
            return True
    return False


@kernel()
def _agrees(i: np.int64, j: np.int64, values: Bytes, least: int) -> bool:
    equal = np.uint8(0)  # of this width the compiler compares 64 at once
    for p in range(NUM_PERMUTATIONS):
        equal = np.uint8(equal + (values[i, p] == values[j, p]))
    return int(equal) >= least


@kernel()
def _band_pairs(
    band: int,
    place: Rows,
    shared: Rows,
    ends: Rows,
    keys: Halves,
    values: Bytes,
    least: int,
    max_bucket: int,
    labels: Ints,
    is_late: Flags,
) -> Ints:
    """Return the pairs that a band finds, each as `left << 32 | right`.

    Args:
        band: The band.
        place: Of each row, where `keys`, `values` and `labels` have it.
        shared: Rows that share their key of the band, bucket by bucket.
        ends: Where each bucket ends.
        keys: Of all bands of this search.
        values: Of the sketches.
        least: Least number of values that agree.
        max_bucket: Rows of a bucket that every other row of it is compared with.
        labels: Pairs with an equal one of a kind are left out: (kinds, rows).
        is_late: Of each row, whether it comes after the first `max_bucket` of any bucket of this search.
    """
    found, num, start = np.empty(1024, np.int64), 0, 0
    for end in ends:
        for at in range(start, min(end, start + max_bucket)):
            i = np.int64(place[shared[at]])
            for other in range(at + 1, end):
                j = np.int64(place[shared[other]])
                if not _agrees(i, j, values, least) or _is_labelled_alike(i, j, labels):
                    continue
                are_late = is_late[shared[at]] and is_late[shared[other]]
                if _is_seen_before(i, j, keys, band) and not are_late:
                    continue
                if num == len(found):
                    found = np.concatenate((found, np.empty(num, np.int64)))
                found[num] = np.int64(shared[at]) << 32 | np.int64(shared[other])
                num += 1
        start = end
    return found[:num].copy()


@kernel()
def _is_labelled_alike(i: np.int64, j: np.int64, labels: Ints) -> bool:
    for kind in range(len(labels)):  # noqa: SIM110  (numba compiles no generator)
        if labels[kind, i] == labels[kind, j]:
            return True
    return False
