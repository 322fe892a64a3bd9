"""Group `answers`: several responses to each question, and the best of them by a reward model."""

import dagster as dg
import polars as pl

from scalequest_assets.assets import metadata
from scalequest_assets.assets.generation import Caller, ask_role, score_texts
from scalequest_assets.assets.template import asset
from scalequest_assets.assets.training import train
from scalequest_assets.engines.base import Message
from scalequest_assets.errors import TrainingError
from scalequest_assets.factories import Chat
from scalequest_assets.partitions import partition_of
from scalequest_assets.profile import Profile, ReadyReward
from scalequest_assets.recipe import selection
from scalequest_assets.recipe.prompts import Style, solve
from scalequest_assets.resources import Models, Trainer
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


@asset(identity=["reward_model", "roles.responder.prompt_style", "random_seed"], deps=["role_model"], pool="gpu")
def reward_model(
    context: dg.AssetExecutionContext,
    seed_responses: pl.DataFrame,
    seed_questions: pl.DataFrame,
    profile: dg.ResourceParam[Profile],
    models: dg.ResourceParam[Models],
    lake: dg.ResourceParam[Lake],
    trainer: dg.ResourceParam[Trainer],
) -> dg.MaterializeResult[None]:
    """A Bradley-Terry model on right and wrong answers to seed questions, or a reference record for a ready one."""
    settings = profile.reward_model
    if isinstance(settings, ReadyReward):
        version = models.refer("reward_model", settings.model)
        lake.write_cost("reward_model", {}, Cost())
        return dg.MaterializeResult(data_version=dg.DataVersion(version), metadata={"model": settings.model})
    caller = Caller(context=context, models=models, lake=lake, profile=profile)
    pairs = selection.reward_pairs(
        seed_responses,
        seed_questions,
        max_pairs_per_question=settings.max_pairs_per_question,
        seed=profile.random_seed,
        use_gold_solutions=settings.use_gold_solutions,
    )
    base = models.handle(settings.base)
    rows = _reward_rows(pairs, models.chat(base), profile.roles.responder.prompt_style)
    return train(caller, trainer, "reward", base, rows, settings.training)


@asset(by="shard", identity=["roles.responder.prompt_style"], deps=["reward_model"], pool="gpu")
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
    texts = [
        chat.render([Message(role="user", content=solve.prompt(query, style))]) + response + chat.question_end()
        for query, response in usable.select("query", "response").iter_rows()
    ]
    values = score_texts(caller, handle, ids, texts)
    rewards = usable.with_columns(reward=pl.Series([values[i] for i in ids], dtype=pl.Float64))
    scored = selection.score_responses(responses, rewards)
    context.add_output_metadata(metadata.screening(scored, ["query", "response", "reward"]))
    return scored


@asset(by="shard", identity=["answers.min_agreement"])
def qa_pairs(
    context: dg.AssetExecutionContext,
    response_scores: pl.DataFrame,
    deduplicated_questions: pl.DataFrame,
    profile: dg.ResourceParam[Profile],
    lake: dg.ResourceParam[Lake],
) -> pl.DataFrame:
    """Best of n: the final question-answer pairs, with full provenance.

    Source: PAPER section 1, reward.
    """
    best = selection.best_of_n(response_scores, min_agreement=profile.answers.min_agreement)
    steps = {
        "generator_model": "synthetic_questions",
        "responder_model": "responses",
        "judge_model": "solvability_verdicts",
        "reward_model": "response_scores",
    }
    costs = {column: lake.read_cost(step, partition_of(context)) for column, step in steps.items()}
    made_by = [pl.lit(cost.model if cost else None, pl.String).alias(column) for column, cost in costs.items()]
    pairs = (
        best.join(
            deduplicated_questions.select("query_id", "difficulty"), on="query_id", how="left", maintain_order="left"
        )
        .with_columns(made_by)
        .drop("num_tokens", "keep", "drop_reason")
    )
    context.add_output_metadata({"sample": metadata.sample(pairs, ["query", "response", "answer"])})
    return pairs


def _reward_rows(pairs: pl.DataFrame, chat: Chat, style: Style) -> pl.DataFrame:
    """Return pairs as the texts that the model is trained on, `prompt`, `chosen`, `rejected`."""
    if pairs.is_empty():
        raise TrainingError(
            "reward_model: no question of seed_responses has both a right and a wrong answer",
            "raise difficulty.num_questions or difficulty.num_samples, give seeds with solutions, or name a ready "
            "model (reward_model: {kind: ready, model: …})",
        )
    prompts = [chat.render([Message(role="user", content=solve.prompt(query, style))]) for query in pairs["prompt"]]
    end = chat.question_end()
    return pairs.select(prompt=pl.Series(prompts), chosen=pl.col("chosen") + end, rejected=pl.col("rejected") + end)
