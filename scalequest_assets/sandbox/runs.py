"""What is asked of a program, and what came of it. What a program sent is read here, as data and nothing else."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from scalequest_assets.sandbox.values import UnreadableError, decode, encode

ENDED, TIMEOUT, OVERFLOW, KILLED = b"E", b"T", b"O", b"K"
"""How a worker says that a program's process ended: by itself, by the clock, by saying too much, by a signal."""
_ENDS: Final = {ENDED: "Exited", TIMEOUT: "Timeout", OVERFLOW: "TooMuchOutput", KILLED: "Killed"}
_NAME: Final = re.compile(r"\w{1,60}")


@dataclass(frozen=True)
class Job:
    """A program, and what to call of it.

    Attributes:
        program: Its source, in Python.
        function: Name of the function that is called.
        calls: Arguments of each call: literals.
    """

    program: str
    function: str
    calls: Sequence[Sequence[Any]]


@dataclass(frozen=True)
class Returned:
    """What a call returned.

    Attributes:
        value: A literal.
    """

    value: Any


@dataclass(frozen=True)
class Raised:
    """Why a call returned nothing that can be read.

    Attributes:
        error: Name of the exception; `Exited`, `Timeout`, `Killed` or `TooMuchOutput` where the process did not live
            to tell; `Unreadable` for a value that is no literal.
    """

    error: str


Result = Returned | Raised


@dataclass(frozen=True)
class Run:
    """What came of a program.

    Attributes:
        results: Of each call, in order.
        stopped: Why nothing was called: the exception that its definitions raised, `NoFunction`, or how its process
            ended before them; None where something was called.
    """

    results: tuple[Result, ...]
    stopped: str | None = None


def request_of(job: Job) -> bytes:
    """Return a job as a worker takes it.

    Raises:
        UnreadableError: An argument is no literal.
    """
    calls = [[encode(argument) for argument in call] for call in job.calls]
    return json.dumps({"program": job.program, "function": job.function, "calls": calls}).encode()


def run_of(num_calls: int, end: bytes, output: bytes) -> Run:
    """Return what a program's process sent, line by line, as far as it can be read."""
    found: list[Result] = []
    stopped: str | None = None
    for line in output.split(b"\n")[: num_calls + 1]:
        if not line:
            break
        said = _read(line)
        if isinstance(said, str):
            stopped = said
            break
        found.append(said)
    found, missing = found[:num_calls], Raised(stopped or _ENDS.get(end, "Exited"))
    results = (*found, *[missing] * (num_calls - len(found)))
    return Run(results, missing.error if not found and num_calls else None)


def _read(line: bytes) -> Result | str:
    """Return what a line says: a result, or why nothing is called. Noise is an `Unreadable` result."""
    try:
        said = json.loads(line)
        if isinstance(said, dict) and len(said) == 1:
            ((kind, inside),) = said.items()
            if kind == "value":
                return Returned(decode(inside))
            if kind == "error":
                return Raised(_named(inside))
            if kind == "stopped":
                return _named(inside)
    except (ValueError, RecursionError, UnreadableError):
        pass
    return Raised("Unreadable")


def _named(name: object) -> str:
    return name if isinstance(name, str) and _NAME.fullmatch(name) else "Error"
