"""From rewrites to preference pairs: the direction of each question, and which rewrites count."""

import hashlib
import re

import polars as pl

from scalequest_assets.recipe.prompts import Style, rewrite_difficulty, rewrite_solvability

SOLVABILITY, DIFFICULTY = "solvability", "difficulty"
DIRECTIONS = (SOLVABILITY, DIFFICULTY)

ENGINE_ERROR, TRUNCATED, NO_REWRITE, EMPTY = "engine_error", "truncated", "no_rewrite", "empty"
UNCHANGED, ANSWER_LEAK, TOO_LONG = "unchanged", "answer_leak", "too_long"
DROP_REASONS = (ENGINE_ERROR, TRUNCATED, NO_REWRITE, EMPTY, UNCHANGED, ANSWER_LEAK, TOO_LONG)

MAX_GROWTH = 4.0
"""Default of how many times as long as the question (or as 100 characters) a rewrite may be."""

_STEPS = {SOLVABILITY: rewrite_solvability, DIFFICULTY: rewrite_difficulty}
_LEAK = re.compile(r"\\boxed|\\fbox|the\s{1,3}(?:final\s{1,3})?answer\s{1,3}is\b|^####", re.IGNORECASE | re.MULTILINE)
_MIN_CHARS = 100


def directions(query_ids: pl.Series, *, solvability_share: float = 0.5, seed: int) -> pl.Series:
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


def prompt(query: str, direction: str, style: Style) -> str:
    """Return the user's message that asks for a rewrite of a question in a direction."""
    return str(_STEPS[direction].prompt(query, style))


def pairs(frame: pl.DataFrame, *, max_growth: float = MAX_GROWTH) -> pl.DataFrame:
    """Add `optimized_query`, `keep` and `drop_reason` to rewritten questions; rows and their order stay.

    Args:
        frame: Columns `query`, `direction`, `rewrite` (all that the rewriter wrote, or null), `finish_reason`.
        max_growth: A rewrite longer than this many times the question (or 100 characters) is `too_long`.

    Returns:
        The frame with `optimized_query` (null where no rewrite was found), `keep`, and `drop_reason`, one of
        `DROP_REASONS`. Kept rows are preference pairs: `optimized_query` chosen, `query` rejected.

    Raises:
        ValueError: A direction is neither `solvability` nor `difficulty`.
    """
    unknown = set(frame["direction"].to_list()) - set(DIRECTIONS)
    if unknown:
        raise ValueError(f"column 'direction' holds {sorted(map(str, unknown))}, must be one of {DIRECTIONS}")
    columns = frame.select("query", "direction", "rewrite", "finish_reason")
    read = [_read(query, way, rewrite, end, max_growth) for query, way, rewrite, end in columns.iter_rows()]
    return frame.with_columns(
        pl.Series("optimized_query", [rewritten for rewritten, _ in read], dtype=pl.String),
        pl.Series("keep", [reason is None for _, reason in read], dtype=pl.Boolean),
        pl.Series("drop_reason", [reason for _, reason in read], dtype=pl.String),
    )


def _read(
    query: str | None, direction: str, rewrite: str | None, finish_reason: str | None, max_growth: float
) -> tuple[str | None, str | None]:
    """Return the rewritten question and the reason to drop it."""
    if finish_reason == "error":
        return None, ENGINE_ERROR
    step = _STEPS[direction]
    rewritten = step.parse(rewrite)
    if finish_reason == "length":
        return rewritten, TRUNCATED
    if rewritten is None:
        is_empty = not rewrite or not rewrite.strip() or step.PATTERN.search(rewrite)
        return None, EMPTY if is_empty else NO_REWRITE
    return rewritten, _fault(query or "", rewritten, max_growth)


def _fault(query: str, rewritten: str, max_growth: float) -> str | None:
    if _normalised(query) == _normalised(rewritten):
        return UNCHANGED
    if _LEAK.search(rewritten):
        return ANSWER_LEAK
    return TOO_LONG if len(rewritten) > max_growth * max(len(query), _MIN_CHARS) else None


def _normalised(text: str) -> str:
    return " ".join(text.split()).casefold()


def _uniform(query_id: str, seed: int) -> float:
    """Return a number in [0, 1) that depends on the id and the seed alone."""
    digest = hashlib.blake2b(f"direction:{seed}:{query_id}".encode(), digest_size=8).digest()
    return (int.from_bytes(digest, "big") >> 11) / 2**53
