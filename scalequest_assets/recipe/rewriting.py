"""From rewrites to preference pairs: the direction of each question, and which rewrites count."""

import hashlib
from typing import Any

import polars as pl

from scalequest_assets.recipe.languages import EN, Language
from scalequest_assets.recipe.parts import Rewrites
from scalequest_assets.recipe.reasons import (
    ANSWER_LEAK,
    EMPTY,
    ENGINE_ERROR,
    JUDGED,
    NO_REWRITE,
    TOO_LONG,
    TRUNCATED,
    UNCHANGED,
)

SOLVABILITY, DIFFICULTY = "solvability", "difficulty"
DIRECTIONS = (SOLVABILITY, DIFFICULTY)

DROP_REASONS = (ENGINE_ERROR, TRUNCATED, NO_REWRITE, EMPTY, UNCHANGED, ANSWER_LEAK, JUDGED, TOO_LONG)

MAX_GROWTH = 4.0
"""Default of how many times as long as the question (or as 100 characters) a rewrite may be."""

_MIN_CHARS = 100


def directions(query_ids: pl.Series, *, solvability_share: float, seed: int) -> pl.Series:
    """Return for each question the one direction in which it is rewritten.

    Args:
        query_ids: String. The draw depends on id and seed alone, not on the other rows or their order.
        solvability_share: Probability of `solvability`, in [0, 1].
        seed: Seed of the draw.

    Returns:
        String series `direction`: `solvability` or `difficulty`.

    Source: PAPER section 1, QPO data. Differs: the authors' code has no draw (PAPER section 3, 2).
    """
    return pl.Series(
        "direction",
        [SOLVABILITY if _uniform(query_id, seed) < solvability_share else DIFFICULTY for query_id in query_ids],
        dtype=pl.String,
    )


def pairs(
    frame: pl.DataFrame, rewrites: Rewrites, *, max_growth: float = MAX_GROWTH, language: Language = EN
) -> pl.DataFrame:
    """Add `optimized_query`, `keep` and `drop_reason` to rewritten questions; rows and their order stay.

    Args:
        frame: Columns `query`, `direction`, `rewrite` (all that the rewriter wrote, or null), `finish_reason`.
        rewrites: Reads and compares rewritten questions.
        max_growth: A rewrite longer than this many times the question (or 100 characters) is `too_long`.
        language: That of the questions.

    Returns:
        The frame with `optimized_query` (null where no rewrite was found), `keep`, and `drop_reason`, one of
        `DROP_REASONS`. Kept rows are preference pairs: `optimized_query` chosen, `query` rejected. `unchanged` is what
        differs in case, punctuation or Markdown alone; `answer_leak` what boxes, states or works out its answer;
        `judged` what says a verdict on itself, as a small model does that plays several roles.

    Raises:
        ValueError: A direction is neither `solvability` nor `difficulty`.
    """
    unknown = set(frame["direction"].to_list()) - set(DIRECTIONS)
    if unknown:
        raise ValueError(f"column 'direction' holds {sorted(map(str, unknown))}, must be one of {DIRECTIONS}")
    columns = frame.select("direction", "rewrite", "finish_reason")
    parsed = [None if end == "error" else rewrites.parse(text, way) for way, text, end in columns.iter_rows()]
    optimized = pl.Series("optimized_query", parsed, dtype=pl.String)
    is_same = rewrites.are_same(frame["query"], optimized)
    rows = frame.select("query", *columns.columns).with_columns(optimized, is_same.alias("is_same"))
    reasons = [_reason(row, rewrites, max_growth, language) for row in rows.iter_rows(named=True)]
    return frame.with_columns(
        optimized,
        pl.Series("keep", [reason is None for reason in reasons], dtype=pl.Boolean),
        pl.Series("drop_reason", reasons, dtype=pl.String),
    )


def _reason(row: dict[str, Any], rewrites: Rewrites, max_growth: float, language: Language) -> str | None:
    """Return why a rewrite is dropped, or None where it is kept."""
    if row["finish_reason"] in ("error", "length"):
        return ENGINE_ERROR if row["finish_reason"] == "error" else TRUNCATED
    query, rewritten, text = row["query"] or "", row["optimized_query"], row["rewrite"]
    if rewritten is None:
        is_empty = not text or not text.strip() or rewrites.has_marker(text, row["direction"])
        return EMPTY if is_empty else NO_REWRITE
    if row["is_same"] or " ".join(query.split()).casefold() == " ".join(rewritten.split()).casefold():
        return UNCHANGED
    if rewrites.leaks_answer(rewritten):
        return ANSWER_LEAK
    if language.marker.casefold() in rewritten.casefold():
        return JUDGED
    return TOO_LONG if len(rewritten) > max_growth * max(len(query), _MIN_CHARS) else None


def _uniform(query_id: str, seed: int) -> float:
    """Return a number in [0, 1) that depends on the id and the seed alone."""
    digest = hashlib.blake2b(f"direction:{seed}:{query_id}".encode(), digest_size=8).digest()
    return (int.from_bytes(digest, "big") >> 11) / 2**53
