"""Named asset jobs, what runs are made of: one per group and way of partitioning, which a job's assets share."""

from collections.abc import Iterable, Sequence

import dagster as dg

from scalequest_assets.orchestration.dagster_private import AssetJob
from scalequest_assets.stages import STAGES, By, Stage

UP_TO_DATE = "up_to_date"
"""Name of the check that says whether an asset is missing or stale."""
SUFFIX: dict[By, str] = {"nothing": "", "generator": "_by_generator", "shard": "_by_shard", "student": "_by_student"}

_PART: dict[By, str] = {
    "nothing": "",
    "generator": "one generator's part of ",
    "shard": "one shard of ",
    "student": "one student's part of ",
}


def job_name(stage: Stage) -> str:
    """Return the name of the job that makes an asset."""
    return f"{stage.group}{SUFFIX[stage.by]}"


def asset_jobs() -> list[AssetJob]:
    """Return the jobs of all assets."""
    names: dict[str, list[str]] = {}
    for stage in STAGES:
        names.setdefault(job_name(stage), []).append(stage.name)
    return [
        dg.define_asset_job(name, selection=_with_checks(assets), description=_description(assets))
        for name, assets in names.items()
    ]


def _with_checks(assets: Sequence[str]) -> dg.AssetSelection:
    """Return assets with what is checked of their content; whether they are up to date is looked at apart from them."""
    return dg.AssetSelection.assets(*assets) - looks_at(assets)


def looks_at(assets: Iterable[str]) -> dg.AssetSelection:
    """Return the checks that say whether some assets are up to date."""
    return dg.AssetSelection.checks(*(dg.AssetCheckKey(dg.AssetKey(asset), UP_TO_DATE) for asset in assets))


def _description(assets: Sequence[str]) -> str:
    """Return what a job makes, and the command that makes all of it, in order and where it is missing or stale."""
    named = ", ".join(assets)
    command = f"scalequest run --select {','.join(assets)}"
    return f"Makes {_PART[STAGES[assets[0]].by]}{named}. All that is missing or stale: `{command}`"
