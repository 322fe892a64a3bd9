"""How difficult a question turned out to be: how often samples, of the responder and of a weaker solver, are right.

The chosen response's answer stands for the right one.
"""

import polars as pl

from scalequest_assets.recipe.parts import Answers
from scalequest_assets.recipe.reasons import ENGINE_ERROR, OFF_GAP, OFF_PASS_RATE
from scalequest_assets.recipe.selection import choose
from scalequest_assets.recipe.settings import ArithmeticRule, Band, Selection
from scalequest_assets.schemas import polars_schema

DROP_REASONS = (OFF_PASS_RATE, OFF_GAP)
"""Why a question with a chosen response becomes no pair; the first that applies."""


def choices(
    response_scores: pl.DataFrame,
    answers: Answers,
    *,
    by: Selection,
    min_agreement: float,
    arithmetic: ArithmeticRule,
) -> pl.DataFrame:
    """Return every question with its chosen response, what each rule would choose, and its pass rate.

    Args:
        response_scores: Rows of `response_scores`.
        answers: Compares answers.
        by: The rule that decides.
        min_agreement: See `selection.choose`.
        arithmetic: See `selection.choose`.

    Returns:
        One row per question, in order of appearance: `query_id`, `generator`, `shard`, `query`; `num_samples` (Int32,
        all that were drawn); `sample_idx` and `answer` of the chosen response, `reward_choice` and `majority_choice`
        (`sample_idx`; all null where no response is eligible); `is_disputed`, whether these two have different answers
        (null where that cannot be told); `pass_rate`, the share of the samples that the engine could draw whose answer
        is the chosen one.
    """
    rules: tuple[Selection, ...] = ("reward", "majority", by)
    chosen = {
        rule: choose(response_scores, by=rule, min_agreement=min_agreement, arithmetic=arithmetic)
        for rule in dict.fromkeys(rules)
    }
    found = response_scores.group_by("query_id", maintain_order=True).agg(
        pl.col("generator", "shard", "query").first(),
        num_samples=pl.len().cast(pl.Int32),
        _drawn=(pl.col("drop_reason").ne_missing(ENGINE_ERROR) | (pl.col("response") != "")).sum(),
    )
    for rule, prefix in zip(rules, ("reward", "majority", ""), strict=True):
        found = found.join(_named(chosen[rule], prefix), on="query_id", how="left", maintain_order="left")
    agreements = response_scores.select("query_id", "sample_idx", "agreement")
    found = found.join(agreements, on=["query_id", "sample_idx"], how="left", maintain_order="left")
    agreeing = (pl.col("agreement") * pl.col("num_samples")).round()
    return found.with_columns(is_disputed=_differ(found, answers), pass_rate=agreeing / pl.col("_drawn")).drop(
        "agreement", "_drawn", "reward_answer", "majority_answer"
    )


def observe(
    chosen: pl.DataFrame, weak: pl.DataFrame | None, answers: Answers, *, pass_rate: Band, gap: Band
) -> pl.DataFrame:
    """Add what the weak solver got right, and decide which questions become pairs.

    Args:
        chosen: As `choices` returns them.
        weak: The weak solver's samples, `query_id` and `answer` (null where none was found), without those that its
            engine could not do; None where there is no weak solver.
        answers: Compares answers.
        pass_rate: Pass rates that a pair may have.
        gap: By how much the responder's may lie above the weak solver's; a question without a gap is not dropped.

    Returns:
        The columns of `TABLES["observed_difficulty"]`. Samples whose answer cannot be told from the chosen one do not
        count; `weak_pass_rate` is null where none is left.
    """
    rates = _weak_rates(chosen, weak, answers)
    observed = chosen.join(rates, on="query_id", how="left", maintain_order="left").with_columns(
        gap=pl.col("pass_rate") - pl.col("weak_pass_rate")
    )
    reason = (
        pl.when(pass_rate.leaves_out(pl.col("pass_rate")))
        .then(pl.lit(OFF_PASS_RATE))
        .when(gap.leaves_out(pl.col("gap")))
        .then(pl.lit(OFF_GAP))
    )
    return observed.with_columns(drop_reason=reason.cast(pl.String)).select(
        polars_schema("observed_difficulty").names()
    )


def pairs(response_scores: pl.DataFrame, observed: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of the chosen responses of the questions that become pairs, with `num_samples`."""
    kept = observed.filter(pl.col("drop_reason").is_null(), pl.col("sample_idx").is_not_null()).select(
        "query_id", "sample_idx", "num_samples"
    )
    return kept.join(response_scores, on=["query_id", "sample_idx"], how="left", maintain_order="left")


def _named(chosen: pl.DataFrame, rule: str) -> pl.DataFrame:
    """Return chosen responses under the names that `choices` gives them; without a rule's name, as they are."""
    return chosen.rename({"sample_idx": f"{rule}_choice", "answer": f"{rule}_answer"} if rule else {})


def _differ(rows: pl.DataFrame, answers: Answers) -> pl.Series:
    """Return whether both rules' answers differ; only those of different samples are compared."""
    both = rows.select(
        "query_id", "reward_answer", "majority_answer", other=pl.col("reward_choice") != pl.col("majority_choice")
    )
    others = both.filter("other")
    differ = ~answers.check(others["reward_answer"], others["majority_answer"])
    compared = both.join(others.select("query_id", differ=differ), on="query_id", how="left", maintain_order="left")
    return compared.select(differ=pl.when("other").then("differ").otherwise("other"))["differ"]


def _weak_rates(chosen: pl.DataFrame, weak: pl.DataFrame | None, answers: Answers) -> pl.DataFrame:
    """Return `query_id`, `weak_answers` and `weak_pass_rate` of the questions that the weak solver was asked."""
    if weak is None:
        weak = pl.DataFrame(schema={"query_id": pl.String, "answer": pl.String})
    asked = weak.join(chosen.select("query_id", chosen="answer"), on="query_id", how="left", maintain_order="left")
    found = asked.with_columns(passes=answers.check(asked["chosen"], asked["answer"]))
    return found.group_by("query_id", maintain_order=True).agg(
        weak_answers=pl.col("answer"), weak_pass_rate=pl.col("passes").mean()
    )
