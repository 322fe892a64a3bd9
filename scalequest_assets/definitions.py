"""Read first: the asset graph, in the order in which data flows.

    seeds -> question_tuning -> synthesis -> screening -> dedup -> answers -> release   (study: on request)

`stages` lists what is in each group, and each group is a module of `assets`; what decides about a question is in
`recipe`; tables lie in `storage`'s lake.
This module alone reads the environment: SCALEQUEST_HOME (default `data`) and SCALEQUEST_LAKE (default in the home).
"""

import os
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import dagster as dg

from scalequest_assets import assets
from scalequest_assets.checks.bands import CHECKS
from scalequest_assets.config.profile import Profile
from scalequest_assets.engines.opening import ProfileFactory
from scalequest_assets.orchestration.jobs import asset_jobs
from scalequest_assets.orchestration.resources import PipesTrainer
from scalequest_assets.partitions import partition_keys
from scalequest_assets.stages import STAGES
from scalequest_assets.steps.models import Models
from scalequest_assets.steps.template import templates_in
from scalequest_assets.storage.catalog import Catalog
from scalequest_assets.storage.home import Home, local
from scalequest_assets.storage.io_manager import LakeIOManager
from scalequest_assets.storage.lake import Lake
from scalequest_assets.storage.profiles import home_profile
from scalequest_assets.storage.releases import Releases

GROUPS = {group: templates_in(import_module(f"{assets.__name__}.{group}")) for group in STAGES.groups}
ON_REQUEST = STAGES.groups_on_request
"""Groups that `scalequest run` makes only where they are selected."""


def home_from_environment() -> Home:
    """Return the home that the environment names."""
    return Home(os.environ.get("SCALEQUEST_HOME", "data"), os.environ.get("SCALEQUEST_LAKE"))


def table_partitions(profile: Profile) -> dict[str, list[dict[str, str]]]:
    """Return all partitions of every table."""
    return {table: partition_keys(profile, STAGES[table].by) for table in STAGES.tables}


def build_resources(home: Home, profile: Profile) -> dict[str, Any]:
    """Return what assets are handed; tests replace some of it."""
    lake = Lake(home.lake)
    catalog = Catalog(home, lake, table_partitions(profile))
    return {
        "io_manager": LakeIOManager(lake, on_new_file=catalog.publish),
        "lake": lake,
        "profile": profile,
        "models": Models(home, profile, ProfileFactory(profile.engine, local(home.servers))),
        "trainer": PipesTrainer(),
        "releases": Releases(home),
    }


def build_defs(profile: Profile, resources: Mapping[str, Any]) -> dg.Definitions:
    """Return the graph for a profile."""
    return dg.Definitions(
        assets=[template.bind(profile, group) for group, templates in GROUPS.items() for template in templates],
        asset_checks=CHECKS,
        jobs=asset_jobs(GROUPS),
        resources=dict(resources),
        executor=dg.in_process_executor,
    )


@dg.definitions
def defs() -> dg.Definitions:
    """Return the graph of the home's profile; the home is made with profile `embedded` where there is none."""
    home = home_from_environment()
    profile = home_profile(home)
    return build_defs(profile, build_resources(home, profile))
