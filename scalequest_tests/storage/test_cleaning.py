import os
import time
from pathlib import Path

import polars as pl
import pytest

from scalequest_assets.config.file import read_profile, validate
from scalequest_assets.errors import HomeError
from scalequest_assets.storage.cleaning import leftovers, put_together, summary
from scalequest_assets.storage.completions import CompletionStore
from scalequest_assets.storage.home import Home
from scalequest_assets.storage.lake import Lake
from scalequest_assets.storage.models import ModelRecord, ModelStore
from scalequest_tests.storage.test_completions import SAMPLING, BatchEngine, asked, no_engine, segments, texts
from scalequest_tests.storage.test_lake import PARTITION, questions

NOW, WEEK = 2_000_000_000.0, 7 * 86400.0
GONE = {"generator": "gone", "shard": "s0000"}
PROFILE = validate(read_profile("embedded"), "embedded")
PARTITIONS = {"synthetic_questions": [PARTITION]}


@pytest.fixture
def home(tmp_path):
    home = Home(tmp_path)
    home.prepare()
    return home


def age(root: Path, seconds: float) -> None:
    for path in [root, *root.rglob("*")]:
        os.utime(path, (NOW - seconds, NOW - seconds))


def found(home: Home, older_than_s: float = WEEK):
    return leftovers(home, Lake(home.lake), PROFILE, PARTITIONS, older_than_s=older_than_s, now=NOW)


def filled(home: Home) -> tuple[CompletionStore, Lake]:
    """Make a partition of the first four of six stored completions."""
    store, lake = CompletionStore(home.completions), Lake(home.lake)
    result = store.complete(BatchEngine(batch_size=100).open, "m", asked(*"abcdef"), SAMPLING)
    lake.write("synthetic_questions", PARTITION, questions("q"))
    lake.write_references("synthetic_questions", PARTITION, result.references().head(4))
    return store, lake


def test_a_home_in_use_has_nothing_to_clean(home):
    store, lake = filled(home)
    result = store.complete(no_engine, "m", asked(*"abcdef"), SAMPLING)
    lake.write_references("synthetic_questions", PARTITION, result.references())
    age(home.root, 2 * WEEK)
    assert found(home) == []
    assert summary([]).is_empty()


def test_completions_that_no_partition_is_made_of_go_and_the_others_stay(home):
    store, _ = filled(home)
    before = texts(store.complete(no_engine, "m", asked(*"abcd"), SAMPLING))
    age(home.root, 60)
    assert found(home) == [], "young ones stay: a killed run finished them, the next one wants them"
    age(home.root, 2 * WEEK)
    (leftover,) = found(home)
    assert (leftover.kind, leftover.detail.split(": ")[1]) == ("completions", "2 of 6 rows")
    leftover.remove()
    again = CompletionStore(home.completions)
    assert texts(again.complete(no_engine, "m", asked(*"abcd"), SAMPLING)) == before
    assert again.complete(BatchEngine().open, "m", asked(*"ef"), SAMPLING).num_made == 2
    age(home.root, 2 * WEEK)
    assert [leftover.detail.split(": ")[1] for leftover in found(home)] == ["2 of 2 rows"]


def test_a_segment_that_nothing_needs_is_removed_whole(home):
    store, _ = filled(home)
    store.complete(BatchEngine().open, "gone", asked("x"), SAMPLING)
    store.score(BatchEngine().open, "gone", asked("x"))
    age(home.root, 2 * WEEK)
    for leftover in found(home):
        leftover.remove()
    assert [file.parent.parent.name[0] for file in segments(store)] == ["m"]


def test_a_lake_that_refers_to_nothing_is_an_error_and_not_a_reason_to_remove_all(home):
    filled(home)
    elsewhere = Lake(home.root / "elsewhere")
    with pytest.raises(HomeError, match="SCALEQUEST_LAKE"):
        leftovers(home, elsewhere, PROFILE, PARTITIONS, older_than_s=0, now=NOW)


def test_a_damaged_segment_is_shown(home):
    store, _ = filled(home)
    (file,) = segments(store)
    file.write_bytes(b"PAR1")
    age(home.root, 2 * WEEK)
    assert [leftover.kind for leftover in found(home)] == ["damaged completions"]


def test_partitions_models_and_leftovers_of_killed_writers(home):
    lake, models = Lake(home.lake), ModelStore(home.models)
    lake.write("synthetic_questions", PARTITION, questions("q"))
    lake.write("synthetic_questions", GONE, questions("q", generator="gone"))
    for weights in (b"old", b"new"):
        with models.staging("qft_model", "competition") as staging:
            (staging / "model.safetensors").write_bytes(weights)
            models.publish(staging, ModelRecord(kind="trained", asset="qft_model", generator="competition", base="b"))
    with models.staging("qft_model", "gone") as staging:
        (staging / "model.safetensors").write_bytes(b"gone")
        models.publish(staging, ModelRecord(kind="trained", asset="qft_model", generator="gone", base="b"))
    (home.models / ".staging" / "qft_model-a-1").mkdir()
    (home.root / ".dataset.1.tmp" / "data").mkdir(parents=True)
    (home.root / ".dataset.1.tmp" / "data" / "train.parquet").write_bytes(b"half")
    (home.lake / ".part.parquet.1.tmp").write_bytes(b"half")
    age(home.root, 60)
    assert found(home) == [], "all of it is young"
    age(home.root, 2 * WEEK)
    left = found(home)
    assert summary(left).select("what", "num").rows() == [
        ("model", 2),
        ("partition", 1),
        ("temporary file", 2),
        ("training leftover", 1),
    ]
    for leftover in left:
        leftover.remove()
    assert found(home) == []
    assert lake.partitions("synthetic_questions") == [PARTITION]
    path, _ = models.current("qft_model", "competition")
    assert (path / "model.safetensors").read_bytes() == b"new"


def test_segments_of_killed_runs_are_put_together(home):
    store = CompletionStore(home.completions)
    for prompt in "abc":
        store.complete(BatchEngine().open, "m", asked(prompt), SAMPLING)
    (damaged,) = [file for file in segments(store) if file == segments(store)[0]]
    damaged.write_bytes(b"PAR1")
    assert put_together(store, time.time() + 1) == 1
    assert len(segments(store)) == 2
    rows = CompletionStore(home.completions).complete(BatchEngine().open, "m", asked(*"abc"), SAMPLING)
    assert (rows.num_stored, rows.num_made) == (2, 1)
    assert isinstance(rows.rows, pl.DataFrame)
