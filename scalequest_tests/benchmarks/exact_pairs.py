"""All pairs of texts at or above a Jaccard, without a hash or an estimate: what benchmarks are scored against.

Source: prefix filtering after Bayardo, Ma, Srikant 2007 (All-Pairs) and Wang, Li, Feng 2012 (AdaptJoin): with a text's
shingles ordered rarest first, two texts that share `o` of them share `c` within their first `size - o + c`.
"""

import numba as nb
import numpy as np
import numpy.typing as npt
import polars as pl

from scalequest_assets.recipe.blocks import Ints

_COMMON = 12
"""Shingles that two prefixes must share before the pair is compared; any number gives the same pairs."""


def exact_pairs(texts: pl.Series, threshold: float, width: int = 5) -> set[tuple[int, int]]:
    """Return (i, j), i < j, of all texts (normal forms, of at least `width` bytes) with a Jaccard at the threshold."""
    sets = [np.unique(_packed(text.encode(), width)) for text in texts]
    sizes = np.array([len(one) for one in sets])
    distinct, ids, counts = np.unique(np.concatenate(sets), return_inverse=True, return_counts=True)
    rank = np.empty(len(distinct), np.int64)
    rank[np.argsort(counts, kind="stable")] = np.arange(len(distinct))
    row = np.repeat(np.arange(len(sets)), sizes)
    ranked = rank[ids]
    ranked = ranked[np.lexsort((ranked, row))]
    starts = np.concatenate((np.zeros(1, np.int64), np.cumsum(sizes)))
    left, right = _join(ranked, starts, np.argsort(sizes, kind="stable"), len(distinct), threshold)
    return {(min(i, j), max(i, j)) for i, j in zip(left.tolist(), right.tolist(), strict=True)}


def _packed(text: bytes, width: int) -> npt.NDArray[np.uint64]:
    data = np.frombuffer(text, np.uint8).astype(np.uint64)
    num = len(data) - width + 1
    return np.sum([data[at : at + num] << np.uint64(8 * at) for at in range(width)], axis=0, dtype=np.uint64)


@nb.njit(cache=True)
def _prefix(size: int, threshold: float) -> int:
    return min(size, size - int(np.ceil(threshold * size - 1e-9)) + _COMMON)


@nb.njit(cache=True)
def _join(ranked: Ints, starts: Ints, order: Ints, num_distinct: int, threshold: float) -> tuple[Ints, Ints]:
    """Look each text up among the smaller ones before it; postings are linked lists, latest first."""
    num_rows = len(starts) - 1
    head = np.full(num_distinct, -1, np.int64)
    total = 0
    for row in range(num_rows):
        total += _prefix(starts[row + 1] - starts[row], threshold)
    after, owner, num = np.empty(total, np.int64), np.empty(total, np.int64), 0
    shared, touched = np.zeros(num_rows, np.int32), np.empty(num_rows, np.int64)
    left, right, found = np.empty(1024, np.int64), np.empty(1024, np.int64), 0
    for row in order:
        size, num_touched = starts[row + 1] - starts[row], 0
        need = min(_COMMON, int(np.ceil(threshold * size - 1e-9)))
        for at in range(starts[row], starts[row] + _prefix(size, threshold)):
            post = head[ranked[at]]
            while post >= 0:
                other = owner[post]
                if starts[other + 1] - starts[other] < threshold * size - 1e-9:
                    break  # texts come by size: all further ones are smaller still
                if shared[other] == 0:
                    touched[num_touched] = other
                    num_touched += 1
                shared[other] += 1
                post = after[post]
            owner[num], after[num] = row, head[ranked[at]]
            head[ranked[at]] = num
            num += 1
        for place in range(num_touched):
            other = touched[place]
            if shared[other] >= need and _jaccard(ranked, starts, row, other) >= threshold:
                if found == len(left):
                    left = np.concatenate((left, np.empty(found, np.int64)))
                    right = np.concatenate((right, np.empty(found, np.int64)))
                left[found], right[found] = row, other
                found += 1
            shared[other] = 0
    return left[:found], right[:found]


@nb.njit(cache=True)
def _jaccard(ranked: Ints, starts: Ints, row: int, other: int) -> float:
    a, a_end, b, b_end = starts[row], starts[row + 1], starts[other], starts[other + 1]
    union, common = a_end - a + b_end - b, 0
    while a < a_end and b < b_end:
        x, y = ranked[a], ranked[b]
        common += x == y
        a += x <= y
        b += y <= x
    return common / (union - common)
