"""Read first: the asset graph, in the order in which data flows.

    seeds -> question_tuning -> synthesis -> screening -> dedup -> answers -> release
    (on request: study, students, cross_check)

`stages` lists what is in each group, and each group is a module of `assets`; what decides about a question is in
`recipe`; tables lie in `storage`'s lake. `storage.home` reads where the home is.
"""

import dagster as dg

from scalequest_assets.checks.bands import CHECKS
from scalequest_assets.config.profile import Profile
from scalequest_assets.engines.opening import ProfileFactory
from scalequest_assets.orchestration import catching_up
from scalequest_assets.orchestration.graph import Graph
from scalequest_assets.orchestration.groups import GROUPS
from scalequest_assets.orchestration.jobs import asset_jobs
from scalequest_assets.orchestration.resources import Resources, trainer_of
from scalequest_assets.partitions import table_partitions
from scalequest_assets.steps.models import Models
from scalequest_assets.steps.simulating import material_of
from scalequest_assets.steps.template import OnRead
from scalequest_assets.storage.catalog import Catalog
from scalequest_assets.storage.home import Home, home_from_environment
from scalequest_assets.storage.lake import Lake
from scalequest_assets.storage.profiles import home_profile
from scalequest_assets.storage.releases import Releases
from scalequest_assets.storage.reviews import Reviews


def build_resources(home: Home, profile: Profile) -> Resources:
    """Return what a home and a profile give; tests replace some of it."""
    lake = Lake(home.lake)
    factory = ProfileFactory(profile.engine, home.servers, lambda: material_of(profile))
    return Resources(
        home=home,
        profile=profile,
        lake=lake,
        models=Models(home, profile, factory),
        trainer=trainer_of(profile.engine),
        releases=Releases(home),
        reviews=Reviews(home),
        on_new_file=Catalog(home, lake, table_partitions(profile)).publish,
    )


def build_defs(resources: Resources, *, on_read: OnRead = lambda asset, key: None) -> dg.Definitions:
    """Return the graph for a profile; `on_read` is called with each asset and setting that it reads."""
    profile, said = resources.profile, resources.reviews.version()
    catch_up = catching_up.definitions(lambda instance: Graph(graph, instance, resources))
    graph = dg.Definitions(
        assets=[t.bind(profile, reviews=said, on_read=on_read) for ts in GROUPS.values() for t in ts],
        asset_checks=[*CHECKS, *(catch_up.asset_checks or [])],
        jobs=[*asset_jobs(), *(catch_up.jobs or [])],
        sensors=catch_up.sensors,
        resources=resources.for_dagster(),
        executor=dg.in_process_executor,
    )
    return graph


@dg.definitions
def defs() -> dg.Definitions:
    """Return the graph of the home's profile; the home is made with profile `embedded` where there is none."""
    home = home_from_environment()
    profile = home_profile(home)
    return build_defs(build_resources(home, profile))
