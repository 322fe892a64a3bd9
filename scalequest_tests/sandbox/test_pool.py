"""Running programs: order, speed, what is told of them; and the values on their way."""

import platform
import shutil
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scalequest_assets.sandbox import pool
from scalequest_assets.sandbox.child import filter as calls
from scalequest_assets.sandbox.limits import LAYERS, Layer, Limits
from scalequest_assets.sandbox.pool import Sandbox
from scalequest_assets.sandbox.runs import ENDED, Job, Raised, Returned, request_of, run_of
from scalequest_assets.sandbox.values import UnreadableError, decode, encode

SCALARS = st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False)
KEYS = st.integers() | st.text() | st.tuples(st.integers(), st.text())
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(KEYS, inner) | st.sets(KEYS) | st.lists(KEYS)
    ),
    max_leaves=20,
)


def test_results_come_in_the_order_of_the_programs_and_calls():
    jobs = [Job(f"def f(x):\n    return x * {factor}", "f", [(1,), (2,)]) for factor in range(30)]
    with Sandbox(num_workers=2) as sandbox:
        found = sandbox.run(jobs)
    assert [run.results for run in found] == [(Returned(k), Returned(2 * k)) for k in range(30)]


def test_why_nothing_was_called():
    programs = {
        "def f(x:": "SyntaxError",
        "import nothing_of_this_name": "ModuleNotFoundError",
        "def g(x): return x": "NoFunction",
        "f = 3": "NoFunction",
        "raise KeyError(1)": "KeyError",
        "x = '\ud800'": "UnicodeEncodeError",
        "def f(x): return '\\ud800'": None,
    }
    with Sandbox(num_workers=1) as sandbox:
        found = sandbox.run([Job(program, "f", [(1,)]) for program in programs])
    assert [run.stopped for run in found] == list(programs.values()), found


def test_programs_know_the_standard_library_and_nothing_else():
    names = ("math", "re", "itertools", "collections", "heapq", "datetime", "typing", "functools", "string", "json")
    uses = "".join(f"import {name}\n" for name in names)
    extra = "from datetime import datetime\ndef f(): return datetime.strptime('2024-02-29', '%Y-%m-%d').day"
    with Sandbox(num_workers=1) as sandbox:
        found = sandbox.run(
            [Job(uses + "def f(): return math.comb(5, 2)", "f", [()]), Job(extra, "f", [()])]
            + [Job(f"import {name}\ndef f(): return 1", "f", [()]) for name in ("numpy", "scalequest_assets.errors")]
        )
    assert [run.results[0] for run in found[:2]] == [Returned(10), Returned(29)]
    assert all(run.stopped in ("ModuleNotFoundError", "PermissionError") for run in found[2:])


def test_one_program_leaves_nothing_for_the_next():
    change = Job("import math, os\nmath.pi = 3\nos.environ['left'] = 'here'\ndef f(): return math.pi", "f", [()])
    look = Job("import math, os\ndef f(): return [math.pi > 3.1, dict(os.environ)]", "f", [()])
    with Sandbox(num_workers=1) as sandbox:
        assert [run.results[0] for run in sandbox.run([change, look])] == [Returned(3), Returned([True, {}])]


def test_warm_workers_are_fast():
    jobs = [Job(f"def f(x):\n    return x + {place}", "f", [(place,)] * 8) for place in range(200)]
    with Sandbox(num_workers=2) as sandbox:
        sandbox.run(jobs[:4])
        start = time.monotonic()
        sandbox.run(jobs)
    assert len(jobs) / (time.monotonic() - start) > 40, "benchmarks say how fast; this says that workers stay warm"


def test_arguments_must_be_literals():
    with Sandbox(num_workers=1) as sandbox, pytest.raises(UnreadableError):
        sandbox.run([Job("def f(x): return x", "f", [(object(),)])])


def test_limits_can_be_other_ones():
    with Sandbox(Limits(result_bytes=100), num_workers=1) as sandbox:
        (found,) = sandbox.run([Job("def f(x): return 'x' * 60", "f", [(1,), (2,), (3,)])])
    assert found.results == (Returned("x" * 60), Raised("Unreadable"), Raised("TooMuchOutput"))


@given(VALUES)
@settings(max_examples=150)
def test_values_arrive_as_they_left(value: object):
    try:
        sent = encode(value)
    except UnreadableError:
        return
    assert repr(decode(sent)) == repr(value) or decode(sent) == value


@given(st.binary(max_size=200) | st.text().map(str.encode))
def test_no_bytes_harm_who_reads_them(output: bytes):
    assert len(run_of(3, ENDED, output).results) == 3


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_no_listed_call_opens_starts_or_signals(machine: str):
    forbidden = {"openat", "open", "socket", "clone", "fork", "execve", "kill", "tgkill", "prctl", "ioctl", "mount"}
    listed = calls.allowed(machine)
    assert not forbidden & set(listed)
    assert len(set(listed.values())) == len(listed)


@pytest.mark.skipif(platform.machine() != "x86_64", reason="numbers of x86_64 are looked up")
def test_the_numbers_are_those_of_this_machine():
    known = {"read": 0, "write": 1, "mmap": 9, "brk": 12, "exit_group": 231, "getrandom": 318, "futex": 202}
    assert known.items() <= calls.allowed("x86_64").items()


@pytest.mark.skipif(shutil.which("bwrap") is None, reason="bubblewrap is not installed")
@pytest.mark.parametrize("layers", [LAYERS, ()])
def test_bubblewrap_takes_a_worker_in(layers: tuple[Layer, ...], tmp_path: Path):
    worker = pool._Worker(Limits(), layers, str(tmp_path), bubblewrap=shutil.which("bwrap"))
    try:
        assert set(worker.holds) == {"namespaces", *layers}
        program = (
            "import os\n"
            "def f(step):\n"
            "    if step == 1:\n"
            "        open('/tmp/x', 'w').write('a')\n"
            "    return len(os.environ)"
        )
        request = request_of(Job(program, "f", [(0,), (1,)]))
        assert run_of(2, *worker.ask(request)).results[0] == Returned(0)
        assert isinstance(run_of(2, *worker.ask(request)).results[1], Raised)
    finally:
        worker.close()
