"""How the models that score are measured: on seed questions that they never learned from, by the ordinary engine."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

import dagster as dg
import polars as pl

from scalequest_assets.engines.base import Message
from scalequest_assets.engines.opening import Chat
from scalequest_assets.recipe import calibration, scorer_quality, selection
from scalequest_assets.recipe.scorer_quality import PairQuality, RegressionQuality, Verdict
from scalequest_assets.steps import metadata
from scalequest_assets.steps.asking import score_texts
from scalequest_assets.steps.step import Step

HELD_OUT = "held_out"
"""Key of the figures in the model's record (`ModelRecord.extra`), where the asset checks read them."""
MEASURED_PAIRS_PER_QUESTION = 16
"""Pairs of one held-out question at most: enough for all pairs of eight samples."""


def conversation(step: Step, chat: Chat, query: str, response: str) -> str:
    """Return a question and a response to it as a reward model reads them: a whole chat by its own template."""
    asked = step.subject.prompts.solve(query, step.settings.roles.responder.prompt_style)
    return chat.render([Message(role="user", content=asked), Message(role="assistant", content=response)])


def reward_rows(step: Step, pairs: pl.DataFrame, chat: Chat) -> pl.DataFrame:
    """Return pairs as whole chats, `chosen` and `rejected`: what a reward model is trained on."""
    return pl.DataFrame({name: _chats(step, pairs, name, chat) for name in ("chosen", "rejected")})


def measure_difficulty(step: Step, held_out: pl.DataFrame, *, constant: float) -> metadata.Metadata:
    """Score held-out questions with the difficulty model just made, and return how good it is.

    Args:
        step: The step.
        held_out: Rows of `recipe.difficulty.fail_rates`.
        constant: Mean of the labels that the model learned from.
    """
    values = _scores(step, dict(held_out.select("query_id", "query").iter_rows()))
    predicted = pl.Series("predicted", [values[key] for key in held_out["query_id"]], dtype=pl.Float64)
    scored = held_out.with_columns(predicted.clip(0.0, 1.0))
    quality = scorer_quality.regression_quality(scored, constant=constant)
    bins = calibration.reliability(scored.select("predicted", observed="fail_rate"))
    return _noted(step, quality, scorer_quality.regression_verdict, {"calibration": metadata.table(bins)})


def measure_reward(step: Step, held_out: pl.DataFrame, seed_questions: pl.DataFrame) -> metadata.Metadata:
    """Score right and wrong samples of held-out questions with the current reward model, and return how good it is.

    Gold solutions are left out: best of n has samples alone to choose from.

    Args:
        step: The step.
        held_out: Rows of `seed_responses`.
        seed_questions: The seed questions.
    """
    pairs = selection.reward_pairs(
        held_out,
        seed_questions,
        step.subject.answers,
        max_pairs_per_question=MEASURED_PAIRS_PER_QUESTION,
        seed=step.random_seed,
        use_gold_solutions=False,
    )
    chat = step.models.chat(step.model(step.asset))
    chats = {name: _chats(step, pairs, name, chat) for name in ("chosen", "rejected")}
    ids = {
        text: f"held_out/{index:06d}" for index, text in enumerate(dict.fromkeys(chats["chosen"] + chats["rejected"]))
    }
    values = _scores(step, {key: text for text, key in ids.items()})
    chosen, rejected = (pl.Series([values[ids[text]] for text in chats[name]], dtype=pl.Float64) for name in chats)
    scored = pairs.with_columns(margin=chosen - rejected)
    bins = calibration.reliability(scorer_quality.confidence(scored))
    tables = {
        "calibration": metadata.table(bins),
        "margins": metadata.spread(scored["margin"].drop_nulls().to_list()),
    }
    return _noted(step, scorer_quality.pair_quality(scored), scorer_quality.pair_verdict, tables)


def with_metadata(result: dg.MaterializeResult[None], added: metadata.Metadata) -> dg.MaterializeResult[None]:
    """Return a training's result with further metadata."""
    return dg.MaterializeResult(data_version=result.data_version, metadata={**(result.metadata or {}), **added})


def _chats(step: Step, pairs: pl.DataFrame, name: str, chat: Chat) -> list[str]:
    return [conversation(step, chat, query, text) for query, text in pairs.select("prompt", name).iter_rows()]


def _scores(step: Step, texts: Mapping[str, str]) -> dict[str, float | None]:
    """Return the scores of texts, by id."""
    return score_texts(step, step.model(step.asset), list(texts), list(texts.values())) if texts else {}


def _noted(
    step: Step,
    quality: RegressionQuality | PairQuality | None,
    verdict: Callable[[Mapping[str, Any]], Verdict],
    tables: metadata.Metadata,
) -> metadata.Metadata:
    """Write the figures into the model's record, and return them for people."""
    figures = asdict(quality) if quality else None
    step.models.store.note(step.asset, None, **{HELD_OUT: figures})
    if figures is None:
        return {HELD_OUT: "no held-out row can be judged"}
    return {HELD_OUT: verdict(figures).text, "held_out_figures": dg.MetadataValue.json(figures), **tables}
