"""Runs as children of the code server, as Dagster launches them, for the `dagster.yaml` of a home."""

import dagster as dg
from dagster._core.launcher import CheckRunHealthResult, DefaultRunLauncher, WorkerStatus

from scalequest_assets.storage.processes import was_killed


class HomeRunLauncher(DefaultRunLauncher):
    """Dagster's launcher, which also says of a run whether its process was killed: its monitoring then ends the run.

    Otherwise a run that was killed counts as at work, and those that are launched in the UI would wait for it for ever.
    """

    @property
    def supports_check_run_worker_health(self) -> bool:
        """Whether the launcher can tell: yes."""
        return True

    def check_run_worker_health(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        """Return whether a run's process is there; of one on another machine, that it is."""
        if was_killed(self._instance, run):
            return CheckRunHealthResult(WorkerStatus.FAILED, "its process was killed")
        return CheckRunHealthResult(WorkerStatus.RUNNING)
