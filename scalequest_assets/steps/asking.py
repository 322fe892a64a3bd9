"""From rows to prompts, through a model, and back to rows: the one way in which an asset asks a model.

Completions are joined to rows by `query_id` (and `sample_idx`), never by position.
"""

import time
from collections.abc import Callable, Sequence

import dagster as dg
import polars as pl

from scalequest_assets.config.sections import Role
from scalequest_assets.engines.base import Choice, Message, OnProgress, Progress, Request, Sampling
from scalequest_assets.engines.opening import ModelHandle
from scalequest_assets.errors import EngineError
from scalequest_assets.recipe.seeding import row_seed
from scalequest_assets.steps.step import Step
from scalequest_assets.storage.calls import Result
from scalequest_assets.storage.costs import Kind

_LOG_EVERY_S = 5.0
_ID = "request_id"
_ANSWER = ("text", "num_tokens", "finish_reason", "error", "engine", "is_exact")


def ask_role(
    step: Step,
    role: Role,
    rows: pl.DataFrame,
    prompt: Callable[[dict[str, object]], str],
    *,
    num_samples: int = 1,
    with_reasoning: bool = False,
) -> pl.DataFrame:
    """Ask a role's model about every row.

    Args:
        step: The step that asks.
        role: Who is asked, and how it samples.
        rows: `query_id` and what `prompt` reads.
        prompt: Makes the user's message of a row.
        num_samples: Answers to each row.
        with_reasoning: Whether `reasoning` comes back too: what the model thought before its text, never part of it.

    Returns:
        The rows, `num_samples` times, with `sample_idx`, `text`, `num_tokens`, `finish_reason`, `seed`, `error`.
    """
    handle = step.model(role.model)
    prompts = _rendered(step, handle, rows, prompt, role.enable_thinking)
    asked = rows.with_columns(prompt=pl.Series(prompts, dtype=pl.String))
    samples = pl.DataFrame({"sample_idx": range(num_samples)}, schema={"sample_idx": pl.Int32})
    return ask(step, handle, asked.join(samples, how="cross"), role.sampling, with_reasoning=with_reasoning)


def ask(
    step: Step,
    handle: ModelHandle,
    rows: pl.DataFrame,
    sampling: Sampling,
    *,
    reroll: int = 0,
    with_reasoning: bool = False,
) -> pl.DataFrame:
    """Complete the `prompt` of every row (`query_id`, `sample_idx`, `prompt`); see `ask_role` for what comes back.

    Raises:
        EngineError: More rows failed than `engine.max_error_share` allows.
    """
    seeds = [
        row_seed(step.random_seed, step.asset, query_id, sample_idx, reroll)
        for query_id, sample_idx in rows.select("query_id", "sample_idx").iter_rows()
    ]
    rows = rows.with_columns(
        pl.format("{}#{}", "query_id", "sample_idx").alias(_ID), pl.Series("seed", seeds, pl.Int64)
    )
    requests = [Request(id=i, prompt=p, seed=s) for i, p, s in rows.select(_ID, "prompt", "seed").iter_rows()]
    result = step.models.complete(handle, requests, sampling, progress_log(step.context))
    _account(step, "asked", handle, result)
    step.show(sampling=sampling_text(sampling))
    answers = result.rows.select(pl.col("id").alias(_ID), *_ANSWER, *(["reasoning"] if with_reasoning else []))
    return rows.join(answers, on=_ID, how="left", maintain_order="left").drop(_ID, "prompt")


def choose(
    step: Step, role: Role, rows: pl.DataFrame, prompt: Callable[[dict[str, object]], str], begun: str, choice: Choice
) -> pl.DataFrame:
    """Have a role's model choose between two answers to every row; nothing is written.

    Args:
        step: The step that asks.
        role: Who is asked.
        rows: `query_id` and what `prompt` reads.
        prompt: Makes the user's message of a row.
        begun: What the model's turn begins with; the answer follows.
        choice: The two answers.

    Returns:
        `query_id`, `probability` (of `choice.this`; null where the engine could not do the row), `error`, `engine`,
        `is_exact`.

    Raises:
        EngineError: The engine gives no probabilities, or more rows failed than `engine.max_error_share` allows.
    """
    handle = step.model(role.model)
    thinks = None if role.enable_thinking is None else False  # nothing is written, no thought either
    prompts = _rendered(step, handle, rows, prompt, thinks)
    requests = [Request(id=i, prompt=p + begun, seed=0) for i, p in zip(rows["query_id"], prompts, strict=True)]
    result = step.models.choose(handle, requests, choice, progress_log(step.context))
    _account(step, "scored", handle, result)
    return result.rows.select(query_id="id", probability="value", error="error", engine="engine", is_exact="is_exact")


def score_texts(step: Step, handle: ModelHandle, ids: Sequence[str], texts: Sequence[str]) -> dict[str, float | None]:
    """Return a sequence-classification model's output for every text, by id; None where it could not be scored.

    Raises:
        EngineError: More rows failed than `engine.max_error_share` allows.
    """
    requests = [Request(id=i, prompt=text, seed=0) for i, text in zip(ids, texts, strict=True)]
    result = step.models.score(handle, requests, progress_log(step.context))
    _account(step, "scored", handle, result)
    step.show(texts_cut=int(result.rows["is_truncated"].sum()))
    return dict(result.rows.select("id", "value").iter_rows())


def progress_log(context: dg.AssetExecutionContext) -> OnProgress:
    """Return a listener that writes how far the step is into the run's log, at most every five seconds."""
    last = time.monotonic()

    def report(progress: Progress) -> None:
        nonlocal last
        now = time.monotonic()
        if progress.done < progress.total and now - last < _LOG_EVERY_S:
            return
        last = now
        speed = progress.num_tokens / progress.seconds if progress.seconds else 0.0
        context.log.info(f"{progress.done}/{progress.total} rows, {speed:.0f} tokens/s")

    return report


def sampling_text(sampling: Sampling) -> str:
    """Return a sampling in words."""
    return f"temperature {sampling.temperature}, top_p {sampling.top_p}, max_tokens {sampling.max_tokens}"


def _rendered(
    step: Step,
    handle: ModelHandle,
    rows: pl.DataFrame,
    prompt: Callable[[dict[str, object]], str],
    enable_thinking: bool | None,
) -> list[str]:
    """Return the prompt of every row, up to where the model's turn begins."""
    chat = step.models.chat(handle)
    return [
        chat.render([Message(role="user", content=prompt(row))], enable_thinking=enable_thinking)
        for row in rows.iter_rows(named=True)
    ]


def _account(step: Step, kind: Kind, handle: ModelHandle, result: Result) -> None:
    """Enter what an answer took, and fail the step if too much of it failed."""
    step.ledger.answered(kind, handle.label, result)
    num, most = result.num_errors, step.settings.engine.max_error_share
    if num <= most * result.rows.height:
        return
    counts = result.rows["error_kind"].drop_nulls().value_counts(sort=True).rows()
    kinds = ", ".join(f"{count} {error_kind}" for error_kind, count in counts)
    example = result.rows.filter(pl.col("error").is_not_null()).row(0, named=True)
    raise EngineError(
        f"{step.asset}: {handle.name} failed at {num} of {result.rows.height} rows ({kinds}), more than the {most:.1%} "
        f"that engine.max_error_share allows; for example {example['id']}: {example['error']}",
        "remove the cause and run again: what succeeded is stored, only the rest is asked for. Or raise the share: "
        "scalequest run --set engine.max_error_share=…",
    )
