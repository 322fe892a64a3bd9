"""Group `screening`: which questions live. Every table keeps all of its input rows."""

import dagster as dg
import polars as pl

from scalequest_assets.recipe import difficulty, gold_matches, judge_quality, known, solvability, text_rules
from scalequest_assets.recipe.contamination import ContaminationIndex
from scalequest_assets.recipe.held_out import split
from scalequest_assets.recipe.seeding import row_seed, shuffled
from scalequest_assets.recipe.topic_shares import topic_shares
from scalequest_assets.steps import metadata
from scalequest_assets.steps.asking import ask_role
from scalequest_assets.steps.generator import read_generator_config
from scalequest_assets.steps.measuring import measure_difficulty, with_metadata
from scalequest_assets.steps.step import Step
from scalequest_assets.steps.template import asset
from scalequest_assets.steps.training import train
from scalequest_assets.steps.verdicts import judge_questions, judged, measurable_evidence, predict_difficulty


@asset(
    settings=["subject", "screening", "known_questions.threshold", "known_questions.max_variants"], recipe_version="13"
)
def screened_questions(
    step: Step,
    synthetic_questions: pl.DataFrame,
    benchmark_questions: pl.DataFrame,
    known_questions: pl.LazyFrame,
    seed_questions: pl.DataFrame,
) -> pl.DataFrame:
    """Text rules: empty, truncated, length, not a question, repetition, language, contamination, plainly ill posed.

    Questions of earlier sets are dropped here too, before a model is asked. And each question's topic, learned from the
    seed questions whose subject is known; it decides nothing.
    """
    subject, settings = step.subject, step.settings.screening
    index = ContaminationIndex.build(benchmark_questions, subject.likeness.normalise, settings.contamination)
    earlier = step.settings.known_questions
    repeats = known.repeats(
        synthetic_questions["query"],
        known_questions,
        subject.likeness,
        threshold=earlier.threshold,
        max_variants=earlier.max_variants,
    )
    screened = text_rules.screen(
        synthetic_questions, index, subject.wording, settings=settings, language=step.language, repeats=repeats
    )
    screened = screened.with_columns(subject.topics.classify(seed_questions, screened["query"]).alias("topic"))
    step.show(metadata.screening(screened, ["query"]), topics=_topic_table(screened))
    return screened


@asset(
    settings=["subject", "study.num_judged", "roles.judge", "solvability", "random_seed"],
    recipe_version="2",
    deps=["role_model"],
)
def judge_report(step: Step, seed_questions: pl.DataFrame, benchmark_questions: pl.DataFrame) -> pl.DataFrame:
    """How well the judge tells broken questions from sound ones, by what decides and by each kind of evidence.

    Questions of our own come sound and broken, those of other sources as they are and without one condition. It needs
    neither generator nor question, so that a run makes it before it pays for either (decision 35).

    Differs: the paper does not measure its judge.
    """
    num, soundness, settings = step.settings.study.num_judged, step.subject.soundness, step.settings.solvability
    own = soundness.labelled(num, row_seed(step.random_seed, step.asset) % 2**31)
    columns = ("query_id", "source", "query", "solution")
    others = pl.concat([seed_questions, benchmark_questions], how="diagonal").select(columns)
    questions = judge_quality.labelled(own, others, soundness.broken, num=num, seed=step.random_seed)
    kinds = measurable_evidence(step)
    found = judged(step, questions, kinds)
    report = judge_quality.measure(found, kinds, settings)
    wrong = solvability.decide(found, settings).filter(pl.col("keep") != pl.col("is_sound"))
    step.show(table=metadata.table(report), wrong=metadata.table(_example_errors(wrong)))
    if curve := judge_quality.roc(found):
        step.show(roc=metadata.curve(curve, "sound ones dropped", "broken ones dropped"))
    return report


@asset(settings=["subject", "roles.judge", "solvability", "random_seed"], recipe_version="2", deps=["role_model"])
def solvability_verdicts(step: Step, screened_questions: pl.DataFrame) -> pl.DataFrame:
    """The judge's verdict on every question that passed the text rules.

    Source: PAPER section 1, solvability.
    """
    questions = screened_questions.filter("keep").select("query_id", "generator", "shard", "query")
    verdicts = judge_questions(step, questions)
    step.show(metadata.screening(verdicts, ["query", "judgement"]))
    return verdicts


