"""Candidate pairs among stored signatures, found in pieces: each holds the keys of some of the bands.

Which pairs a band finds depends on no other band (`candidates.search`), so that all pieces find what one does.
Signatures are read a slice of rows at a time, once. Of each slice, the keys of its bands are kept for every piece, and
for all of them the sketches' values, of which a piece reads those of rows that share a key in its bands.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import polars as pl

from scalequest_assets.recipe.blocks import Bytes, Ints, Keys, binary_of, rows_of, run_blocks
from scalequest_assets.recipe.candidates import Halves, Rows, Sketches, search
from scalequest_assets.recipe.kernels import kernel
from scalequest_assets.recipe.pieces import Kept, Pieces
from scalequest_assets.schemas import NUM_PERMUTATIONS

ROWS_AT_ONCE = 1 << 16
"""Rows that are read at once: 28 MB of sketches, keys and texts."""

_S32 = np.uint64(32)


def slices(signatures: pl.LazyFrame, num_rows: int, *columns: str) -> Iterator[tuple[int, pl.DataFrame]]:
    """Yield where some rows start, and columns of them, for all of the first `num_rows`."""
    for start in range(0, num_rows, ROWS_AT_ONCE):
        yield start, signatures.select(columns).slice(start, min(ROWS_AT_ONCE, num_rows - start)).collect()


def candidate_pairs(
    signatures: pl.LazyFrame,
    rows: Ints,
    *,
    threshold: float,
    max_bucket: int,
    labels: pl.DataFrame,
    pieces: Pieces,
) -> tuple[Ints, Ints]:
    """Return the pairs (left < right) among some rows that are worth an exact comparison, once each and sorted.

    Args:
        signatures: The columns sketch and band_keys of `minhash_signatures`.
        rows: Which rows, each with at least one shingle, in priority order: pairs are places in it.
        threshold: Least Jaccard of a pair.
        max_bucket: Rows of a bucket that every other row of it is compared with.
        labels: Integers of each of `rows`: pairs with an equal one in any column are left out. It may have no column.
        pieces: Where bands are searched.

    Raises:
        ValueError: Rows have different numbers of band keys.
    """
    keys, values = _kept(signatures, rows, pieces)
    shared = pieces.keep(labels)
    given = [(own, values, shared, len(rows), threshold, max_bucket) for own in keys]
    del keys, values  # a piece lets each go once it has read it
    found = np.unique(np.concatenate([np.zeros(0, np.int64), *pieces.each(_search_piece, given)]))
    return found >> 32, found & 0xFFFFFFFF


def _kept(signatures: pl.LazyFrame, rows: Ints, pieces: Pieces) -> tuple[list[list[Kept]], list[Kept]]:
    """Return for each piece the keys of its bands, and for all of them the values: a frame of each for every slice."""
    place = np.full(1 + int(rows.max(initial=-1)), -1, np.int32)
    place[rows] = np.arange(len(rows))
    keys, values, width = list[list[Kept]](), list[Kept](), 0
    for start, frame in slices(signatures, len(place), "band_keys", "sketch"):
        places = place[start : start + frame.height]
        own = _sketches(frame, np.flatnonzero(places >= 0))
        if not len(own.keys):
            continue
        width = width or own.keys.shape[1]
        _require_one({width, own.keys.shape[1]})
        keys = keys or [[] for _ in range(min(pieces.num, width))]
        at = pl.Series("place", places[places >= 0])
        for first, of_piece in enumerate(keys):
            bands = np.ascontiguousarray(own.keys[:, first :: len(keys)])
            of_piece.append(pieces.keep(pl.DataFrame([at, binary_of(bands).alias("keys")])))
        values.append(pieces.keep(pl.DataFrame([at, binary_of(own.values).alias("values")])))
    return keys, values


def _search_piece(
    keys: list[Kept], values: list[Kept], labels: Kept, num_rows: int, threshold: float, max_bucket: int
) -> Ints:
    """Search some bands, as `search` does.

    Args:
        keys: place, and keys of these bands.
        values: place, and values of the sketches.
        labels: Of each place.
        num_rows: Places.
        threshold: Least Jaccard of a pair.
        max_bucket: Rows of a bucket that every other row of it is compared with.
    """

    def values_of(members: Rows) -> Bytes:
        at = np.full(num_rows, -1, np.int32)
        at[members] = np.arange(len(members))
        taken = np.empty((len(members), NUM_PERMUTATIONS), np.uint8)
        for kept in values:
            frame = kept()
            stored = rows_of(frame["values"], np.uint8, NUM_PERMUTATIONS)
            run_blocks(_scatter_rows, len(stored), stored, at[frame["place"].to_numpy()], taken)
        return taken

    own = labels()
    groups = [own[name].to_numpy() for name in own.columns]
    return search(_keys(keys, num_rows), values_of, threshold, max_bucket, groups)


def _keys(kept: list[Kept], num_rows: int) -> Halves:
    ordered: Halves | None = None
    while kept:
        frame = kept.pop()()
        width = frame["keys"].bin.size()[0] // np.dtype(np.uint32).itemsize
        ordered = np.empty((num_rows, width), np.uint32) if ordered is None else ordered
        stored = rows_of(frame["keys"], np.uint32, width)
        run_blocks(_scatter_rows, len(stored), stored, frame["place"].to_numpy(), ordered)
    return np.empty((0, 0), np.uint32) if ordered is None else ordered


def _sketches(signatures: pl.DataFrame, rows: Ints) -> Sketches:
    """Return the sketches of some rows, which have at least one shingle, in their order."""
    array = signatures["band_keys"].to_arrow()
    starts, flat = array.offsets.to_numpy(), array.values.to_numpy()
    width = _require_one(set(np.unique(np.diff(starts)[rows]).tolist()))
    keys = np.empty((len(rows), width), np.uint32)
    run_blocks(_take_keys, len(rows), rows, flat, starts, keys)
    return Sketches(values=rows_of(signatures["sketch"], np.uint8, NUM_PERMUTATIONS)[rows], keys=keys)


def _require_one(widths: set[int]) -> int:
    if len(widths) > 1:
        raise ValueError(f"signatures of {sorted(widths)} bands are mixed: re-make minhash_signatures with one setting")
    return max(widths, default=0)


@kernel()
def _take_keys(first: int, last: int, rows: Ints, keys: Keys, starts: Ints, halves: Halves) -> None:
    for place in range(first, last):
        start = starts[rows[place]]
        for band in range(halves.shape[1]):
            halves[place, band] = keys[start + band] >> _S32


@kernel()
def _scatter_rows(
    first: int, last: int, stored: npt.NDArray[np.uint32], place_of: Rows, target: npt.NDArray[np.uint32]
) -> None:
    for row in range(first, last):
        if place_of[row] >= 0:
            target[place_of[row]] = stored[row]
