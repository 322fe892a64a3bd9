"""What belongs to one generator alone, as `generator_config` holds it: upstream of all that is specific to it."""

import json
from dataclasses import dataclass
from typing import Any

import polars as pl


@dataclass(frozen=True, kw_only=True)
class GeneratorConfig:
    """A row of `generator_config`.

    Attributes:
        generator: Its name.
        system_prompt: System turn before each question; None uses the chat template's own default.
        num_seed_questions: Seed questions for QFT; None takes all of its sources.
        seed_sources: Names of the sources that it learns from.
        choice: How a shard's questions are chosen by difficulty; see `recipe.difficulty.choose`.
    """

    generator: str
    system_prompt: str | None
    num_seed_questions: int | None
    seed_sources: tuple[str, ...]
    choice: dict[str, Any]


def read_generator_config(table: pl.DataFrame) -> GeneratorConfig:
    """Return what a partition of `generator_config` says."""
    config: dict[str, Any] = json.loads(table["config"].item())
    return GeneratorConfig(
        generator=table["generator"].item(),
        system_prompt=config["system_prompt"],
        num_seed_questions=config["num_seed_questions"],
        seed_sources=tuple(config["seed_sources"]),
        choice={key: config[key] for key in ("drop_easiest", "min_difficulty", "target_difficulty")},
    )
