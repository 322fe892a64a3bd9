"""Runs as Kubernetes jobs, for the `dagster.yaml` of `deploy/kubernetes`. It needs the extra `kubernetes`."""

import dagster as dg
from dagster._core.launcher import CheckRunHealthResult, WorkerStatus
from dagster._core.storage.tags import DOCKER_IMAGE_TAG
from dagster_k8s import K8sRunLauncher


class RunLauncher(K8sRunLauncher):
    """Dagster's launcher, except that it lets those runs be that it did not launch.

    `scalequest run` and the job `catch_up` execute runs in their own process. These have no Kubernetes job, by which
    Dagster's monitoring would mark them failed while they are at work. What was launched has the image's tag.
    """

    def check_run_worker_health(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        """Return whether a run's job is at work; of a run that has none, that it is."""
        if DOCKER_IMAGE_TAG not in run.tags:
            return CheckRunHealthResult(WorkerStatus.RUNNING, "executed by the process that made it")
        health: CheckRunHealthResult = super().check_run_worker_health(run)
        return health
