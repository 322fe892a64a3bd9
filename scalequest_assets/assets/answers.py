"""Group `answers`: several responses to each question, and the best of them by a reward model."""

import dagster as dg
import polars as pl

from scalequest_assets.config.sections import ReadyReward, TrainedReward
from scalequest_assets.errors import TrainingError
from scalequest_assets.recipe import observed, selection
from scalequest_assets.recipe.held_out import split
from scalequest_assets.steps import metadata
from scalequest_assets.steps.asking import ask_role, score_texts
from scalequest_assets.steps.measuring import conversation, measure_reward, reward_rows, with_metadata
from scalequest_assets.steps.step import Step
from scalequest_assets.steps.template import asset
from scalequest_assets.steps.training import train


@asset(
    settings=["subject", "roles.responder", "answers.num_samples", "random_seed"],
    recipe_version="2",
    deps=["role_model"],
)
def responses(step: Step, deduplicated_questions: pl.DataFrame) -> pl.DataFrame:
    """Several sampled responses to each question.

    Source: PAPER section 1, responses.
    """
    role, prompts = step.settings.roles.responder, step.subject.prompts
    questions = deduplicated_questions.filter("keep").select("query_id", "generator", "shard", "query")
    answered = ask_role(
        step,
        role,
        questions,
        lambda row: prompts.solve(str(row["query"]), role.prompt_style),
        num_samples=step.settings.answers.num_samples,
        with_reasoning=True,
    ).rename({"text": "response"})
    step.show(sample=metadata.sample(answered, ["query", "response"]))
    return answered


@asset(
    settings=["subject", "reward_model", "roles.responder.prompt_style", "random_seed"],
    recipe_version="4",
    deps=["role_model"],
)
def reward_model(step: Step, seed_responses: pl.DataFrame, seed_questions: pl.DataFrame) -> dg.MaterializeResult[None]:
    """A Bradley-Terry model on right and wrong answers to seed questions, or a reference record for a ready one.

    Either is measured on right and wrong answers to questions that it did not learn from.
    """
    settings = step.settings.reward_model
    if isinstance(settings, ReadyReward):
        known = seed_responses["query_id"].unique(maintain_order=True).head(settings.num_measured)
        held_out = seed_responses.filter(pl.col("query_id").is_in(known.to_list()))
        version = step.models.refer(step.asset, settings.model)
        result = dg.MaterializeResult[None](data_version=dg.DataVersion(version), metadata={"model": settings.model})
        return with_metadata(result, measure_reward(step, held_out, seed_questions))
    learned, held_out = split(
        seed_responses, "query", step.subject.likeness.normalise, share=settings.held_out_share, seed=step.random_seed
    )
    base = step.model(settings.base)
    pairs = _pairs(step, learned, seed_questions, settings)
    rows = reward_rows(step, pairs, step.models.chat(base))
    trained = train(step, "reward", base, rows, settings.training)
    return with_metadata(trained, measure_reward(step, held_out, seed_questions))


@asset(
    settings=["subject", "roles.responder.prompt_style", "answers.arithmetic"],
    recipe_version="12",
    deps=["reward_model"],
)
def response_scores(step: Step, responses: pl.DataFrame) -> pl.DataFrame:
    """Reward, extracted answer, what it calculates wrongly, and how many of the question's samples agree with it."""
    handle, answers = step.model("reward_model"), step.subject.answers
    chat = step.models.chat(handle)
    read = selection.read_responses(responses, answers, arithmetic=step.settings.answers.arithmetic)
    usable = read.filter("keep").select("query_id", "sample_idx", "query", "response")
    ids = [f"{query_id}#{index}" for query_id, index in usable.select("query_id", "sample_idx").iter_rows()]
    pairs = usable.select("query", "response").iter_rows()
    texts = [conversation(step, chat, query, response) for query, response in pairs]
    values = score_texts(step, handle, ids, texts)
    rewards = usable.with_columns(reward=pl.Series([values[i] for i in ids], dtype=pl.Float64))
    scored = selection.score_responses(read, rewards, answers)
    false = scored.filter(pl.col("false_equalities").list.len() > 0)
    step.show(
        metadata.screening(scored, ["query", "response", "reward"]),
        with_equalities=int((scored["num_equalities"] > 0).sum()),
        with_false_equalities=false.height,
        false_equalities=metadata.sample(false, ["false_equalities", "response"]),
    )
    return scored


