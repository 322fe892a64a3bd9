"""Verified pairs of near-duplicate questions: candidates from the LSH bands, exact Jaccard, and what sets a pair apart.

The steps: exact copies are linked to their first representative, and only representatives go on; `candidates` finds
those that may be close; the exact Jaccard of the 5-gram sets decides; the subject says which of them are one question.

n exact copies make n - 1 pairs, not n². Texts are normalised again only where they are in a pair, so that the normal
forms of all rows need no place in memory.

The search is cut into pieces (`Pieces`) by bands, the texts of candidates by pairs. How many pieces there are, and
where they run, changes nothing that is found. Not cut, hence in one process: ids, hashes and order of all questions;
candidates, 8 bytes a pair; and texts, normal forms and marks of the questions that share their normal form with others.

Differs: ScaleQuest has no deduplication at all.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import polars as pl

from scalequest_assets.recipe.band_pieces import candidate_pairs, slices
from scalequest_assets.recipe.blocks import Ints
from scalequest_assets.recipe.jaccard import jaccard
from scalequest_assets.recipe.parts import Likeness
from scalequest_assets.recipe.pieces import IN_MEMORY, Kept, Pieces
from scalequest_assets.recipe.settings import DEFAULT_DEDUP

EXACT, DUPLICATE, NUMERIC_VARIANT = "exact", "duplicate", "numeric_variant"
"""Relations: equal after normalisation, and the same question; similar, and the same question; similar, and another."""

_PAIRS_AT_ONCE = 200_000

_INDEXED = pl.Schema({"left": pl.Int64(), "right": pl.Int64(), "jaccard": pl.Float64(), "relation": pl.String()})


def pairs(
    signatures: pl.DataFrame | pl.LazyFrame,
    likeness: Likeness,
    *,
    threshold: float = DEFAULT_DEDUP.threshold,
    max_bucket: int = 100,
    generators: Sequence[str] = (),
    pieces: Pieces = IN_MEMORY,
) -> pl.DataFrame:
    """Return the duplicate pairs among all rows.

    Args:
        signatures: The columns of `minhash_signatures`, in any order of rows, which stays the same; query_id is unique.
            They are collected as they are needed, so that a lazy frame takes less memory.
        likeness: When two questions are one; its normal form is that of the signatures.
        threshold: Least Jaccard of a pair, in (0, 1].
        max_bucket: Rows of a bucket that every other row of it is compared with, at least 1.
        generators: Generators in priority order; needed only where the rows are of several.
        pieces: How the work is cut, and where it runs; more pieces than a row has bands are no use.

    Returns:
        The columns of `duplicate_pairs`, sorted by left_id and right_id; left is the row of higher priority.
    """
    return _find(signatures.lazy(), likeness, threshold, max_bucket, generators, pieces, group=None)


def cross_pairs(
    signatures: pl.DataFrame | pl.LazyFrame,
    likeness: Likeness,
    *,
    threshold: float = DEFAULT_DEDUP.threshold,
    max_bucket: int = 100,
    generators: Sequence[str] = (),
    pieces: Pieces = IN_MEMORY,
) -> pl.DataFrame:
    """Return the duplicate pairs whose two rows are of different generators; otherwise as `pairs`.

    Together with the `pairs` of each generator, and with exact copies taken as one, they are the pairs of all rows.
    """
    return _find(signatures.lazy(), likeness, threshold, max_bucket, generators, pieces, group="generator")


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
    return questions[_priority(questions, generators)]


def _priority(questions: pl.DataFrame, generators: Sequence[str]) -> Ints:
    unknown = sorted(set(questions["generator"].unique()) - set(generators)) if generators else []
    if unknown:
        raise ValueError(f"generator {unknown[0]!r} is not in {list(generators)}")
    place = (
        pl.col("generator").replace_strict({name: at for at, name in enumerate(generators)})
        if generators
        else "generator"
    )
    quality = -pl.col("difficulty").fill_nan(None)
    order = pl.arg_sort_by("shard", place, quality, "content_hash", "query_id", nulls_last=True)
    return questions.select(order.cast(pl.Int64)).to_series().to_numpy()


def _find(
    signatures: pl.LazyFrame,
    likeness: Likeness,
    threshold: float,
    max_bucket: int,
    generators: Sequence[str],
    pieces: Pieces,
    group: str | None,
) -> pl.DataFrame:
    if not 0 < threshold <= 1 or max_bucket < 1:
        raise ValueError(f"threshold {threshold} is not in (0, 1], or max_bucket {max_bucket} is below 1")
    rows = signatures.drop("signature", "sketch", "band_keys", "query").collect()
    order = _priority(rows, generators)
    rows = rows.select("query_id", "generator", "normal_hash", "num_shingles")[order]
    label = rows[group].rank("dense").cast(pl.Int64).to_numpy() if group else None
    original = _first_copies(signatures, order, rows["normal_hash"], likeness)
    linked, kept = _split(original, label)
    exact = pl.DataFrame(
        {"left": original[linked], "right": linked, "jaccard": 1.0, "relation": EXACT}, schema=_INDEXED
    )
    kept = kept[rows["num_shingles"].gather(kept).to_numpy() > 0]
    labels = {} if label is None else {"group": label[kept], "original": original[kept]}
    ids = rows["query_id"]
    del rows
    left, right = candidate_pairs(
        signatures,
        order[kept],
        threshold=threshold,
        max_bucket=max_bucket,
        labels=pl.DataFrame(labels),
        pieces=pieces,
    )
    near = _verified_in_pieces(signatures, order, kept[left], kept[right], likeness, threshold, pieces)
    found = pl.concat([exact, *near])
    return found.select(
        ids.gather(found["left"]).alias("left_id"), ids.gather(found["right"]).alias("right_id"), "jaccard", "relation"
    ).sort("left_id", "right_id")


def _split(original: Ints, label: Ints | None) -> tuple[Ints, Ints]:
    """Return the rows to be linked to their original, and those that go on: the first copy of each group."""
    is_copy = original != np.arange(len(original))
    if label is None:
        return np.flatnonzero(is_copy), np.flatnonzero(~is_copy)
    pairs = pl.DataFrame({"original": original, "label": label})
    is_first = pairs.select(pl.struct("original", "label").is_first_distinct()).to_series().to_numpy()
    return np.flatnonzero(is_copy & is_first), np.flatnonzero(is_first)


def _first_copies(signatures: pl.LazyFrame, order: Ints, normal_hash: pl.Series, likeness: Likeness) -> Ints:
    """Return for each row the index of the first row that is an exact copy of it: itself where there is none before.

    Copies have an equal normal form and equal marks; where the normal form is empty, equal raw texts.
    """
    shared = np.flatnonzero(normal_hash.is_duplicated().to_numpy())
    original = np.arange(len(order))
    if not len(shared):
        return original
    rows = order[shared]
    in_order = np.argsort(rows)
    raw = pl.concat([text for (text,) in _texts(signatures, [rows[in_order]])])
    raw = raw.gather(np.argsort(in_order)).fill_null("")
    copies = pl.DataFrame(
        {"row": shared, "text": likeness.normalise(raw), "marks": likeness.marks(raw), "raw": raw}
    ).with_columns(pl.when(pl.col("text") == "").then("raw").otherwise(pl.lit("")).alias("raw"))
    original[shared] = copies.select(pl.col("row").min().over("text", "marks", "raw")).to_series().to_numpy()
    return original


def _texts(signatures: pl.LazyFrame, rows: Sequence[Ints]) -> Iterator[list[pl.Series]]:
    """Yield for some rows after the others the texts of those among each of `rows`, which are sorted."""
    num_rows = 1 + max((int(own[-1]) for own in rows if len(own)), default=-1)
    for start, frame in slices(signatures, num_rows, "query"):
        bounds = (np.searchsorted(own, (start, start + frame.height)) for own in rows)
        yield [frame["query"].gather(own[first:last] - start) for own, (first, last) in zip(rows, bounds, strict=True)]


def _verified_in_pieces(
    signatures: pl.LazyFrame,
    order: Ints,
    left: Ints,
    right: Ints,
    likeness: Likeness,
    threshold: float,
    pieces: Pieces,
) -> Iterator[pl.DataFrame]:
    """Yield the verified pairs, as `verified` does, a piece after the other: each has some pairs and their texts."""
    bounds = np.linspace(0, len(left), 1 + min(pieces.num, len(left))).astype(np.int64)
    pairs = [(left[first:last], right[first:last]) for first, last in pairwise(bounds)]
    members = [np.unique(np.concatenate(sides)) for sides in pairs]
    members = [own[np.argsort(order[own])] for own in members]
    rows = [order[own] for own in members]
    texts = [list[Kept]() for _ in pairs]
    for found in _texts(signatures, rows):
        for of_piece, text in zip(texts, found, strict=True):
            of_piece.append(pieces.keep(text.to_frame()))
    given = [
        (kept, *(np.searchsorted(lying, order[side]) for side in sides), likeness, threshold)
        for kept, lying, sides in zip(texts, rows, pairs, strict=True)
    ]
    del texts
    for own, near in zip(members, pieces.each(_verify_piece, given), strict=True):
        places = pl.Series(own)
        yield near.with_columns(places.gather(near[side]).alias(side) for side in ("left", "right"))


def _verify_piece(texts: list[Kept], left: Ints, right: Ints, likeness: Likeness, threshold: float) -> pl.DataFrame:
    """Return the verified pairs of a piece, as `verified` does; its texts are the one column of all frames."""
    queries = pl.concat([kept().to_series() for kept in texts])
    return verified(left, right, queries, likeness, threshold=threshold)


def verified(left: Ints, right: Ints, queries: pl.Series, likeness: Likeness, *, threshold: float) -> pl.DataFrame:
    """Return the candidate pairs of at least the threshold, in their order, with exact Jaccard and relation.

    Args:
        left: The first of each pair, as a place in `queries`.
        right: The second of each pair.
        queries: The questions.
        likeness: When two questions are one.
        threshold: Least Jaccard of a pair, in (0, 1].

    Returns:
        left, right, jaccard in [0, 1], and relation: `DUPLICATE` (exact copies too) or `NUMERIC_VARIANT`.
    """
    parts = [slice(at, at + _PAIRS_AT_ONCE) for at in range(0, len(left), _PAIRS_AT_ONCE)]
    found = [_verify(left[part], right[part], queries, likeness, threshold) for part in parts]
    return pl.concat([pl.DataFrame(schema=_INDEXED), *found])


def _verify(left: Ints, right: Ints, queries: pl.Series, likeness: Likeness, threshold: float) -> pl.DataFrame:
    members, place = _members(left, right, len(queries))
    exact = jaccard(place[left], place[right], likeness.normalise(queries.gather(members)))
    passed = np.flatnonzero(exact >= threshold)
    members, place = _members(left[passed], right[passed], len(queries))
    is_same = pl.Series(likeness.are_one(place[left[passed]], place[right[passed]], queries.gather(members)))
    relation = is_same.replace_strict({True: DUPLICATE, False: NUMERIC_VARIANT}, return_dtype=pl.String)
    columns = {"left": left[passed], "right": right[passed], "jaccard": exact[passed], "relation": relation}
    return pl.DataFrame(columns, schema=_INDEXED)


def _members(left: Ints, right: Ints, num_rows: int) -> tuple[Ints, Ints]:
    """Return the rows that are in a pair, and the place of each among them."""
    is_member = np.zeros(num_rows, np.bool_)
    is_member[left] = is_member[right] = True
    return np.flatnonzero(is_member), np.cumsum(is_member) - 1
