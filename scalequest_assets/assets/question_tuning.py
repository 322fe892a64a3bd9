"""Group `question_tuning`: QFT, rewriting, QPO. What makes this ScaleQuest."""

import json
from typing import Any

import dagster as dg
import polars as pl

from scalequest_assets.config.profile import Profile
from scalequest_assets.engines.opening import ModelHandle
from scalequest_assets.errors import TrainingError
from scalequest_assets.recipe import rewriting
from scalequest_assets.recipe.seeding import shuffled
from scalequest_assets.steps import metadata
from scalequest_assets.steps.asking import Caller, ask, ask_role, sampling_of
from scalequest_assets.steps.models import Models
from scalequest_assets.steps.template import asset
from scalequest_assets.steps.training import Trainer, train
from scalequest_assets.storage.lake import Lake


class Reroll(dg.Config):
    """Run config of what samples questions: another number gives other questions."""

    reroll: int = 0


@asset(
    by="generator",
    identity=["question_tuning.qft", "random_seed"],
    recipe_version="2",
    deps=["role_model"],
    pool="gpu",
)
def qft_model(
    context: dg.AssetExecutionContext,
    generator_config: pl.DataFrame,
    seed_questions: pl.DataFrame,
    profile: dg.ResourceParam[Profile],
    models: dg.ResourceParam[Models],
    lake: dg.ResourceParam[Lake],
    trainer: dg.ResourceParam[Trainer],
) -> dg.MaterializeResult[None]:
    """Question fine-tuning (QFT): SFT on seed questions without answers, an end token after each.

    Source: PAPER section 1, QFT.
    """
    caller = Caller(context=context, models=models, lake=lake, profile=profile)
    generator, config = context.partition_key, config_of(generator_config)
    chosen = seeds_of(generator, config, seed_questions, profile.random_seed)
    base = models.handle(profile.generators[generator].base)
    chat = models.chat(base)
    prefix, end = chat.question_prefix(config["system_prompt"]), chat.question_end()
    rows = chosen.select(prefix=pl.lit(prefix), text=pl.col("query") + pl.lit(end))
    return train(caller, trainer, "sft", base, rows, profile.question_tuning.qft)


@asset(
    by="generator",
    identity=["question_sampling", "question_tuning.num_raw_questions", "random_seed"],
    deps=["qft_model"],
    pool="gpu",
)
def raw_questions(
    context: dg.AssetExecutionContext,
    config: Reroll,
    generator_config: pl.DataFrame,
    profile: dg.ResourceParam[Profile],
    models: dg.ResourceParam[Models],
    lake: dg.ResourceParam[Lake],
) -> pl.DataFrame:
    """Questions sampled from the QFT model, the chat prefix alone as prompt."""
    caller = Caller(context=context, models=models, lake=lake, profile=profile)
    num, qft = profile.question_tuning.num_raw_questions, models.handle("qft_model", context.partition_key)
    rows = sample_questions(caller, qft, generator_config, "raw", num, config.reroll)
    return rows.drop("shard")


@asset(
    by="generator",
    identity=["roles.rewriter", "question_tuning.solvability_share", "random_seed"],
    recipe_version="2",
    deps=["role_model"],
    pool="gpu",
)
def optimized_questions(
    context: dg.AssetExecutionContext,
    raw_questions: pl.DataFrame,
    profile: dg.ResourceParam[Profile],
    models: dg.ResourceParam[Models],
    lake: dg.ResourceParam[Lake],
) -> pl.DataFrame:
    """Each raw question rewritten for solvability or difficulty: the preference pairs.

    Source: PAPER section 1, QPO data. Differs: the direction is drawn per question (the authors' code leaves it out).
    """
    caller = Caller(context=context, models=models, lake=lake, profile=profile)
    style, share = profile.roles.rewriter.prompt_style, profile.question_tuning.solvability_share
    drawn = rewriting.directions(raw_questions["query_id"], solvability_share=share, seed=profile.random_seed)
    directed = raw_questions.select("query_id", "generator", "query").with_columns(drawn)
    answered = ask_role(
        caller,
        profile.roles.rewriter,
        directed,
        lambda row: rewriting.prompt(str(row["query"]), str(row["direction"]), style),
    )
    rewritten = rewriting.pairs(answered.rename({"text": "rewrite"})).drop("sample_idx")
    context.add_output_metadata(metadata.screening(rewritten, ["direction", "query", "optimized_query"]))
    return rewritten


