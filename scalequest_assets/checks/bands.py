"""Asset checks: is the run healthy? Bands are the profile's (`checks`); outside them a check warns.

One blocks: `nothing_is_from_a_benchmark`. A blocking check stops only its own run, so `dataset` asks again.

Source: PAPER section 5.
"""

from collections.abc import Callable, Mapping
from typing import Any

import dagster as dg
import polars as pl

from scalequest_assets.config.profile import Profile
from scalequest_assets.partitions import partition_keys
from scalequest_assets.recipe import calibration, generator_quality, gold_matches, judge_quality, student_scores
from scalequest_assets.recipe.difficulty import rise
from scalequest_assets.recipe.scorer_quality import (
    NUM_STANDARD_ERRORS,
    Verdict,
    pair_verdict,
    rank_verdict,
    regression_verdict,
)
from scalequest_assets.recipe.topic_shares import topic_shares
from scalequest_assets.stages import STAGES
from scalequest_assets.steps import metadata
from scalequest_assets.steps.measuring import HELD_OUT
from scalequest_assets.steps.models import Models
from scalequest_assets.steps.releasing import contaminated_pairs
from scalequest_assets.storage.lake import Lake
from scalequest_assets.subjects import subject_named


@dg.asset_check(asset="funnel")
def language_pass(funnel: pl.DataFrame, profile: dg.ResourceParam[Profile]) -> dg.AssetCheckResult:
    """Enough questions pass the text rules (the paper: 79.9%)."""
    return _at_least("pass the text rules", _keep_rate(funnel, "screened_questions"), profile.checks.min_language_pass)


@dg.asset_check(asset="funnel")
def solvability_pass(funnel: pl.DataFrame, profile: dg.ResourceParam[Profile]) -> dg.AssetCheckResult:
    """Enough of the screened questions are judged solvable (the paper: 75.7%)."""
    return _at_least("judged solvable", _keep_rate(funnel, STAGES.verdicts), profile.checks.min_solvability_pass)


@dg.asset_check(asset="funnel")
def yield_of_questions(funnel: pl.DataFrame, profile: dg.ResourceParam[Profile]) -> dg.AssetCheckResult:
    """Enough of all sampled questions end as pairs (the paper: about 51%)."""
    first, last = funnel["position"].min(), funnel["position"].max()
    came_in = int(funnel.filter(pl.col("position") == first)["num_input"].sum())
    kept = int(funnel.filter(pl.col("position") == last)["num_kept"].sum())
    rate = kept / came_in if came_in else None
    return _at_least("of all sampled questions become pairs", rate, profile.checks.min_yield)


@dg.asset_check(asset="funnel")
def exact_duplicates(funnel: pl.DataFrame, profile: dg.ResourceParam[Profile]) -> dg.AssetCheckResult:
    """Few questions are exact copies (the authors: under 0.1%); more is a sign of low diversity."""
    return _at_most(
        "exact copies",
        _drop_rate(funnel, "deduplicated_questions", "exact_duplicate"),
        profile.checks.max_exact_duplicates,
    )


@dg.asset_check(asset="funnel")
def questions_without_answer(funnel: pl.DataFrame, profile: dg.ResourceParam[Profile]) -> dg.AssetCheckResult:
    """Few questions are left without a response that can be used."""
    kept = _keep_rate(funnel, STAGES.pairs)
    return _at_most("without a usable response", None if kept is None else 1 - kept, profile.checks.max_without_answer)


@dg.asset_check(asset="funnel")
def more_than_one_generator(funnel: pl.DataFrame) -> dg.AssetCheckResult:
    """Questions come from several generators (the paper: a mix is better than either)."""
    names = funnel["generator"].unique().sort().to_list()
    return _result(len(names) > 1, f"generators: {', '.join(names)}")


@dg.asset_check(asset="funnel")
def largest_topic(
    funnel: pl.DataFrame, profile: dg.ResourceParam[Profile], lake: dg.ResourceParam[Lake]
) -> dg.AssetCheckResult:
    """No topic makes up too much of the finished pairs: else questions are unbalanced, or all of one kind by design."""
    topics = lake.scan(STAGES.pairs, _shards(funnel)).select("topic").collect()["topic"]
    shares = topic_shares(topics)
    if shares.is_empty():
        return _result(False, "no pair, or none with a topic")
    found, others = shares.row(0, named=True), topics.null_count()
    what = f"are {found['topic']}" + (f" ({others} without a topic do not count)" if others else "")
    return _at_most(what, found["share"], profile.checks.max_topic_share)


