"""Several workers, and the programs shared out among them."""

import json
import os
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from scalequest_assets.sandbox.limits import LAYERS, Layer, Limits
from scalequest_assets.sandbox.modules import MODULES
from scalequest_assets.sandbox.runs import KILLED, Job, Run, request_of, run_of

_LENGTH: Final = struct.Struct("!I")
_START_S, _GRACE_S, _CLOSE_S = 60.0, 5.0, 2.0
_CHUNK: Final = 65_536
_PACKAGES: Final = Path(__file__).resolve().parents[2]
_MAIN: Final = (
    f"import sys; sys.path.append({str(_PACKAGES)!r}); "
    "from scalequest_assets.sandbox.child.worker import main; sys.path.pop(); main()"
)


class Sandbox:
    """Runs programs, each in a process of its own, several at a time. A context manager.

    Args:
        limits: What a program may take.
        layers: Those to use where the system has them; the limits are always there.
        num_workers: Programs at a time; None for one a processor.
    """

    def __init__(
        self, limits: Limits | None = None, *, layers: Sequence[Layer] = LAYERS, num_workers: int | None = None
    ) -> None:
        self.limits = limits or Limits()
        self._layers = tuple(layers)
        self._num_workers = num_workers or os.cpu_count() or 1
        self._workers: list[_Worker] = []

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(prefix="scalequest-sandbox-")
        try:
            self._workers = [self._start()]
        except BaseException:
            self._folder.cleanup()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self._workers:
            worker.close()
        self._workers = []
        self._folder.cleanup()

    @property
    def holds(self) -> Sequence[Layer]:
        """The layers that contain programs here, beside the limits."""
        return self._workers[0].holds

    @property
    def missing(self) -> Mapping[str, str]:
        """Why others do not, by layer."""
        return self._workers[0].missing

    def run(self, jobs: Sequence[Job]) -> list[Run]:
        """Return what came of each program, in their order.

        Raises:
            UnreadableError: An argument of a call is no literal.
        """
        requests = [request_of(job) for job in jobs]
        while len(self._workers) < min(self._num_workers, len(jobs)):
            self._workers.append(self._start())
        found: dict[int, Run] = {}
        places, lock = iter(range(len(jobs))), threading.Lock()

        def work(worker: _Worker) -> None:
            for place in _taken(places, lock):
                end, output = worker.ask(requests[place])
                found[place] = run_of(len(jobs[place].calls), end, output)

        with ThreadPoolExecutor(len(self._workers)) as threads:
            for done in [threads.submit(work, worker) for worker in self._workers]:
                done.result()
        return [found[place] for place in range(len(jobs))]

    def _start(self) -> "_Worker":
        """Start a worker; by bubblewrap where the system forbids namespaces to others."""
        worker = _Worker(self.limits, self._layers, self._folder.name)
        if "namespaces" in worker.missing and (program := shutil.which("bwrap")):
            with suppress(OSError):
                inside = _Worker(self.limits, self._layers, self._folder.name, bubblewrap=program)
                worker.close()
                return inside
        return worker


def _taken(places: Iterator[int], lock: threading.Lock) -> Iterator[int]:
    """Yield places that no other thread took."""
    while True:
        with lock:
            place = next(places, None)
        if place is None:
            return
        yield place


class _Worker:
    """A worker process; another one takes the place of one that died."""

    def __init__(self, limits: Limits, layers: Sequence[Layer], folder: str, *, bubblewrap: str | None = None) -> None:
        self._limits = limits
        settings = {
            "limits": asdict(limits),
            "layers": list(layers),
            "modules": MODULES,
            "folder": tempfile.gettempdir(),
            "is_inside": bubblewrap is not None,
        }
        command = [sys.executable, "-I", "-S", "-c", _MAIN, json.dumps(settings)]
        self._command = [*_bubblewrap(bubblewrap), *command] if bubblewrap else command
        self._folder = folder
        self._start()

    def _start(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603  (our own command)
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            cwd=self._folder,
            env={"LC_ALL": "C.UTF-8"},
            start_new_session=True,
        )
        hello = self._receive(_START_S)
        if hello is None:
            self.close()
            raise OSError(f"the sandbox's worker did not start: {self._command[0]} ended with {self._process.poll()}")
        said = json.loads(hello)
        self.holds: Sequence[Layer] = said["holds"]
        self.missing: Mapping[str, str] = said["missing"]

    def ask(self, request: bytes) -> tuple[bytes, bytes]:
        """Return how a program ended, and what it sent; one whose worker dies with it was killed."""
        try:
            self._send(request)
            answer = self._receive(self._limits.wall_s + _GRACE_S)
        except OSError:
            answer = None
        if answer is None:
            self.close()
            self._start()
            return KILLED, b""
        return answer[:1], answer[1:]

    def close(self) -> None:
        """End the worker, and with it all that it forked."""
        process = self._process
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        with suppress(subprocess.TimeoutExpired):
            process.wait(_CLOSE_S)
        with suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def _send(self, data: bytes) -> None:
        assert self._process.stdin is not None
        rest = memoryview(_LENGTH.pack(len(data)) + data)
        while rest:
            rest = rest[self._process.stdin.write(rest) or 0 :]

    def _receive(self, wait_s: float) -> bytes | None:
        """Return what the worker says within so many seconds; None where it does not."""
        until = time.monotonic() + wait_s
        header = self._read(_LENGTH.size, until)
        return None if header is None else self._read(_LENGTH.unpack(header)[0], until)

    def _read(self, num: int, until: float) -> bytes | None:
        assert self._process.stdout is not None
        number, data = self._process.stdout.fileno(), b""
        poll = select.poll()
        poll.register(number, select.POLLIN)
        while len(data) < num:
            left = until - time.monotonic()
            if left <= 0 or not poll.poll(left * 1000):
                return None
            chunk = os.read(number, min(num - len(data), _CHUNK))
            if not chunk:
                return None
            data += chunk
        return data


def _bubblewrap(program: str) -> list[str]:
    """Return the command that runs another one in namespaces, with the files of the system to read."""
    needed = [Path(place).resolve() for place in (sys.prefix, sys.base_prefix, sys.executable, _PACKAGES)]
    hidden = [
        folder
        for folder in (Path("/home"), Path("/root"))
        if folder.is_dir() and not any(folder in place.parents for place in needed)
    ]
    covers = [part for folder in hidden for part in ("--tmpfs", str(folder))]
    shared = ["--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", *covers]
    return [program, "--unshare-all", "--unshare-user", "--die-with-parent", *shared, "--chdir", "/", "--"]
