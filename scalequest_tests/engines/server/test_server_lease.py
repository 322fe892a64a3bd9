"""The life of a model server: found, shared, stopped, and never left behind. With a fake server, in real processes."""

import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from scalequest_assets.engines.base import EngineInfo
from scalequest_assets.engines.server import process as server_process
from scalequest_assets.engines.server.files import ServerFiles, State
from scalequest_assets.engines.server.lease import ServerHandle, ServerSpec, acquire
from scalequest_assets.errors import EngineError

PROGRAM = str(Path(__file__).parents[1] / "fake_model_server.py")
INFO = EngineInfo(name="fake", device="cpu", num_devices=0, is_exact=False)
CLIENT = """
import json, sys
from pathlib import Path
from scalequest_assets.engines.base import EngineInfo
from scalequest_assets.engines.server.lease import ServerSpec, acquire
fields = json.loads(sys.argv[2])
spec = ServerSpec(**{**fields, "command": tuple(fields["command"]), "info": EngineInfo(**fields["info"])})
handle = acquire(Path(sys.argv[1]), spec, idle_s=float(sys.argv[3]), start_s=20)
print(handle.pid, flush=True)
sys.stdin.read()
"""


def spec(model: str = "a", *options: str) -> ServerSpec:
    command = (sys.executable, PROGRAM, "--port", "{port}", "--name", "{name}", *options)
    return ServerSpec(model=model, command=command, identity=(model,), info=INFO)


class Servers:
    """A root of servers, and all processes that belong to it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._clients: list[subprocess.Popen[str]] = []
        self._handles: list[ServerHandle] = []

    def acquire(self, spec: ServerSpec, *, idle_s: float = 60, start_s: float = 20) -> ServerHandle:
        self._handles.append(acquire(self.root, spec, idle_s=idle_s, start_s=start_s))
        return self._handles[-1]

    def client(self, spec: ServerSpec, *, idle_s: float = 60) -> subprocess.Popen[str]:
        """Start another process that acquires a server, prints its pid, and holds it until its input closes."""
        command = [sys.executable, "-c", CLIENT, str(self.root), json.dumps(asdict(spec)), str(idle_s)]
        client = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._clients.append(client)
        return client

    def files(self, spec: ServerSpec) -> ServerFiles:
        return ServerFiles(next(self.root.glob(f"*/{spec.key}")))

    def state(self, spec: ServerSpec) -> State:
        state = self.files(spec).read_state()
        assert state is not None
        return state

    def running(self) -> list[psutil.Process]:
        """Supervisors, guards, servers and engines: all stand in a server's directory."""
        return [process for process in psutil.process_iter() if self._is_ours(process)]

    def clean_up(self) -> None:
        for client in self._clients:
            client.kill()
            client.communicate()
        for handle in self._handles:
            handle.close()
        for process in self.running():
            process.kill()

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            is_alive = process.status() != psutil.STATUS_ZOMBIE
            return is_alive and Path(process.cwd()).is_relative_to(self.root)
        except (psutil.Error, OSError):
            return False


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[Servers]:
    servers = Servers(tmp_path.resolve() / "servers")
    try:
        yield servers
    finally:
        servers.clean_up()


