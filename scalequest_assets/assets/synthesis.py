"""Group `synthesis`: questions at scale."""

import polars as pl

from scalequest_assets.steps.generator import read_generator_config
from scalequest_assets.steps.questions import Reroll, question_ids, sample_questions
from scalequest_assets.steps.step import Step
from scalequest_assets.steps.template import asset


@asset(settings=["question_sampling", "questions_per_shard", "random_seed"], deps=["qpo_model"])
def synthetic_questions(step: Step, config: Reroll, generator_config: pl.DataFrame) -> pl.DataFrame:
    """Questions sampled from the QPO model, the chat prefix alone as prompt.

    Source: PAPER section 1, question generation. Differs: each row has its own seed, not the clock's.
    """
    own, shard = read_generator_config(generator_config), step.partition["shard"]
    ids = question_ids(own.generator, shard, step.settings.questions_per_shard)
    return sample_questions(step, step.model("qpo_model", own.generator), own, ids, config.reroll, {"shard": shard})
