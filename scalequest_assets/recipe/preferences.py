"""Preference pairs in other ways than the paper's: rewrites that the judge finds better, and a generator's own samples.

Source: none; the paper takes every rewrite as better than its question (`rewriting`). What a question is held against
is in the table: `query_…` of the rejected, `optimized_…` of the chosen one (`keep`, `reason`, `yes_probability`,
`difficulty`).
"""

import polars as pl

from scalequest_assets.recipe.parts import Answers, Rewrites
from scalequest_assets.recipe.reasons import EMPTY, ENGINE_ERROR, NO_ANSWER, NO_GAIN, PREFERRED, UNCHANGED, UNPAIRED
from scalequest_assets.recipe.rewriting import DIFFICULTY
from scalequest_assets.recipe.seeding import shuffled
from scalequest_assets.recipe.selection import agreement
from scalequest_assets.schemas import polars_schema

REWRITES, OWN_SAMPLES = "rewrites", "own_samples"
"""The `direction` of pairs that nobody rewrote."""
DROP_REASONS = (ENGINE_ERROR, EMPTY, NO_GAIN, UNCHANGED, PREFERRED, UNPAIRED)

_TABLE = "optimized_questions"
_EVIDENCE = ("keep", "reason", "yes_probability", "difficulty")
_ENDS = {"query": "/original", "optimized": "/rewritten"}
_CHOSEN, _UNSOLVABLE, _UNANSWERED, _TRIVIAL = range(4)
_MIN_SAMPLES = 2
"""Answers below which nothing is known of their agreement, where the engine failed at others."""


