"""Partitions made side by side on a real Ray cluster of two nodes, beside the same ones made one after another."""

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
import pytest

from scalequest_assets.errors import ScalequestError
from scalequest_assets.orchestration.graph import Graph
from scalequest_assets.partitions import partition_keys
from scalequest_assets.storage.completions import COMPLETION_SCHEMA, SCORE_SCHEMA
from scalequest_tests.conftest import fake_model
from scalequest_tests.engines.conftest import make_model
from scalequest_tests.extras.side_by_side import INTERRUPTED, CountedOnRay, made, opened, prepared

ray = pytest.importorskip("ray", reason="Ray is not installed: make test-extras has it")

pytestmark = pytest.mark.timeout(600)

TABLES = ("solvability_verdicts", "responses")
SHARED_KIND = "engine.kind=ray"


@pytest.fixture
def closing() -> Iterator[list[Graph]]:
    """Graphs whose engine is to be closed: another test wants the workers' places."""
    graphs: list[Graph] = []
    yield graphs
    for graph in graphs:
        graph.close()


def windows(graph: Graph, asset: str) -> dict[str, tuple[float, float]]:
    """Return when the run of each partition began and ended, as Dagster recorded it."""
    records = graph.instance.get_run_records(dg.RunsFilter(tags={"asset": asset}))
    return {
        record.dagster_run.tags["dagster/partition"]: (record.start_time or 0.0, record.end_time or 0.0)
        for record in records
    }


def num_overlapping(graph: Graph, asset: str) -> int:
    """Return how many pairs of partitions were at work at the same time."""
    return sum(max(a[0], b[0]) < min(a[1], b[1]) for a, b in combinations(windows(graph, asset).values(), 2))


def versions(graph: Graph, home: Any, table: str) -> dict[str, tuple[str | None, str]]:
    """Return the data version and the hash of the file of each partition."""
    now = graph.states()
    return {
        str(target.key): (
            now.states.data_version(table, target.key),
            now.lake.content_hash(table, target.partition),
        )
        for target in graph.targets(table, now)
    }


def test_tables_are_those_of_one_process_that_makes_one_after_another(
    cluster: Any, tmp_path: Path, closing: list[Graph]
) -> None:
    import torch

    torch.set_num_threads(1)  # as many as a worker of one CPU has: sums are rounded in the same order
    model = str(make_model(tmp_path / "model", context=256))
    alone = opened(*prepared(tmp_path / "alone", model))
    home, profile = prepared(tmp_path / "shared", model, SHARED_KIND)
    shared = opened(home, profile)
    closing += [alone, shared]
    assert made(alone, *TABLES) == made(shared, *TABLES) == 16
    for table in TABLES:
        assert num_overlapping(alone, table) == 0
        assert num_overlapping(shared, table) > 0
        assert versions(shared, home, table) == versions(alone, home, table)
    for segments in shared.models._completions.folders():
        keys = [key for name in segments.files() for key in segments.whole(name)["key"]]
        assert len(keys) == len(set(keys))  # questions of several shards were judged once
        assert segments.schema.keys() in (COMPLETION_SCHEMA.keys(), SCORE_SCHEMA.keys())
    costs = [shared._lake.read_cost("responses", target.partition) for target in shared.targets("responses")]
    assert [cost.num_requests for cost in costs if cost] == [6] * 8


def test_a_partition_that_fails_leaves_the_others_finished_and_is_reported(
    cluster: Any, tmp_path: Path, closing: list[Graph], capsys: pytest.CaptureFixture[str]
) -> None:
    model = str(fake_model(tmp_path / "model"))
    home, profile = prepared(tmp_path / "home", model, SHARED_KIND, num_questions=40)
    made_file = tmp_path / "made"
    made_file.touch()
    graph = opened(home, profile, CountedOnRay(profile, made_file, row_s=0.02))
    closing.append(graph)
    failing = partition_keys(profile, "shard")[1]
    rows = graph._lake.scan("deduplicated_questions", [failing]).collect()
    faulty = rows.with_columns(query=pl.lit("Tom has a bug in ") + pl.col("query"))
    graph._lake.write("deduplicated_questions", failing, faulty)
    with pytest.raises(ZeroDivisionError):
        made(graph, "responses")
    first, second = graph.targets("responses")[:2]
    assert (first.state, second.state) == ("fresh", "missing")
    statuses = Counter(run.status.value for run in graph.instance.get_runs())
    assert (statuses["FAILURE"], statuses.total() - statuses["SUCCESS"]) == (1, 1)
    with pytest.raises(ScalequestError, match=r"responses .*s0001: ZeroDivisionError"):
        made(graph, "responses", allow_partial=True)
    assert [target.state for target in graph.targets("responses")].count("fresh") == 7
    assert "responses grade_school|s0001  failed; others go on: ZeroDivisionError" in capsys.readouterr().err


def test_what_a_killed_command_had_stored_is_not_made_again(cluster: Any, tmp_path: Path, closing: list[Graph]) -> None:
    model = str(fake_model(tmp_path / "model"))
    home, profile = prepared(tmp_path / "home", model, SHARED_KIND, num_questions=40)
    made_file = tmp_path / "made"
    made_file.touch()
    made_again = tmp_path / "made-again"
    made_again.touch()
    graph = opened(home, profile, CountedOnRay(profile, made_again))
    closing.append(graph)
    command = [sys.executable, "-m", "scalequest_tests.extras.side_by_side", str(home.root), str(made_file)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:  # a line of each that begins
            if "competition|s0001: missing" in line:
                process.kill()
    stored = {
        key
        for segments in graph.models._completions.folders()
        for name in segments.files()
        for key in segments.whole(name)["key"]
    }
    fresh = [target for target in graph.targets("responses") if target.state == "fresh"]
    assert stored
    assert len(fresh) < 8
    made(graph, "responses")
    assert all(target.state == "fresh" for target in graph.targets("responses"))
    assert len(made_again.read_text(encoding="utf-8").split()) == 8 * 40 - len(stored)
    [segments] = graph.models._completions.folders()
    keys = [key for name in segments.files() for key in segments.whole(name)["key"]]
    assert (len(keys), len(set(keys))) == (8 * 40, 8 * 40)


def test_an_interrupt_ends_all_that_is_at_work(cluster: Any, tmp_path: Path) -> None:
    model = str(fake_model(tmp_path / "model"))
    home, profile = prepared(tmp_path / "home", model, SHARED_KIND, num_questions=40)
    made_file = tmp_path / "made"
    made_file.touch()
    command = [sys.executable, "-m", "scalequest_tests.extras.side_by_side", str(home.root), str(made_file)]
    said: list[str] = []
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            said.append(line)
            if "|s0001: missing" in line:
                os.kill(process.pid, signal.SIGINT)
    assert process.returncode == INTERRUPTED, "".join(said)
    statuses = Counter(run.status.value for run in opened(home, profile).instance.get_runs())
    assert statuses["FAILURE"] >= 1  # none is left as at work
    assert not statuses.keys() - {"FAILURE", "SUCCESS"}