@asset(
    settings=["subject", "roles.solver", "difficulty.num_questions", "difficulty.num_samples", "random_seed"],
    recipe_version="6",
    deps=["role_model"],
)
def seed_responses(step: Step, seed_questions: pl.DataFrame) -> pl.DataFrame:
    """Sampled answers to seed questions, checked against gold: where the fail rates come from.

    Source: PAPER section 1, difficulty.
    """
    role, settings, subject = step.settings.roles.solver, step.settings.difficulty, step.subject
    chosen = shuffled(seed_questions, step.random_seed, "seed_responses").head(settings.num_questions)
    answered = ask_role(
        step,
        role,
        chosen.select("query_id", "source", "query", gold_answer="answer"),
        lambda row: subject.prompts.solve(str(row["query"]), role.prompt_style),
        num_samples=settings.num_samples,
    )
    answers = subject.answers.extract(answered["text"], answered["query"], answered["gold_answer"])
    correct = subject.answers.check(answered["gold_answer"], answers)
    responses = answered.rename({"text": "response"}).with_columns(answer=answers, is_correct=correct)
    step.show(
        correct=float(responses["is_correct"].mean() or 0.0),  # type: ignore[arg-type]
        without_answer=int(responses["answer"].null_count()),
        undecidable=int(responses["is_correct"].null_count()),
        sources=metadata.table(gold_matches.by_source(responses)),
        sample=metadata.sample(responses, ["query", "gold_answer", "response", "is_correct"]),
    )
    return responses


@asset(
    settings=["subject", "difficulty.base", "difficulty.training", "difficulty.held_out_share", "random_seed"],
    recipe_version="4",
    deps=["role_model"],
)
def difficulty_model(step: Step, seed_responses: pl.DataFrame) -> dg.MaterializeResult[None]:
    """Regression model, question text to fail rate, measured on questions that it does not learn from.

    Source: PAPER section 1, difficulty (MSE on the question text).
    """
    settings, rates = step.settings.difficulty, difficulty.fail_rates(seed_responses)
    learned, held_out = split(
        rates, "query", step.subject.likeness.normalise, share=settings.held_out_share, seed=step.random_seed
    )
    seen = metadata.shares({"seed questions": rates["fail_rate"].to_list()})
    rows, mean = difficulty.train_rows(learned), float(learned["fail_rate"].mean() or 0.0)  # type: ignore[arg-type]
    extra = {"fail_rates": seen, "mean_fail_rate": mean}
    trained = train(step, "regression", step.model(settings.base), rows, settings.training, extra=extra)
    return with_metadata(trained, measure_difficulty(step, held_out, constant=mean))


@asset(settings=["random_seed"], recipe_version="2", deps=["difficulty_model"])
def difficulty_scores(step: Step, solvability_verdicts: pl.DataFrame, generator_config: pl.DataFrame) -> pl.DataFrame:
    """Predicted fail rate, and which questions the shard keeps: all but the easiest, or a sample towards a target.

    Source: PAPER section 1, difficulty. Differs: the share is taken within each shard, so that
    growth changes no old one.
    """
    kept = solvability_verdicts.filter("keep").select("query_id", "generator", "shard", "query")
    choice = read_generator_config(generator_config).choice
    scored = difficulty.choose(predict_difficulty(step, kept), choice, seed=step.random_seed)
    shown = {
        "before": scored["difficulty"].drop_nulls().to_list(),
        "after": scored.filter("keep")["difficulty"].to_list(),
    }
    step.show(
        metadata.screening(scored, ["query", "difficulty"]),
        threshold=scored["threshold"].first() if scored.height else None,
        difficulty=metadata.shares(shown),
    )
    return scored


def _example_errors(wrong: pl.DataFrame) -> pl.DataFrame:
    """Return a few questions of each source and label that are judged wrongly."""
    few = wrong.group_by("source", "is_sound", maintain_order=True).head(metadata.SAMPLE_ROWS)
    return few.select("source", "is_sound", "query", "judgement", "yes_probability")


def _topic_table(screened: pl.DataFrame) -> dg.TableMetadataValue:
    """Return the share of every topic, among all questions and among those kept."""
    of_all, of_kept = (topic_shares(rows["topic"]) for rows in (screened, screened.filter("keep")))
    kept = of_kept.select("topic", kept_share="share")
    return metadata.table(of_all.select("topic", "share").join(kept, on="topic", how="left", maintain_order="left"))