@dg.asset_check(asset="funnel", blocking=True)
def nothing_is_from_a_benchmark(
    funnel: pl.DataFrame, profile: dg.ResourceParam[Profile], lake: dg.ResourceParam[Lake]
) -> dg.AssetCheckResult:
    """No question of a finished pair is taken from a benchmark; else nothing is released."""
    pairs = lake.scan(STAGES.pairs, _shards(funnel)).collect()
    benchmarks = lake.scan("benchmark_questions", [{}]).collect()
    normalise = subject_named(profile.subject, profile.language).likeness.normalise
    found = contaminated_pairs(pairs, benchmarks, normalise, profile.screening.contamination)
    named = f": {', '.join(found[:3])}" if found else ""
    severity = dg.AssetCheckSeverity.ERROR
    description = f"{len(found)} of {pairs.height} questions are taken from a benchmark{named}"
    return dg.AssetCheckResult(passed=not found, severity=severity, description=description)


@dg.asset_check(asset="funnel")
def difficulty_does_not_fall(
    funnel: pl.DataFrame, profile: dg.ResourceParam[Profile], lake: dg.ResourceParam[Lake]
) -> dg.AssetCheckResult:
    """Questions that end as pairs are not easier than those that were scored, by more than chance explains.

    Generators that are sampled towards a target of their own do not count.
    """
    names = [name for name, generator in profile.generators.items() if not generator.target_difficulty]
    shards = [shard for shard in _shards(funnel) if shard["generator"] in names]
    scored, pairs = STAGES["difficulty_scores"].name, STAGES.pairs
    before, after = (lake.scan(s, shards).select("difficulty").collect()["difficulty"] for s in (scored, pairs))
    found = rise(before, after)
    if found is None:
        return _result(True, "no question was scored, or none is left, or all are sampled towards a target")
    change = f"mean difficulty {found[0]:+.3f} ± {found[1]:.3f} from {scored} to {pairs}"
    if found[0] >= 0:
        return _result(True, change)
    is_clear = found[0] < -NUM_STANDARD_ERRORS * found[1]
    return _result(not is_clear, f"{change}: {'easier' if is_clear else 'within two standard errors'}")


@dg.asset_check(asset="funnel")
def predicted_difficulty_follows_observed(funnel: pl.DataFrame, lake: dg.ResourceParam[Lake]) -> dg.AssetCheckResult:
    """Generated questions that are predicted to be difficult are answered less unanimously, more than chance explains.

    The difficulty model learns from seed questions, and nothing else compares it with what it is used on.
    """
    shards = _shards(funnel)
    observed = lake.scan(STAGES.choices, shards).select("query_id", fail_rate=1 - pl.col("pass_rate")).drop_nulls()
    scores = lake.scan(STAGES["difficulty_scores"].name, shards).select("query_id", predicted="difficulty").drop_nulls()
    rows = observed.join(scores, on="query_id", maintain_order="left").collect()
    bins = calibration.reliability(rows.select("predicted", observed="fail_rate"))
    verdict = rank_verdict(rows)
    return dg.AssetCheckResult(
        passed=verdict.is_better,
        severity=dg.AssetCheckSeverity.WARN,
        description=verdict.text,
        metadata={"calibration": metadata.table(bins)},
    )


@dg.asset_check(asset="seed_responses")
def solver_is_neither_perfect_nor_lost(seed_responses: pl.DataFrame) -> dg.AssetCheckResult:
    """The solver gets some seed questions right and some wrong, of each source one: else fail rates tell nothing."""
    return _result(*gold_matches.finding(seed_responses))


@dg.asset_check(asset="difficulty_model")
def difficulty_model_beats_the_constant(models: dg.ResourceParam[Models]) -> dg.AssetCheckResult:
    """Predicted fail rates of held-out questions are nearer than their mean is, by more than chance explains."""
    return _scorer(models, "difficulty_model", regression_verdict)


@dg.asset_check(asset="reward_model")
def reward_model_beats_chance(models: dg.ResourceParam[Models]) -> dg.AssetCheckResult:
    """Right answers to held-out questions have higher rewards than wrong ones, more often than a coin would say."""
    return _scorer(models, "reward_model", pair_verdict)


@dg.asset_check(asset="generator_report")
def rewriting_raises_solvability(
    lake: dg.ResourceParam[Lake], profile: dg.ResourceParam[Profile]
) -> dg.AssetCheckResult:
    """Rewriting for solvability makes more questions solvable (the paper: 72.2% to 83.7%), in every generator."""
    is_selected = profile.question_tuning.pairs == "judged_rewrites"
    return _result(*generator_quality.rewriting_finding(_reports(lake, profile), is_selected=is_selected))


@dg.asset_check(asset="generator_report")
def qpo_keeps_solvability(lake: dg.ResourceParam[Lake], profile: dg.ResourceParam[Profile]) -> dg.AssetCheckResult:
    """QPO makes no fewer questions solvable (the paper: 75.4% to 83.6%), in every generator."""
    most = profile.checks.max_solvable_drop
    return _result(*generator_quality.qpo_finding(_reports(lake, profile), "solvable", max_drop=most))


