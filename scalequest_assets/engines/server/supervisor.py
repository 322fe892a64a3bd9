"""The process that starts a model server, watches whether anybody uses it, and stops it.

`python -m scalequest_assets.engines.server.supervisor DIRECTORY`, started by `server_lease`. It leads a process group
of its own with two children: the server, and a guard, a shell that kills the whole group as soon as a pipe from the
supervisor closes. So nothing outlives a supervisor that was killed with -9, on Linux and macOS alike.

Differs: from `prctl(PR_SET_PDEATHSIG)`, which reaches one process only. vLLM's engine is a process of its own that does
not notice when the API server that started it is killed (vLLM 0.32, `v1/engine/core.py`), and holds the GPU's memory.
"""

import fcntl
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import traceback
from pathlib import Path
from typing import Final, NoReturn

from scalequest_assets.engines.server.files import Order, ServerFiles, State, open_lock, try_lock

POLL_S: Final = 0.5
GRACE_S: Final = 20.0
"""Seconds that a server has to end by itself once it is asked to."""
_GUARD: Final = ("/bin/sh", "-c", "read -r _; kill -s KILL 0")


def main(directory: Path) -> None:
    """Leave the starter behind and supervise."""
    files = ServerFiles(directory)
    alive = open_lock(files.alive)
    fcntl.flock(alive, fcntl.LOCK_EX)  # waits only for those who look whether it is locked
    os.ftruncate(alive, 0)
    if os.fork():  # the lock is the child's now; it is nobody's child, so that no starter is left with a zombie
        os._exit(0)
    os.setsid()
    os.pwrite(alive, str(os.getpid()).encode("ascii"), 0)
    os.chdir(directory)
    supervise(files, alive)


def supervise(files: ServerFiles, alive: int) -> NoReturn:
    """Run the server until it ends, or nobody uses it, or SIGTERM comes; ends the own process group.

    Args:
        files: Where the order lies.
        alive: The locked descriptor; the children inherit it, so that it is locked as long as one of them lives.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    server: subprocess.Popen[bytes] | None = None
    try:
        guard = subprocess.Popen(_GUARD, stdin=subprocess.PIPE, pass_fds=[alive])  # noqa: S603 a constant
        order = files.read_order()
        assert order is not None, "a supervisor is started with an order"
        server = _start(files, order, alive)
        _say(_watch(files, order.idle_s, server, guard))
    except SystemExit:
        _say("asked to stop")
    except Exception:
        traceback.print_exc()
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        files.remove_state()
        if server is not None:
            _stop(server)
        sys.stderr.flush()
        os.killpg(0, signal.SIGKILL)  # what the server left behind, the guard, and this process
    raise AssertionError("not reached")


def _start(files: ServerFiles, order: Order, alive: int) -> subprocess.Popen[bytes]:
    port, api_key = _free_port(), secrets.token_urlsafe(32)
    command = [word.replace("{port}", str(port)).replace("{name}", files.name) for word in order.command]
    # The key goes through the environment: command lines can be read by every user of the machine.
    environment = {**os.environ, **order.environment, "VLLM_API_KEY": api_key}
    server = subprocess.Popen(  # noqa: S603 the user's own settings
        command, env=environment, stdin=subprocess.DEVNULL, pass_fds=[alive]
    )
    files.write_state(
        State(
            pid=server.pid,
            supervisor_pid=os.getpid(),
            port=port,
            api_key=api_key,
            command=command,
            started=time.time(),
        )
    )
    return server


def _watch(files: ServerFiles, idle_s: float, server: subprocess.Popen[bytes], guard: subprocess.Popen[bytes]) -> str:
    """Return why the server is to stop. Where nobody uses it, the lease stays locked: no client comes in any more."""
    lease = open_lock(files.lease)
    used = time.time()
    while True:
        time.sleep(min(POLL_S, idle_s / 4))
        if server.poll() is not None:
            return f"the server ended by itself, code {server.returncode}"
        if guard.poll() is not None:
            return "the guard was killed"
        if not try_lock(lease, fcntl.LOCK_EX):
            used = time.time()
            continue
        status = os.fstat(lease)
        used = max(used, status.st_mtime)  # clients touch it: one may have come and gone between two looks
        if not status.st_nlink:
            return "its directory was removed"
        if time.time() - used >= idle_s:
            return f"nobody used it for {idle_s:.0f} s"
        fcntl.flock(lease, fcntl.LOCK_UN)


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(GRACE_S)
    except subprocess.TimeoutExpired:
        _say(f"still there after {GRACE_S:.0f} s, killed")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _say(text: str) -> None:
    print(f"supervisor: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
