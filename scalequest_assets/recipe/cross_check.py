"""A second evaluator on the same model and questions, and why the two say different things where they do."""

from typing import Final

import polars as pl

from scalequest_assets.recipe.parts import Answers

CAUSES: Final = ("generation", "undecided", "comparison", "reading")
"""Why two evaluators differ on a question, the first that holds: its text is another one, of which we say what it says;
it does not say what it read, or what we read there cannot be compared with gold; it read the same answer and compares
it in another way; it read another answer from its text than we do."""

THEIRS: Final = pl.Schema(
    {
        "query_id": pl.String(),
        "filter": pl.String(),
        "harness_response": pl.String(),
        "harness_answer": pl.String(),
        "is_harness_correct": pl.Boolean(),
    }
)
"""What the other evaluator says: one row for each question and each of its ways to read."""


def explained(ours: pl.DataFrame, theirs: pl.DataFrame, answers: Answers) -> pl.DataFrame:
    """Return both evaluators' verdicts side by side, and why they differ.

    Args:
        ours: `query_id`, `query`, `gold`, `is_correct` (never null) and more; one row a question.
        theirs: The columns of `THEIRS`; `harness_answer` is null where the evaluator does not say what it read.
        answers: Reads and compares answers as we do.

    Returns:
        One row for each of `theirs`, in their order, with the columns of both and `reread_answer` (what we read from
        its text), `cause`: one of `CAUSES`, null where both say the same.
    """
    rows = theirs.join(ours, on="query_id", how="left", maintain_order="left")
    reread = answers.extract(rows["harness_response"], rows["query"], rows["gold"])
    ours_of_theirs = answers.check(rows["gold"], reread)
    is_same_answer = answers.check(reread, rows["harness_answer"])  # null where that is nothing we would read
    cause = (
        pl.when(pl.col("is_correct") == pl.col("is_harness_correct"))
        .then(None)
        .when(ours_of_theirs == rows["is_harness_correct"])
        .then(pl.lit("generation"))
        .when(pl.col("harness_answer").is_null() | ours_of_theirs.is_null())
        .then(pl.lit("undecided"))
        .when(is_same_answer)
        .then(pl.lit("comparison"))
        .otherwise(pl.lit("reading"))
        .cast(pl.String)
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
