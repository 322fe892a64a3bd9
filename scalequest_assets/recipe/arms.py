"""What a student learns from: selections over finished tables, so that arms differ in one decision and in nothing else.

All but `unscreened` and `seeds_only` are about the released questions, and differ in the response to each. Questions
that were screened out or lost as duplicates have no responses, so no arm has them: what a screening is worth is a
sweep's to find (`docs/students.md`).
"""

import polars as pl

from scalequest_assets.recipe.parts import Answers
from scalequest_assets.recipe.seeding import row_seed, shuffled
from scalequest_assets.recipe.settings import Arm

PAIRS = pl.Schema({"query_id": pl.String(), "query": pl.String(), "response": pl.String()})
"""What every selection returns."""


def select(
    arm: Arm, released: pl.DataFrame, scored: pl.LazyFrame, observed: pl.LazyFrame, *, generator: str | None, seed: int
) -> pl.DataFrame:
    """Return the pairs of an arm of generated questions, in the order of their questions.

    Args:
        arm: `best`: the released pairs. `random_response`: to each released question one of its scored responses, drawn
            by the seed. `majority`: to each the best response of its commonest answer. `unscreened`: the first response
            with a text to every question that was answered, whatever reward, agreement, arithmetic or a band say of it.
        released: The pairs that are released: `query_id`, `generator`, `query`, `response`.
        scored: Rows of `response_scores` of all shards.
        observed: Rows of `observed_difficulty` of all shards.
        generator: Whose questions alone; None for all.
        seed: Of the draw.
    """
    own = pl.lit(value=True) if generator is None else pl.col("generator") == generator
    released, scored = released.filter(own), scored.filter(own)
    match arm:
        case "best":
            pairs = released
        case "random_response":
            pairs = _drawn(scored.filter("keep").join(_ids(released), on="query_id", how="semi").collect(), seed)
        case "majority":
            chosen = observed.select("query_id", sample_idx="majority_choice").drop_nulls()
            wanted = chosen.join(_ids(released), on="query_id", how="semi")
            pairs = scored.join(wanted, on=["query_id", "sample_idx"], how="semi").collect()
        case "unscreened":
            texts = scored.filter(pl.col("response").fill_null("").str.strip_chars() != "").sort("sample_idx")
            pairs = texts.unique("query_id", keep="first", maintain_order=True).collect()
        case _:
            raise ValueError(f"{arm} is no arm of generated questions")
    return pairs.sort("query_id").select(PAIRS.names())


def of_seeds(seed_questions: pl.DataFrame, answers: Answers) -> pl.DataFrame:
    """Return the seed questions that have a solution of their own, with it: what any synthetic set has to beat.

    Args:
        seed_questions: Rows of `seed_questions`.
        answers: Marks the answer of a solution.
    """
    solved = seed_questions.filter(pl.col("solution").is_not_null(), pl.col("answer").is_not_null()).sort("query_id")
    texts = [answers.solution(*row) for row in solved.select("solution", "answer").iter_rows()]
    return solved.with_columns(pl.Series("response", texts, dtype=pl.String)).select(PAIRS.names())


def sized(pairs: pl.DataFrame, num_pairs: int | None, seed: int) -> pl.DataFrame:
    """Return so many pairs, drawn by the seed: of one seed, fewer are among more. None takes all.

    There may be fewer than asked for: who asked says so.
    """
    return pairs if num_pairs is None else shuffled(pairs, seed, "students").head(num_pairs).sort("query_id")


def _ids(pairs: pl.DataFrame) -> pl.LazyFrame:
    return pairs.lazy().select("query_id")


def _drawn(rows: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Return one response of each question; which one depends on the seed and its own id alone."""
    places = [row_seed(seed, "arm", *row) for row in rows.select("query_id", "sample_idx").iter_rows()]
    drawn = rows.with_columns(pl.Series("_place", places, dtype=pl.Int64)).sort("_place")
    return drawn.unique("query_id", keep="first", maintain_order=True)
