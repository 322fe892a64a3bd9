"""Runs whose process was killed: it could not say how they ended, and Dagster would count them as at work for ever."""

import os
import socket
from contextlib import suppress
from pathlib import Path

import dagster as dg
import psutil

PROCESS_TAG = ".dagster/scalequest_process"  # which the UI's list of runs leaves out, for the part before the slash
"""Run tag: the run, and the process that it is at work in. A run that is executed again keeps those of the first."""
_AT_WORK = [dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]


def process_of(run_id: str) -> dict[str, str]:
    """Return the tag that says that a run is at work in this process."""
    pid = os.getpid()
    return {PROCESS_TAG: f"{run_id} {pid} {_began(psutil.Process(pid))} {_place()}"}


def note_process(instance: dg.DagsterInstance, run: dg.DagsterRun) -> None:
    """Note that a run is at work in this process, if that is not noted yet."""
    own = process_of(run.run_id)
    if run.tags.get(PROCESS_TAG) != own[PROCESS_TAG]:
        instance.add_run_tags(run.run_id, own)


def was_killed(instance: dg.DagsterInstance, run: dg.DagsterRun) -> bool:
    """Return whether a run is not at its end, and its process is gone.

    Of a process on another machine, or in another container, nobody here can tell: False.
    """
    if not _is_gone(run):
        return False
    now = instance.get_run_by_id(run.run_id)  # it may just have ended
    return now is not None and now.status in _AT_WORK


def end_killed(instance: dg.DagsterInstance) -> int:
    """Mark as failed what killed processes of this machine were at, and return how many runs are at work still."""
    runs = instance.get_runs(dg.RunsFilter(statuses=_AT_WORK))
    killed = [run for run in runs if was_killed(instance, run)]
    for run in killed:
        instance.report_run_failed(run, "Its process was killed.")
    return len(runs) - len(killed)


def _is_gone(run: dg.DagsterRun) -> bool:
    named, pid, began, place = (run.tags.get(PROCESS_TAG, "").split(" ", 3) + [""] * 4)[:4]
    if named != run.run_id or place != _place():
        return False
    try:
        process = psutil.Process(int(pid))
        return process.status() == psutil.STATUS_ZOMBIE or _began(process) != began
    except psutil.NoSuchProcess:
        return True
    except psutil.AccessDenied:
        return False


def _began(process: psutil.Process) -> str:
    """Return what tells a process from a later one of its number: on Linux by a clock that nobody sets."""
    with suppress(OSError):
        return Path(f"/proc/{process.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[19]
    return str(process.create_time())


def _place() -> str:
    """Return where numbers of processes mean something: the machine, on Linux with the container's own numbering."""
    with suppress(OSError):
        return f"{socket.gethostname()} {Path('/proc/self/ns/pid').readlink()}"
    return socket.gethostname()
