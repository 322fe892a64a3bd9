"""Group `synthesis`: questions at scale."""

import dagster as dg
import polars as pl

from scalequest_assets.assets.question_tuning import Reroll, sample_questions
from scalequest_assets.config.profile import Profile
from scalequest_assets.partitions import partition_of
from scalequest_assets.steps.asking import Caller
from scalequest_assets.steps.models import Models
from scalequest_assets.steps.template import asset
from scalequest_assets.storage.lake import Lake


@asset(by="shard", identity=["question_sampling", "questions_per_shard", "random_seed"], deps=["qpo_model"], pool="gpu")
def synthetic_questions(
    context: dg.AssetExecutionContext,
    config: Reroll,
    generator_config: pl.DataFrame,
    profile: dg.ResourceParam[Profile],
    models: dg.ResourceParam[Models],
    lake: dg.ResourceParam[Lake],
) -> pl.DataFrame:
    """Questions sampled from the QPO model, the chat prefix alone as prompt.

    Source: PAPER section 1, question generation. Differs: each row has its own seed, not the clock's.
    """
    caller = Caller(context=context, models=models, lake=lake, profile=profile)
    partition = partition_of(context)
    qpo, num = models.handle("qpo_model", partition["generator"]), profile.questions_per_shard
    return sample_questions(caller, qpo, generator_config, partition["shard"], num, config.reroll)
