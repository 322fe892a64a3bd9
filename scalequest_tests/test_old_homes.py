"""Homes that an earlier release made are fresh, and can be read, changed and released."""

from pathlib import Path

import polars as pl
import pytest

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
    *("reward_model", "response_scores", "qa_pairs", "dataset", "study_questions", "generator_report", "role_model"),
    "judge_report",
}
"""Assets that are made in another way since that release; the changelog says why."""


def test_what_is_made_in_another_way_alone_is_stale(old: FakeRun):
    states = {(asset, str(target)): target.state for asset in old.graph.assets() for target in old.graph.targets(asset)}
    assert {asset for (asset, _), state in states.items() if state != "fresh"} == CHANGED
    assert len(states) > 50


def test_a_run_asks_nothing_and_trains_nothing_again(old: FakeRun, tmp_path: Path):
    run = old.copied(tmp_path)
    made = {target.split()[0] for target in run.make(*run.graph.assets())}
    assert made >= CHANGED
    assert run.factory.calls.total() == 0, "every completion was stored"
    assert run.trainer.num_trained == 0, "every model was trained"
    assert run.make(*run.graph.assets()) == []


def test_its_tables_are_read_without_the_columns_that_are_gone(old: FakeRun):
    pairs = old.lake.scan("qa_pairs", old.lake.partitions("qa_pairs")).collect()
    assert pairs.height > 0
    assert "judge_model" not in pairs.columns
    old.resources.on_new_file()
    counted = query(old.home.catalog_file, "SELECT count(*) FROM qa_pairs").item()
    rejected = query(old.home.catalog_file, "SELECT count(*) FROM rejections").item()
    sampled = query(old.home.catalog_file, "SELECT count(*) FROM synthetic_questions").item()
    assert (counted, rejected + counted) == (pairs.height, sampled)


def test_it_goes_on_with_stored_completions_and_models(old: FakeRun, tmp_path: Path):
    run = old.copied(tmp_path)
    before = run.lake.scan("qa_pairs", run.lake.partitions("qa_pairs")).collect()
    run.make()
    made = run.make("synthetic_questions", "qft_model", "qpo_model", "response_scores", force=True)
    assert len(made) > 8
    assert run.factory.calls.total() == 0, "every completion was stored"
    assert run.trainer.num_trained == 0, "every model was trained"
    run.make()
    assert run.factory.calls.total() == 0
    after = run.lake.scan("qa_pairs", run.lake.partitions("qa_pairs")).collect()
    assert after.equals(before)
    released = pl.read_parquet(str(run.home.releases / "data" / "*.parquet"))
    assert released["judge_model"].null_count() == 0
