"""A second evaluator on the same model and questions, and why the two say different things where they do."""

from typing import Final

import polars as pl

from scalequest_assets.recipe.parts import Answers

CAUSES: Final = {
    "generation": "Its text is another one, and we say the same of that text",
    "reading": "It read another answer from its text than we do",
    "comparison": "It read the same answer, and compares it with gold in another way",
}
"""Why two evaluators differ on a question, the first that holds."""


def explained(ours: pl.DataFrame, theirs: pl.DataFrame, answers: Answers) -> pl.DataFrame:
    """Return both evaluators' verdicts side by side, and why they differ.

    Args:
        ours: `query_id`, `query`, `gold`, `is_correct` and more; one row a question.
        theirs: `query_id`, `filter`, `harness_response`, `harness_answer`, `is_harness_correct`: what the other
            evaluator wrote, read, and says; a row for each of its ways to read.
        answers: Reads and compares answers as we do.

    Returns:
        One row for each of `theirs`, in their order, with the columns of both and `reread_answer` (what we read from
        its text), `cause`: one of `CAUSES`, null where both say the same.
    """
    rows = theirs.join(ours, on="query_id", how="left", maintain_order="left")
    reread = answers.extract(rows["harness_response"], rows["query"], rows["gold"])
    ours_of_theirs = answers.check(rows["gold"], reread)
    is_same_answer = answers.check(reread, rows["harness_answer"])
    said = pl.col("is_harness_correct")
    differs = pl.col("is_correct").ne_missing(said)
    cause = (
        pl.when(differs & ours_of_theirs.eq_missing(rows["is_harness_correct"]))
        .then(pl.lit("generation"))
        .when(differs & is_same_answer.fill_null(value=False))
        .then(pl.lit("comparison"))
        .when(differs)
        .then(pl.lit("reading"))
    )
    return rows.with_columns(reread.alias("reread_answer"), cause.alias("cause"))


def totals(rows: pl.DataFrame) -> pl.DataFrame:
    """Return by `benchmark` and `filter`: `questions`, the shares `right` and `harness_right`, and each cause's count.

    Args:
        rows: What `explained` returns.
    """
    counts = [pl.col("cause").eq(cause).sum().alias(cause) for cause in CAUSES]
    right = [pl.mean("is_correct").alias("right"), pl.mean("is_harness_correct").alias("harness_right")]
    return rows.group_by("benchmark", "filter", maintain_order=True).agg(pl.len().alias("questions"), *right, *counts)
