"""Group `answers`: several responses to each question, and the best of them by a reward model."""

import dagster as dg
import polars as pl

from scalequest_assets.config.profile import Profile, ReadyReward, TrainedReward
from scalequest_assets.errors import TrainingError
from scalequest_assets.partitions import partition_of
from scalequest_assets.recipe import selection
from scalequest_assets.recipe.held_out import split
from scalequest_assets.recipe.prompts import solve
from scalequest_assets.stages import STAGES
from scalequest_assets.steps import metadata
from scalequest_assets.steps.asking import Caller, ask_role, score_texts
from scalequest_assets.steps.measuring import conversation, measure_reward, reward_rows, with_metadata
from scalequest_assets.steps.models import Models
from scalequest_assets.steps.template import asset
from scalequest_assets.steps.training import Trainer, train
from scalequest_assets.storage.lake import Cost, Lake


@asset(by="shard", identity=["roles.responder", "answers.num_samples", "random_seed"], deps=["role_model"], pool="gpu")
def responses(
    context: dg.AssetExecutionContext,
    deduplicated_questions: pl.DataFrame,
    profile: dg.ResourceParam[Profile],
    models: dg.ResourceParam[Models],
    lake: dg.ResourceParam[Lake],
) -> pl.DataFrame:
    """Several sampled responses to each question.

    Source: PAPER section 1, responses.
    """
    caller = Caller(context=context, models=models, lake=lake, profile=profile)
    role = profile.roles.responder
    questions = deduplicated_questions.filter("keep").select("query_id", "generator", "shard", "query")
    answered = ask_role(
        caller,
        role,
        questions,
        lambda row: solve.prompt(str(row["query"]), role.prompt_style),
        num_samples=profile.answers.num_samples,
    ).rename({"text": "response"})
    context.add_output_metadata({"sample": metadata.sample(answered, ["query", "response"])})
    return answered


@asset(
    identity=["reward_model", "roles.responder.prompt_style", "random_seed"],
    recipe_version="2",
    deps=["role_model"],
    pool="gpu",
)
def reward_model(
    context: dg.AssetExecutionContext,
    seed_responses: pl.DataFrame,
    seed_questions: pl.DataFrame,
    profile: dg.ResourceParam[Profile],
    models: dg.ResourceParam[Models],
    lake: dg.ResourceParam[Lake],
    trainer: dg.ResourceParam[Trainer],
) -> dg.MaterializeResult[None]:
    """A Bradley-Terry model on right and wrong answers to seed questions, or a reference record for a ready one.

    Either is measured on right and wrong answers to questions that it did not learn from.
    """
    caller = Caller(context=context, models=models, lake=lake, profile=profile)
    settings = profile.reward_model
    if isinstance(settings, ReadyReward):
        result = _refer(caller, settings)
        known = seed_responses["query_id"].unique(maintain_order=True).head(settings.num_measured)
        held_out = seed_responses.filter(pl.col("query_id").is_in(known.to_list()))
        return with_metadata(result, measure_reward(caller, held_out, seed_questions))
    learned, held_out = split(seed_responses, "query", share=settings.held_out_share, seed=profile.random_seed)
    base = models.handle(settings.base)
    pairs = _pairs(learned, seed_questions, settings, profile.random_seed)
    rows = reward_rows(pairs, models.chat(base), profile.roles.responder.prompt_style)
    trained = train(caller, trainer, "reward", base, rows, settings.training)
    return with_metadata(trained, measure_reward(caller, held_out, seed_questions))


@asset(by="shard", identity=["roles.responder.prompt_style"], recipe_version="2", deps=["reward_model"], pool="gpu")
def response_scores(
    context: dg.AssetExecutionContext,
    responses: pl.DataFrame,
    profile: dg.ResourceParam[Profile],
    models: dg.ResourceParam[Models],
    lake: dg.ResourceParam[Lake],
) -> pl.DataFrame:
    """Reward, extracted answer, and how many of the question's samples agree with it."""
    caller = Caller(context=context, models=models, lake=lake, profile=profile)
    handle, style = models.handle("reward_model"), profile.roles.responder.prompt_style
    chat = models.chat(handle)
    usable = selection.read_responses(responses).filter("keep").select("query_id", "sample_idx", "query", "response")
    ids = [f"{query_id}#{index}" for query_id, index in usable.select("query_id", "sample_idx").iter_rows()]
    pairs = usable.select("query", "response").iter_rows()
    texts = [conversation(chat, style, query, response) for query, response in pairs]
    values = score_texts(caller, handle, ids, texts)
    rewards = usable.with_columns(reward=pl.Series([values[i] for i in ids], dtype=pl.Float64))
    scored = selection.score_responses(responses, rewards)
    context.add_output_metadata(metadata.screening(scored, ["query", "response", "reward"]))
    return scored


@asset(by="shard", identity=["answers.min_agreement"], recipe_version="2")
def qa_pairs(
    context: dg.AssetExecutionContext,
    response_scores: pl.DataFrame,
    deduplicated_questions: pl.DataFrame,
    screened_questions: pl.DataFrame,
    profile: dg.ResourceParam[Profile],
    lake: dg.ResourceParam[Lake],
) -> pl.DataFrame:
    """Best of n: the final question-answer pairs, with full provenance.

    Source: PAPER section 1, reward.
    """
    best = selection.best_of_n(response_scores, min_agreement=profile.answers.min_agreement)
    partition = partition_of(context)
    costs = {column: lake.read_cost(stage, partition) for column, stage in STAGES.provenance.items()}
    made_by = [pl.lit(cost.model if cost else None, pl.String).alias(column) for column, cost in costs.items()]
    known = (deduplicated_questions.select("query_id", "difficulty"), screened_questions.select("query_id", "topic"))
    for of_question in known:
        best = best.join(of_question, on="query_id", how="left", maintain_order="left")
    pairs = best.with_columns(made_by).drop("num_tokens", "keep", "drop_reason")
    context.add_output_metadata({"sample": metadata.sample(pairs, ["query", "response", "answer"])})
    return pairs


def _refer(caller: Caller, settings: ReadyReward) -> dg.MaterializeResult[None]:
    """Let the asset stand for a ready model."""
    version = caller.models.refer(caller.asset, settings.model)
    caller.lake.write_cost(caller.asset, {}, Cost())
    return dg.MaterializeResult(data_version=dg.DataVersion(version), metadata={"model": settings.model})


def _pairs(learned: pl.DataFrame, seed_questions: pl.DataFrame, settings: TrainedReward, seed: int) -> pl.DataFrame:
    """Return the pairs that the reward model learns from; see `selection.reward_pairs`."""
    pairs = selection.reward_pairs(
        learned,
        seed_questions,
        max_pairs_per_question=settings.max_pairs_per_question,
        seed=seed,
        use_gold_solutions=settings.use_gold_solutions,
    )
    if pairs.is_empty():
        raise TrainingError(
            "reward_model: no question of seed_responses has both a right and a wrong answer",
            "raise difficulty.num_questions or difficulty.num_samples, give seeds with solutions, or name a ready "
            "model (reward_model: {kind: ready, model: …})",
        )
    return pairs
