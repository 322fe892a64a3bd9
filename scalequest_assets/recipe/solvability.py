"""From what the judge says to verdicts: which questions can be solved.

Three kinds of evidence: the verdict in its text, how probable it finds Yes before it has reasoned, and the votes of
several texts. `decide` is the one place where they keep or drop a question.
"""

# ruff: noqa: RUF001  (Python's `re` takes two Turkish letters for an i)
from collections.abc import Sequence

import polars as pl

from scalequest_assets.recipe import judgements
from scalequest_assets.recipe.languages import EN, Language
from scalequest_assets.recipe.reasons import CONTRADICTORY_VERDICT, ENGINE_ERROR, NO_VERDICT, UNSOLVABLE
from scalequest_assets.recipe.settings import Solvability, VerdictRule

DROP_REASONS = (ENGINE_ERROR, UNSOLVABLE, NO_VERDICT, CONTRADICTORY_VERDICT)

_NAMES = r"(?i)verd[iıİ]ct|conclus[iıİ]on|f[iıİ]nal[ \t]answer|the[ \t]answer"
_PLAIN_END = r"(?i)(?:\A|[.!?)$\w]\s{1,2})[*_]{0,2}verdict:[*_]{0,2} ?(yes|no)[*_]{0,2}\.?\s*\z"
_ALTERNATIVE = r"(?i)\bor\b[\W_]{0,12}verdict"
_MARKS = r"[<\[\u25c1]"  # where thinking and end tokens may be
_IN_QUERY = r"(?i)(?:yes|no)(?:[^a-z]|\z)"
_REASON_OF = {"missing": NO_VERDICT, "contradictory": CONTRADICTORY_VERDICT}


def decide(judged: pl.DataFrame, settings: Solvability) -> pl.DataFrame:
    """Add `keep` and `drop_reason` to questions with all the evidence that the settings name.

    Args:
        judged: Of `verdict` and `votes` the columns of `tally`, of `probability` the column `yes_probability` (null
            where the engine failed).
        settings: What decides.

    Returns:
        The frame; `drop_reason` is that of the first kind of evidence, in the settings' order, that says no. Without
        any, all are kept.
    """
    if not settings.evidence:
        return judged.with_columns(keep=pl.lit(value=True), drop_reason=pl.lit(None, pl.String))
    probability, num_votes = pl.col("yes_probability"), pl.col("num_votes")
    says = {
        "verdict": pl.col("text_reason"),
        "probability": pl.when(probability.is_null())
        .then(pl.lit(ENGINE_ERROR))
        .when(probability < settings.threshold)
        .then(pl.lit(UNSOLVABLE)),
        "votes": pl.when(num_votes == 0)
        .then(pl.col("text_reason"))
        .when(2 * pl.col("num_yes") <= num_votes)
        .then(pl.lit(UNSOLVABLE)),
    }
    reasons: Sequence[pl.Expr] = [says[kind] for kind in settings.evidence]
    passes = [reason.is_null() for reason in reasons]
    keep = pl.all_horizontal(passes) if settings.combine == "all" else pl.any_horizontal(passes)
    return judged.with_columns(keep=keep, drop_reason=pl.when(~keep).then(pl.coalesce(reasons)))


def tally(samples: pl.DataFrame, rule: VerdictRule, language: Language = EN) -> pl.DataFrame:
    """Return the first judgement of each question, read, and how many of all say what.

    Args:
        samples: `query_id`, `sample_idx` and what `verdicts` reads, one row per judgement.
        rule: How a judgement is read.
        language: That of the judgements.

    Returns:
        The rows of sample 0 with `verdict`, `text_reason` (null where it is yes), `num_votes` (verdicts of any sample)
        and `num_yes` (Int32).
    """
    read = verdicts(samples, rule=rule, language=language).rename({"drop_reason": "text_reason"}).drop("keep")
    counts = read.group_by("query_id").agg(
        num_votes=pl.col("verdict").is_not_null().sum().cast(pl.Int32),
        num_yes=(pl.col("verdict") == "yes").sum().cast(pl.Int32),
    )
    return read.filter(sample_idx=0).join(counts, on="query_id", how="left", maintain_order="left")


def verdicts(frame: pl.DataFrame, *, rule: VerdictRule = "final", language: Language = EN) -> pl.DataFrame:
    """Add `verdict`, `keep` and `drop_reason` to judged questions; rows and their order stay.

    Args:
        frame: Columns `query`, `judgement` (String, null where the engine failed), `finish_reason`.
        rule: How a judgement is read.
        language: That of the judgements.

    Returns:
        The frame with `verdict` (yes, no, or null), `keep` (verdict is yes) and `drop_reason`, one of `DROP_REASONS`.

    Source: PAPER section 1, solvability; section 3, 4. Differs: no verdict and contradictory ones have their own
    reason; a question that is itself worded like a verdict is blanked out where the judge repeats it.
    """
    columns = _in_english(frame.select("query", "judgement", "finish_reason"), language)
    plain = _plain_verdicts(columns) if rule == "final" else [None] * frame.height
    read = [
        _verdict(query, judgement, end, rule) if known is None else (known, None if known == "yes" else UNSOLVABLE)
        for known, (query, judgement, end) in zip(plain, columns.iter_rows(), strict=True)
    ]
    return frame.with_columns(
        pl.Series("verdict", [verdict for verdict, _ in read], dtype=pl.String),
        pl.Series("keep", [reason is None for _, reason in read], dtype=pl.Boolean),
        pl.Series("drop_reason", [reason for _, reason in read], dtype=pl.String),
    )


def _in_english(columns: pl.DataFrame, language: Language) -> pl.DataFrame:
    """Return questions and judgements as they are read: what speaks of a verdict in English."""
    if language is EN:
        return columns
    read = {name: [text and language.in_english(text) for text in columns[name]] for name in ("query", "judgement")}
    return columns.with_columns(pl.Series(name, texts, dtype=pl.String) for name, texts in read.items())


def _plain_verdicts(frame: pl.DataFrame) -> list[str | None]:
    """Return the verdicts that need no reading, all at once: of texts whose only marked verdict is plain, at the end.

    Where this says yes or no, `judgements.parse` says the same: a property test holds them together. Only the rest is
    read by it, which takes some fifteen times as long a row.
    """
    judgement = pl.col("judgement").str
    is_plain = (
        (pl.col("finish_reason") != "error")
        & (judgement.count_matches(_NAMES) == 1)
        & judgement.contains(_ALTERNATIVE).not_()
        & judgement.contains(_MARKS).not_()
        & pl.col("query").fill_null("").str.contains(_IN_QUERY).not_()
    )
    found = pl.when(is_plain).then(judgement.extract(_PLAIN_END).str.to_lowercase())
    return frame.select(found.alias("verdict"))["verdict"].to_list()


def _verdict(
    query: str | None, judgement: str | None, finish_reason: str | None, rule: VerdictRule
) -> tuple[str | None, str | None]:
    """Return the verdict and the reason to drop the row."""
    if finish_reason == "error":
        return None, ENGINE_ERROR
    if rule == "lax":
        found = judgements.lax_yes(judgement)
    else:
        repeats = judgement and query and judgements.parse(query).reason != "missing"
        found = judgements.parse(judgement.replace(query, " ") if repeats and judgement and query else judgement)
    if found.reason is not None:
        return None, _REASON_OF[found.reason]
    return found.verdict, None if found.verdict == "yes" else UNSOLVABLE
