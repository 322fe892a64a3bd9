"""Seed questions: from records to rows with a gold answer."""

import polars as pl

from scalequest_assets.recipe.parts import Answers
from scalequest_assets.recipe.seeding import shuffled

NO_QUESTION, NO_ANSWER = "no question", "no gold answer"
RECORD = pl.Schema({**dict.fromkeys(("query", "answer", "solution", "subject"), pl.String()), "level": pl.Int32()})
"""What a source of seed questions has, where it knows it."""


def seed_rows(records: pl.DataFrame, source: str, answers: Answers, *, needs_answer: bool = True) -> pl.DataFrame:
    """Turn records into rows of `seed_questions`.

    Args:
        records: `query`, `answer` and, where known, `solution`, `subject`, `level`, all text. `answer` may be a worked
            solution that ends with the answer; it then serves as `solution` too.
        source: Name of the source; first part of `query_id`.
        answers: Reads gold answers.
        needs_answer: Whether a row without a gold answer is left out; questions to keep clear of need none.

    Returns:
        Columns of `seed_questions`. The numbers of rows left out stay free; `left_out` says which those are.
    """
    for name in RECORD:
        if name not in records.columns:
            records = records.with_columns(pl.lit(None, pl.String).alias(name))
    rows = (
        records.with_row_index("row")
        .with_columns(query=_stripped("query"), worked=answers.worked(_stripped("answer")))
        .pipe(_with_gold, answers)
        .filter(pl.col("query").str.len_chars() > 0, (pl.col("answer").str.len_chars() > 0) | (not needs_answer))
        .with_columns(
            query_id=pl.format("{}/{}", pl.lit(source), pl.col("row").cast(pl.String).str.zfill(6)),
            source=pl.lit(source),
            solution=pl.coalesce(
                answers.worked(_stripped("solution")),
                "worked",
            ),
            level=pl.col("level").cast(pl.String).str.extract(r"(\d+)").cast(pl.Int32, strict=False),
        )
    )
    return rows.select("query_id", "source", "query", "answer", "solution", "subject", "level")


def left_out(records: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Return why records did not become rows, the most frequent first.

    Args:
        records: What `seed_rows` was given.
        rows: What it returned.

    Returns:
        `reason` (`NO_QUESTION`, `NO_ANSWER`), `answer` as the record has it (null where it has none), `num_rows`.
    """
    kept = rows["query_id"].str.split("/").list.last().cast(pl.UInt32)
    has_question = _stripped("query").str.len_chars() > 0
    reason = pl.when(has_question.fill_null(False)).then(pl.lit(NO_ANSWER)).otherwise(pl.lit(NO_QUESTION))
    lost = records.with_row_index("row").filter(~pl.col("row").is_in(kept.implode()))
    counted = lost.group_by(reason.alias("reason"), "answer", maintain_order=True).agg(num_rows=pl.len())
    return counted.sort("num_rows", descending=True, maintain_order=True)


def sampled(rows: pl.DataFrame, max_questions: int, random_seed: int) -> pl.DataFrame:
    """Return a seeded sample of at most so many rows of `seed_questions`, in their order."""
    if rows.height <= max_questions:
        return rows
    return shuffled(rows, random_seed, "seed_questions").head(max_questions).sort("query_id")


def _with_gold(rows: pl.DataFrame, answers: Answers) -> pl.DataFrame:
    """Return rows with what their gold text states: `answer`, and `worked` where it is more than that."""
    stated = answers.gold(rows["worked"].cast(pl.String), rows["query"].cast(pl.String))
    return rows.with_columns(stated["answer"], stated["solution"].alias("worked"))


def _stripped(column: str) -> pl.Expr:
    return pl.col(column).str.strip_chars()
