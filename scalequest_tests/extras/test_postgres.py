"""A home whose records are in PostgreSQL: the same states, reasons and commands as one with its records in files."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from scalequest_assets.errors import HomeError
from scalequest_assets.orchestration.dagster_private import open_instance
from scalequest_assets.storage import records
from scalequest_assets.storage.records import readable_records
from scalequest_tests.conftest import CommandLine, FakeRun
from scalequest_tests.extras.postgres import Postgres, home_at

pytestmark = pytest.mark.timeout(900)
SHARD = {"generator": "grade_school", "shard": "s0000"}


@pytest.fixture(scope="module")
def finished(database: Mapping[str, str], one_shard: FakeRun, tmp_path_factory: pytest.TempPathFactory) -> FakeRun:
    """A home in which everything was made once, of the same model as in that with its records in files."""
    root = tmp_path_factory.mktemp("postgres")
    home_at(root / "home")
    run = FakeRun(root)
    run.use("num_shards=1", one_shard.its_models)
    assert type(run.instance.event_log_storage).__module__.startswith("dagster_postgres")
    run.make()
    return run


def found(run: FakeRun) -> list[tuple[str, str, tuple[str, ...], str]]:
    """Return the states of all partitions with their reasons and the recorded versions, of one `States`.

    What is released says how many seconds it took: its versions differ from home to home.
    """
    now, rows = run.graph.states(), []
    for asset in run.graph.assets():
        for target in run.graph.targets(asset, now):
            is_timed = target.group == "release" or target.state == "optional"
            version = "" if is_timed else now.states.data_version(asset, target.key)
            rows.append((str(target), target.state, target.reasons, version))
    return rows


def rerolled(run: FakeRun) -> list[str]:
    """Sample one shard's questions once more, and make what follows; return all that was made."""
    [target] = [t for t in run.graph.targets("synthetic_questions") if t.partition == SHARD]
    run.graph.make(target, reroll=1)
    return [str(target), *run.make()]


def test_states_and_what_a_reroll_makes_are_those_of_files(
    finished: FakeRun, one_shard: FakeRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    in_files = one_shard.copied(tmp_path)
    assert found(finished) == found(in_files)
    assert {state for _, state, _, _ in found(finished)} == {"fresh", "optional"}
    assert list(finished.home.dagster.rglob("*.db")) == [], "nothing is recorded in files"

    made, same = rerolled(finished), rerolled(in_files)
    assert made == same
    assert len(made) > 10
    assert found(finished) == found(in_files)

    (finished.home.lake / "response_scores/generator=grade_school/shard=s0000/part.parquet").unlink()
    (in_files.home.lake / "response_scores/generator=grade_school/shard=s0000/part.parquet").unlink()
    for command in (("status", "--json"), ("stale", "--json")):
        said = [CommandLine(run.home.root, monkeypatch, capsys)(*command) for run in (finished, in_files)]
        assert said[0] == said[1]
        assert said[0][0] == 0
        assert "its file is gone" in said[0][1] or command[0] == "status"
    listed = json.loads(said[0][1])["targets"]
    assert [(t["asset"], t["partition"]) for t in listed] == [("response_scores", "grade_school|s0000")]


def test_a_home_that_cannot_be_written_is_asked_all_the_same(
    finished: FakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "_can_be_written", lambda database: False)
    with readable_records(finished.home) as folder, open_instance(folder) as instance:
        assert folder != finished.home.dagster
        assert instance.get_runs_count() == finished.instance.get_runs_count() > 0


@pytest.mark.parametrize("broken", [{"PGPORT": "1"}, {"PGDATABASE": "none"}, {"PGHOST": None}])
def test_records_that_cannot_be_opened_are_named_with_the_remedy(
    database: Mapping[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: Mapping[str, str | None]
) -> None:
    for name, value in broken.items():
        monkeypatch.setenv(name, value) if value else monkeypatch.delenv(name)
    monkeypatch.setattr("time.sleep", lambda seconds: None)  # between the tries
    with pytest.raises(HomeError, match=r"dagster\.yaml") as raised:
        open_instance(home_at(tmp_path).dagster)
    assert "storage" in raised.value.remedy


def test_two_databases_are_two_homes(server: Postgres, finished: FakeRun, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in server.database().items():
        monkeypatch.setenv(name, value)
    with open_instance(finished.home.dagster) as instance:
        assert instance.get_runs_count() == 0
        assert instance.get_latest_materialization_event(dg.AssetKey("seed_questions")) is None