@dg.asset_check(asset="generator_report")
def qpo_keeps_difficulty(lake: dg.ResourceParam[Lake], profile: dg.ResourceParam[Profile]) -> dg.AssetCheckResult:
    """QPO makes questions no easier, in every generator."""
    most = profile.checks.max_difficulty_drop
    return _result(*generator_quality.qpo_finding(_reports(lake, profile), "difficulty", max_drop=most))


@dg.asset_check(asset="generator_report")
def qpo_keeps_diversity(lake: dg.ResourceParam[Lake], profile: dg.ResourceParam[Profile]) -> dg.AssetCheckResult:
    """QPO makes questions no more alike, in every generator."""
    most = profile.checks.max_similarity_rise
    return _result(*generator_quality.diversity_finding(_reports(lake, profile), max_rise=most))


@dg.asset_check(asset="judge_report")
def judge_tells_broken_from_sound(judge_report: pl.DataFrame) -> dg.AssetCheckResult:
    """What decides about solvability is right more often than a coin, on labelled questions of every source."""
    passed, text = judge_quality.finding(judge_report)
    return _result(passed, text if passed else f"{text}; {judge_quality.REMEDY}")


@dg.asset_check(asset="student_report")
def released_pairs_teach(student_report: pl.DataFrame) -> dg.AssetCheckResult:
    """Students of what is released are right more often than their bases, more than chance explains, and never less."""
    return _result(*student_scores.finding(student_report))


@dg.asset_check(asset="student_report")
def students_are_compared_on_the_same(student_report: pl.DataFrame) -> dg.AssetCheckResult:
    """All rows of a benchmark count the same questions, and an arm's score is the mean of its students'."""
    return _result(*student_scores.adds_up(student_report))


CHECKS = [
    language_pass,
    solvability_pass,
    yield_of_questions,
    exact_duplicates,
    questions_without_answer,
    more_than_one_generator,
    largest_topic,
    nothing_is_from_a_benchmark,
    difficulty_does_not_fall,
    predicted_difficulty_follows_observed,
    solver_is_neither_perfect_nor_lost,
    difficulty_model_beats_the_constant,
    reward_model_beats_chance,
    rewriting_raises_solvability,
    qpo_keeps_solvability,
    qpo_keeps_difficulty,
    qpo_keeps_diversity,
    judge_tells_broken_from_sound,
    released_pairs_teach,
    students_are_compared_on_the_same,
]


def _reports(lake: Lake, profile: Profile) -> pl.DataFrame:
    """Return the reports of the generators that have one: a run makes that of one generator."""
    there = [key for key in partition_keys(profile, "generator") if lake.is_readable("generator_report", key)]
    return lake.scan("generator_report", there).collect()


def _scorer(models: Models, asset: str, verdict: Callable[[Mapping[str, Any]], Verdict]) -> dg.AssetCheckResult:
    figures = models.store.record(asset).extra.get(HELD_OUT)
    if not figures:
        return _result(False, "not measured: no held-out question (or none with a right and a wrong answer)")
    return _result(*verdict(figures))


def _shards(funnel: pl.DataFrame) -> list[dict[str, str]]:
    return funnel.select("generator", "shard").unique(maintain_order=True).to_dicts()


def _keep_rate(funnel: pl.DataFrame, stage: str) -> float | None:
    rows = funnel.filter(pl.col("stage") == STAGES[stage].name)
    came_in = int(rows["num_input"].sum())
    return int(rows["num_kept"].sum()) / came_in if came_in else None


def _drop_rate(funnel: pl.DataFrame, stage: str, reason: str) -> float | None:
    rows = funnel.filter(pl.col("stage") == STAGES[stage].name)
    came_in = int(rows["num_input"].sum())
    dropped = [
        item["num_rows"] for reasons in rows["drop_reasons"] for item in reasons if item["drop_reason"] == reason
    ]
    return sum(dropped) / came_in if came_in else None


def _at_least(what: str, rate: float | None, least: float) -> dg.AssetCheckResult:
    expected = f"at least {_percent(least, rate)} expected"
    return _result(rate is not None and rate >= least, f"{_percent(rate, least)} {what}; {expected}")


def _at_most(what: str, rate: float | None, most: float) -> dg.AssetCheckResult:
    expected = f"at most {_percent(most, rate)} expected"
    return _result(rate is not None and rate <= most, f"{_percent(rate, most)} {what}; {expected}")


def _percent(rate: float | None, beside: float | None) -> str:
    """Return a rate in percent, with as many digits as tell it from the other."""
    if rate is None:
        return "no rows"
    digits = next((n for n in range(1, 9) if beside is None or f"{rate:.{n}%}" != f"{beside:.{n}%}"), 1)
    return f"{rate:.{digits}%}"


def _result(passed: bool, description: str) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=passed, severity=dg.AssetCheckSeverity.WARN, description=description)