def as_table(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the columns of `optimized_questions`; what the rows do not have is null."""
    schema = polars_schema(_TABLE)
    missing = [pl.lit(None, dtype).alias(name) for name, dtype in schema.items() if name not in rows.columns]
    return rows.with_columns(missing).select(pl.col(name).cast(dtype) for name, dtype in schema.items())


def to_judge(rewritten: pl.DataFrame) -> pl.DataFrame:
    """Return both questions of every pair that is kept: `query_id` (`<id>/original` or `<id>/rewritten`), `query`."""
    kept = rewritten.filter("keep")
    texts = {"query": "query", "optimized": "optimized_query"}
    return pl.concat(kept.select(pl.col("query_id") + end, query=texts[side]) for side, end in _ENDS.items())


def agreed(rewritten: pl.DataFrame, verdicts: pl.DataFrame) -> pl.DataFrame:
    """Drop the pairs whose rewrite the judge does not find better; rows and their order stay.

    A rewrite for difficulty is better where it passes: it is harder and can still be solved. One for solvability is
    where it passes and its question does not, or both have a probability of Yes and the rewrite's is higher.

    Args:
        rewritten: Rows of `rewriting.pairs`, with `query_id` and `error`.
        verdicts: The judge's on `to_judge`: `query_id`, `keep`, `drop_reason`, `yes_probability`, `error`.

    Returns:
        The columns of `optimized_questions`. Of a pair that is dropped, `drop_reason` is `no_gain`, or `engine_error`
        where the judge's engine failed and what it did say does not decide.
    """
    rows = rewritten
    for side, end in _ENDS.items():
        own = verdicts.filter(pl.col("query_id").str.ends_with(end))
        found = _said(own.with_columns(pl.col("query_id").str.strip_suffix(end)), side)
        rows = rows.join(found, on="query_id", how="left", maintain_order="left", validate="1:1")
    passes, passed = pl.col("optimized_keep"), pl.col("query_keep")
    is_likelier = pl.col("optimized_yes_probability") > pl.col("query_yes_probability")
    is_told = pl.col("optimized_error").is_null() & pl.col("query_error").is_null()
    is_likelier = pl.when(is_told).then(is_likelier.fill_null(False)).otherwise(is_likelier)
    is_better = passes & ((pl.col("direction") == DIFFICULTY) | ~passed | is_likelier)
    lost = pl.when(is_better.is_null()).then(pl.lit(ENGINE_ERROR)).when(~is_better).then(pl.lit(NO_GAIN))
    rows = rows.with_columns(drop_reason=pl.when("keep").then(lost).otherwise("drop_reason"))
    failed = pl.when(drop_reason=ENGINE_ERROR).then(pl.coalesce("error", "optimized_error", "query_error"))
    return as_table(rows.with_columns(keep=pl.col("drop_reason").is_null(), error=pl.coalesce(failed, "error")))


def observed(samples: pl.DataFrame, answers: Answers) -> pl.DataFrame:
    """Return how far the sampled answers to each question differ.

    Args:
        samples: `query_id`, `query`, `text`, `finish_reason` and `error`, a row for each sample. Those that the engine
            failed at are left out.
        answers: Reads and compares answers.

    Returns:
        `query_id`, `query_difficulty` (1 less the largest share of samples with an equal answer, in [0, 1); null where
        none has an answer), `solver_error` (null where enough samples are there).
    """
    done = samples.filter(pl.col("finish_reason") != "error")
    groups = answers.groups(done["query_id"], answers.extract(done["text"], done["query"]))
    shares = done.select("query_id", share=agreement(done["query_id"], groups)).group_by("query_id")
    largest = shares.agg(pl.col("share").max(), num_done=pl.len())
    asked = samples.group_by("query_id", maintain_order=True).agg(pl.col("error").drop_nulls().first())
    rows = asked.join(largest, on="query_id", how="left", maintain_order="left")
    is_short = pl.col("error").is_not_null() & (pl.col("num_done").fill_null(0) < _MIN_SAMPLES)
    return rows.select(
        "query_id",
        query_difficulty=pl.when(~is_short & (pl.col("share") > 0)).then(1 - pl.col("share")),
        solver_error=pl.when(is_short).then("error"),
    )


def own_pairs(
    raw: pl.DataFrame,
    screened: pl.DataFrame,
    verdicts: pl.DataFrame,
    answered: pl.DataFrame,
    rewrites: Rewrites,
    *,
    seed: int,
) -> pl.DataFrame:
    """Pair a generator's own questions: one that can be solved and is hard with one that is neither.

    Chosen are those that pass, have an answer, and answers that differ, the hardest first. Rejected are those that
    cannot be solved, then those without an answer, then those on whose answer all samples agree. What is equal goes by
    a hash of id and seed. The i-th of one side meets the i-th of the other, so that no question is in two pairs.

    Args:
        raw: Rows of `raw_questions`.
        screened: `query_id`, `drop_reason` of the text rules on all of them.
        verdicts: The judge's on those that pass them: `query_id`, `keep`, `drop_reason`, `yes_probability`, `error`.
        answered: What `observed` says of those that pass the judge.
        rewrites: Tells questions that are the same.
        seed: Of the hash.

    Returns:
        The columns of `optimized_questions`, a row for each of `raw`, in its order. The row of a rejected question is
        the pair, unless it asks what the chosen one asks (`unchanged`). A chosen one's is `preferred`; `unpaired` are
        those of which the other side had too few.
    """
    rows = _standing(raw, screened, verdicts, answered)
    mixed = shuffled(rows.filter(pl.col("rank").is_not_null()), seed, _TABLE)
    chosen = mixed.filter(rank=_CHOSEN).sort("query_difficulty", descending=True, maintain_order=True)
    rejected = mixed.filter(pl.col("rank") != _CHOSEN).sort("rank", maintain_order=True)
    num = min(chosen.height, rejected.height)
    better = chosen.head(num).select(
        optimized_id="query_id",
        optimized_query="query",
        **{f"optimized_{name}": pl.col(f"query_{name}") for name in _EVIDENCE},
    )
    pairs = pl.concat([rejected.head(num).select("query_id", "query"), better], how="horizontal")
    pairs = pairs.with_columns(is_same=rewrites.are_same(pairs["query"], pairs["optimized_query"]).fill_null(False))
    preferred = pairs.filter(~pl.col("is_same"))["optimized_id"].implode()
    rows = rows.join(pairs.drop("query"), on="query_id", how="left", maintain_order="left", validate="1:1")
    unpaired = pl.when(pl.col("query_id").is_in(preferred)).then(pl.lit(PREFERRED)).otherwise(pl.lit(UNPAIRED))
    paired = pl.when("is_same").then(pl.lit(UNCHANGED))
    fate = pl.when(pl.col("rank").is_null()).then("drop_reason").when(pl.col("is_same").is_null()).then(unpaired)
    rows = rows.with_columns(direction=pl.lit(OWN_SAMPLES), drop_reason=fate.otherwise(paired))
    return as_table(rows.with_columns(keep=pl.col("drop_reason").is_null()))


def sides(optimized: pl.DataFrame) -> dict[str, float | None]:
    """Return what the judge and the solver say of both sides of the pairs that are kept; None where they are not asked.

    Returns:
        `rejected_solvable`, `chosen_solvable`: the share that the judge passes; `rejected_difficulty`,
        `chosen_difficulty`: the mean of 1 less the largest share of equal answers.
    """
    pairs, shown = optimized.filter("keep"), dict[str, float | None]()
    for what, column in (("solvable", "keep"), ("difficulty", "difficulty")):
        for side, name in (("rejected", "query"), ("chosen", "optimized")):
            values = pairs[f"{name}_{column}"].drop_nulls().cast(pl.Float64)
            shown[f"{side}_{what}"] = float(values.mean()) if len(values) else None  # type: ignore[arg-type]
    return shown


def remedy(optimized: pl.DataFrame) -> str:
    """Return what to do where `optimized_questions` has too few pairs, by the way in which they were made."""
    counted = 'scalequest sql "SELECT drop_reason, count(*) FROM optimized_questions GROUP BY ALL"'
    if (optimized["direction"] == OWN_SAMPLES).any():
        counted = counted.replace("drop_reason,", "drop_reason, query_reason,")
        return (
            f"a pair is a hard question and one that is easy or cannot be solved, see which are missing: {counted}; "
            "then raise question_tuning.num_raw_questions, or difficulty.num_samples where answers rarely differ"
        )
    what = f"see why rewrites were dropped: {counted}; then raise question_tuning.num_raw_questions"
    if (optimized["drop_reason"] == NO_GAIN).any():
        return f"{what}, name a better roles.rewriter, or ask no judge (question_tuning.pairs: rewrites)"
    return f"{what} or name a better roles.rewriter"


def _said(verdicts: pl.DataFrame, side: str) -> pl.DataFrame:
    """Return what the judge says of one side; `…_keep` is null where its engine failed and it does not pass."""
    is_failed = ~pl.col("keep") & (pl.col("error").is_not_null() | (pl.col("drop_reason") == ENGINE_ERROR))
    return verdicts.select(
        "query_id",
        pl.when(~is_failed).then("keep").alias(f"{side}_keep"),
        pl.when(is_failed).then(pl.lit(ENGINE_ERROR)).otherwise("drop_reason").alias(f"{side}_reason"),
        pl.col("yes_probability").alias(f"{side}_yes_probability"),
        pl.col("error").alias(f"{side}_error"),
    )


def _standing(
    raw: pl.DataFrame, screened: pl.DataFrame, verdicts: pl.DataFrame, answered: pl.DataFrame
) -> pl.DataFrame:
    """Return questions with their evidence and `rank`: the side they are on, or null with a `drop_reason`."""
    rows = raw.select("query_id", "generator", "query", "error")
    for found in (screened.select("query_id", rule="drop_reason"), _said(verdicts, "query"), answered):
        rows = rows.join(found, on="query_id", how="left", maintain_order="left", validate="1:1")
    rule, passes, difficulty = pl.col("rule"), pl.col("query_keep"), pl.col("query_difficulty")
    is_unjudged = rule.is_null() & (passes.is_null() | pl.col("solver_error").is_not_null())
    lost = pl.when(rule.is_in([ENGINE_ERROR, EMPTY])).then(rule).when(is_unjudged).then(pl.lit(ENGINE_ERROR))
    is_unanswered = passes.fill_null(False) & difficulty.is_null()
    rank = (
        pl.when(rule.is_not_null() | ~passes)
        .then(_UNSOLVABLE)
        .when(is_unanswered)
        .then(_UNANSWERED)
        .when(difficulty == 0)
        .then(_TRIVIAL)
        .otherwise(_CHOSEN)
    )
    rows = rows.with_columns(drop_reason=lost).with_columns(rank=pl.when(pl.col("drop_reason").is_null()).then(rank))
    unanswered = pl.when(rank=_UNANSWERED).then(pl.lit(NO_ANSWER))
    failed = pl.when(drop_reason=ENGINE_ERROR).then(pl.coalesce("error", "query_error", "solver_error"))
    return rows.with_columns(query_reason=pl.coalesce("rule", "query_reason", unanswered), error=failed)
