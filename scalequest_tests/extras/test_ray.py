"""Models on a real Ray cluster of two nodes, on this machine."""

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import scalequest_assets
from scalequest_assets.engines.base import Choice, Completion, Request, Sampling, Score
from scalequest_assets.engines.opening import ModelHandle, TransformersFactory
from scalequest_assets.engines.ray.rounds import CALLS, TRIES, Batch, Round
from scalequest_assets.engines.ray.settings import RaySettings
from scalequest_assets.engines.settings import EngineSettings
from scalequest_assets.errors import EngineError
from scalequest_tests.engines.conftest import make_model
from scalequest_tests.extras.clusters import NODE, cluster_of
from scalequest_tests.extras.counting import BATCH, CountingFactory

ray = pytest.importorskip("ray", reason="Ray is not installed: make test-extras has it")

from scalequest_assets.engines.ray.engine import RayEngine, RayScorer  # noqa: E402 after the skip

pytestmark = pytest.mark.timeout(600)

WARM = Sampling(temperature=1.0, top_p=0.9, max_tokens=12)
CONTEXT = 256
TINY = ModelHandle(name="tiny", path="none", version="1")
SECONDS = {"engine_s": 0.0}


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """A cluster with one node: the tests here add others."""
    with cluster_of(1) as found:
        yield found


@pytest.fixture
def counting(tmp_path: Path) -> CountingFactory:
    (tmp_path / "made").touch()
    return CountingFactory(tmp_path / "made")


@pytest.fixture(scope="module")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> str:
    import torch

    torch.set_num_threads(1)  # as many as a worker of one CPU has: sums are rounded in the same order
    return str(make_model(tmp_path_factory.mktemp("tiny"), context=CONTEXT))


