"""Group `question_tuning`: QFT, rewriting, QPO. What makes this ScaleQuest."""

import dagster as dg
import polars as pl

from scalequest_assets.errors import TrainingError
from scalequest_assets.recipe import preferences, rewriting
from scalequest_assets.steps import metadata
from scalequest_assets.steps.asking import ask_role
from scalequest_assets.steps.generator import read_generator_config
from scalequest_assets.steps.questions import Reroll, question_ids, sample_questions, seeds_of
from scalequest_assets.steps.step import Step
from scalequest_assets.steps.template import asset
from scalequest_assets.steps.training import train
from scalequest_assets.steps.verdicts import judge_questions, text_verdicts

_REWRITER = ("roles.rewriter", "question_tuning.solvability_share")
_JUDGE = ("roles.judge", "solvability")
_SOLVER = ("roles.solver", "difficulty.num_samples", "screening")


@asset(
    settings=["question_tuning.qft", "random_seed"],
    recipe_version="2",
    deps=["role_model"],
)
def qft_model(step: Step, generator_config: pl.DataFrame, seed_questions: pl.DataFrame) -> dg.MaterializeResult[None]:
    """Question fine-tuning (QFT): SFT on seed questions without answers, an end token after each.

    Source: PAPER section 1, QFT.
    """
    config = read_generator_config(generator_config)
    chosen = seeds_of(config, seed_questions, step.random_seed)
    base = step.generator_base
    chat = step.models.chat(base)
    prefix, end = chat.question_prefix(config.system_prompt), chat.question_end()
    rows = chosen.select(prefix=pl.lit(prefix), text=pl.col("query") + pl.lit(end))
    return train(step, "sft", base, rows, step.settings.question_tuning.qft)


@asset(
    settings=["question_sampling", "question_tuning.num_raw_questions", "random_seed"],
    deps=["qft_model"],
)
def raw_questions(step: Step, config: Reroll, generator_config: pl.DataFrame) -> pl.DataFrame:
    """Questions sampled from the QFT model, the chat prefix alone as prompt."""
    own = read_generator_config(generator_config)
    ids = question_ids(own.generator, "raw", step.settings.question_tuning.num_raw_questions)
    return sample_questions(step, step.model("qft_model", own.generator), own, ids, config.reroll)


@asset(
    settings=["subject", "random_seed"],
    settings_by={
        "question_tuning.pairs": {
            "rewrites": _REWRITER,
            "judged_rewrites": (*_REWRITER, *_JUDGE),
            "own_samples": (*_JUDGE, *_SOLVER),
        }
    },
    recipe_version="8",
    deps=["role_model"],
)
def optimized_questions(step: Step, raw_questions: pl.DataFrame) -> pl.DataFrame:
    """The preference pairs: each raw question rewritten for solvability or difficulty, or two raw questions.

    Source: PAPER section 1, QPO data. Differs: the direction is drawn per question (the authors' code leaves it out);
    what `question_tuning.pairs` says but `rewrites` is ours.
    """
    way = step.settings.question_tuning.pairs
    rows = _own_samples(step, raw_questions) if way == "own_samples" else _rewritten(step, raw_questions)
    if way == "judged_rewrites":
        rows = preferences.agreed(rows, judge_questions(step, preferences.to_judge(rows)))
    rows = preferences.as_table(rows)
    step.show(metadata.screening(rows, ["direction", "query", "optimized_query"]))
    if way != "rewrites":
        step.show(preferences.sides(rows))
    return rows


def _rewritten(step: Step, raw_questions: pl.DataFrame) -> pl.DataFrame:
    """Return each question with its rewrite, in the direction drawn for it; none where there is no question."""
    role, subject = step.settings.roles.rewriter, step.subject
    share = step.settings.question_tuning.solvability_share
    drawn = rewriting.directions(raw_questions["query_id"], solvability_share=share, seed=step.random_seed)
    directed = raw_questions.select("query_id", "generator", "query").with_columns(drawn)
    is_question = (raw_questions["finish_reason"] != "error") & raw_questions["query"].str.contains(r"\S")
    answered = ask_role(
        step,
        role,
        directed.filter(is_question),
        lambda row: subject.prompts.rewrite(str(row["query"]), str(row["direction"]), role.prompt_style),
    )
    written = answered.drop("generator", "query", "direction").rename({"text": "rewrite"})
    rows = directed.join(written, on="query_id", how="left", maintain_order="left")
    failed = raw_questions["finish_reason"] == "error"
    rows = rows.with_columns(finish_reason=pl.when(failed).then(pl.lit("error")).otherwise("finish_reason"))
    return rewriting.pairs(rows, subject.rewrites, language=step.language)


def _own_samples(step: Step, raw_questions: pl.DataFrame) -> pl.DataFrame:
    """Return the questions paired with one another, by what text rules, judge and the solver's answers say of them."""
    role, subject = step.settings.roles.solver, step.subject
    screened = text_verdicts(step, raw_questions.with_columns(shard=pl.lit("raw")))
    verdicts = judge_questions(step, screened.filter("keep").select("query_id", "query"))
    samples = ask_role(
        step,
        role,
        verdicts.filter("keep").select("query_id", "query"),
        lambda row: subject.prompts.solve(str(row["query"]), role.prompt_style),
        num_samples=step.settings.difficulty.num_samples,
    )
    answered = preferences.observed(samples, subject.answers)
    return preferences.own_pairs(raw_questions, screened, verdicts, answered, subject.rewrites, seed=step.random_seed)


@asset(
    settings=["question_tuning.qpo", "question_tuning.min_pairs", "random_seed"],
    deps=["qft_model"],
)
def qpo_model(
    step: Step, generator_config: pl.DataFrame, optimized_questions: pl.DataFrame
) -> dg.MaterializeResult[None]:
    """Question preference optimization (QPO): DPO on the pairs, `optimized_query` chosen and `query` rejected.

    Source: PAPER section 1, QPO training. The prompt is the constant chat prefix.
    """
    qft, settings = step.model("qft_model", step.generator), step.settings.question_tuning
    chat = step.models.chat(qft)
    prefix = chat.question_prefix(read_generator_config(generator_config).system_prompt)
    rows = optimized_questions.filter("keep").select(
        prompt=pl.lit(prefix),
        chosen=pl.col("optimized_query") + chat.question_end(),
        rejected=pl.col("query") + chat.question_end(),
    )
    if rows.height < settings.min_pairs:
        raise TrainingError(
            f"qpo_model {step.generator}: {rows.height} preference pairs, {settings.min_pairs} needed",
            preferences.remedy(optimized_questions),
        )
    return train(step, "dpo", qft, rows, settings.qpo)
