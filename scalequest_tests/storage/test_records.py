"""Dagster's records where they can only be read."""

import sqlite3
from contextlib import closing
from pathlib import Path

import dagster as dg
import pytest

from scalequest_assets.storage import records
from scalequest_assets.storage.home import Home
from scalequest_assets.storage.records import readable_records


@dg.asset
def one() -> int:
    return 1


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home in which something was made."""
    home = Home(tmp_path / "home")
    home.prepare()
    with dg.DagsterInstance.from_config(str(home.dagster)) as instance:
        assert dg.materialize([one], instance=instance).success
    return home


def test_records_that_can_be_written_are_read_where_they_lie(home):
    with readable_records(home) as directory:
        assert directory == home.dagster


def test_records_that_cannot_be_written_are_read_from_a_copy(home, monkeypatch):
    monkeypatch.setattr(records, "_can_be_written", lambda database: False)
    before = {path: path.read_bytes() for path in home.root.rglob("*.db")}
    with readable_records(home) as directory:
        assert directory != home.dagster
        with dg.DagsterInstance.from_config(str(directory)) as instance:
            assert instance.get_latest_materialization_event(dg.AssetKey("one")) is not None
            assert not instance.telemetry_enabled, "its settings are the home's"
            assert len(instance.get_runs()) == 1
    assert not directory.exists()
    assert {path: path.read_bytes() for path in home.root.rglob("*.db")} == before


def test_what_another_process_is_writing_is_copied_as_of_now(home, monkeypatch):
    monkeypatch.setattr(records, "_can_be_written", lambda database: False)
    with closing(sqlite3.connect(home.dagster / "history" / "runs.db")) as writer:
        writer.execute("PRAGMA journal_mode=WAL")
        writer.execute("UPDATE runs SET status = 'FAILURE'")
        writer.commit()
        with readable_records(home) as directory, dg.DagsterInstance.from_config(str(directory)) as instance:
            assert [run.status for run in instance.get_runs()] != []
            with closing(sqlite3.connect(directory / "history" / "runs.db")) as copy:
                assert copy.execute("SELECT status FROM runs").fetchall() == [("FAILURE",)]


def test_a_home_without_records_has_none(tmp_path):
    with readable_records(Home(tmp_path / "nowhere")) as directory:
        assert list(directory.iterdir()) == []
    assert list(tmp_path.iterdir()) == []
