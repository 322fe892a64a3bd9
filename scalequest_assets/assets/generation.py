"""From rows to prompts, through a model, and back to rows: the one way in which an asset asks a model.

Completions are joined to rows by `query_id` (and `sample_idx`), never by position.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import dagster as dg
import polars as pl

from scalequest_assets.assets.metadata import Metadata
from scalequest_assets.engines.base import Message, OnProgress, Progress, Request, Sampling
from scalequest_assets.partitions import partition_of
from scalequest_assets.profile import Role
from scalequest_assets.profile import Sampling as ProfileSampling
from scalequest_assets.recipe.seeding import row_seed
from scalequest_assets.resources import ModelHandle, Models
from scalequest_assets.storage.completions import CompletionResult
from scalequest_assets.storage.lake import Lake

_LOG_EVERY_S = 5.0
_ID = "request_id"


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who asks: the step, and what it asks with."""

    context: dg.AssetExecutionContext
    models: Models
    lake: Lake
    random_seed: int

    @property
    def asset(self) -> str:
        """Name of the asset that is made."""
        return str(self.context.asset_key.path[-1])


def sampling_of(sampling: ProfileSampling) -> Sampling:
    """Return the engine's form of the profile's sampling."""
    return Sampling(temperature=sampling.temperature, top_p=sampling.top_p, max_tokens=sampling.max_tokens)


def ask_role(
    caller: Caller, role: Role, rows: pl.DataFrame, prompt: Callable[[dict[str, object]], str], *, num_samples: int = 1
) -> pl.DataFrame:
    """Ask a role's model about every row.

    Args:
        caller: The step that asks.
        role: Who is asked, and how it samples.
        rows: `query_id` and what `prompt` reads.
        prompt: Makes the user's message of a row.
        num_samples: Answers to each row.

    Returns:
        The rows, `num_samples` times, with `sample_idx`, `text`, `num_tokens`, `finish_reason`, `seed`, `error`.
    """
    handle = caller.models.handle(role.model)
    chat = caller.models.chat(handle)
    prompts = [chat.render([Message(role="user", content=prompt(row))]) for row in rows.iter_rows(named=True)]
    asked = rows.with_columns(prompt=pl.Series(prompts, dtype=pl.String))
    samples = pl.DataFrame({"sample_idx": range(num_samples)}, schema={"sample_idx": pl.Int32})
    return ask(caller, handle, asked.join(samples, how="cross"), sampling_of(role.sampling))


def ask(
    caller: Caller, handle: ModelHandle, rows: pl.DataFrame, sampling: Sampling, *, reroll: int = 0
) -> pl.DataFrame:
    """Complete the `prompt` of every row (`query_id`, `sample_idx`, `prompt`); see `ask_role` for what comes back."""
    seeds = [
        row_seed(caller.random_seed, caller.asset, query_id, sample_idx, reroll)
        for query_id, sample_idx in rows.select("query_id", "sample_idx").iter_rows()
    ]
    rows = rows.with_columns(
        pl.format("{}#{}", "query_id", "sample_idx").alias(_ID), pl.Series("seed", seeds, pl.Int64)
    )
    requests = [Request(id=i, prompt=p, seed=s) for i, p, s in rows.select(_ID, "prompt", "seed").iter_rows()]
    result = caller.models.complete(handle, requests, sampling, progress_log(caller.context))
    completions = result.completions
    answers = pl.DataFrame(
        [(c.id, c.text, c.num_tokens, c.finish_reason, c.error) for c in completions.values()],
        schema={
            _ID: pl.String,
            "text": pl.String,
            "num_tokens": pl.Int32,
            "finish_reason": pl.String,
            "error": pl.String,
        },
        orient="row",
    )
    cost = replace(result.cost(), model=handle.label)
    caller.lake.write_cost(caller.asset, partition_of(caller.context), cost)
    caller.context.add_output_metadata(_usage(handle, sampling, result))
    return rows.join(answers, on=_ID, how="left", maintain_order="left").drop(_ID, "prompt")


def score_texts(caller: Caller, handle: ModelHandle, ids: Sequence[str], texts: Sequence[str]) -> dict[str, float]:
    """Return a sequence-classification model's output for every text, by id; writes the step's cost."""
    requests = [Request(id=i, prompt=text, seed=0) for i, text in zip(ids, texts, strict=True)]
    result = caller.models.score(handle, requests)
    caller.lake.write_cost(caller.asset, partition_of(caller.context), replace(result.cost(), model=handle.label))
    caller.context.add_output_metadata(
        {
            "model": handle.label,
            "scored": result.num_generated,
            "stored": result.num_stored,
            "engine_s": round(result.engine_s, 2),
        }
    )
    return {score.id: score.value for score in result.scores.values()}


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


def _usage(handle: ModelHandle, sampling: Sampling, result: CompletionResult) -> Metadata:
    return {
        "model": handle.label,
        "sampling": f"temperature {sampling.temperature}, top_p {sampling.top_p}, max_tokens {sampling.max_tokens}",
        "completions_made": result.num_generated,
        "completions_stored": result.num_stored,
        "completions_failed": result.num_errors,
        "prompt_tokens": result.prompt_tokens,
        "completion_tokens": result.completion_tokens,
        "engine_s": round(result.engine_s, 2),
        "tokens_per_s": round(result.completion_tokens / result.engine_s, 1) if result.engine_s else 0.0,
    }
