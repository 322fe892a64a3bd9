"""The questions that resemble one question most, whether or not they are near enough to be its duplicates.

Differs: datasketch's `MinHashLSH` is an index of signatures; comparing with all stored ones takes less than filling it,
and misses no neighbour (decision 23 has the figures).
"""

from collections.abc import Iterable

import numpy as np
import polars as pl

from scalequest_assets.recipe import jaccard
from scalequest_assets.recipe.blocks import rows_of
from scalequest_assets.recipe.minhash import sign
from scalequest_assets.recipe.parts import Likeness, Normalise
from scalequest_assets.schemas import NUM_PERMUTATIONS


def sketch_of(query: str, normalise: Normalise) -> bytes:
    """Return the sketch of a question, as `minhash_signatures` has it."""
    return sign(normalise(pl.Series([query], dtype=pl.String))).sketches.tobytes()


def nearest(sketch: bytes, parts: Iterable[pl.DataFrame], *, num: int, leave_out: str = "") -> pl.DataFrame:
    """Return the questions whose sketches agree best with one.

    Args:
        sketch: The lowest byte of each of 128 signature values.
        parts: query_id and sketch of all questions, a part at a time: what is held here is one part.
        num: How many to return at most.
        leave_out: query_id of the question itself.

    Returns:
        query_id, num_equal (bytes that agree, of which half a one does by chance), most first, then by query_id.
    """
    own = np.frombuffer(sketch, np.uint8)
    best = pl.DataFrame(schema={"query_id": pl.String, "num_equal": pl.Int64})
    for part in parts:
        equal = np.count_nonzero(rows_of(part["sketch"], np.uint8, NUM_PERMUTATIONS) == own, axis=1)
        least = np.partition(equal, -num - 1)[-num - 1] if len(equal) > num else 0  # one more: it may be left out
        rows = np.flatnonzero(equal >= least)
        found = pl.DataFrame({"query_id": part["query_id"].gather(rows), "num_equal": equal[rows]}, schema=best.schema)
        found = found.filter(pl.col("query_id") != leave_out)
        best = pl.concat([best, found]).sort(-pl.col("num_equal"), "query_id").head(num)
    return best


def compare(query: str, others: pl.Series, likeness: Likeness) -> pl.DataFrame:
    """Return how a few questions resemble one, as near-duplicates are decided.

    Returns:
        jaccard (exact, of the 5-gram sets of the normal forms, in [0, 1]), and what the subject compares.
    """
    texts = pl.concat([pl.Series([query], dtype=pl.String), others.cast(pl.String)])
    places = np.arange(1, len(texts))
    shared = jaccard.jaccard(np.zeros_like(places), places, likeness.normalise(texts))
    exact = pl.DataFrame({"jaccard": pl.Series(shared, dtype=pl.Float64)})
    return pl.concat([exact, likeness.compare(query, texts[1:])], how="horizontal")
