"""From rows to prompts, through a model, and back to rows: the one way in which an asset asks a model.

Completions are joined to rows by `query_id` (and `sample_idx`), never by position.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import dagster as dg
import polars as pl

from scalequest_assets.config.profile import Profile, Role
from scalequest_assets.config.profile import Sampling as ProfileSampling
from scalequest_assets.engines.base import Message, OnProgress, Progress, Request, Sampling
from scalequest_assets.engines.opening import ModelHandle
from scalequest_assets.errors import EngineError
from scalequest_assets.partitions import partition_of
from scalequest_assets.recipe.seeding import row_seed
from scalequest_assets.steps.metadata import Metadata, markdown_table
from scalequest_assets.steps.models import Models
from scalequest_assets.storage.completions import Result
from scalequest_assets.storage.lake import Cost, Lake

_LOG_EVERY_S = 5.0
_ID = "request_id"
_ANSWER = ("text", "num_tokens", "finish_reason", "error", "engine", "is_exact")


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who asks: the step, and what it asks with."""

    context: dg.AssetExecutionContext
    models: Models
    lake: Lake
    profile: Profile
    _answered: list[tuple[ModelHandle, Result]] = field(default_factory=list, init=False, repr=False)

    @property
    def asset(self) -> str:
        """Name of the asset that is made."""
        return str(self.context.asset_key.path[-1])

    @property
    def random_seed(self) -> int:
        """The profile's seed, from which every row's follows."""
        return self.profile.random_seed

    def account(self, handle: ModelHandle, result: Result) -> None:
        """Record what all calls so far took and are made of, and fail the step if too much of this one failed.

        Raises:
            EngineError: More rows failed than the profile's `engine.max_error_share` allows.
        """
        self._answered.append((handle, result))
        partition, results = partition_of(self.context), [answered for _, answered in self._answered]
        self.lake.write_references(self.asset, partition, pl.concat([answered.references() for answered in results]))
        self._check_errors(handle, result)
        costs = [answered.cost(asked.label) for asked, answered in self._answered]
        self.lake.write_cost(self.asset, partition, cost := sum(costs[1:], costs[0]))
        self.context.add_output_metadata(_usage(cost, results))

    def _check_errors(self, handle: ModelHandle, result: Result) -> None:
        num, most = result.num_errors, self.profile.engine.max_error_share
        if num <= most * result.rows.height:
            return
        kinds = result.rows["error_kind"].drop_nulls().value_counts(sort=True).rows()
        told = ", ".join(f"{count} {kind}" for kind, count in kinds)
        example = result.rows.filter(pl.col("error").is_not_null()).row(0, named=True)
        raise EngineError(
            f"{self.asset}: {handle.name} could not do {num} of {result.rows.height} rows ({told}), more than the "
            f"{most:.1%} that engine.max_error_share allows; for example {example['id']}: {example['error']}",
            "mend the cause and run again: what succeeded is stored, only the rest is asked for. Or raise the share: "
            "scalequest run --set engine.max_error_share=…",
        )


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
    caller.account(handle, result)
    caller.context.add_output_metadata({"sampling": sampling_text(sampling)})
    answers = result.rows.select(pl.col("id").alias(_ID), *_ANSWER)
    return rows.join(answers, on=_ID, how="left", maintain_order="left").drop(_ID, "prompt")


def score_texts(
    caller: Caller, handle: ModelHandle, ids: Sequence[str], texts: Sequence[str]
) -> dict[str, float | None]:
    """Return a sequence-classification model's output for every text, by id; None where it could not be scored."""
    requests = [Request(id=i, prompt=text, seed=0) for i, text in zip(ids, texts, strict=True)]
    result = caller.models.score(handle, requests, progress_log(caller.context))
    caller.account(handle, result)
    caller.context.add_output_metadata({"texts_cut": int(result.rows["is_truncated"].sum())})
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


def _usage(cost: Cost, results: Sequence[Result]) -> Metadata:
    rows = pl.concat([result.rows.select("engine", "is_exact", "error_kind", "error") for result in results])
    num_tokens = cost.completion_tokens or cost.prompt_tokens
    engines = rows.select("engine", "is_exact").drop_nulls().unique().sort("engine").iter_rows()
    usage: Metadata = {
        "model": cost.model,
        "engine": ", ".join(f"{name} ({'exact' if is_exact else 'not exact'})" for name, is_exact in engines),
        "device": cost.device or "–",
        "rows_made": sum(result.num_made for result in results),
        "rows_stored": sum(result.num_stored for result in results),
        "rows_failed": cost.num_errors,
        "retries": cost.num_retries,
        "prompt_tokens": cost.prompt_tokens,
        "completion_tokens": cost.completion_tokens,
        "engine_s": round(cost.engine_s, 2),
        "wall_s": round(cost.wall_s, 2),
        "tokens_per_s": round(num_tokens / cost.engine_s, 1) if cost.engine_s else 0.0,
    }
    if cost.num_errors:
        failed = rows.filter(pl.col("error").is_not_null()).group_by("error_kind")
        table = failed.agg(rows=pl.len(), example=pl.col("error").first()).sort("rows", descending=True)
        usage["errors"] = dg.MetadataValue.md(markdown_table(table.to_dicts()))
    return usage
