"""What programs try, and what holds them: each attempt in every tier that this machine has.

All attempts are harmless where they succeed: they read a file of the test's own, signal a process of the test's own.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from scalequest_assets.sandbox.limits import LAYERS, Layer, Limits
from scalequest_assets.sandbox.pool import Sandbox
from scalequest_assets.sandbox.runs import Job, Raised, Returned, Run

LIMITS = Limits(wall_s=2.0, cpu_s=1, memory_mb=300)
TIERS: dict[str, tuple[Layer, ...]] = {
    "all": LAYERS,
    "filter": ("filter",),
    "namespaces": ("namespaces",),
    "limits": (),
}
HARMLESS = Job("def f(x):\n    return x + 1", "f", [(1,)])


@pytest.fixture(scope="module", params=TIERS)
def tier(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    with Sandbox(LIMITS, layers=TIERS[request.param], num_workers=1) as sandbox:
        lacking = {layer: sandbox.missing.get(layer) for layer in TIERS[request.param] if layer not in sandbox.holds}
        if lacking:
            pytest.skip(f"this system does not give them: {lacking}")
        yield sandbox


@pytest.fixture
def strong(tier: Sandbox) -> Sandbox:
    if not tier.holds:
        pytest.skip("limits alone do not close files, sockets and processes of one's own: docs/code.md says so")
    return tier


def run(sandbox: Sandbox, program: str, *calls: tuple[object, ...]) -> Run:
    (found,) = sandbox.run([Job(program, "f", calls or [()])])
    assert sandbox.run([HARMLESS])[0].results == (Returned(2),), "the sandbox goes on"
    return found


def test_many_processes(tier: Sandbox):
    if not tier.holds and os.geteuid() == 0 and "user" in tier.missing:
        pytest.skip("root cannot become nobody here, and no limit of processes holds for root")
    found = run(tier, "import os\ndef f():\n    for _ in range(50):\n        os.fork()\n    return 'forked'")
    assert found.results[0] in (Raised("PermissionError"), Raised("BlockingIOError"))


def test_an_endless_loop(tier: Sandbox):
    start = time.monotonic()
    assert run(tier, "def f():\n    while True:\n        pass").results == (Raised("Timeout"),)
    assert time.monotonic() - start < LIMITS.wall_s + 2


def test_an_endless_loop_while_it_is_defined_and_what_returned_before_stays(tier: Sandbox):
    found = run(tier, "while True:\n    pass")
    assert (found.results, found.stopped) == ((Raised("Timeout"),), "Timeout")
    found = run(tier, "def f(x):\n    while x:\n        pass\n    return 7", (0,), (1,), (0,))
    assert found == Run((Returned(7), Raised("Timeout"), Raised("Timeout")))


def test_sleep_takes_the_clocks_time_and_no_more(tier: Sandbox):
    assert run(tier, "import time\ndef f():\n    time.sleep(60)").results == (Raised("Timeout"),)


def test_ten_gigabytes(tier: Sandbox):
    assert run(tier, "def f():\n    return len(bytearray(10 * 2**30))").results == (Raised("MemoryError"),)


def test_many_small_pieces_of_memory(tier: Sandbox):
    program = "def f():\n    kept = []\n    while True:\n        kept.append(bytearray(2**20))"
    assert run(tier, program).results == (Raised("MemoryError"),)


def test_endless_output_goes_nowhere(tier: Sandbox):
    program = "import sys\ndef f():\n    while True:\n        print('x' * 4096)\n        sys.stderr.write('y')"
    assert run(tier, program).results == (Raised("Timeout"),)


def test_endless_results(tier: Sandbox):
    program = "import os\ndef f():\n    while True:\n        os.write(3, b'x' * 4096)"
    assert run(tier, program).results == (Raised("Unreadable"),)


def test_too_large_a_value(tier: Sandbox):
    assert run(tier, "def f():\n    return 'x' * 10**6").results == (Raised("Unreadable"),)
    assert run(tier, "def f():\n    a = []\n    a.append(a)\n    return a").results == (Raised("Unreadable"),)
    assert run(tier, "def f():\n    return 10**5000").results == (Raised("Unreadable"),)


def test_writing_outside(tier: Sandbox, tmp_path: Path):
    place = tmp_path / "written"
    tmp_path.chmod(0o777)
    program = f"def f():\n    with open({str(place)!r}, 'w') as file:\n        file.write('here')"
    assert isinstance(run(tier, program).results[0], Raised)
    assert not place.exists() or not place.read_text(), "limits let no byte into a file"


def test_making_files_and_links(strong: Sandbox, tmp_path: Path):
    tmp_path.chmod(0o777)
    for step in ("open(place, 'w')", "os.symlink('/', place)", "os.mkdir(place)", "os.symlink('/', 'here')"):
        program = f"import os\nplace = {str(tmp_path / 'made')!r}\ndef f():\n    {step}"
        assert isinstance(run(strong, program).results[0], Raised), step
    assert list(tmp_path.iterdir()) == []


def test_reading_files(strong: Sandbox, tmp_path: Path):
    secret = tmp_path / "secret"
    secret.write_text("told")
    for folder in (tmp_path, *tmp_path.parents[:-1]):
        if folder.stat().st_uid == os.geteuid() and not folder.stat().st_mode & 0o001:
            folder.chmod(folder.stat().st_mode | 0o055)
    for step in (f"open({str(secret)!r}).read()", "os.listdir('/usr')", "open('/proc/self/environ').read()"):
        assert isinstance(run(strong, f"import os\ndef f():\n    return {step}").results[0], Raised), step


def test_environment_and_home(tier: Sandbox, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SCALEQUEST_TEST_SECRET", "told")
    with Sandbox(LIMITS, layers=tier.holds, num_workers=1) as sandbox:
        assert run(sandbox, "import os\ndef f():\n    return dict(os.environ)").results == (Returned({}),)
        home = run(sandbox, "import os\ndef f():\n    return os.listdir(os.path.expanduser('~'))").results[0]
        listed = isinstance(home, Returned)
        assert not listed or home.value != sorted(os.listdir(Path.home()))  # noqa: PTH208


def test_signals_to_others(tier: Sandbox):
    is_protected = tier.holds or (os.geteuid() == 0 and "user" not in tier.missing)
    if not is_protected:
        pytest.skip("limits alone leave processes of the same user open to signals: docs/code.md says so")
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as bystander:
        for aim in (f"os.kill({os.getpid()}, 9)", "os.kill(os.getppid(), 9)", f"os.kill({bystander.pid}, 9)"):
            result = run(tier, f"import os\ndef f():\n    {aim}\n    return 'killed'").results[0]
            assert isinstance(result, Raised) or "getppid" in aim, aim
        assert bystander.poll() is None
        bystander.communicate()


def test_a_worker_that_dies_is_replaced():
    with Sandbox(LIMITS, num_workers=1) as sandbox:
        for process in psutil.Process().children(recursive=True):
            with suppress(psutil.NoSuchProcess):  # another test's child, which has just ended
                if "scalequest_assets.sandbox" in " ".join(process.cmdline()):
                    process.send_signal(signal.SIGKILL)
        assert sandbox.run([HARMLESS])[0].stopped == "Killed"
        assert sandbox.run([HARMLESS])[0].results == (Returned(2),)


def test_sockets(strong: Sandbox):
    for step in (
        "socket.create_connection(('127.0.0.1', 1), 1)",
        "socket.create_connection(('192.0.2.1', 80), 1)",
        "socket.socket(socket.AF_UNIX).connect('/run/x')",
    ):
        program = f"def f():\n    import socket\n    {step}\n    return 'connected'"
        assert isinstance(run(strong, program).results[0], Raised), step


def test_no_network_is_there(tier: Sandbox):
    if "namespaces" not in tier.holds or "filter" in tier.holds:
        pytest.skip("only namespaces without a filter let a program look for a network")
    program = "import os\ndef f():\n    return os.listdir('/')"
    assert run(tier, program).results == (Returned([]),)


def test_no_child_outlives_its_program(tier: Sandbox):
    program = (
        "import os\n"
        "def f():\n"
        "    if os.fork() == 0:\n"
        "        os.setsid()\n"
        "        while True:\n"
        "            pass\n"
        "    return 1"
    )
    if not tier.holds and os.geteuid() == 0 and "user" in tier.missing:
        pytest.skip("root cannot become nobody here, and no limit of processes holds for root")
    assert isinstance(run(tier, program).results[0], Raised)


def test_nothing_outlives_the_sandbox():
    sandbox = Sandbox(Limits(wall_s=30), num_workers=2)
    before = {process.pid for process in psutil.process_iter()}
    with sandbox:
        sandbox.run([HARMLESS] * 4)
        own = {process.pid for process in psutil.Process().children(recursive=True)} - before
        assert own
    assert not own & set(psutil.pids())


def test_workers_end_with_the_process_that_started_them():
    started = (
        "import sys, time\n"
        "from scalequest_assets.sandbox.pool import Sandbox\n"
        "import psutil\n"
        "sandbox = Sandbox(num_workers=1).__enter__()\n"
        "print(*[p.pid for p in psutil.Process().children(recursive=True)], flush=True)\n"
        "input()\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    with subprocess.Popen(
        [sys.executable, "-c", started], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as parent:
        assert parent.stdout is not None
        workers = [psutil.Process(int(pid)) for pid in parent.stdout.readline().split()]
        parent.kill()
    _, alive = psutil.wait_procs(workers, timeout=10)
    assert workers
    assert alive == []


def test_patched_builtins_make_nothing_right(tier: Sandbox):
    program = (
        "import builtins, json, sys\n"
        "class Always(int):\n"
        "    def __eq__(self, other): return True\n"
        "    __hash__ = int.__hash__\n"
        "    def __repr__(self): return '42'\n"
        "builtins.isinstance = lambda *_: True\n"
        "json.dumps = lambda *_, **__: '{\"value\": 42}'\n"
        "sys.modules['builtins'].all = lambda *_: True\n"
        "def f(x): return Always(7)\n"
    )
    (found,) = run(tier, program, (1,)).results
    assert found in (Returned(42), Raised("Unreadable")), "a value at best, the same for every question"
    subclass = "class Always(int):\n    def __eq__(self, other): return True\ndef f(x): return Always(7)"
    (found,) = run(tier, subclass, (1,)).results
    assert isinstance(found, Returned)
    assert type(found.value) is int
    assert found.value == 7
    assert found.value != 8


@pytest.mark.parametrize("leave", ["sys.exit(0)", "os._exit(0)", "raise SystemExit"])
def test_leaving_early_is_a_failure(tier: Sandbox, leave: str):
    found = run(tier, f"import os, sys\n{leave}\ndef f(x): return x", (1,), (2,))
    assert all(isinstance(result, Raised) for result in found.results)
    assert found.stopped in ("SystemExit", "Exited")
    found = run(tier, f"import os, sys\ndef f(x):\n    {leave}", (1,), (2,))
    assert all(isinstance(result, Raised) for result in found.results)


def test_nothing_runs_at_exit(tier: Sandbox):
    program = "import atexit, os\natexit.register(lambda: os.write(3, b'{\"value\": 9}\\n'))\ndef f(x): return x"
    assert run(tier, program, (1,)).results == (Returned(1),)


def test_forged_results_are_values_like_others(tier: Sandbox):
    program = 'import os\nos.write(3, b\'{"value": 9}\\n{"verdict": "passed"}\\n{"value": [}\\n\')\nos._exit(0)'
    assert run(tier, program, (1,), (2,), (3,), (4,)).results == (
        Returned(9),
        Raised("Unreadable"),
        Raised("Unreadable"),
        Raised("Exited"),
    )
    printed = "print('{\"value\": 9}')\nprint('ok\\n1 passed in 0.01s')\ndef f(x): return x"
    assert run(tier, printed, (1,)).results == (Returned(1),)


def test_deep_recursion_ends_the_program_alone(tier: Sandbox):
    program = "import sys\nsys.setrecursionlimit(10**9)\ndef f(x): return f(x)"
    assert isinstance(run(tier, program, (1,)).results[0], Raised)


def test_nested_text_does_not_harm_who_reads_it(tier: Sandbox):
    program = "import os\nos.write(3, b'[' * 30000 + b'\\n')\ndef f(x): return x"
    assert run(tier, program, (1,)).results == (Raised("Unreadable"),)
