"""Dagster's records of a home: one file of events, which lies in the home and is read wherever the home goes."""

import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from threading import Event

import dagster as dg
import pytest
import yaml
from dagster._core.storage.local_compute_log_manager import LocalComputeLogManager

from scalequest_assets.errors import HomeError
from scalequest_assets.orchestration.dagster_private import open_instance
from scalequest_assets.orchestration.dagster_private.records import last_makings
from scalequest_assets.storage import records
from scalequest_assets.storage.home import Home
from scalequest_assets.storage.records import readable_records

KEY = dg.AssetKey("one")


@dg.asset(check_specs=[dg.AssetCheckSpec("is_one", asset="one")])
def one(context: dg.AssetExecutionContext):
    context.log.info("said by the step")
    yield dg.Output(1)
    yield dg.AssetCheckResult(passed=True)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "home")
    made.prepare()
    return made


def make(home: Home) -> str:
    with open_instance(home.dagster) as instance:
        return dg.materialize([one], instance=instance).run_id


LETTERS = dg.AssetKey("letters")


@dg.asset(partitions_def=dg.StaticPartitionsDefinition(["a", "b", "c"]), code_version="1")
def letters(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
    return dg.MaterializeResult(metadata={"shown": "much " * 100}, data_version=dg.DataVersion(context.partition_key))


@pytest.mark.parametrize("name", ["a[1]", "a*b", "a?b", "a%20b"])
def test_a_home_whose_path_dagster_takes_for_another_is_refused(tmp_path, name):
    for folder in ("a1", "axb", name):
        Home(tmp_path / folder).prepare()
    with pytest.raises(HomeError, match=r"takes this path for another one\n  -> give the home a path without"):
        open_instance(Home(tmp_path / name).dagster)
    assert not [*tmp_path.rglob("*.db")], "nothing was written, there or elsewhere"


def databases(home: Home) -> list[str]:
    return sorted(str(file.relative_to(home.dagster)) for file in home.dagster.rglob("*.db"))


def test_events_of_all_runs_are_in_one_file(home):
    runs = [make(home) for _ in range(3)]
    assert databases(home) == ["history/event_log.db", "history/runs.db", "schedules/schedules.db"]
    with open_instance(home.dagster) as instance:
        assert [run.run_id for run in instance.get_runs()] == runs[::-1]
        for run in runs:
            entries = instance.all_logs(run)
            assert {entry.run_id for entry in entries} == {run}
            assert "said by the step" in [entry.user_message for entry in entries]
        record = instance.get_latest_materialization_event(KEY)
        assert record is not None
        assert record.run_id == runs[-1]


def test_what_an_instance_of_dagsters_own_opening_sees_is_the_same(home):
    run = make(home)
    with dg.DagsterInstance.from_config(str(home.dagster)) as instance, open_instance(home.dagster) as ours:
        assert instance.get_run_by_id(run) == ours.get_run_by_id(run)
        assert len(instance.all_logs(run)) == len(ours.all_logs(run)) > 0
        make(home)
        assert len(instance.get_runs()) == len(ours.get_runs()) == 2


def test_the_last_making_of_an_asset_is_the_last_whoever_made_it(home):
    with open_instance(home.dagster) as instance:

        def last() -> str | None:
            (record,) = instance.get_asset_records([KEY])
            made = record.asset_entry.last_materialization_record
            return made and made.run_id

        for _ in range(2):
            run = make(home)
            assert last() == last() == run
        instance.wipe_assets([KEY])
        assert instance.get_latest_materialization_event(KEY) is None
        run = make(home)
        assert last() == run


def test_states_are_told_of_the_last_makings_without_what_they_show(home):
    with open_instance(home.dagster) as instance:
        for partition in ("a", "b", "a"):
            assert dg.materialize([letters], instance=instance, partition_key=partition).success
        records = instance.fetch_materializations(LETTERS, limit=10, ascending=True).records
        wanted = {record.partition_key: record for record in records}
        found = last_makings(instance, LETTERS)
    assert set(found) == set(wanted) == {"a", "b"}
    for key, record in found.items():
        made, whole = record.asset_materialization, wanted[key].asset_materialization
        assert made is not None
        assert whole is not None
        assert made.metadata == {}
        assert "shown" in whole.metadata
        assert made.tags == whole.tags != {}
        assert (record.storage_id, record.timestamp) == (wanted[key].storage_id, wanted[key].timestamp)


def test_a_home_that_is_moved_takes_its_records_along(home, tmp_path):
    run = make(home)
    shutil.move(home.root, tmp_path / "elsewhere")
    with open_instance(tmp_path / "elsewhere" / "dagster") as instance:
        assert instance.get_run_by_id(run) is not None
    assert not home.root.exists()


def test_a_run_that_is_watched_is_told_of(home):
    run = make(home)
    seen, enough = list[str](), Event()

    def callback(entry: dg.EventLogEntry, cursor: str) -> None:
        seen.append(entry.run_id)
        if len(seen) == 3:
            enough.set()

    with open_instance(home.dagster) as instance:
        instance.watch_event_logs(run, None, callback)
        assert enough.wait(60)
        instance.end_watch_event_logs(run, callback)
    assert set(seen) == {run}


def test_several_processes_may_open_a_new_home_at_once(home):
    code = (
        "import sys; from pathlib import Path;"
        "from scalequest_assets.orchestration.dagster_private import open_instance;"
        "instance = open_instance(Path(sys.argv[1])); print(len(instance.get_runs()), instance.all_asset_keys())"
    )
    command = [sys.executable, "-c", code, str(home.dagster)]
    children = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    said = [child.communicate() for child in children]
    assert [out for out, _ in said] == ["0 []\n"] * 2, said
    assert list((home.dagster / "history").glob(".new-*")) == []


def test_events_are_kept_when_the_process_dies(home):
    code = (
        "import os, sys; from pathlib import Path;"
        "from scalequest_tests.orchestration.test_home_records import one;"
        "from scalequest_assets.orchestration.dagster_private import open_instance; import dagster as dg;"
        "instance = open_instance(Path(sys.argv[1])); dg.materialize([one], instance=instance); os.kill(os.getpid(), 9)"
    )
    child = subprocess.run([sys.executable, "-c", code, str(home.dagster)], capture_output=True, check=False)
    assert child.returncode == -9
    with open_instance(home.dagster) as instance:
        assert [run.status.value for run in instance.get_runs()] == ["SUCCESS"]
        assert instance.get_latest_materialization_event(KEY) is not None


def test_a_copy_of_what_cannot_be_opened_has_the_last_transactions(home, monkeypatch):
    make(home)
    file = home.dagster / "history" / "event_log.db"
    monkeypatch.setattr(records, "_can_be_written", lambda database: False)

    def refused(*arguments: object, **more: object) -> None:
        raise sqlite3.OperationalError("unable to open database file")

    with closing(sqlite3.connect(file)) as writer:
        writer.execute("CREATE TABLE last (x)")
        writer.commit()
        with monkeypatch.context() as patch:
            patch.setattr("scalequest_assets.storage.records.sqlite3.connect", refused)
            with readable_records(home) as directory:
                patch.undo()
                with closing(sqlite3.connect(directory / "history" / "event_log.db")) as copy:
                    assert copy.execute("SELECT * FROM last").fetchall() == []


def test_what_steps_print_is_not_written_to_files_unless_the_home_says_so(home):
    make(home)
    assert not list((home.dagster / "storage").glob("*/compute_logs/*"))
    settings = home.dagster / "dagster.yaml"
    manager = {"module": LocalComputeLogManager.__module__, "class": LocalComputeLogManager.__name__}
    folder = home.root / "logs"
    settings.write_text(
        yaml.safe_dump(
            yaml.safe_load(settings.read_text()) | {"compute_logs": manager | {"config": {"base_dir": str(folder)}}}
        )
    )
    make(home)
    assert list(folder.rglob("*.err"))
