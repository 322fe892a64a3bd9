"""Runs whose process was killed are ended, and no others."""

import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.launcher import WorkerStatus

from scalequest_assets.orchestration.dagster_private import open_instance
from scalequest_assets.storage.home import Home
from scalequest_assets.storage.processes import PROCESS_TAG, end_killed, note_process, process_of

STARTED, FAILURE = dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.FAILURE
CHILD = """
import os, sys
from scalequest_assets.storage.processes import note_process
from scalequest_assets.orchestration.dagster_private import open_instance
from pathlib import Path
with open_instance(Path(sys.argv[1])) as instance:
    note_process(instance, instance.get_run_by_id(sys.argv[2]))
    os.kill(os.getpid(), 9)
"""


@pytest.fixture
def instance(tmp_path: Path):
    home = Home(tmp_path)
    home.prepare()
    with open_instance(home.dagster) as found:
        yield found


def started(instance: dg.DagsterInstance, **tags: str) -> dg.DagsterRun:
    @dg.job
    def nothing() -> None: ...

    return instance.create_run_for_job(nothing, status=STARTED, tags=tags)


def status(instance: dg.DagsterInstance, run: dg.DagsterRun) -> dg.DagsterRunStatus:
    found = instance.get_run_by_id(run.run_id)
    assert found
    return found.status


def killed(instance: dg.DagsterInstance, folder: Path, run: dg.DagsterRun) -> str:
    """Have a process that is killed be at a run; return its tag."""
    done = subprocess.run([sys.executable, "-c", CHILD, str(folder), run.run_id], check=False)
    assert done.returncode == -9
    found = instance.get_run_by_id(run.run_id)
    assert found
    return found.tags[PROCESS_TAG]


def test_what_a_killed_process_was_at_is_ended_and_nothing_else(instance: dg.DagsterInstance, tmp_path: Path) -> None:
    gone, here, unknown = started(instance), started(instance), started(instance)
    tag = killed(instance, tmp_path / "dagster", gone)
    note_process(instance, here)
    again = started(instance, **{PROCESS_TAG: tag})
    far = started(instance)
    instance.add_run_tags(far.run_id, {PROCESS_TAG: f"{far.run_id} 1 2 another-machine"})

    launcher = instance.run_launcher
    assert launcher.supports_check_run_worker_health
    monitored = {run.run_id: run for run in instance.get_runs()}
    assert launcher.check_run_worker_health(monitored[gone.run_id]).status == WorkerStatus.FAILED
    assert launcher.check_run_worker_health(monitored[here.run_id]).status == WorkerStatus.RUNNING

    assert end_killed(instance) == 4
    assert status(instance, gone) == FAILURE
    assert {status(instance, run) for run in (here, unknown, again, far)} == {STARTED}
    assert end_killed(instance) == 4


def test_a_process_that_began_later_has_the_number_of_one_that_is_gone(instance: dg.DagsterInstance) -> None:
    run = started(instance)
    run_id, pid, _, place = process_of(run.run_id)[PROCESS_TAG].split(" ", 3)
    instance.add_run_tags(run.run_id, {PROCESS_TAG: f"{run_id} {pid} 1 {place}"})
    assert end_killed(instance) == 0
    assert status(instance, run) == FAILURE


def test_a_run_that_ended_while_somebody_looked_stays_as_it_ended(
    instance: dg.DagsterInstance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = started(instance)
    killed(instance, tmp_path / "dagster", run)
    listed = instance.get_runs()
    instance.report_run_canceled(run)
    monkeypatch.setattr(type(instance), "get_runs", lambda instance, filters: listed)
    assert end_killed(instance) == 1
    assert status(instance, run) == dg.DagsterRunStatus.CANCELED
