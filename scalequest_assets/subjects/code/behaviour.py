"""What programs do: responses become the lines of `cases`, by running them in the sandbox."""

import os
import warnings
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from scalequest_assets.sandbox.pool import Sandbox
from scalequest_assets.sandbox.runs import Job, Raised, Run
from scalequest_assets.subjects.code import cases, extraction, inputs, signature

_NEVER_ENDED = {"Timeout", "Exited", "Killed", "TooMuchOutput"}
_PER_WORKER = 16


class _Asked(NamedTuple):
    """A program to run, and the name under which its answer is written."""

    job: Job
    function: str


def answers(rows: Sequence[tuple[str | None, str | None, str | None]]) -> list[str | None]:
    """Return what the program of each response does, in the normal form of `cases`.

    It is tried on gold's calls where gold is known, else on the question's (`inputs`).

    Args:
        rows: Response, question and gold of each.

    Returns:
        None where a response has no program, or one that lacks the function; that does not define or return within its
        limits; or that raises on every call. Equal rows are run once.
    """
    asked = {row: found for row in dict.fromkeys(rows) if (found := _asked(*row)) is not None}
    if not asked:
        return [None] * len(rows)
    jobs = list(dict.fromkeys((a.job.program, a.job.function, repr(a.job.calls)) for a in asked.values()))
    by_key = {(a.job.program, a.job.function, repr(a.job.calls)): a.job for a in asked.values()}
    workers = max(1, min(os.cpu_count() or 1, len(jobs) // _PER_WORKER))
    with Sandbox(num_workers=workers) as sandbox:
        if not sandbox.holds:
            _warn()
        runs = dict(zip(jobs, sandbox.run([by_key[key] for key in jobs]), strict=True))
    done = {row: _answer(a, runs[a.job.program, a.job.function, repr(a.job.calls)]) for row, a in asked.items()}
    return [done.get(row) for row in rows]


def _asked(response: str | None, query: str | None, gold: str | None) -> _Asked | None:
    called = cases.calls(gold) if gold else inputs.calls_of(query) if query else None
    program = extraction.program(response, called.function) if called else None
    if called is None or program is None:
        return None
    function = called.function
    if function not in program.functions:
        named = signature.read(query) if query else None
        if named is not None and named.name == function:
            return None  # the question names it: another one is another function
        function = program.functions[-1]
    return _Asked(Job(program.source, function, called.arguments), called.function)


def _answer(asked: _Asked, run: Run) -> str | None:
    errors = [result.error for result in run.results if isinstance(result, Raised)]
    if run.stopped or len(errors) == len(run.results) or _NEVER_ENDED.intersection(errors):
        return None
    pairs = zip(asked.job.calls, run.results, strict=True)
    lines = [cases.line(asked.function, arguments, result) for arguments, result in pairs]
    return "\n".join(one for one in lines if one is not None) or None


@cache
def _warn() -> None:
    """Say once that programs are contained by limits alone."""
    warnings.warn(
        "programs that models wrote are contained by resource limits alone here: this system has neither namespaces "
        "nor a filter of system calls; run on Linux, or in a container that holds nothing else (scalequest doctor)",
        RuntimeWarning,
        stacklevel=2,
    )
