"""The questions that resemble one question most, whether or not they are near enough to be its duplicates.

Differs: datasketch's `MinHashLSH` is an index of signatures; comparing with all stored ones takes less than filling it,
and misses no neighbour (decision 23 has the figures).
"""

from collections.abc import Iterable

import numpy as np
import polars as pl

from scalequest_assets.recipe import jaccard
from scalequest_assets.recipe.minhash import signatures
from scalequest_assets.recipe.parts import Likeness, Normalise
from scalequest_assets.schemas import NUM_PERMUTATIONS, polars_schema


def signature_of(query: str, normalise: Normalise) -> pl.Series:
    """Return the MinHash signature of a question, as `minhash_signatures` has it: a series of one row."""
    schema = pl.Schema({name: polars_schema("minhash_signatures")[name] for name in _SIGNED})
    return signatures(pl.DataFrame([("", "", "", query, None)], schema=schema, orient="row"), normalise)["signature"]


def nearest(signature: pl.Series, parts: Iterable[pl.DataFrame], *, num: int, leave_out: str = "") -> pl.DataFrame:
    """Return the questions whose signatures agree best with one.

    Args:
        signature: One row of 128 values.
        parts: query_id and signature of all questions, a part at a time: what is held here is one part.
        num: How many to return at most; those that agree in no value are none.
        leave_out: query_id of the question itself.

    Returns:
        query_id, estimate (share of equal values: datasketch's estimate of the Jaccard), best first, then by query_id.
    """
    own = signature.to_numpy()[0]
    best = pl.DataFrame(schema={"query_id": pl.String, "estimate": pl.Float64})
    for part in parts:
        if part.is_empty():
            continue
        equal = np.count_nonzero(part["signature"].to_numpy() == own, axis=1) / NUM_PERMUTATIONS
        found = part.select("query_id", estimate=pl.Series(equal, dtype=pl.Float64))
        found = found.filter(pl.col("query_id") != leave_out, pl.col("estimate") > 0)
        best = pl.concat([best, found]).sort(-pl.col("estimate"), "query_id").head(num)
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


_SIGNED = ("query_id", "generator", "shard", "query", "difficulty")
