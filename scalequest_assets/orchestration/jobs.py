"""Named asset jobs, what runs are made of: one per group and way of partitioning, which a job's assets share."""

from collections.abc import Mapping, Sequence

import dagster as dg

from scalequest_assets.orchestration.dagster_private import UnresolvedAssetJobDefinition
from scalequest_assets.stages import By
from scalequest_assets.steps.template import AssetTemplate

SUFFIX: dict[By, str] = {"nothing": "", "generator": "_by_generator", "shard": "_by_shard"}


def job_name(group: str, by: By) -> str:
    """Return the name of the job that makes a group's assets of one partitioning."""
    return f"{group}{SUFFIX[by]}"


def asset_jobs(groups: Mapping[str, Sequence[AssetTemplate]]) -> list[UnresolvedAssetJobDefinition]:
    """Return the jobs of all groups."""
    names: dict[tuple[str, By], list[str]] = {}
    for group, templates in groups.items():
        for template in templates:
            names.setdefault((group, template.by), []).append(template.name)
    return [
        dg.define_asset_job(job_name(group, by), selection=dg.AssetSelection.assets(*assets))
        for (group, by), assets in names.items()
    ]
