"""A student's answers, read and compared with gold by the same code as every other answer of the pipeline."""

import polars as pl

from scalequest_assets.recipe.parts import Answers


def judged(greedy: pl.DataFrame, samples: pl.DataFrame | None, answers: Answers) -> pl.DataFrame:
    """Return what was answered, with whether it is right.

    Args:
        greedy: One row a question: `query_id`, `query`, `gold`, `text`, `finish_reason` (error: the engine failed)
            and more.
        samples: Further samples: `query_id`, `query`, `gold`, `text`, `finish_reason`; None where none were drawn.
        answers: Reads and compares answers.

    Returns:
        The rows, `text` as `response`, with `answer`, `is_correct` (false where there is no answer; null where the
        engine failed, or where it cannot be decided), `num_samples`, `majority_answer`, `is_majority_correct`.
    """
    found = answers.extract(greedy["text"], greedy["query"], greedy["gold"])
    checked = answers.check(greedy["gold"], found)
    was_asked = greedy["finish_reason"].ne_missing("error")
    rows = greedy.with_columns(
        found.alias("answer"),
        pl.select(pl.when(was_asked).then(checked)).to_series().alias("is_correct"),
    ).rename({"text": "response"})
    if samples is None:
        nothing = {"majority_answer": pl.String, "is_majority_correct": pl.Boolean, "num_samples": pl.Int32}
        return rows.with_columns(pl.lit(None, dtype).alias(name) for name, dtype in nothing.items())
    voted = rows.join(majority(samples, answers), on="query_id", how="left", maintain_order="left")
    is_right = answers.check(voted["gold"], voted["majority_answer"])
    was_voted = pl.col("num_samples") > 0
    return voted.with_columns(pl.when(was_voted).then(is_right).alias("is_majority_correct"))


def majority(samples: pl.DataFrame, answers: Answers) -> pl.DataFrame:
    """Return the commonest answer of each question's samples; of several, the one that was given first.

    Args:
        samples: `query_id`, `query`, `gold`, `text`, `finish_reason`, a question's samples in their order; one at which
            the engine failed is none.
        answers: Reads answers, and says which are equal.

    Returns:
        `query_id`, `majority_answer` (null where no sample has an answer), `num_samples` (0 where the engine failed at
        all of them).
    """
    is_failed = pl.col("finish_reason").eq_missing(pl.lit("error"))
    asked = samples.group_by("query_id", maintain_order=True).agg(num_samples=(~is_failed).sum().cast(pl.Int32))
    samples = samples.filter(~is_failed)
    found = answers.extract(samples["text"], samples["query"], samples["gold"])
    rows = samples.select("query_id", answer=found, group=answers.groups(samples["query_id"], found))
    votes = rows.filter(pl.col("group").is_not_null()).group_by("query_id", "group", maintain_order=True)
    counted = votes.agg(num=pl.len(), majority_answer=pl.col("answer").first())
    best = counted.sort("num", descending=True, maintain_order=True).unique(
        "query_id", keep="first", maintain_order=True
    )
    return asked.join(best.select("query_id", "majority_answer"), on="query_id", how="left", maintain_order="left")
