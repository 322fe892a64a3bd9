"""From rewrites to preference pairs: the direction of each question, and which rewrites count."""

# ruff: noqa: RUF001  (signs that look like letters)
import hashlib
import re
from typing import Any

import polars as pl

from scalequest_assets.subjects.maths import normalization, problem_marks
from scalequest_assets.subjects.maths.prompts import Style, judge, rewrite_difficulty, rewrite_solvability

SOLVABILITY, DIFFICULTY = "solvability", "difficulty"
DIRECTIONS = (SOLVABILITY, DIFFICULTY)

ENGINE_ERROR, TRUNCATED, NO_REWRITE, EMPTY = "engine_error", "truncated", "no_rewrite", "empty"
UNCHANGED, ANSWER_LEAK, JUDGED, TOO_LONG = "unchanged", "answer_leak", "judged", "too_long"
DROP_REASONS = (ENGINE_ERROR, TRUNCATED, NO_REWRITE, EMPTY, UNCHANGED, ANSWER_LEAK, JUDGED, TOO_LONG)

MAX_GROWTH = 4.0
"""Default of how many times as long as the question (or as 100 characters) a rewrite may be."""

_STEPS = {SOLVABILITY: rewrite_solvability, DIFFICULTY: rewrite_difficulty}
_NUMBER = r"[-−]?[$€£]?\d[\d.,/]{0,20}"
_LEAK = re.compile(
    r"\\boxed|\\fbox|^####"
    r"|\bthe\s{1,3}(?:(?:final|correct|right)\s{1,3})?answer\s{1,3}(?:is|would\s{1,3}be|will\s{1,3}be|comes)\b"
    rf"|\b(?:answer|ans|solution)[*_]{{0,3}}\s{{0,3}}[:=][*_]{{0,3}}\s{{0,3}}(?:\S{{0,3}}\s{{0,3}}=\s{{0,3}})?\$?{_NUMBER}"
    r"|^[\s*_]{0,8}(?:worked\s{1,3})?solution[*_]{0,3}\s{0,3}:",
    re.IGNORECASE | re.MULTILINE,
)
_RESULT = re.compile(rf"=\s{{0,3}}\$?{_NUMBER}\s{{0,3}}[a-z%°]{{0,12}}[.!]?[\s$)*_\]]{{0,6}}\Z", re.IGNORECASE)
_SUM = re.compile(r"[(\[$]{0,3}\d[\d\s+*/×÷·().,$%^−-]{0,80}\Z")
_OPERATION = re.compile(r"\d\s{0,3}[)$%]{0,3}\s{0,3}[+*/×÷·−-]\s{0,3}[($]{0,3}\d")
_TIMES = re.compile(r"\\(?:times|cdot|div)\b")
_CONCLUDES = re.compile(r"\b(?:so(?!\s+that\b)|thus|hence|therefore)\b[^.?!\n]{0,80}\Z", re.IGNORECASE)
_UNKNOWN = re.compile(r"(?:(?<![A-Za-z])[A-Za-z]|[)\]}^_+*/×÷·−-]|\\[A-Za-z]+)\s*\Z")
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
    parsed = [None if end == "error" else _STEPS[way].parse(text) for way, text, end in columns.iter_rows()]
    optimized = pl.Series("optimized_query", parsed, dtype=pl.String)
    is_same = same_problem(frame["query"], optimized)
    rows = frame.select("query", *columns.columns).with_columns(optimized, is_same.alias("is_same"))
    reasons = [_reason(row, max_growth) for row in rows.iter_rows(named=True)]
    return frame.with_columns(
        optimized,
        pl.Series("keep", [reason is None for reason in reasons], dtype=pl.Boolean),
        pl.Series("drop_reason", reasons, dtype=pl.String),
    )


def same_problem(queries: pl.Series, rewrites: pl.Series) -> pl.Series:
    """Return which rewrites differ from their questions in case, punctuation, Markdown or the spelling of numbers."""
    normal, operators = normalization.normalise(queries), problem_marks.operators(queries)
    is_same = (normal == normalization.normalise(rewrites)) & (operators == problem_marks.operators(rewrites))
    return is_same & (normal != "")


def _reason(row: dict[str, Any], max_growth: float) -> str | None:
    """Return why a rewrite is dropped, or None where it is kept."""
    if row["finish_reason"] in ("error", "length"):
        return ENGINE_ERROR if row["finish_reason"] == "error" else TRUNCATED
    query, rewritten, text = row["query"] or "", row["optimized_query"], row["rewrite"]
    if rewritten is None:
        is_empty = not text or not text.strip() or _STEPS[row["direction"]].PATTERN.search(text)
        return EMPTY if is_empty else NO_REWRITE
    if row["is_same"] or " ".join(query.split()).casefold() == " ".join(rewritten.split()).casefold():
        return UNCHANGED
    if _LEAK.search(rewritten) or _ends_in_result(rewritten):
        return ANSWER_LEAK
    if judge.MARKER.casefold() in rewritten.casefold():
        return JUDGED
    return TOO_LONG if len(rewritten) > max_growth * max(len(query), _MIN_CHARS) else None


def _ends_in_result(text: str) -> bool:
    """Whether a text ends with what it works out (`3 + 9 = 12.`), and not with an equation (`2x + 3 = 12.`)."""
    result = _RESULT.search(text)
    if result is None:
        return False
    left = _TIMES.sub("*", text[max(0, result.start() - 200) : result.start()]).rstrip()
    if _CONCLUDES.search(left):
        return True
    computed = _SUM.search(left)
    return bool(computed and _OPERATION.search(computed[0]) and not _UNKNOWN.search(left[: computed.start()]))


def _uniform(query_id: str, seed: int) -> float:
    """Return a number in [0, 1) that depends on the id and the seed alone."""
    digest = hashlib.blake2b(f"direction:{seed}:{query_id}".encode(), digest_size=8).digest()
    return (int.from_bytes(digest, "big") >> 11) / 2**53
