"""Group `study`: what question tuning made of each generator. `run` leaves it out."""

import polars as pl

from scalequest_assets.recipe import generator_quality
from scalequest_assets.recipe.generator_quality import BASE, QFT, QPO, REWRITTEN
from scalequest_assets.steps import metadata
from scalequest_assets.steps.asking import sampling_text
from scalequest_assets.steps.generator import GeneratorConfig, read_generator_config
from scalequest_assets.steps.questions import Reroll, question_ids, sample_questions, seeds_of
from scalequest_assets.steps.step import Step
from scalequest_assets.steps.template import asset
from scalequest_assets.steps.verdicts import judge_questions, predict_difficulty, text_verdicts


@asset(
    settings=["subject", "study", "question_sampling", "screening", "roles.judge", "solvability", "random_seed"],
    recipe_version="5",
    deps=["role_model", "qft_model", "qpo_model", "difficulty_model"],
)
def study_questions(
    step: Step,
    config: Reroll,
    generator_config: pl.DataFrame,
    seed_questions: pl.DataFrame,
    raw_questions: pl.DataFrame,
    optimized_questions: pl.DataFrame,
) -> pl.DataFrame:
    """Questions of the base, QFT and QPO model, and preference pairs before and after rewriting, all judged alike.

    Source: PAPER section 2. Differs: its judge is GPT-4o; here it is the profile's, which `run` trusts too.
    """
    own = read_generator_config(generator_config)
    sampled = _sample_all(step, own, config.reroll)
    pairs = _preference_pairs(step, optimized_questions, raw_questions)
    seeds = seeds_of(own, seed_questions, step.random_seed)
    questions = generator_quality.seed_copies(
        pl.concat([sampled, pairs], how="diagonal"), seeds, step.subject.likeness.normalise
    )
    rows = _judge_all(step, questions)
    samples = rows.group_by("stage", maintain_order=True).head(metadata.SAMPLE_ROWS)
    shown = metadata.table(samples.select("stage", "query", "drop_reason", "difficulty"))
    samplings = {"questions": step.settings.question_sampling, "judge": step.settings.roles.judge.sampling}
    named = "; ".join(f"{name}: {sampling_text(value)}" for name, value in samplings.items())
    step.show(sample=shown, sampling=named)
    return rows


@asset(settings=["subject"], recipe_version="3")
def generator_report(step: Step, study_questions: pl.DataFrame) -> pl.DataFrame:
    """Solvability, difficulty, diversity and memorisation by stage, with standard errors.

    Source: PAPER section 2. Differs: diversity is measured on the texts, not by topic.
    """
    report = generator_quality.compare(study_questions, step.subject.likeness.normalise)
    step.show(by_stage=metadata.with_errors(report.drop("generator")))
    return report


def _sample_all(step: Step, own: GeneratorConfig, reroll: int | None) -> pl.DataFrame:
    """Sample questions from the base, QFT and QPO model alike."""
    num = step.settings.study.num_questions
    handles = {
        BASE: step.generator_base,
        QFT: step.model("qft_model", own.generator),
        QPO: step.model("qpo_model", own.generator),
    }
    return pl.concat(
        sample_questions(step, handle, own, question_ids(own.generator, stage, num), reroll, {"stage": stage})
        for stage, handle in handles.items()
    )


def _preference_pairs(step: Step, optimized: pl.DataFrame, raw: pl.DataFrame) -> pl.DataFrame:
    """Return a sample of the preference pairs, the rewritten questions measured in the generator's tokens."""
    num = step.settings.study.num_questions
    pairs = generator_quality.preference_pairs(optimized, raw, num=num, seed=step.random_seed)
    chat = step.models.chat(step.model("qft_model", step.generator))
    end = chat.question_end()
    counts = chat.count_tokens([query + end for query in pairs["query"]])
    is_rewritten = pl.col("stage") == REWRITTEN
    counted = pl.when(is_rewritten).then(pl.Series(counts, dtype=pl.Int32)).otherwise("num_tokens")
    return pairs.with_columns(num_tokens=counted)


def _judge_all(step: Step, questions: pl.DataFrame) -> pl.DataFrame:
    """Add the verdicts of text rules, judge and difficulty model; columns of `study_questions`.

    Whether a question is a benchmark's is another matter: none is compared.
    """
    screened = text_verdicts(step, questions.with_columns(shard="stage"))
    passed = screened.filter("keep").select("query_id", "query")
    verdicts, scores = judge_questions(step, passed), predict_difficulty(step, passed)
    return generator_quality.with_verdicts(questions, screened, verdicts, scores)
