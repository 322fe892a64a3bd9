"""MinHash signatures of questions and their LSH band keys, by a numba kernel over the Arrow buffer of the normal form.

The signatures are those of `datasketch.MinHash(num_perm=128, seed=1, scheme="affine32", hashfunc=shingle_hash)` over
the byte 5-grams of the normal form, bit for bit: datasketch is the oracle in the tests and can read the table.

Source: Broder 1997 (MinHash); datasketch 2.0 `minhash.py`, scheme `affine32`.
Differs: ScaleQuest has no deduplication at all.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from scalequest_assets.recipe.blocks import (
    Bytes,
    Ints,
    Keys,
    arrow_array,
    arrow_buffers,
    binary_of,
    run_blocks,
    series_from_buffers,
)
from scalequest_assets.recipe.hashing import GOLDEN, mix
from scalequest_assets.recipe.kernels import kernel
from scalequest_assets.recipe.parts import Normalise
from scalequest_assets.schemas import NUM_PERMUTATIONS, polars_schema

SHINGLE_BYTES = 5
"""Bytes of the normal form in one shingle (characters, for ASCII)."""
PERMUTATION_SEED = 1
"""Seed of datasketch's permutations; part of what a signature means."""

_S8, _S16, _S24, _S32 = np.uint64(8), np.uint64(16), np.uint64(24), np.uint64(32)
_NO_SHINGLE = np.uint32(0xFFFFFFFF)


@dataclass(frozen=True, kw_only=True)
class Bands:
    """How a signature is cut into LSH band keys.

    With 25 bands of 5 rows a pair of Jaccard 0.7 is a candidate with probability 0.99, one of 0.8 with 0.9999, and one
    of 0.4 with 0.23.

    Attributes:
        num_bands: Band keys per question.
        num_rows: Signature values per band; `num_bands * num_rows` is at most 128.
    """

    num_bands: int = 25
    num_rows: int = 5

    def __post_init__(self) -> None:
        """Refuse bands that a signature cannot fill."""
        if self.num_bands < 1 or self.num_rows < 1 or self.num_bands * self.num_rows > NUM_PERMUTATIONS:
            raise ValueError(
                f"{self.num_bands} bands of {self.num_rows} rows do not fit {NUM_PERMUTATIONS} permutations"
            )


DEFAULT_BANDS = Bands()


@dataclass(frozen=True, kw_only=True)
class Signed:
    """What a kernel makes of n texts.

    Attributes:
        values: Signatures, (n, 128).
        keys: Band keys, (n, bands); those of a text without shingles mean nothing.
        counts: Shingles of each text, repeated ones included, (n,).
        hashes: Hash of each text, (n,).
    """

    values: npt.NDArray[np.uint32]
    keys: Keys
    counts: npt.NDArray[np.int32]
    hashes: Keys

    @property
    def sketches(self) -> Bytes:
        """Return the lowest byte of each value, (n, 128)."""
        return self.values.astype(np.uint8)


def signatures(questions: pl.DataFrame, normalise: Normalise, *, bands: Bands = DEFAULT_BANDS) -> pl.DataFrame:
    """Return the signature and band keys of every question, in the order of the input.

    A normal form of 1 to 4 bytes is one shingle by itself, different from every other. An empty one (no letter and no
    digit) has no shingle and no band key: it is a near-duplicate of nothing. Time is linear in the bytes of text, and
    memory does not depend on the longest one.

    Args:
        questions: query_id, generator, shard, query, difficulty; a null query counts as an empty one.
        normalise: The normal form of a question.
        bands: How signatures are cut.

    Returns:
        The columns of `minhash_signatures`.
    """
    signed = sign(normalise(questions["query"]), bands)
    return questions.with_columns(
        content_hash=content_hashes(questions["query"]),
        normal_hash=pl.Series(signed.hashes),
        num_shingles=pl.Series(signed.counts),
        signature=_arrays(signed.values),
        sketch=binary_of(signed.sketches),
        band_keys=_lists(signed.keys, signed.counts > 0),
    ).select(polars_schema("minhash_signatures").names())