@asset(
    settings=["subject", "answers", "roles.weak_solver", "random_seed"],
    recipe_version="5",
    deps=["role_model"],
)
def observed_difficulty(step: Step, response_scores: pl.DataFrame) -> pl.DataFrame:
    """Which response of each question is chosen, and how often the responder and a weak solver give its answer.

    The weak solver is asked about questions with a chosen response alone. Bands of the pass rate and of the gap decide
    which questions become pairs.

    Source: PAPER section 1, reward. Differs: the paper observes nothing of generated questions.
    """
    settings, answers = step.settings.answers, step.subject.answers
    chosen = observed.choices(
        response_scores,
        answers,
        by=settings.selection,
        min_agreement=settings.min_agreement,
        arithmetic=settings.arithmetic,
    )
    weak = _weak_samples(step, chosen.filter(pl.col("sample_idx").is_not_null()))
    found = observed.observe(chosen, weak, answers, pass_rate=settings.pass_rate, gap=settings.gap)
    decided, rates = found["is_disputed"].drop_nulls(), found["pass_rate"].drop_nulls().to_list()
    step.show(
        disputed_share=float(decided.mean() or 0.0),  # type: ignore[arg-type]
        pass_rates=metadata.shares({"questions": rates}),
        sample=metadata.sample(found, ["query", "answer", "pass_rate", "weak_pass_rate"]),
    )
    return found


@asset(recipe_version="3")
def qa_pairs(
    step: Step,
    response_scores: pl.DataFrame,
    observed_difficulty: pl.DataFrame,
    deduplicated_questions: pl.DataFrame,
    screened_questions: pl.DataFrame,
) -> pl.DataFrame:
    """Best of n: the final question-answer pairs. The models behind them are in `release_manifest` and the data set.

    Source: PAPER section 1, reward.
    """
    best = observed.pairs(response_scores, observed_difficulty)
    known = (deduplicated_questions.select("query_id", "difficulty"), screened_questions.select("query_id", "topic"))
    for of_question in known:
        best = best.join(of_question, on="query_id", how="left", maintain_order="left")
    pairs = best.drop("num_tokens", "num_equalities", "false_equalities", "keep", "drop_reason")
    step.show(sample=metadata.sample(pairs, ["query", "response", "answer"]))
    return pairs


def _weak_samples(step: Step, questions: pl.DataFrame) -> pl.DataFrame | None:
    """Return the answers that the weak solver gives to questions (`query_id`, `answer`); None without one."""
    role = step.settings.roles.weak_solver
    if role is None:
        return None
    answered = ask_role(
        step,
        role,
        questions.select("query_id", "query"),
        lambda row: step.subject.prompts.solve(str(row["query"]), role.prompt_style),
        num_samples=step.settings.answers.num_samples,
    ).filter(pl.col("finish_reason") != "error")
    return answered.select("query_id", answer=step.subject.answers.extract(answered["text"], answered["query"]))


def _pairs(step: Step, learned: pl.DataFrame, seed_questions: pl.DataFrame, settings: TrainedReward) -> pl.DataFrame:
    """Return the pairs that the reward model learns from; see `selection.reward_pairs`."""
    pairs = selection.reward_pairs(
        learned,
        seed_questions,
        step.subject.answers,
        max_pairs_per_question=settings.max_pairs_per_question,
        seed=step.random_seed,
        use_gold_solutions=settings.use_gold_solutions,
    )
    if pairs.is_empty():
        raise TrainingError(
            "reward_model: no question of seed_responses has both a right and a wrong answer",
            "raise difficulty.num_questions or difficulty.num_samples, give seeds with solutions, or name a ready "
            "model (reward_model: {kind: ready, model: …})",
        )
    return pairs
