"""Sampling questions from a generator's models, and the seeds that a generator learns from."""

from collections.abc import Mapping, Sequence

import dagster as dg
import polars as pl
from pydantic import Field

from scalequest_assets.engines.opening import ModelHandle
from scalequest_assets.recipe.seeding import shuffled
from scalequest_assets.steps import metadata
from scalequest_assets.steps.asking import ask
from scalequest_assets.steps.generator import GeneratorConfig
from scalequest_assets.steps.step import Step


class Reroll(dg.Config):
    """Run config of what samples questions: another number gives other questions."""

    reroll: int | None = Field(
        default=None,
        description="Another number gives other questions, 0 the first ones. Left out, the partition keeps its last "
        "number. `scalequest run` then makes what follows.",
    )


_REROLL = "reroll"
"""What a making shows of its number: the next one reads it there."""


def question_ids(generator: str, part: str, num: int) -> list[str]:
    """Return the ids of a generator's questions: `<generator>/<part>/<row>`, the part a shard or a stage."""
    return [f"{generator}/{part}/{index:06d}" for index in range(num)]


def sample_questions(
    step: Step,
    handle: ModelHandle,
    config: GeneratorConfig,
    ids: Sequence[str],
    reroll: int | None,
    columns: Mapping[str, str] | None = None,
) -> pl.DataFrame:
    """Sample questions from a model of a generator, the chat prefix alone as prompt.

    Args:
        step: The step that samples.
        handle: The model.
        config: The generator.
        ids: A `query_id` for each question.
        reroll: Another number gives other questions; None keeps the number of the last making.
        columns: Further columns of one value each.

    Returns:
        `query_id`, `generator`, those columns, `query`, and the columns of what was sampled.
    """
    prefix = step.models.chat(handle).question_prefix(config.system_prompt)
    fixed = {"generator": config.generator, **(columns or {}), "prompt": prefix}
    rows = pl.DataFrame({"query_id": ids}, schema={"query_id": pl.String}).with_columns(
        **{name: pl.lit(value) for name, value in fixed.items()}, sample_idx=pl.lit(0, pl.Int32)
    )
    number = int(step.last_shown(_REROLL) or 0) if reroll is None else reroll
    asked = ask(step, handle, rows, step.settings.question_sampling, reroll=number)
    asked = asked.with_columns(query=pl.col("text").str.strip_chars()).drop("text", "sample_idx")
    step.show({_REROLL: number}, sample=metadata.sample(asked, ["query"]))
    return asked


def seeds_of(config: GeneratorConfig, seeds: pl.DataFrame, random_seed: int) -> pl.DataFrame:
    """Return a seeded sample of the seed questions that the generator learns from, in a seeded order."""
    rows = seeds.filter(pl.col("source").is_in(config.seed_sources))
    return shuffled(rows, random_seed, "qft_model", config.generator).head(config.num_seed_questions or rows.height)
