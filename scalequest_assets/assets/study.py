"""Group `study`: what question tuning made of each generator. It decides about no question, and `run` leaves it out."""

import dagster as dg
import polars as pl

from scalequest_assets.assets.question_tuning import Reroll, config_of, sample_questions, seeds_of
from scalequest_assets.assets.screening import judge_questions, predict_difficulty, text_rules_of
from scalequest_assets.config.profile import Profile
from scalequest_assets.recipe import generator_quality, text_rules
from scalequest_assets.recipe.generator_quality import BASE, QFT, QPO, REWRITTEN
from scalequest_assets.steps import metadata
from scalequest_assets.steps.asking import Caller, sampling_of, sampling_text
from scalequest_assets.steps.models import Models
from scalequest_assets.steps.template import asset
from scalequest_assets.storage.lake import Lake


@asset(
    by="generator",
    identity=["study", "question_sampling", "screening", "roles.judge", "solvability", "random_seed"],
    deps=["role_model", "qft_model", "qpo_model", "difficulty_model"],
    pool="gpu",
)
def study_questions(
    context: dg.AssetExecutionContext,
    config: Reroll,
    generator_config: pl.DataFrame,
    seed_questions: pl.DataFrame,
    raw_questions: pl.DataFrame,
    optimized_questions: pl.DataFrame,
    profile: dg.ResourceParam[Profile],
    models: dg.ResourceParam[Models],
    lake: dg.ResourceParam[Lake],
) -> pl.DataFrame:
    """Questions of the base, QFT and QPO model, and preference pairs before and after rewriting, all judged alike.

    Source: PAPER section 2. Differs: its judge is GPT-4o; here it is the profile's, which `run` trusts too.
    """
    caller = Caller(context=context, models=models, lake=lake, profile=profile)
    sampled = _sample_all(caller, generator_config, config.reroll)
    pairs = _preference_pairs(caller, optimized_questions, raw_questions)
    seeds = seeds_of(context.partition_key, config_of(generator_config), seed_questions, profile.random_seed)
    questions = generator_quality.seed_copies(pl.concat([sampled, pairs], how="diagonal"), seeds)
    judged = _judge_all(caller, questions)
    samples = judged.group_by("stage", maintain_order=True).head(metadata.SAMPLE_ROWS)
    shown = metadata.markdown_table(samples.select("stage", "query", "drop_reason", "difficulty").to_dicts())
    samplings = {"questions": profile.question_sampling, "judge": profile.roles.judge.sampling}
    told = "; ".join(f"{name}: {sampling_text(sampling_of(value))}" for name, value in samplings.items())
    context.add_output_metadata({"sample": dg.MetadataValue.md(shown), "sampling": told})
    return judged


@asset(by="generator")
def generator_report(context: dg.AssetExecutionContext, study_questions: pl.DataFrame) -> pl.DataFrame:
    """Solvability, difficulty, diversity and memorisation by stage, with standard errors.

    Source: PAPER section 2. Differs: diversity is measured on the texts, not by topic.
    """
    report = generator_quality.compare(study_questions)
    shown = report.drop("generator", pl.selectors.ends_with("_stderr"))
    labels = ["\n".join(filter(None, row)) for row in report.select("stage", "direction").iter_rows()]
    panels = {
        title: (report[name].to_list(), report[f"{name}_stderr"].to_list())
        for title, name in (
            ("solvable share", "solvable_share"),
            ("mean predicted fail rate", "mean_difficulty"),
            ("mean similarity (low is diverse)", "mean_similarity"),
        )
    }
    context.add_output_metadata(
        {
            "table": dg.MetadataValue.md(metadata.markdown_table(shown.to_dicts())),
            "by_stage": metadata.bars(f"{context.partition_key} by stage", labels, panels),
        }
    )
    return report


def _sample_all(caller: Caller, generator_config: pl.DataFrame, reroll: int) -> pl.DataFrame:
    """Sample questions from the base, QFT and QPO model alike."""
    generator, num = generator_config["generator"].item(), caller.profile.study.num_questions
    handles = {
        BASE: caller.models.handle(caller.profile.generators[generator].base),
        QFT: caller.models.handle("qft_model", generator),
        QPO: caller.models.handle("qpo_model", generator),
    }
    return pl.concat(
        sample_questions(caller, handle, generator_config, stage, num, reroll).rename({"shard": "stage"})
        for stage, handle in handles.items()
    )


def _preference_pairs(caller: Caller, optimized: pl.DataFrame, raw: pl.DataFrame) -> pl.DataFrame:
    """Return a sample of the preference pairs, the rewritten questions measured in the generator's tokens."""
    num, seed = caller.profile.study.num_questions, caller.random_seed
    pairs = generator_quality.preference_pairs(optimized, raw, num=num, seed=seed)
    chat = caller.models.chat(caller.models.handle("qft_model", caller.context.partition_key))
    end = chat.question_end()
    counts = chat.count_tokens([query + end for query in pairs["query"]])
    is_rewritten = pl.col("stage") == REWRITTEN
    counted = pl.when(is_rewritten).then(pl.Series(counts, dtype=pl.Int32)).otherwise("num_tokens")
    return pairs.with_columns(num_tokens=counted)


def _judge_all(caller: Caller, questions: pl.DataFrame) -> pl.DataFrame:
    """Add the verdicts of text rules, judge and difficulty model; columns of `study_questions`.

    Whether a question is a benchmark's is another matter: none is compared.
    """
    no_benchmark = pl.DataFrame(schema={"query_id": pl.String(), "query": pl.String()})
    rules = text_rules_of(caller.profile)
    screened = text_rules.screen(questions.with_columns(shard="stage"), no_benchmark, settings=rules)
    passed = screened.filter("keep").select("query_id", "query")
    verdicts, scores = judge_questions(caller, passed), predict_difficulty(caller, passed)
    return generator_quality.with_verdicts(questions, screened, verdicts, scores)
