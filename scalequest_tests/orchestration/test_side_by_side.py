"""Partitions made side by side, with a fake engine that several threads may ask at once; on Ray: `extras`."""

import signal
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from scalequest_assets.engines.base import Completion, Request, Sampling
from scalequest_assets.engines.opening import ModelHandle
from scalequest_assets.errors import EngineError
from scalequest_assets.orchestration.graph import Graph
from scalequest_tests.conftest import fake_model
from scalequest_tests.extras.side_by_side import made, opened, prepared
from scalequest_tests.fakes import FakeEngine, FakeFactory

ASSET = "responses"
Before = Callable[["SharedEngine", Sequence[Request]], object]


class SharedEngine(FakeEngine):
    """Answers as the fake does, once `before` has returned; it says that it has room."""

    has_room = True

    def __init__(self, handle: ModelHandle, factory: FakeFactory, before: Before) -> None:
        super().__init__(handle, factory)
        self._before, self.closed = before, threading.Event()

    def generate(
        self, requests: Sequence[Request], sampling: Sampling, missing: Collection[str]
    ) -> Iterator[Completion]:
        self._before(self, requests)
        yield from super().generate(requests, sampling, missing)

    def close(self) -> None:
        self.closed.set()


class SharedFactory(FakeFactory):
    def __init__(self, before: Before) -> None:
        super().__init__()
        self._before = before

    def generation(self, handle: ModelHandle) -> SharedEngine:
        self.loads[handle.name] += 1
        return SharedEngine(handle, self, self._before)


def shared(root: Path, before: Before) -> Graph:
    """Return a graph of eight partitions, whose engine runs `before` at the begin of each call."""
    home, profile = prepared(root / "shared", str(fake_model(root / "model")), "engine.kind=ray")
    return opened(home, profile, SharedFactory(before))


def statuses(graph: Graph) -> Counter[str]:
    return Counter(run.status.value for run in graph.instance.get_runs())


def test_partitions_are_at_the_engine_at_the_same_time_and_their_tables_are_the_same(tmp_path: Path) -> None:
    meeting = threading.Barrier(4, timeout=60)  # of eight partitions, each waits for three others
    graph = shared(tmp_path, lambda engine, requests: meeting.wait())
    home, profile = prepared(tmp_path / "alone", str(tmp_path / "model"))
    alone = opened(home, profile, FakeFactory())
    assert made(graph, ASSET) == made(alone, ASSET) == 8
    for one, other in zip(graph.targets(ASSET), alone.targets(ASSET), strict=True):
        assert one.state == other.state == "fresh"
        ours, theirs = graph.states().states, alone.states().states
        assert ours.data_version(ASSET, one.key) == theirs.data_version(ASSET, other.key)
    assert statuses(graph) == {"SUCCESS": 8}


def test_what_a_step_logs_and_a_failure_are_those_of_its_partition(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    meeting = threading.Barrier(2, timeout=60)

    def before(engine: SharedEngine, requests: Sequence[Request]) -> None:
        if requests[0].id.startswith("grade_school/s000"):
            if requests[0].id[13:18] in ("s0000", "s0001"):
                meeting.wait()
            if "s0001" in requests[0].id:
                raise ZeroDivisionError

    graph = shared(tmp_path, before)
    with pytest.raises(ZeroDivisionError):
        made(graph, ASSET)
    states = {target.key: target.state for target in graph.targets(ASSET)}
    assert states["grade_school|s0000"] == "fresh"
    assert states["grade_school|s0001"] == "missing"
    assert statuses(graph)["FAILURE"] == 1
    [failed] = [run for run in graph.instance.get_runs() if run.status.value == "FAILURE"]
    assert failed.tags["dagster/partition"] == "grade_school|s0001"
    said = capsys.readouterr().err
    assert "  responses grade_school|s0000: missing\n" in said
    assert ": 6/6 rows" in said


def test_an_interrupt_ends_all_calls_and_their_runs_as_interrupted(tmp_path: Path) -> None:
    meeting = threading.Barrier(2, timeout=60)

    def before(engine: SharedEngine, requests: Sequence[Request]) -> None:
        if meeting.wait() == 0:
            signal.raise_signal(signal.SIGINT)
        assert engine.closed.wait(60)
        raise EngineError("the engine is closed", "open it again")

    graph = shared(tmp_path, before)
    with pytest.raises(KeyboardInterrupt):
        made(graph, ASSET)
    assert statuses(graph).keys() == {"FAILURE"}
    for run in graph.instance.get_runs():
        [failure] = graph.instance.all_logs(run.run_id, of_type=dg.DagsterEventType.RUN_FAILURE)
        assert "interrupted" in failure.user_message  # as Dagster says it of a run in the main thread
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_runs_do_not_overlap_where_what_they_print_goes_to_files(tmp_path: Path) -> None:
    at_work: Any = threading.Lock()

    def before(engine: SharedEngine, requests: Sequence[Request]) -> None:
        assert threading.current_thread() is threading.main_thread()
        assert at_work.acquire(blocking=False)
        at_work.release()

    home, profile = prepared(tmp_path / "shared", str(fake_model(tmp_path / "model")), "engine.kind=ray")
    with (home.dagster / "dagster.yaml").open("a", encoding="utf-8") as file:
        file.write(
            "compute_logs:\n  module: dagster._core.storage.local_compute_log_manager\n"
            f"  class: LocalComputeLogManager\n  config: {{base_dir: {tmp_path / 'printed'}}}\n"
        )
    graph = opened(home, profile, SharedFactory(before))
    assert not graph.takes_several(ASSET)
