"""From the judge's texts to verdicts: which questions can be solved."""

from typing import Literal

import polars as pl

from scalequest_assets.recipe.prompts import judge

Rule = Literal["final", "lax"]
"""`final`: the verdict at the end. `lax`: the authors' rule, any `yes` in the text passes."""

ENGINE_ERROR, UNSOLVABLE = "engine_error", "unsolvable"
NO_VERDICT, CONTRADICTORY_VERDICT = "no_verdict", "contradictory_verdict"
DROP_REASONS = (ENGINE_ERROR, UNSOLVABLE, NO_VERDICT, CONTRADICTORY_VERDICT)

_REASON_OF = {"missing": NO_VERDICT, "contradictory": CONTRADICTORY_VERDICT}


def verdicts(frame: pl.DataFrame, *, rule: Rule = "final") -> pl.DataFrame:
    """Add `verdict`, `keep` and `drop_reason` to judged questions; rows and their order stay.

    Args:
        frame: Columns `query`, `judgement` (String, null where the engine failed), `finish_reason`.
        rule: How a judgement is read.

    Returns:
        The frame with `verdict` (yes, no, or null), `keep` (verdict is yes) and `drop_reason`, one of `DROP_REASONS`.

    Source: PAPER section 1, solvability; section 3, 4. Differs: no verdict and contradictory ones have their own
    reason; a question that is itself worded like a verdict is blanked out where the judge repeats it.
    """
    columns = frame.select("query", "judgement", "finish_reason")
    read = [_verdict(query, judgement, reason, rule) for query, judgement, reason in columns.iter_rows()]
    return frame.with_columns(
        pl.Series("verdict", [verdict for verdict, _ in read], dtype=pl.String),
        pl.Series("keep", [reason is None for _, reason in read], dtype=pl.Boolean),
        pl.Series("drop_reason", [reason for _, reason in read], dtype=pl.String),
    )


def _verdict(
    query: str | None, judgement: str | None, finish_reason: str | None, rule: Rule
) -> tuple[str | None, str | None]:
    """Return the verdict and the reason to drop the row."""
    if finish_reason == "error":
        return None, ENGINE_ERROR
    if rule == "lax":
        found = judge.lax_yes(judgement)
    else:
        repeats = judgement and query and judge.parse(query).reason != "missing"
        found = judge.parse(judgement.replace(query, " ") if repeats and judgement and query else judgement)
    if found.reason is not None:
        return None, _REASON_OF[found.reason]
    return found.verdict, None if found.verdict == "yes" else UNSOLVABLE
