"""A model server's directory: what lies in it, and the locks that say who lives.

All that must be right after a `kill -9` is a lock of the kernel's (`flock`), which ends with its last holder; a number
of a process is used only while such a lock proves that it still belongs to the server. Locks need a local file system.

| file | what it is |
|---|---|
| `lease` | locked, shared, by every client as long as it uses the server; for itself by who stops the server |
| `alive` | locked by supervisor, guard and server; holds the number of their process group |
| `order.json` | what the supervisor is to start |
| `server.json` | where the server listens, and its key; readable by its owner only |
| `log.txt`, `log.old.txt` | what this server and the one before it wrote |
"""

import dataclasses
import fcntl
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

_ERROR: Final = re.compile(r"(?:^|\] )[\w.]*(?:Error|Exception): ")
_NOISE: Final = re.compile(r"\s*$| - |nanobind:|See https://nanobind")


@dataclass(frozen=True, kw_only=True)
class Order:
    """What a supervisor starts.

    Attributes:
        model: What the server serves, for people.
        command: Its command line; `{port}` and `{name}` are filled in.
        environment: Variables besides the starter's.
        idle_s: Seconds without a client after which it stops.
    """

    model: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    idle_s: float


@dataclass(frozen=True, kw_only=True)
class State:
    """Where a server listens.

    Attributes:
        pid: Of the server.
        supervisor_pid: Of its supervisor, which leads the process group.
        port: On 127.0.0.1.
        api_key: Random, new with each start.
        command: Its command line.
        started: Seconds since the epoch.
    """

    pid: int
    supervisor_pid: int
    port: int
    api_key: str = field(repr=False)
    command: list[str]
    started: float


@dataclass(frozen=True)
class ServerFiles:
    """The directory of one server.

    Attributes:
        directory: Its name is the name under which the server serves its model.
    """

    directory: Path

    @property
    def name(self) -> str:
        """The model's name in requests."""
        return self.directory.name

    @property
    def lease(self) -> Path:
        """Locked by those who use the server."""
        return self.directory / "lease"

    @property
    def alive(self) -> Path:
        """Locked as long as the server or who watches it lives."""
        return self.directory / "alive"

    @property
    def log(self) -> Path:
        """What supervisor and server write."""
        return self.directory / "log.txt"

    def is_alive(self) -> bool:
        """Return whether the server, or who watches it, is there."""
        return is_locked(self.alive)

    def group(self) -> int | None:
        """Return the server's process group, which is its own only while `is_alive`."""
        try:
            text = self.alive.read_text(encoding="ascii")
        except FileNotFoundError:
            return None
        return int(text) if text else None

    def tail(self) -> str:
        """Return what the log's errors say, and its end."""
        try:
            text = self.log.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return ""
        lines = [line for line in text.splitlines() if not _NOISE.match(line)]
        end = lines[-15:]
        # What went wrong is often far above: each of vLLM's processes writes it, and then how it ends.
        errors = [line for line in dict.fromkeys(lines[:-15]) if _ERROR.search(line)]
        return "\n".join(line[:500] for line in [*errors[-5:], *end])

    def write_order(self, order: Order) -> None:
        """Leave an order for a supervisor."""
        _write(self.directory / "order.json", order)

    def read_order(self) -> Order | None:
        """Return the last order, or None."""
        fields = _read(self.directory / "order.json")
        return None if fields is None else Order(**{**fields, "command": tuple(fields["command"])})

    def write_state(self, state: State) -> None:
        """Say where the server listens."""
        _write(self.directory / "server.json", state)

    def read_state(self) -> State | None:
        """Return where the server listens, or None."""
        fields = _read(self.directory / "server.json")
        return None if fields is None else State(**fields)

    def remove_state(self) -> None:
        """Say that there is no server."""
        (self.directory / "server.json").unlink(missing_ok=True)


def open_lock(path: Path) -> int:
    """Return a file descriptor to lock; closing it gives the lock back."""
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)


def try_lock(descriptor: int, kind: int) -> bool:
    """Take a lock (`fcntl.LOCK_SH` or `LOCK_EX`) unless it would have to wait."""
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_locked(path: Path) -> bool:
    """Return whether somebody holds a file for itself."""
    try:
        descriptor = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        return not try_lock(descriptor, fcntl.LOCK_SH)
    finally:
        os.close(descriptor)


def _write(path: Path, record: Order | State) -> None:
    temporary = path.with_suffix(".tmp")
    temporary.unlink(missing_ok=True)  # another's permissions would stay
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(dataclasses.asdict(record), file, indent=2)
    temporary.replace(path)


def _read(path: Path) -> dict[str, Any] | None:
    try:
        fields: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return fields
