"""The instance of a home, and runs that the UI can execute again."""

import glob
import logging
import threading
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import dagster as dg
import sqlalchemy
from dagster._core.definitions.job_base import InMemoryJob
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition
from dagster._core.errors import DagsterPipesExecutionError
from dagster._core.execution.api import create_execution_plan, execute_run
from dagster._core.instance.ref import InstanceRef
from dagster._core.remote_origin import (
    ManagedGrpcPythonEnvCodeLocationOrigin,
    RemoteJobOrigin,
    RemoteRepositoryOrigin,
)
from dagster._core.snap import snapshot_from_execution_plan
from dagster._core.storage.noop_compute_log_manager import NoOpComputeLogManager
from dagster._core.storage.sqlite import create_db_conn_string
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin
from dagster._core.utils import make_new_run_id
from dagster._serdes import ConfigurableClassData

from scalequest_assets.errors import HomeError
from scalequest_assets.storage.processes import process_of

AssetJob = UnresolvedAssetJobDefinition
"""What `dg.define_asset_job` returns."""
ChildFailedError = DagsterPipesExecutionError
"""What `dg.PipesSubprocessClient` raises where its child fails."""
_NO_FILES = ConfigurableClassData(NoOpComputeLogManager.__module__, NoOpComputeLogManager.__name__, "{}")

_KEPT_S, _MORE_CONNECTIONS = 30, 20
"""How long a connection stays: a model may be at work for hours, in which a firewall or the server would end it."""


def open_instance(folder: Path) -> dg.DagsterInstance:
    """Return the instance in a directory, for runs in this process.

    What a step prints is seen where the process prints: to write it to a file besides, Dagster starts two processes for
    each run. Where `dagster.yaml` says by itself where such files go, they go there. A connection to a database server
    stays for a while, as in Dagster's web server: else each event and each query would have one of its own.

    Raises:
        HomeError: The records cannot be opened.
    """
    check_folder(folder)
    try:
        reference = InstanceRef.from_dir(str(folder))
        if reference.compute_logs_data == InstanceRef.config_defaults(str(folder))["compute_logs"]:
            reference = reference._replace(compute_logs_data=_NO_FILES)
        instance = dg.DagsterInstance.from_ref(reference)
    except Exception as error:  # a storage of the user's choice raises what it likes
        raise HomeError(
            f"{folder / 'dagster.yaml'}: Dagster's records cannot be opened: {error}",
            "look at its section `storage`: whether the package is installed, the variables that it names are set, and "
            "the database is there and answers",
        ) from error
    instance.optimize_for_webserver(statement_timeout=0, pool_recycle=_KEPT_S, max_overflow=_MORE_CONNECTIONS)
    _keep_log_handlers(instance, folder / "dagster.yaml")
    return instance


def check_folder(folder: Path) -> None:
    """Raise `HomeError` if Dagster takes the path of an instance's directory for another one.

    It looks for `dagster.yaml` by a pattern, so that it finds none, or another's, and writes its databases into a URL.
    """
    database = sqlalchemy.make_url(create_db_conn_string(str(folder), "runs")).database
    if database != str(folder / "runs.db") or (folder.exists() and glob.glob(str(folder)) != [str(folder)]):  # noqa: PTH207
        raise HomeError(
            f"{folder}: Dagster, which keeps records there, takes this path for another one",
            "give the home a path without any of [ * ? %; one that is there can be moved",
        )


def may_overlap(instance: dg.DagsterInstance) -> bool:
    """Return whether runs of this process may be at work at the same time.

    Not where what steps print goes to files: each run turns the process's output to its own, and then back.
    """
    return isinstance(instance.compute_log_manager, NoOpComputeLogManager)


def make_log_handlers(instance: dg.DagsterInstance) -> None:
    """Have the handlers of `python_logs` (`dagster.yaml`) made now: before runs are at work at the same time.

    Dagster makes them by `logging.config.dictConfig`, also where there are none. That closes all handlers of the
    process with the lock of `logging` held: it waits for a run that is writing an event, which waits for that lock.

    Raises:
        HomeError: They cannot be made.
    """
    instance.get_yaml_python_handlers()


def _keep_log_handlers(instance: dg.DagsterInstance, file: Path) -> None:
    """Have the handlers of `python_logs` made once, for the first who asks, not by each run."""
    make, making, made = instance.get_yaml_python_handlers, threading.Lock(), list[Sequence[logging.Handler]]()

    def kept() -> Sequence[logging.Handler]:
        with making:
            if not made:
                try:
                    made.append(make())
                except Exception as error:  # a handler of the user's choice raises what it likes
                    raise HomeError(
                        f"{file}: the handlers of `python_logs` cannot be made: {error}",
                        "correct its section `python_logs`",
                    ) from error
            return made[0]

    instance.get_yaml_python_handlers = kept  # type: ignore[method-assign]


class AssetRuns:
    """Makes and executes runs that make one asset, of the asset's named job; several threads may do so at once.

    What is the same for all partitions of an asset is worked out once: the part of the job, and what Dagster records of
    it.

    Args:
        instance: Where runs are recorded.
        module: Where the UI finds the jobs again.
        location: The code location's name.
    """

    def __init__(self, instance: dg.DagsterInstance, *, module: str, location: str) -> None:
        self._instance = instance
        target = LoadableTargetOrigin(module_name=module)
        self._origin = RemoteRepositoryOrigin(
            ManagedGrpcPythonEnvCodeLocationOrigin(loadable_target_origin=target, location_name=location),
            "__repository__",
        )
        self._parts: dict[str, dg.JobDefinition] = {}
        self._creating = threading.Lock()

    def create(
        self,
        job: dg.JobDefinition,
        *,
        asset: str,
        checks: Collection[dg.AssetCheckKey],
        tags: Mapping[str, str],
        run_config: Mapping[str, object],
    ) -> dg.DagsterRun:
        """Record a run.

        Args:
            job: The asset's job.
            asset: The asset.
            checks: Its checks that run with it. Unsaid, these would be all that the code location has of it.
            tags: The run's tags.
            run_config: Its config.
        """
        with self._creating:
            key = dg.AssetKey(asset)
            if asset not in self._parts:
                self._parts[asset] = job.get_subset(asset_selection={key}, asset_check_selection=set(checks))
            part = self._parts[asset]
            plan = create_execution_plan(part, run_config=run_config, tags=tags)
            run_id = make_new_run_id()
            return self._instance.create_run(
                job_name=job.name,
                run_id=run_id,
                run_config=run_config,
                status=None,
                tags={**tags, **process_of(run_id)},
                root_run_id=None,
                parent_run_id=None,
                step_keys_to_execute=plan.step_keys_to_execute,
                execution_plan_snapshot=snapshot_from_execution_plan(plan, part.get_job_snapshot_id()),
                job_snapshot=part.get_job_snapshot(),
                parent_job_snapshot=part.get_parent_job_snapshot(),
                asset_selection={key},
                asset_check_selection=set(checks),
                resolved_op_selection=None,
                op_selection=None,
                remote_job_origin=RemoteJobOrigin(self._origin, job.name),
                job_code_origin=None,
                asset_graph=part.asset_layer.asset_graph,
            )

    def execute(self, asset: str, run: dg.DagsterRun) -> None:
        """Execute a recorded run in this process; what a step raises is raised."""
        execute_run(_Part(self._parts[asset]), run, self._instance, raise_on_error=True)


class _Part(InMemoryJob):
    """The part of a job that makes one asset: no part of it is to be made again."""

    def get_subset(self, **selection: Any) -> Self:
        return self