@asset(
    by="generator",
    identity=["question_tuning.qpo", "question_tuning.min_pairs", "random_seed"],
    deps=["qft_model"],
    pool="gpu",
)
def qpo_model(
    context: dg.AssetExecutionContext,
    generator_config: pl.DataFrame,
    optimized_questions: pl.DataFrame,
    profile: dg.ResourceParam[Profile],
    models: dg.ResourceParam[Models],
    lake: dg.ResourceParam[Lake],
    trainer: dg.ResourceParam[Trainer],
) -> dg.MaterializeResult[None]:
    """Question preference optimization (QPO): DPO on pairs of rewritten (chosen) and raw (rejected) questions.

    Source: PAPER section 1, QPO training. The prompt is the constant chat prefix.
    """
    caller = Caller(context=context, models=models, lake=lake, profile=profile)
    generator = context.partition_key
    qft = models.handle("qft_model", generator)
    chat = models.chat(qft)
    prefix = chat.question_prefix(config_of(generator_config)["system_prompt"])
    rows = optimized_questions.filter("keep").select(
        prompt=pl.lit(prefix),
        chosen=pl.col("optimized_query") + chat.question_end(),
        rejected=pl.col("query") + chat.question_end(),
    )
    if rows.height < profile.question_tuning.min_pairs:
        raise TrainingError(
            f"qpo_model {generator}: {rows.height} preference pairs, {profile.question_tuning.min_pairs} needed",
            'see why rewrites were dropped: scalequest sql "SELECT drop_reason, count(*) FROM optimized_questions '
            'GROUP BY ALL"; then raise question_tuning.num_raw_questions or name a better roles.rewriter',
        )
    return train(caller, trainer, "dpo", qft, rows, profile.question_tuning.qpo)


def config_of(generator_config: pl.DataFrame) -> dict[str, Any]:
    """Return the generator's slice of the profile."""
    config: dict[str, Any] = json.loads(generator_config["config"].item())
    return config


def sample_questions(
    caller: Caller, handle: ModelHandle, generator_config: pl.DataFrame, shard: str, num: int, reroll: int
) -> pl.DataFrame:
    """Sample questions from a model of a generator; columns of `synthetic_questions`."""
    generator, config = generator_config["generator"].item(), config_of(generator_config)
    prefix = caller.models.chat(handle).question_prefix(config["system_prompt"])
    rows = pl.DataFrame({"query_id": [f"{generator}/{shard}/{index:06d}" for index in range(num)]}).with_columns(
        generator=pl.lit(generator), shard=pl.lit(shard), prompt=pl.lit(prefix), sample_idx=pl.lit(0, pl.Int32)
    )
    asked = ask(caller, handle, rows, sampling_of(caller.profile.question_sampling), reroll=reroll)
    asked = asked.with_columns(query=pl.col("text").str.strip_chars()).drop("text", "sample_idx")
    caller.context.add_output_metadata({"sample": metadata.sample(asked, ["query"]), "reroll": reroll})
    return asked


def seeds_of(generator: str, config: dict[str, Any], seeds: pl.DataFrame, random_seed: int) -> pl.DataFrame:
    """Return a seeded sample of the seed questions that the generator learns from, in a seeded order."""
    rows = seeds.filter(pl.col("source").is_in(config["seed_sources"]))
    return shuffled(rows, random_seed, "qft_model", generator).head(config["num_seed_questions"] or rows.height)
