"""Partitions made side by side, with a fake engine that several threads may ask at once; on Ray: `extras`."""

import signal
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path

import dagster as dg
import pytest

from scalequest_assets.engines.base import Completion, Request, Sampling
from scalequest_assets.engines.opening import ModelHandle
from scalequest_assets.errors import EngineError, ScalequestError
from scalequest_assets.orchestration.graph import Graph, Target
from scalequest_assets.orchestration.side_by_side import make_all
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


def test_each_failure_is_said_with_its_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    meeting = threading.Barrier(2, timeout=60)
    reasons = {"s0000": ZeroDivisionError("the one reason"), "s0001": ValueError("the other reason")}

    def before(engine: SharedEngine, requests: Sequence[Request]) -> None:
        name = requests[0].id
        if name.startswith("grade_school") and (error := reasons.get(name.split("/")[1])):
            meeting.wait()
            raise error

    with pytest.raises((ZeroDivisionError, ValueError)):
        made(shared(tmp_path, before), ASSET)
    said = capsys.readouterr().err
    for shard, error in reasons.items():
        [line] = [line for line in said.splitlines() if f"  {ASSET} grade_school|{shard}  failed" in line]
        assert line.endswith(f": {type(error).__name__}: {error}")


def test_failures_that_a_command_goes_on_after_are_listed_in_the_order_of_partitions(tmp_path: Path) -> None:
    meeting, second = threading.Barrier(2, timeout=60), list[threading.Thread]()

    def before(engine: SharedEngine, requests: Sequence[Request]) -> None:
        if requests[0].id.startswith("grade_school/s0000"):
            meeting.wait()
            second[0].join(60)  # so that this one ends after it
            raise ZeroDivisionError
        if requests[0].id.startswith("grade_school/s0001"):
            second.append(threading.current_thread())
            meeting.wait()
            raise ZeroDivisionError

    graph = shared(tmp_path, before)
    with pytest.raises(ScalequestError) as found:
        made(graph, ASSET, allow_partial=True)
    lines = [line for line in found.value.what.splitlines() if line.startswith(ASSET)]
    assert [line.split(":")[0] for line in lines] == [f"{ASSET} grade_school|s000{number}" for number in (0, 1)]


@pytest.mark.timeout(120)
@pytest.mark.parametrize("error", [BrokenPipeError, SystemExit])
def test_an_error_of_the_command_itself_leaves_nothing_at_work(tmp_path: Path, error: type[BaseException]) -> None:
    meeting = threading.Barrier(3, timeout=60)
    graph, begun = shared(tmp_path, lambda engine, requests: wait_for_the_end(engine, meeting)), list[Target]()

    def begin(target: Target) -> None:
        begun.append(target)
        if len(begun) == 3:
            meeting.wait()
            raise error

    with pytest.raises(error):
        make_all(graph, graph.targets(ASSET), graph.make, begin, lambda target, error: True)
    assert statuses(graph) == {"FAILURE": 2}
    assert not [thread for thread in threading.enumerate() if thread.name.startswith(ASSET)]


@pytest.mark.timeout(120)
def test_an_interrupt_while_a_partition_begins_waits_for_none_that_did_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    meeting = threading.Barrier(2, timeout=60)
    graph, begun = shared(tmp_path, lambda engine, requests: wait_for_the_end(engine, meeting)), list[Target]()

    class Interrupted(threading.Thread):
        """The second one is interrupted right before it starts."""

        def start(self) -> None:
            if len(begun) == 2:
                meeting.wait()
                signal.raise_signal(signal.SIGINT)
            super().start()

    monkeypatch.setattr(threading, "Thread", Interrupted)
    with pytest.raises(KeyboardInterrupt):
        make_all(graph, graph.targets(ASSET), graph.make, begun.append, lambda target, error: True)
    assert len(begun) == 2
    assert statuses(graph) == {"FAILURE": 1}


def wait_for_the_end(engine: SharedEngine, meeting: threading.Barrier) -> None:
    """Be at work until the engine is closed."""
    meeting.wait()
    assert engine.closed.wait(60)
    raise EngineError("the engine is closed", "open it again")


def test_runs_do_not_overlap_where_what_they_print_goes_to_files(tmp_path: Path) -> None:
    home, profile = prepared(tmp_path / "shared", str(fake_model(tmp_path / "model")), "engine.kind=ray")
    with (home.dagster / "dagster.yaml").open("a", encoding="utf-8") as file:
        file.write(
            "compute_logs:\n  module: dagster._core.storage.local_compute_log_manager\n"
            f"  class: LocalComputeLogManager\n  config: {{base_dir: {tmp_path / 'printed'}}}\n"
        )
    graph = opened(home, profile, SharedFactory(lambda engine, requests: None))
    assert not graph.takes_several(ASSET)