@pytest.fixture(scope="module")
def tiny_scorer(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(make_model(tmp_path_factory.mktemp("scorer"), head="score", context=CONTEXT))


def settings(**of_ray: Any) -> EngineSettings:
    return EngineSettings(kind="ray", device="cpu", dtype="float32", batch_size=8, ray=RaySettings(**of_ray))


def requests(*prompts: str) -> list[Request]:
    return [Request(id=f"r{i}", prompt=prompt, seed=2**62 + i) for i, prompt in enumerate(prompts)]


def ids(rows: list[Request]) -> set[str]:
    return {row.id for row in rows}


def untimed(rows: Iterator[Completion] | Iterator[Score]) -> dict[str, Any]:
    """Return rows by id, their seconds left out; none may come twice."""
    found = [replace(row, **SECONDS) for row in rows]
    assert len({row.id for row in found}) == len(found)
    return {row.id: row for row in found}


def test_rows_are_those_of_transformers_in_this_process(cluster: Any, tiny_model: str) -> None:
    prompts = [f"Tom has {i} apples and " + "buys more " * (i % 7) for i in range(40)]
    rows = requests(*prompts, "", "7 8 9 " * CONTEXT)
    handle, how = ModelHandle(name="tiny", path=tiny_model, version="1"), settings()
    local, engine = TransformersFactory(how).generation(handle), RayEngine(handle, how, TransformersFactory(how))
    assert engine.info == local.info
    expected = untimed(local.generate(rows, WARM, ids(rows)))
    assert untimed(engine.generate(rows, WARM, ids(rows))) == expected
    assert {row.finish_reason for row in expected.values()} == {"stop", "length", "error"}
    some = {"r3", "r30", "r40"}
    assert untimed(engine.generate(rows, WARM, some)) == {row: expected[row] for row in some}
    assert list(engine.generate(rows, WARM, set())) == []
    choice = Choice(this=("Yes",), other=("No",))
    chosen = untimed(local.choose(rows, choice, ids(rows)))
    assert untimed(engine.choose(rows, choice, ids(rows))) == chosen
    engine.close()
    with pytest.raises(EngineError, match="closed"):
        list(engine.generate(rows, WARM, ids(rows)))


def test_scores_are_those_of_transformers_in_this_process(cluster: Any, tiny_scorer: str) -> None:
    rows = requests(*(f"Tom has {i} apples " * (i % 5) for i in range(30)), "7" * 2 * CONTEXT)
    handle, how = ModelHandle(name="scorer", path=tiny_scorer, version="1"), settings()
    engine = RayScorer(handle, how, TransformersFactory(how))
    expected = untimed(TransformersFactory(how).scoring(handle).score(rows, ids(rows)))
    assert untimed(engine.score(rows, ids(rows))) == expected
    engine.close()


def test_a_node_that_is_killed_costs_what_it_had_at_work(cluster: Any, counting: CountingFactory) -> None:
    second = cluster.add_node(**NODE)
    cluster.wait_for_nodes()
    engine = RayEngine(TINY, settings(), replace(counting, victim=second.node_id))
    while len(engine._pool.ready()) < 2:  # both are to be at work
        ray.wait(engine._pool.coming())
    rows = requests(*(f"row {i}" for i in range(60)))
    came: list[Completion] = []
    stream = engine.generate(rows, WARM, ids(rows))
    for row in stream:
        came.append(row)
        if len(came) == len(rows) - CALLS * BATCH + 1:  # the other node has done all but what the victim has
            cluster.remove_node(second, allow_graceful=False)
            before = Counter(counting.rows())
    assert {row.id: row.text for row in came} == {row.id: row.prompt.upper() for row in rows}
    assert len(came) == len(rows)
    assert set(before.values()) == {1}
    assert Counter(counting.rows()) == Counter(ids(rows))
    engine.close()


def test_a_worker_that_dies_is_replaced_and_a_batch_that_kills_three_is_given_up(
    cluster: Any, counting: CountingFactory
) -> None:
    rows = requests(*(f"row {i}" for i in range(BATCH)), "first", "die", "last", "one more", "another batch")
    engine = RayEngine(TINY, settings(), counting)
    done = untimed(engine.generate(rows, WARM, ids(rows)))
    assert done.keys() == ids(rows)
    errors = {row.id: row.error for row in done.values() if row.error}
    assert set(errors) == {"r5", "r6", "r7"}
    assert {error.kind for error in errors.values()} == {"server_error"}
    assert f"{TRIES} workers died" in errors["r5"].message
    assert Counter(counting.rows()) == Counter(ids(rows) - set(errors))
    engine.close()


def test_an_engine_that_breaks_each_time_says_why_and_faults_are_not_hidden(
    cluster: Any, counting: CountingFactory
) -> None:
    engine = RayEngine(TINY, settings(), counting)
    with pytest.raises(ZeroDivisionError):
        list(engine.generate(requests("bug"), WARM, {"r0"}))
    with pytest.raises(EngineError, match="the device fell off\n  -> put it back"):
        list(engine.generate(requests("break"), WARM, {"r0"}))
    assert [row.text for row in engine.generate(requests("fine"), WARM, {"r0"})] == ["FINE"]
    engine.close()


def test_workers_that_die_more_often_than_allowed_end_the_call(cluster: Any, counting: CountingFactory) -> None:
    engine = RayEngine(TINY, settings(max_restarts=0), counting)
    with pytest.raises(EngineError, match=r"more than 0 times each \(engine.ray.max_restarts\)"):
        list(engine.generate(requests("die"), WARM, {"r0"}))
    engine.close()


def test_a_worker_that_has_done_its_work_may_be_lost_as_often_as_it_is(cluster: Any, counting: CountingFactory) -> None:
    engine = RayEngine(TINY, settings(max_restarts=1), counting)
    for number in range(3):
        rows = requests(*(f"row {number} {i}" for i in range(BATCH)))
        assert len(list(engine.generate(rows, WARM, ids(rows)))) == BATCH
        [worker] = engine._pool.ready()
        ray.kill(worker.actor)
    assert [row.text for row in engine.generate(requests("fine"), WARM, {"r0"})] == ["FINE"]
    engine.close()


def test_a_node_that_comes_later_with_another_version_takes_no_part(
    cluster: Any, counting: CountingFactory, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    engine = RayEngine(TINY, settings(num_workers=2), counting)
    [coming] = engine._pool.coming()
    monkeypatch.setattr(scalequest_assets, "__version__", "0.0.1")
    late = cluster.add_node(**NODE)
    ray.wait([coming])
    assert [row.text for row in engine.generate(requests("fine"), WARM, {"r0"})] == ["FINE"]
    [told] = [record.getMessage() for record in caplog.records if "takes no part" in record.getMessage()]
    assert told.startswith("scalequest-assets is 0.0.1 here and ")
    assert (len(engine._pool.ready()), engine._pool.coming()) == (1, [])
    engine.close()
    cluster.remove_node(late)


def test_rows_that_came_back_before_the_last_worker_died_are_not_lost(cluster: Any, counting: CountingFactory) -> None:
    engine = RayEngine(TINY, settings(max_restarts=0), counting)
    rows = requests(*(f"row {i}" for i in range(BATCH)), "die")
    [worker] = engine._pool.ready()
    came: list[str] = []
    with Round(engine._desk, WARM, ids(rows)) as work:
        for batch, is_deadly in ((rows[:BATCH], False), (rows[BATCH:], True)):
            work.plan([Batch(batch)])
            with engine._pool.changed:
                engine._desk.hand_out()
            with pytest.raises(ray.exceptions.RayActorError) if is_deadly else nullcontext():
                ray.get(worker.actor.place.remote())  # it comes after all that the worker was given
        with pytest.raises(EngineError, match="all Ray workers of tiny died"):
            came.extend(row.id for _, answers in work.answers() for row in answers)
    assert came == [f"r{i}" for i in range(BATCH)]
    engine.close()


def test_what_is_under_way_is_bounded_and_taken_back_from_a_caller_who_leaves(
    cluster: Any, counting: CountingFactory
) -> None:
    engine = RayEngine(TINY, settings(), counting)
    rows = requests(*(f"row {i}" for i in range(10 * BATCH)))
    stream = engine.generate(rows, WARM, ids(rows))
    next(stream)
    [worker] = engine._pool.ready()
    ray.get(worker.actor.place.remote())  # it comes after all that the worker was given
    assert len(counting.rows()) == CALLS * BATCH
    stream.close()
    assert len(list(engine.generate(rows, WARM, ids(rows)))) == len(rows)
    assert len(counting.rows()) == len(rows) + CALLS * BATCH
    engine.close()


@pytest.mark.parametrize(
    ("of_ray", "path", "says"),
    [({"cpus_per_worker": 99, "placement_s": 1.0}, "none", "had room .* in 1 s .* 99 CPU, and the nodes have: 1 CPU"),
     ({}, "/nowhere", "node .* has no /nowhere"),
     ({}, "unloadable", "there are no weights")],
)  # fmt: skip
def test_a_model_that_no_worker_can_load_is_an_error(
    cluster: Any, counting: CountingFactory, of_ray: dict[str, Any], path: str, says: str
) -> None:
    with pytest.raises(EngineError, match=says):
        RayEngine(replace(TINY, path=path), settings(**of_ray), counting)


LOCAL = """
import ray, sys
from threading import Thread
from pathlib import Path
from scalequest_assets.engines.base import Request, Sampling
from scalequest_assets.engines.opening import ModelHandle, ProfileFactory
from scalequest_assets.engines.settings import EngineSettings

settings = EngineSettings(kind="ray", device="cpu", dtype="float32", ray={"num_workers": 1})
factory = ProfileFactory(settings, Path("servers"))
opened, handle = [], ModelHandle(name="tiny", path=sys.argv[1], version="1")
thread = Thread(target=lambda: opened.append(factory.generation(handle)))
thread.start()
thread.join()  # the cluster must outlive the thread that started it
[engine] = opened
row, = engine.generate([Request(id="r", prompt="Tom has", seed=1)], Sampling(max_tokens=4), ["r"])
engine.close()
factory.free_devices()
print(row.id, row.error, ray.is_initialized())
"""


def test_without_an_address_a_cluster_of_this_machine_is_started_and_ends(tiny_model: str) -> None:
    done = subprocess.run([sys.executable, "-c", LOCAL, tiny_model], capture_output=True, text=True, check=False)
    assert done.stdout == "r None False\n", done.stderr
