"""The instance of a home, and runs that the UI can execute again."""

from collections.abc import Mapping
from pathlib import Path

import dagster as dg
from dagster._core.definitions.job_base import InMemoryJob
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition
from dagster._core.errors import DagsterPipesExecutionError
from dagster._core.execution.api import execute_run
from dagster._core.instance.ref import InstanceRef
from dagster._core.remote_origin import (
    ManagedGrpcPythonEnvCodeLocationOrigin,
    RemoteJobOrigin,
    RemoteRepositoryOrigin,
)
from dagster._core.storage.noop_compute_log_manager import NoOpComputeLogManager
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin

AssetJob = UnresolvedAssetJobDefinition
"""What `dg.define_asset_job` returns."""
ChildFailedError = DagsterPipesExecutionError
"""What `dg.PipesSubprocessClient` raises where its child fails."""
_NO_FILES = {"module": NoOpComputeLogManager.__module__, "class": NoOpComputeLogManager.__name__}


def open_instance(folder: Path) -> dg.DagsterInstance:
    """Return the instance in a directory, for runs in this process.

    What a step prints is seen where the process prints: to write it to a file besides, Dagster starts two processes for
    each run. Where `dagster.yaml` says by itself where such files go, they go there.
    """
    reference = InstanceRef.from_dir(str(folder))
    if reference.compute_logs_data == InstanceRef.config_defaults(str(folder))["compute_logs"]:
        reference = InstanceRef.from_dir(str(folder), overrides={"compute_logs": _NO_FILES})
    return dg.DagsterInstance.from_ref(reference)


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