def sign(texts: pl.Series, bands: Bands = DEFAULT_BANDS) -> Signed:
    """Return the signatures of texts that are normal forms already."""
    data, offsets = arrow_buffers(texts)
    signed = Signed(
        values=np.empty((len(texts), NUM_PERMUTATIONS), np.uint32),
        keys=np.empty((len(texts), bands.num_bands), np.uint64),
        counts=np.empty(len(texts), np.int32),
        hashes=np.empty(len(texts), np.uint64),
    )
    run_blocks(
        _sign_rows,
        len(texts),
        data,
        offsets,
        *permutations(),
        bands.num_rows,
        signed.values,
        signed.keys,
        signed.counts,
    )
    run_blocks(_hash_rows, len(texts), data, offsets, signed.hashes)
    return signed


def permutations() -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]]:
    """Return datasketch's `affine32` multipliers (odd) and addends, 128 of each."""
    generator = np.random.RandomState(PERMUTATION_SEED)
    multipliers = generator.randint(0, 1 << 31, NUM_PERMUTATIONS, dtype=np.uint32) * np.uint32(2) + np.uint32(1)
    return multipliers, generator.randint(0, 1 << 32, NUM_PERMUTATIONS, dtype=np.uint32)


def shingle_hash(shingle: bytes) -> int:
    """Return the 32-bit hash of a shingle of 1 to 5 bytes: the `hashfunc` to give datasketch."""
    data = np.frombuffer(shingle, np.uint8)
    return int(_hash_shingle(np.uint64(_pack(data, 0, len(data))), len(data)))


def content_hashes(texts: pl.Series) -> pl.Series:
    """Return a hash of each raw text as 16 hex digits: the same on every machine and for ever; null counts as empty."""
    digits = np.empty(16 * len(texts), np.uint8)
    data, offsets = arrow_buffers(texts)
    hashes = np.empty(len(texts), np.uint64)
    run_blocks(_hash_rows, len(texts), data, offsets, hashes)
    run_blocks(_write_hex, len(texts), hashes, digits)
    return series_from_buffers(digits, np.arange(0, 16 * len(texts) + 1, 16))


def _arrays(values: npt.NDArray[np.uint32]) -> pl.Series:
    """Return the signatures as a column, without a copy."""
    arrays = pl.from_arrow(pa.FixedSizeListArray.from_arrays(arrow_array(values.reshape(-1)), NUM_PERMUTATIONS))
    return pl.Series("signature", arrays, dtype=pl.Array(pl.UInt32, NUM_PERMUTATIONS))


def _lists(keys: Keys, has_keys: npt.NDArray[np.bool_]) -> pl.Series:
    """Return the rows of `keys` as lists, empty ones where there are none; without a copy where all rows have keys."""
    offsets = np.concatenate((np.zeros(1, np.int64), np.cumsum(has_keys * keys.shape[1])))
    flat = (keys if has_keys.all() else keys[has_keys]).reshape(-1)
    lists = pl.from_arrow(pa.LargeListArray.from_arrays(arrow_array(offsets), arrow_array(flat)))
    return pl.Series("band_keys", lists, dtype=pl.List(pl.UInt64))


@kernel(inline="always")
def _pack(data: Bytes, start: int, size: int) -> np.uint64:
    packed = np.uint64(0)
    for place in range(size):
        packed |= np.uint64(data[start + place]) << np.uint64(8 * place)
    return packed


@kernel(inline="always")
def _hash_shingle(packed: np.uint64, size: int) -> np.uint32:
    """Return the 32-bit hash of a packed shingle; its size is mixed in."""
    return np.uint32(mix(packed + GOLDEN * np.uint64(size + 1)) >> _S32)


@kernel(inline="always")
def _premix(value: np.uint32) -> np.uint32:
    """Apply datasketch's MurmurHash3 finalizer to a shingle's hash."""
    value ^= value >> np.uint32(16)
    value = np.uint32(value * np.uint32(0x85EBCA6B))
    value ^= value >> np.uint32(13)
    value = np.uint32(value * np.uint32(0xC2B2AE35))
    return np.uint32(value ^ (value >> np.uint32(16)))


