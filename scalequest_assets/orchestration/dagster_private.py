"""All that we use of Dagster's private modules: states of partitions, and runs that the UI can re-execute.

Nothing else imports `dagster._core`. A release of Dagster that moves one of these breaks here, and its test says which.
"""

from collections.abc import Mapping
from typing import Any

import dagster as dg
from dagster._core.definitions.assets.graph.base_asset_graph import BaseAssetGraph
from dagster._core.definitions.data_version import CachingStaleStatusResolver
from dagster._core.definitions.job_base import InMemoryJob
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition
from dagster._core.errors import DagsterPipesExecutionError
from dagster._core.execution.api import execute_run
from dagster._core.loader import LoadingContextForTest
from dagster._core.remote_origin import (
    ManagedGrpcPythonEnvCodeLocationOrigin,
    RemoteJobOrigin,
    RemoteRepositoryOrigin,
)
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin

__all__ = ["AssetJob", "ChildFailedError", "States", "create_run", "execute"]

AssetJob = UnresolvedAssetJobDefinition
"""What `dg.define_asset_job` returns."""
ChildFailedError = DagsterPipesExecutionError
"""What `dg.PipesSubprocessClient` raises where its child fails."""


class States:
    """What Dagster says of partitions, as of when it was made: each is looked up once.

    Args:
        instance: Holds the records.
        graph: The asset graph of the definitions.
    """

    def __init__(self, instance: dg.DagsterInstance, graph: BaseAssetGraph[Any]) -> None:
        # The only context that loads from an instance; production code of Dagster makes one from its web server.
        self._resolver = CachingStaleStatusResolver(instance, graph, LoadingContextForTest(instance))

    def status(self, asset: str, partition: str | None) -> str:
        """Return `MISSING`, `STALE` or `FRESH`."""
        return self._resolver.get_status(dg.AssetKey(asset), partition).value

    def reasons(self, asset: str, partition: str | None) -> tuple[str, ...]:
        """Return why it is stale, each reason with the asset and partition that it comes from."""
        found = []
        for cause in self._resolver.get_stale_causes(dg.AssetKey(asset), partition):
            reason = str(cause.reason)
            if cause.dependency is not None:
                key = f" {cause.dependency.partition_key}" if cause.dependency.partition_key else ""
                reason = f"{reason} ({cause.dependency.asset_key.to_user_string()}{key})"
            found.append(reason)
        return tuple(found)

    def data_version(self, asset: str, partition: str | None) -> str:
        """Return the recorded data version."""
        return self._resolver.get_current_data_version(dg.AssetKey(asset), partition).value


def create_run(
    instance: dg.DagsterInstance,
    job: dg.JobDefinition,
    *,
    asset: str,
    tags: Mapping[str, str],
    run_config: Mapping[str, object],
    module: str,
    location: str,
) -> dg.DagsterRun:
    """Record a run of a job that makes one asset, with the code location in which the UI finds the job again."""
    target = LoadableTargetOrigin(module_name=module)
    origin = ManagedGrpcPythonEnvCodeLocationOrigin(loadable_target_origin=target, location_name=location)
    return instance.create_run_for_job(
        job,
        asset_selection={dg.AssetKey(asset)},
        tags=tags,
        run_config=run_config,
        remote_job_origin=RemoteJobOrigin(RemoteRepositoryOrigin(origin, "__repository__"), job.name),
    )


def execute(instance: dg.DagsterInstance, job: dg.JobDefinition, run: dg.DagsterRun) -> None:
    """Execute a recorded run in this process; what a step raises is raised."""
    execute_run(InMemoryJob(job), run, instance, raise_on_error=True)
