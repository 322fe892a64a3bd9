"""Questions of earlier sets, and which new ones repeat them.

An earlier set is sketched once: hash, band keys and signatures of its questions lie beside their texts. Each shard of
new questions is then compared with the sketches, and texts are read where a pair may be close. What counts is what
`duplicates` says of the pair: verified by exact Jaccard, and the subject decides whether the two are one question.

A numeric variant of a known question is another question, as it is inside a set. It repeats the earlier sets only where
they are full of it: where more than `max_variants` of their questions are variants of it. That looks at the question
and the earlier sets alone, so that no shard's fate depends on another's.

Differs: ScaleQuest compares with no earlier set.
"""

import numpy as np
import polars as pl

from scalequest_assets.errors import SeedError
from scalequest_assets.recipe.blocks import Ints, binary_of, rows_of
from scalequest_assets.recipe.candidates import Sketches, candidates, sharing, sketched
from scalequest_assets.recipe.duplicates import EXACT, NUMERIC_VARIANT, verified
from scalequest_assets.recipe.minhash import Signed, content_hashes, sign
from scalequest_assets.recipe.parts import Likeness, Normalise
from scalequest_assets.recipe.settings import MOST_VARIANTS
from scalequest_assets.schemas import NUM_PERMUTATIONS, polars_schema

_ROWS_AT_ONCE, _SIGNED_AT_ONCE = 250_000, 32_768
_SCHEMA = polars_schema("known_questions")
_FOUND = pl.Schema(
    {
        "row": pl.Int64(),
        "known": pl.Int64(),
        "known_id": pl.String(),
        "known_query": pl.String(),
        "known_jaccard": pl.Float64(),
        "known_relation": pl.String(),
    }
)


def known_rows(records: pl.DataFrame, source: str, normalise: Normalise) -> pl.DataFrame:
    """Turn the records of an earlier set into rows of `known_questions`.

    Args:
        records: `query` and `id`, both text; where the record has no id, the hash of its text is. A question without
            a letter or digit resembles nothing and is left out, a record that is there twice is taken once.
        source: Name of the set; first part of `query_id`.
        normalise: The normal form of a question.

    Returns:
        The columns of `known_questions`, in the order of the records.

    Raises:
        SeedError: Different questions have one id.
    """
    own = pl.coalesce(pl.col("id"), content_hashes(records["query"]))
    named = records.select(query_id=pl.format("{}/{}", pl.lit(source), own), source=pl.lit(source), query="query")
    named = named.unique(["query_id", "query"], keep="first", maintain_order=True)
    if (twice := named.filter(pl.col("query_id").is_duplicated())).height:
        what = f"known source '{source}': {twice['query_id'].n_unique()} ids are of several questions"
        raise SeedError(f"{what}, {twice['query_id'][0]!r} for one", "map a column that is unique, or leave `id` out")
    parts = [_signed_rows(part, normalise) for part in named.iter_slices(_SIGNED_AT_ONCE)]
    return pl.concat([pl.DataFrame(schema=_SCHEMA), *parts])


def no_repeats(queries: pl.Series) -> pl.DataFrame:
    """Return what `repeats` does where nothing is known."""
    return _by_row(len(queries), pl.DataFrame(schema=_FOUND), max_variants=0)


def repeats(
    queries: pl.Series,
    known: pl.LazyFrame,
    likeness: Likeness,
    *,
    threshold: float,
    max_variants: int,
    at_once: int = _ROWS_AT_ONCE,
) -> pl.DataFrame:
    """Return for each question the known one that it resembles most, and whether it repeats the earlier sets.

    Args:
        queries: New questions; a null one resembles nothing.
        known: The columns of `known_questions`. They are collected as they are needed.
        likeness: When two questions are one; its normal form is that of the sketches.
        threshold: Least Jaccard of a pair, in (0, 1].
        max_variants: Known variants of a question from which on, one more, it is a repeat; up to `MOST_VARIANTS`.
        at_once: Known questions that are compared at once: what bounds the memory.

    Returns:
        known_id, known_query, known_jaccard in [0, 1], known_relation (`EXACT`, `DUPLICATE` or `NUMERIC_VARIANT`), null
        where nothing is of the threshold; is_repeat. An exact copy comes first, then a duplicate, then a variant; the
        nearest of these, then the first.
    """
    num_known = known.select(pl.len()).collect().item()
    if not num_known:
        return no_repeats(queries)
    texts = queries.cast(pl.String).fill_null("")
    signed = sign(likeness.normalise(texts))
    rows = np.flatnonzero(signed.counts > 0)
    own, found = _taken(signed, rows), [pl.DataFrame(schema=_FOUND)]
    for start in range(0, num_known if len(rows) else 0, at_once):
        part = _resembling(own, texts.gather(rows), known.slice(start, at_once), likeness, threshold)
        found.append(part.with_columns(pl.col("known") + start, row=pl.Series(rows).gather(part["row"])))
    return _by_row(len(queries), pl.concat(found), max_variants)


