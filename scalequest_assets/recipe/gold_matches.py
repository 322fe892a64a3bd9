"""Whether sampled answers to seed questions ever equal gold, source by source.

Where none does, the fault may be the source's: another column than the answer, or a form that equals nothing. The fail
rates are 1 all the same, so it is said before they are believed.
"""

import polars as pl

from scalequest_assets.recipe.finding import Finding

NUM_EXAMPLES = 3
_MAX_EXAMPLE_CHARS = 60


def by_source(seed_responses: pl.DataFrame) -> pl.DataFrame:
    """Return how the sampled answers of each source compare with gold.

    Args:
        seed_responses: Columns `source`, `answer`, `is_correct` (null where undecidable), `finish_reason`.

    Returns:
        `source`, `num_samples` (without those that the engine failed on), of which `num_right`, `num_wrong`,
        `num_undecidable`; of the wrong ones `num_without_answer`. Sources in order of appearance.
    """
    is_correct = pl.col("is_correct")
    return (
        _answered(seed_responses)
        .group_by("source", maintain_order=True)
        .agg(
            num_samples=pl.len(),
            num_right=is_correct.sum(),
            num_wrong=(~is_correct).sum(),
            num_undecidable=is_correct.null_count(),
            num_without_answer=pl.col("answer").null_count(),
        )
    )


def finding(seed_responses: pl.DataFrame) -> Finding:
    """Return whether the solver gets some seed questions right and some wrong, and at least one of each source.

    Args:
        seed_responses: As in `by_source`, and `gold_answer`.

    Returns:
        The finding; of a source without a right answer it names three gold answers with what was answered.
    """
    sources = by_source(seed_responses)
    right, compared = int(sources["num_right"].sum()), int((sources["num_right"] + sources["num_wrong"]).sum())
    text = "no sampled answer could be compared with gold"
    if compared:
        text = f"{right} of {compared} sampled answers are right ({right / compared:.1%})"
    without_right = sources.filter(num_right=0)["source"]
    lost = [_lost(seed_responses.filter(source=source)) for source in without_right]
    return Finding(0 < right < compared and not lost, ". ".join([text, *lost]))


def _lost(rows: pl.DataFrame) -> str:
    """Say that no answer of one source equals gold, with examples."""
    (counts,) = by_source(rows).rows(named=True)
    how = "equals gold" if counts["num_wrong"] else "could be compared with gold"
    examples = _answered(rows).sort(pl.col("answer").is_null(), maintain_order=True)
    examples = examples.unique("gold_answer", keep="first", maintain_order=True).head(NUM_EXAMPLES)
    pairs = examples.select("gold_answer", "answer").iter_rows()
    shown = "; ".join(f"gold {_quoted(gold)}, answered {_quoted(answer)}" for gold, answer in pairs)
    return (
        f"Source '{counts['source']}': none of its {counts['num_samples']} sampled answers {how}: {shown}. Where these "
        "mean the same, map another column to `answer`; else the solver is too weak for this source"
    )


def _answered(seed_responses: pl.DataFrame) -> pl.DataFrame:
    return seed_responses.filter(pl.col("finish_reason").ne_missing("error"))


def _quoted(text: str | None) -> str:
    if text is None:
        return "nothing"
    text = " ".join(text.split())
    return f"'{text}'" if len(text) <= _MAX_EXAMPLE_CHARS else f"'{text[:_MAX_EXAMPLE_CHARS]}…'"
