"""Homes that an earlier release made are fresh, and can be read, changed and released."""

from pathlib import Path

import polars as pl
import pytest

from scalequest_assets.schemas import ADDED
from scalequest_assets.stages import STAGES
from scalequest_assets.storage.sql import query
from scalequest_tests.conftest import FakeRun
from scalequest_tests.old_home import RELEASE, is_in_history, make_old_home

pytestmark = pytest.mark.skipif(not is_in_history(), reason=f"the history does not reach back to {RELEASE[:7]}")


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> FakeRun:
    """A home of the release, everything made, opened with today's code. Tests leave it as it is."""
    folder = tmp_path_factory.mktemp("old")
    make_old_home(folder)
    return FakeRun.opened(folder)


CHANGED = {
    *("seed_questions", "benchmark_questions", "optimized_questions", "screened_questions", "solvability_verdicts"),
    *("seed_responses", "difficulty_model", "minhash_signatures", "duplicate_pairs", "duplicate_clusters", "responses"),
    *("reward_model", "response_scores", "observed_difficulty", "qa_pairs", "dataset", "study_questions"),
    *("generator_report", "role_model", "judge_report", "release_manifest", "known_questions", "report", "costs"),
}
"""Assets that are made in another way since that release; the changelog says why."""
NEW = {"judge_report"}
"""Assets that it did not have: what they ask is asked for the first time."""
ON_REQUEST = {"student_questions", "student_report", "student_page"}
"""Assets that it did not have either, and that nobody has asked for; its profile names no student."""


def test_what_is_made_in_another_way_alone_is_stale(old: FakeRun):
    states = {(asset, str(target)): target.state for asset in old.graph.assets() for target in old.graph.targets(asset)}
    assert {asset for (asset, _), state in states.items() if state != "fresh"} == CHANGED | ON_REQUEST
    assert len(states) > 40


def test_a_run_asks_nothing_and_trains_nothing_again(old: FakeRun, tmp_path: Path):
    run = old.copied(tmp_path)
    assets = [asset for asset in run.graph.assets() if asset not in NEW | ON_REQUEST]
    made = {target.split()[0] for target in run.make(*assets)}
    assert made >= CHANGED - NEW
    assert run.factory.calls.total() == 0, "every completion was stored"
    assert run.trainer.num_trained == 0, "every model was trained"
    assert run.make(*assets) == []
    run.resources.on_new_file()
    assert sum(_count(run, table) for table in ("qa_pairs", "rejections")) == _count(run, "synthetic_questions")


def test_its_tables_are_read_without_columns_that_are_gone_and_with_null_in_new_ones(old: FakeRun):
    pairs = old.lake.scan("qa_pairs", old.lake.partitions("qa_pairs")).collect()
    assert pairs.height > 0
    made = [(stage.name, partition) for stage in STAGES for partition in old.lake.partitions(stage.name)]
    assert [str(part) for part in made if not old.lake.is_readable(*part)] == []
    assert {table for table, partition in made if not old.lake.is_complete(table, partition)} == set(ADDED)
    assert "judge_model" not in pairs.columns
    old.resources.on_new_file()
    assert _count(old, "qa_pairs") == pairs.height
    lost = _count(old, "synthetic_questions") - pairs.height
    assert _count(old, "rejections") == lost


def test_it_goes_on_with_stored_completions_and_models(old: FakeRun, tmp_path: Path):
    run = old.copied(tmp_path)
    before = run.lake.scan("qa_pairs", run.lake.partitions("qa_pairs")).collect()
    others = [asset for asset in run.graph.assets_of_run() if asset not in NEW]
    run.make(*others)
    made = run.make("synthetic_questions", "qft_model", "qpo_model", "response_scores", force=True)
    assert len(made) == 8
    assert run.factory.calls.total() == 0, "every completion was stored"
    assert run.trainer.num_trained == 0, "every model was trained"
    run.make(*others)
    assert run.factory.calls.total() == 0
    after = run.lake.scan("qa_pairs", run.lake.partitions("qa_pairs")).collect()
    assert after.equals(before.sort("query_id")), "the pairs are in the order of their questions"
    released = pl.read_parquet(str(run.home.releases / "data" / "*.parquet"))
    assert released["judge_model"].null_count() == 0


def _count(run: FakeRun, table: str) -> int:
    return int(query(run.home.catalog_file, f"SELECT count(*) FROM {table}").item())
