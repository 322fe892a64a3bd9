"""Runs whose process was killed: it could not say how they ended, and Dagster would count them as at work for ever."""

import os
import socket

import dagster as dg
import psutil

PROCESS_TAG = ".dagster/scalequest_process"  # which the UI's list of runs leaves out, for the part before the slash
"""Run tag: the run, and the process that it is at work in. A run that is executed again keeps those of the first."""
_CLOCK_S = 10
"""By how much clocks may differ: a process that began later has the number of one that is gone."""
_AT_WORK = [dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]


def process_of(run_id: str) -> dict[str, str]:
    """Return the tag that says that a run is at work in this process."""
    return {PROCESS_TAG: f"{run_id} {os.getpid()} {socket.gethostname()}"}


def note_process(instance: dg.DagsterInstance, run: dg.DagsterRun) -> None:
    """Note that a run is at work in this process, if that is not noted yet."""
    own = process_of(run.run_id)
    if run.tags.get(PROCESS_TAG) != own[PROCESS_TAG]:
        instance.add_run_tags(run.run_id, own)


def was_killed(instance: dg.DagsterInstance, run_id: str) -> bool:
    """Return whether a run's process is gone. Of another machine's nobody here can tell: False."""
    record = instance.get_run_record_by_id(run_id)
    named, _, process = record.dagster_run.tags.get(PROCESS_TAG, "").partition(" ") if record else ("", "", "")
    pid, _, host = process.partition(" ")
    if record is None or named != run_id or host != socket.gethostname():
        return False
    try:
        found = psutil.Process(int(pid))
        is_another = found.create_time() > record.update_timestamp.timestamp() + _CLOCK_S
        return bool(is_another or found.status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def end_killed(instance: dg.DagsterInstance) -> int:
    """Mark as failed what killed processes of this machine were at, and return how many runs are at work still."""
    runs = instance.get_runs(dg.RunsFilter(statuses=_AT_WORK))
    killed = [run for run in runs if was_killed(instance, run.run_id)]
    for run in killed:
        instance.report_run_failed(run, "Its process was killed.")
    return len(runs) - len(killed)