@kernel()
def _hash_shingles(data: Bytes, start: int, stop: int, hashes: npt.NDArray[np.uint32]) -> int:
    """Write the hashes of a text's shingles, and the last one three times more; return how many there are."""
    size = stop - start
    count = size - SHINGLE_BYTES + 1 if size >= SHINGLE_BYTES else min(size, 1)
    if size >= SHINGLE_BYTES:  # one slice per byte of a shingle: so the compiler does many shingles at once
        a, b, c = data[start : start + count], data[start + 1 : start + 1 + count], data[start + 2 : start + 2 + count]
        d, e = data[start + 3 : start + 3 + count], data[start + 4 : start + 4 + count]
        for at in range(count):
            low = np.uint64(a[at]) | np.uint64(b[at]) << _S8 | np.uint64(c[at]) << _S16
            packed = low | np.uint64(d[at]) << _S24 | np.uint64(e[at]) << _S32
            hashes[at] = _premix(_hash_shingle(packed, SHINGLE_BYTES))
    elif count:
        hashes[0] = _premix(_hash_shingle(_pack(data, start, size), size))
    if count:
        hashes[count : count + 3] = hashes[count - 1]
    return count


@kernel()
def _sign_rows(
    first: int,
    last: int,
    data: Bytes,
    offsets: Ints,
    multipliers: npt.NDArray[np.uint32],
    addends: npt.NDArray[np.uint32],
    band_rows: int,
    values: npt.NDArray[np.uint32],
    keys: Keys,
    counts: npt.NDArray[np.int32],
) -> None:
    longest = 0
    for row in range(first, last):
        longest = max(longest, offsets[row + 1] - offsets[row])
    hashes, lowest = np.empty(longest + 4, np.uint32), np.empty(NUM_PERMUTATIONS, np.uint32)
    for row in range(first, last):
        count = _hash_shingles(data, offsets[row], offsets[row + 1], hashes)
        lowest[:] = _NO_SHINGLE
        # Four shingles at a time, so that the running minima are read and written less often.
        for at in range(0, count, 4):
            v, w, x, y = hashes[at], hashes[at + 1], hashes[at + 2], hashes[at + 3]
            for p in range(NUM_PERMUTATIONS):
                a, b = multipliers[p], addends[p]
                one = min(np.uint32(np.uint32(a * v) + b), np.uint32(np.uint32(a * w) + b))
                two = min(np.uint32(np.uint32(a * x) + b), np.uint32(np.uint32(a * y) + b))
                lowest[p] = min(lowest[p], min(one, two))
        counts[row] = count
        values[row, :] = lowest
        own = keys[row]
        for band in range(len(own)):
            own[band] = mix(np.uint64(band + 1) * GOLDEN)
        for p in range(band_rows):  # all bands at once, since a step waits for the one before it in its band
            for band in range(len(own)):
                own[band] = mix(own[band] ^ np.uint64(lowest[band * band_rows + p]))


@kernel()
def _hash_rows(first: int, last: int, data: Bytes, offsets: Ints, hashes: Keys) -> None:
    for row in range(first, last):
        start, stop = offsets[row], offsets[row + 1]
        value = mix(np.uint64(stop - start) + GOLDEN)
        last_whole = start + (stop - start) // 8 * 8
        for place in range(start, last_whole, 8):
            value = mix((value ^ _pack(data, place, 8)) + GOLDEN)
        if last_whole < stop:
            value = mix((value ^ _pack(data, last_whole, stop - last_whole)) + GOLDEN)
        hashes[row] = value


@kernel()
def _write_hex(first: int, last: int, hashes: Keys, digits: Bytes) -> None:
    for row in range(first, last):
        for place in range(16):
            value = np.uint8((hashes[row] >> np.uint64(60 - 4 * place)) & np.uint64(15))
            digits[16 * row + place] = value + (48 if value < 10 else 87)
