"""Named asset jobs, what runs are made of: one per group and way of partitioning, which a job's assets share."""

import dagster as dg

from scalequest_assets.orchestration.dagster_private import AssetJob
from scalequest_assets.stages import STAGES, By, Stage

SUFFIX: dict[By, str] = {"nothing": "", "generator": "_by_generator", "shard": "_by_shard"}


def job_name(stage: Stage) -> str:
    """Return the name of the job that makes an asset."""
    return f"{stage.group}{SUFFIX[stage.by]}"


def asset_jobs() -> list[AssetJob]:
    """Return the jobs of all assets."""
    names: dict[str, list[str]] = {}
    for stage in STAGES:
        names.setdefault(job_name(stage), []).append(stage.name)
    return [dg.define_asset_job(name, selection=dg.AssetSelection.assets(*assets)) for name, assets in names.items()]