def _signed_rows(named: pl.DataFrame, normalise: Normalise) -> pl.DataFrame:
    signed = sign(normalise(named["query"]))
    rows = np.flatnonzero(signed.counts > 0)
    taken = sketched(_taken(signed, rows))
    made = named[rows].with_columns(
        normal_hash=pl.Series(signed.hashes[rows]),
        band_keys=binary_of(taken.keys),
        sketch=binary_of(taken.values),
    )
    return made.select(_SCHEMA.names())


def _taken(signed: Signed, rows: Ints) -> Signed:
    if len(rows) == len(signed.counts):
        return signed
    return Signed(
        values=signed.values[rows], keys=signed.keys[rows], counts=signed.counts[rows], hashes=signed.hashes[rows]
    )


def _resembling(
    own: Signed, texts: pl.Series, known: pl.LazyFrame, likeness: Likeness, threshold: float
) -> pl.DataFrame:
    """Return all verified pairs of new questions and some known ones (`_FOUND`, by their places)."""
    held = known.select("normal_hash", "band_keys", "sketch").collect()
    left, right = _candidates(own, held, threshold)
    members, place = np.unique(left, return_inverse=True)
    if not len(members):
        return pl.DataFrame(schema=_FOUND)
    earlier = known.select("query_id", "query").collect()[members]
    both = pl.concat([earlier["query"], texts])
    pairs = verified(place, right + len(members), both, likeness, threshold=threshold)
    before, after = pairs["left"], pairs["right"]
    return pairs.select(
        row=after - len(members),
        known=pl.Series(members).gather(before),
        known_id=earlier["query_id"].gather(before),
        known_query=earlier["query"].gather(before),
        known_jaccard="jaccard",
        known_relation=pl.when(_are_copies(before, after, both, likeness)).then(pl.lit(EXACT)).otherwise("relation"),
    ).cast(_FOUND)  # fmt: skip


def _candidates(own: Signed, held: pl.DataFrame, threshold: float) -> tuple[Ints, Ints]:
    """Return the pairs of known and new questions, by their places, that are worth an exact comparison."""
    new = sketched(own)
    keys = rows_of(held["band_keys"], np.uint32, new.keys.shape[1])
    old = np.flatnonzero(sharing(keys, new.keys))
    rows = Sketches(
        values=np.concatenate([rows_of(held["sketch"], np.uint8, NUM_PERMUTATIONS)[old], new.values]),
        keys=np.concatenate([keys[old], new.keys]),
    )
    is_new = (np.arange(len(rows.keys)) >= len(old)).astype(np.int64)
    left, right = candidates(rows, threshold=threshold, max_bucket=MOST_VARIANTS, group=is_new)
    first = held.select("normal_hash").with_row_index("left").unique("normal_hash", keep="first")
    hashes = pl.DataFrame({"normal_hash": own.hashes}).with_row_index("right")
    copies = hashes.join(first, on="normal_hash").select(pl.col("left", "right").cast(pl.Int64))
    near = pl.DataFrame({"left": old[left], "right": right - len(old)}, schema=copies.schema)
    pairs = pl.concat([near, copies]).unique().sort("left", "right")
    return pairs["left"].to_numpy(), pairs["right"].to_numpy()


def _are_copies(left: pl.Series, right: pl.Series, texts: pl.Series, likeness: Likeness) -> pl.Series:
    """Return which pairs have an equal normal form and equal marks."""
    one, other = texts.gather(left), texts.gather(right)
    return (likeness.normalise(one) == likeness.normalise(other)) & (likeness.marks(one) == likeness.marks(other))


def _by_row(num_rows: int, found: pl.DataFrame, max_variants: int) -> pl.DataFrame:
    """Return the nearest known question of each row, and whether the row repeats what is known."""
    is_variant = pl.col("known_relation") == NUMERIC_VARIANT
    is_copy = pl.col("known_relation") == EXACT
    ordered = found.sort("row", is_variant, is_copy.not_(), -pl.col("known_jaccard"), "known")
    nearest = ordered.group_by("row", maintain_order=True).agg(
        pl.col("known_id", "known_query", "known_jaccard", "known_relation").first(),
        is_repeat=is_variant.not_().any() | (is_variant.sum() > max_variants),
    )
    every = pl.DataFrame({"row": pl.int_range(num_rows, eager=True, dtype=pl.Int64)})
    joined = every.join(nearest, on="row", how="left", maintain_order="left").drop("row")
    return joined.with_columns(pl.col("is_repeat").fill_null(False))