def eventually(is_so: Callable[[], Any], seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it never came to be"
        time.sleep(0.05)


def first_line(client: subprocess.Popen[str]) -> str:
    assert client.stdout is not None
    return client.stdout.readline().strip()


def test_one_server_serves_all_processes_and_stops_after_the_last(servers: Servers) -> None:
    handle = servers.acquire(spec(), idle_s=1)
    assert len(servers.running()) == 4, "supervisor, guard, server, engine"
    clients = [servers.client(spec()) for _ in range(2)]
    assert [first_line(client) for client in clients] == [str(handle.pid)] * 2
    handle.close()
    clients[0].communicate()
    clients[1].kill()  # -9: nothing of the client's own gives its lease back
    eventually(lambda: not servers.running())
    assert servers.files(spec()).read_state() is None


def test_server_stays_while_it_is_used(servers: Servers) -> None:
    handle = servers.acquire(spec(), idle_s=0.2)
    deadline = time.monotonic() + 1.2
    while time.monotonic() < deadline:
        assert handle.is_alive()
        time.sleep(0.1)
    handle.close()
    eventually(lambda: not servers.running())
    assert not handle.is_alive()


def test_two_at_once_start_one(servers: Servers) -> None:
    slow = spec("a", "--load-s", "0.5")
    clients = [servers.client(slow) for _ in range(3)]
    assert len({first_line(client) for client in clients}) == 1
    assert len(servers.running()) == 4


def test_killed_supervisor_takes_all_with_it(servers: Servers) -> None:
    old = servers.acquire(spec())
    os.kill(servers.state(spec()).supervisor_pid, signal.SIGKILL)
    eventually(lambda: not servers.running() and not old.is_alive())
    old.close()
    assert servers.acquire(spec()).pid != old.pid
    assert len(servers.running()) == 4


@pytest.mark.parametrize("victim", ["server", "guard"])
def test_dead_child_ends_the_rest(victim: str, servers: Servers) -> None:
    old = servers.acquire(spec())
    names = {"server": "fake_model_server", "guard": "kill -s KILL 0"}
    [process] = [p for p in servers.running() if names[victim] in " ".join(p.cmdline())]
    process.kill()
    eventually(lambda: not servers.running())  # the engine, which does not notice that its parent died, included
    old.close()
    assert servers.acquire(spec()).pid != old.pid
    assert len(servers.running()) == 4


def test_loading_server_of_a_killed_client_is_taken_over(servers: Servers) -> None:
    slow = spec("a", "--load-s", "1.5")
    client = servers.client(slow)
    eventually(lambda: any(servers.root.glob("*/*/server.json")))
    client.kill()
    assert servers.acquire(slow).pid == servers.state(slow).pid
    assert len(servers.running()) == 4


def test_hung_server_is_replaced(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scalequest_assets.engines.server.lease._PATIENCE_S", 0.5)
    servers.acquire(spec()).close()
    state = servers.state(spec())
    servers.files(spec()).write_state(replace(state, started=0.0))
    real = server_process.answers
    monkeypatch.setattr(server_process, "answers", lambda files, s: s.port != state.port and real(files, s))
    assert servers.acquire(spec()).pid != state.pid
    assert len(servers.running()) == 4


def test_another_model_waits_for_the_lease(servers: Servers, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    first = servers.client(spec("a"))
    assert first_line(first)
    made: list[ServerHandle] = []
    thread = threading.Thread(target=lambda: made.append(servers.acquire(spec("b"))))
    thread.start()
    eventually(lambda: "waiting for the runs that use a" in caplog.text)
    second = servers.client(spec("a"))  # goes first: its model is loaded
    assert first_line(second) == str(servers.state(spec("a")).pid)
    first.communicate()
    assert thread.is_alive()
    second.communicate()
    thread.join()
    assert len(servers.running()) == 4, "only the second model's"
    assert made[0].is_alive()


def test_from_one_model_to_another_and_back(servers: Servers) -> None:
    for model in ("a", "b", "a"):
        servers.acquire(spec(model)).close()
    assert len(servers.running()) == 4


def test_two_models_at_once_in_one_process_are_an_error(servers: Servers) -> None:
    servers.acquire(spec("a"))
    with pytest.raises(EngineError, match="still uses a"):
        servers.acquire(spec("b"))
    assert servers.acquire(spec("a")).is_alive(), "the same one again is none"


def test_failed_start_shows_the_log(servers: Servers) -> None:
    with pytest.raises(EngineError, match=r"(?s)for a ended while it loaded.*no such model: xyz"):
        servers.acquire(spec("a", "--fail", "no such model: xyz"))
    assert not servers.running()


def test_missing_program_is_told(servers: Servers) -> None:
    with pytest.raises(EngineError, match=r"(?s)ended while it loaded.*No such file"):
        servers.acquire(ServerSpec(model="a", command=("/nowhere/vllm",), info=INFO))
    assert not servers.running()


def test_slow_start_is_given_up(servers: Servers) -> None:
    with pytest.raises(EngineError, match="not ready after 1 s") as error:
        servers.acquire(spec("a", "--load-s", "60"), start_s=1)
    assert "start_s" in error.value.remedy
    assert not servers.running()


def test_key_is_a_secret(servers: Servers) -> None:
    handle = servers.acquire(spec())
    state = servers.state(spec())
    directory = servers.files(spec()).directory
    assert len(handle.api_key) >= 32
    assert all(handle.api_key not in " ".join(process.cmdline()) for process in servers.running())
    holders = {p.name for p in directory.iterdir() if handle.api_key in p.read_text()}
    assert holders == {"server.json"}
    assert (directory / "server.json").stat().st_mode & 0o777 == 0o600
    assert handle.api_key not in repr(state) + repr(handle) + handle.log_tail()


def test_another_program_on_the_port_is_not_taken_for_the_server(servers: Servers) -> None:
    other = servers.acquire(spec("b"))
    files = servers.files(spec("b"))
    assert server_process.answers(files, servers.state(spec("b")))
    assert not server_process.answers(ServerFiles(files.directory.with_name("a")), servers.state(spec("b")))
    other.close()


def test_stale_files_kill_nobody(servers: Servers) -> None:
    servers.acquire(spec()).close()
    files = servers.files(spec())
    state = servers.state(spec())
    os.killpg(state.supervisor_pid, signal.SIGKILL)
    eventually(lambda: not servers.running())
    innocent = subprocess.Popen(["sleep", "60"], start_new_session=True)
    try:  # as after a restart of the machine, when the number belongs to somebody else
        files.alive.write_text(str(innocent.pid))
        assert servers.acquire(spec()).is_alive()
        assert innocent.poll() is None
    finally:
        innocent.kill()
        innocent.wait()


def test_removed_directory_stops_the_server(servers: Servers) -> None:
    servers.acquire(spec()).close()
    pids = {process.pid for process in servers.running()}
    assert len(pids) == 4
    shutil.rmtree(servers.root)
    eventually(lambda: not any(is_running(pid) for pid in pids))


def is_running(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
