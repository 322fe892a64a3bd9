"""Using a model server: found where it runs already, started where it does not, kept as long as somebody holds it.

Who needs a model calls `acquire` and gets a `ServerHandle`. The handle holds a lease, which the kernel takes back if
its process dies; the supervisor stops a server whose lease nobody has held for some time.

One model is loaded at a time for each root and machine: another one's server is stopped first, as soon as its lease is
free. Runs that use the loaded model go first meanwhile, for loading is what costs. Nobody waits for a model while he
holds another (that is an error at once), so that nothing can wait in a circle.
"""

import fcntl
import hashlib
import json
import logging
import os
import platform
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from scalequest_assets.engines.base import EngineInfo
from scalequest_assets.engines.server import process as server_process
from scalequest_assets.engines.server.files import Order, ServerFiles, State, open_lock, try_lock
from scalequest_assets.errors import EngineError

log = logging.getLogger(__name__)
_PATIENCE_S: Final = 60.0  # with a server that is there and does not answer: others may keep it busy
_held: Final[dict[int, str]] = {}  # the leases of this process, and the models they are for


@dataclass(frozen=True, kw_only=True)
class ServerSpec:
    """A server that runs can share: with the same key, the same server.

    Attributes:
        model: What it serves, for people.
        command: Command line; `{port}` is filled in, and `{name}`, under which the model is to be served.
        environment: Variables besides the caller's; no secret.
        identity: What distinguishes servers besides the command.
        info: What the server's engines say of themselves.
    """

    model: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    identity: tuple[str, ...] = ()
    info: EngineInfo

    @property
    def key(self) -> str:
        """Digest of what the server is."""
        return hashlib.sha256(json.dumps([self.command, self.identity]).encode()).hexdigest()[:16]


class ServerHandle:
    """A server that stays as long as this is open."""

    def __init__(self, files: ServerFiles, state: State, lease: int) -> None:
        self._files, self._state, self._lease = files, state, lease
        self.name: str = files.name
        self.address: str = f"http://127.0.0.1:{state.port}"
        self.api_key: str = state.api_key
        self.pid: int = state.pid

    def is_alive(self) -> bool:
        """Return whether the server that was acquired is still there."""
        return self._files.is_alive() and self._files.read_state() == self._state

    def max_model_len(self) -> int:
        """Return how many tokens a prompt and its completion may have together."""
        try:
            lengths = [card.get("max_model_len") for card in server_process.models(self._state)]
            return int(next(length for length in lengths if length is not None))  # an adapter's is its base's
        except (OSError, HTTPException, StopIteration, ValueError) as error:
            raise EngineError(
                f"the model server does not say how long its texts may be: {error!r}\n{self.log_tail()}", "run again"
            ) from error

    def log_tail(self) -> str:
        """Return the end of the server's log, and where to read the rest."""
        return f"{self._files.tail()}\n(from {self._files.log})"

    def close(self) -> None:
        """Give the lease back. The server goes on until nobody has used it for a while."""
        if self._lease >= 0:
            _give_back(self._lease)
            self._lease = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()


def acquire(root: Path, spec: ServerSpec, *, idle_s: float, start_s: float) -> ServerHandle:
    """Return a server, started if there is none.

    Args:
        root: Directory of all servers, on a local file system.
        spec: Which server.
        idle_s: Seconds without any client after which it stops; those of who starts it count.
        start_s: Seconds that it may take to answer.

    Raises:
        EngineError: It does not start, or this process holds another server.
    """
    host = _host_directory(root)
    files = ServerFiles(host / spec.key)
    files.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = _join(files, spec)
    if handle is not None:
        return handle
    if _held:
        raise EngineError(
            f"a server for {spec.model} cannot be started: this process still uses {', '.join(_held.values())}",
            "close the engine that is open before the next one is made",
        )
    with _start_lock(host):
        for directory in sorted(host.iterdir()):
            if directory.is_dir() and directory != files.directory:
                _stop_when_free(ServerFiles(directory))
        return _find_or_start(files, spec, idle_s, start_s)


def stop_all(root: Path) -> None:
    """Stop the servers of a root on this host, each as soon as nobody uses it: their memory is wanted."""
    host = _host_directory(root)
    if not host.is_dir():
        return
    with _start_lock(host):
        for directory in sorted(host.iterdir()):
            if directory.is_dir():
                _stop_when_free(ServerFiles(directory))


def _join(files: ServerFiles, spec: ServerSpec) -> ServerHandle | None:
    """Return a server that is there and answers."""
    lease = _take_lease(files, spec)
    try:
        state = files.read_state()
        if state is not None and files.is_alive() and server_process.answers(files, state):
            return ServerHandle(files, state, lease)
    except BaseException:
        _give_back(lease)
        raise
    _give_back(lease)
    return None


def _find_or_start(files: ServerFiles, spec: ServerSpec, idle_s: float, start_s: float) -> ServerHandle:
    """Return the server. The start lock is held: nobody else starts or stops one."""
    lease = _take_lease(files, spec)  # from now on its supervisor does not stop it
    try:
        state = files.read_state()
        if files.is_alive():  # started while we waited, or loading for somebody who died
            left_s = start_s if state is None else state.started + start_s - time.time()
            state = server_process.await_answer(files, max(left_s, _PATIENCE_S))
            if state is not None:
                return ServerHandle(files, state, lease)
            server_process.end(files)
        order = Order(model=spec.model, command=spec.command, environment=spec.environment, idle_s=idle_s)
        return ServerHandle(files, server_process.start(files, order, start_s), lease)
    except BaseException:
        _give_back(lease)
        raise


def _stop_when_free(files: ServerFiles) -> None:
    """Stop another model's server, as soon as nobody uses it."""
    if not files.is_alive():
        return
    lease = open_lock(files.lease)
    try:
        if not try_lock(lease, fcntl.LOCK_EX):
            order = files.read_order()
            log.info("model server: waiting for the runs that use %s", order.model if order else files.directory)
            fcntl.flock(lease, fcntl.LOCK_EX)
        server_process.end(files)
    finally:
        os.close(lease)


def _host_directory(root: Path) -> Path:
    """Return this host's directory: a root that machines share has servers for each."""
    return root.absolute() / (platform.node() or "localhost")


@contextmanager
def _start_lock(host: Path) -> Iterator[None]:
    lock = open_lock(host / "start.lock")
    try:
        if not try_lock(lock, fcntl.LOCK_EX):
            log.info("model server: waiting for another run that loads a model")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _take_lease(files: ServerFiles, spec: ServerSpec) -> int:
    lease = open_lock(files.lease)
    try:
        fcntl.flock(lease, fcntl.LOCK_SH)  # waits only while the server is being stopped
        os.utime(lease)
    except BaseException:
        os.close(lease)
        raise
    _held[lease] = spec.model
    return lease


def _give_back(lease: int) -> None:
    del _held[lease]
    os.utime(lease)
    os.close(lease)
