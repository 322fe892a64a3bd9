"""The worker: waits warm with the standard library imported, and forks a process for each program.

Requests come by standard input, answers go by standard output: a length of four bytes, then so many. Neither is open
in a program's process, which has one pipe of its own for what its calls return. The worker does not read what comes
through it. It ends when its input does, and with it every process that it forked.
"""

import gc
import importlib
import json
import os
import resource
import select
import signal
import struct
import sys
import time
from contextlib import suppress
from typing import Any

from scalequest_assets.sandbox.child import filter as calls
from scalequest_assets.sandbox.child import program, rights
from scalequest_assets.sandbox.runs import ENDED, KILLED, OVERFLOW, TIMEOUT

_LENGTH = struct.Struct("!I")
_CHUNK = 65_536


def main() -> None:
    """Give up rights, say which layers hold and why others do not, and serve."""
    settings = json.loads(sys.argv[1])
    for name in settings["modules"]:
        with suppress(ImportError):
            importlib.import_module(name)
    nothing = os.open(os.devnull, os.O_RDWR)  # while there are files
    holds, missing = _contain(settings, nothing)
    sys.path[:] = []
    os.environ.clear()
    gc.collect()
    gc.freeze()  # forks share these pages as long as nobody counts references in them
    _send(json.dumps({"holds": holds, "missing": missing}).encode())
    while (request := _receive()) is not None:
        _send(_run(request, settings["limits"], nothing, is_filtered="filter" in holds))


def _contain(settings: dict[str, Any], nothing: int) -> tuple[list[str], dict[str, str]]:
    """Set up the layers that are wanted; return those that hold, and why others do not."""
    holds, missing = [], {}
    try:
        rights.drop_root()
    except OSError as error:
        missing["user"] = str(error)
    if settings["is_inside"]:
        holds.append("namespaces")
    elif "namespaces" in settings["layers"]:
        try:
            rights.enter_namespaces(nothing)
            rights.empty_root(settings["folder"])
            rights.drop_capabilities()
            holds.append("namespaces")
        except OSError as error:
            missing["namespaces"] = str(error)
    if "filter" in settings["layers"]:
        try:
            _try_filter()
            holds.append("filter")
        except OSError as error:
            missing["filter"] = str(error)
    return holds, missing


def _try_filter() -> None:
    """Install the filter in a process that ends at once.

    Raises:
        OSError: It cannot be installed.
    """
    pid = os.fork()
    if not pid:
        try:
            calls.install()
        except OSError as error:
            os._exit(error.errno or 255)
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if code:
        reason = os.strerror(code) if 0 < code < 255 else "not on this kind of machine"
        raise OSError(f"system calls cannot be filtered: {reason}")


def _run(request: bytes, limits: dict[str, Any], nothing: int, *, is_filtered: bool) -> bytes:
    """Run one program in a process of its own; return how it ended, and what it sent."""
    reading, writing = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            _become_program(limits, writing, nothing, is_filtered=is_filtered)
            program.serve(request, 3)
        finally:
            os._exit(0)
    os.close(writing)
    try:
        end, output = _listen(reading, limits)
    finally:
        os.close(reading)
        for kill in (os.killpg, os.kill):
            with suppress(OSError):
                kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
    if end == ENDED and os.WIFSIGNALED(status):
        end = {signal.SIGXCPU: TIMEOUT, signal.SIGKILL: ENDED}.get(signal.Signals(os.WTERMSIG(status)), KILLED)
    return end + output


def _become_program(limits: dict[str, Any], results: int, nothing: int, *, is_filtered: bool) -> None:
    """Make this process one that has nothing but its memory, and a pipe, as descriptor 3."""
    rights.die_with_parent()
    os.setsid()
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    pipe = os.dup(results)
    for number in (0, 1, 2):
        os.dup2(nothing, number)
    os.dup2(pipe, 3)
    os.closerange(4, 64)
    bounds = {
        resource.RLIMIT_CPU: limits["cpu_s"],
        resource.RLIMIT_AS: limits["memory_mb"] << 20,
        resource.RLIMIT_NOFILE: limits["open_files"],
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NPROC: 0,
    }
    for kind, most in bounds.items():
        hard = most + (kind == resource.RLIMIT_CPU)  # at the first the kernel says why, at the second it kills
        with suppress(ValueError, OSError):  # a system that does not know this one has the others
            resource.setrlimit(kind, (most, hard))
    if is_filtered:
        calls.install()


def _listen(reading: int, limits: dict[str, Any]) -> tuple[bytes, bytes]:
    """Return what comes through a pipe until it is closed, it is too much, or the time is over."""
    until, output = time.monotonic() + limits["wall_s"], b""
    poll = select.poll()
    poll.register(reading, select.POLLIN)
    while True:
        left = until - time.monotonic()
        if left <= 0 or not poll.poll(left * 1000):
            return TIMEOUT, output
        chunk = os.read(reading, _CHUNK)
        if not chunk:
            return ENDED, output
        output += chunk
        if len(output) > limits["result_bytes"]:
            return OVERFLOW, output[: limits["result_bytes"]]


def _receive() -> bytes | None:
    header = _read(_LENGTH.size)
    return None if header is None else _read(_LENGTH.unpack(header)[0])


def _read(num: int) -> bytes | None:
    data = b""
    while len(data) < num:
        chunk = os.read(0, min(num - len(data), _CHUNK))
        if not chunk:
            return None
        data += chunk
    return data


def _send(data: bytes) -> None:
    data = _LENGTH.pack(len(data)) + data
    while data:
        data = data[os.write(1, data) :]
