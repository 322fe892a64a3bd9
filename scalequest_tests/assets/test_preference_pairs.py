"""Every way to preference pairs through Dagster with fake models, and what identifies them."""

from itertools import chain
from pathlib import Path
from typing import get_args

import dagster as dg
import polars as pl
import pytest

from scalequest_assets.assets.question_tuning import optimized_questions as template
from scalequest_assets.cli.making import selected_assets
from scalequest_assets.config.file import edit_document, read_profile, validate
from scalequest_assets.config.sections import PairsFrom
from scalequest_assets.engines.base import RowError
from scalequest_assets.errors import ProfileError, TrainingError
from scalequest_tests.conftest import FakeRun

PARTITION = {"generator": "grade_school"}
WAY = "question_tuning.pairs={}".format
LATER = ("optimized_id", "query_keep", "optimized_keep", "query_reason", "optimized_reason", "query_difficulty")


@pytest.fixture(scope="module")
def upstream(tmp_path_factory: pytest.TempPathFactory) -> FakeRun:
    """A home with raw questions. Tests work on copies."""
    run = FakeRun(tmp_path_factory.mktemp("pairs"))
    run.make(*(name for name in selected_assets(run.graph, ["+raw_questions"])))
    return run


def made(upstream: FakeRun, tmp_path: Path, *settings: str, failing: dict | None = None) -> FakeRun:
    """Return a copy of the home in which pairs are made in a way."""
    run = upstream.copied(tmp_path)
    run.use(*settings)
    run.factory.failing = failing or {}
    run.make("optimized_questions")
    return run


def rows(run: FakeRun) -> pl.DataFrame:
    return run.lake.scan("optimized_questions", [PARTITION]).collect()


def test_by_default_the_rewriter_alone_is_asked_and_no_evidence_is_there(upstream: FakeRun, tmp_path: Path):
    run = made(upstream, tmp_path)
    found = rows(run)
    assert found.select(pl.col(*LATER).null_count()).row(0) == (found.height,) * len(LATER)
    assert run.factory.calls.total() == 16 * len(run.profile.generators)
    assert set(found["direction"]) == {"solvability", "difficulty"}
    kept = found.filter("keep", direction="difficulty").row(0, named=True)
    assert kept["optimized_query"] == f"Suppose the day has begun. {kept['query']}"


def test_the_judge_decides_which_rewrites_count(upstream: FakeRun, tmp_path: Path):
    plain, judged = made(upstream, tmp_path / "a"), made(upstream, tmp_path / "b", WAY("judged_rewrites"))
    before, after = rows(plain), rows(judged)
    assert after.select("query_id", "rewrite").equals(before.select("query_id", "rewrite"))
    assert after.filter(before["keep"])["optimized_keep"].null_count() == 0
    assert (
        after.filter(~before["keep"]).select("drop_reason").equals(before.filter(~before["keep"]).select("drop_reason"))
    )
    for row in after.filter(before["keep"]).iter_rows(named=True):
        is_better = row["optimized_keep"] and (row["direction"] == "difficulty" or not row["query_keep"])
        assert (row["keep"], row["drop_reason"]) == (is_better, None if is_better else "no_gain")
    assert {"no_gain"} < {*after["drop_reason"]}
    assert after["keep"].any()


def test_a_judge_that_fails_is_no_judge_that_says_no(upstream: FakeRun, tmp_path: Path):
    kept = rows(made(upstream, tmp_path / "a", WAY("judged_rewrites"))).filter("keep")["query_id"][0]
    error = RowError(kind="timeout", message="no answer")
    run = made(
        upstream,
        tmp_path / "b",
        WAY("judged_rewrites"),
        "engine.max_error_share=0.5",
        failing={"role_model": {f"{kept}/rewritten": error}},
    )
    row = rows(run).row(by_predicate=pl.col("query_id") == kept, named=True)
    assert (row["keep"], row["drop_reason"], row["optimized_keep"]) == (False, "engine_error", None)
    assert "no answer" in row["error"]


def test_own_samples_pair_the_raw_questions_and_ask_no_rewriter(upstream: FakeRun, tmp_path: Path):
    run = made(upstream, tmp_path, WAY("own_samples"), "question_tuning.num_raw_questions=16")
    found, raw = rows(run), run.lake.scan("raw_questions", [PARTITION]).collect()
    assert found["query_id"].equals(raw["query_id"])
    assert set(found["direction"]) == {"own_samples"}
    assert found["rewrite"].null_count() == found.height
    texts = dict(raw.select("query_id", "query").iter_rows())
    pairs = found.filter("keep")
    assert pairs.height > 0
    for row in pairs.iter_rows(named=True):
        assert row["optimized_query"] == texts[row["optimized_id"]]
        assert row["optimized_keep"]
        assert row["optimized_difficulty"] > 0
        assert row["query_reason"] or row["query_difficulty"] == 0
    assert "not_a_question" in set(found["query_reason"])
    used = [*pairs["query_id"], *pairs["optimized_id"]]
    assert len(set(used)) == len(used)
    asked = run.factory.calls.total()
    sampled = sum(
        part.filter(pl.col("query_keep")).height * run.profile.difficulty.num_samples + part["query_keep"].count()
        for part in run.lake.scan("optimized_questions", run.lake.partitions("optimized_questions"))
        .collect()
        .partition_by("generator")
    )
    assert asked == sampled
    assert not {key for _, key in run.reads if key == "roles.rewriter"}


def test_own_samples_that_an_engine_fails_at_are_of_no_side(upstream: FakeRun, tmp_path: Path):
    first = rows(made(upstream, tmp_path / "a", WAY("own_samples")))
    lost = first.filter("query_keep")["query_id"][0]
    error = RowError(kind="timeout", message="no answer")
    run = made(
        upstream,
        tmp_path / "b",
        WAY("own_samples"),
        "engine.max_error_share=0.5",
        failing={"role_model": {lost: error}},
    )
    row = rows(run).row(by_predicate=pl.col("query_id") == lost, named=True)
    assert (row["keep"], row["drop_reason"], row["query_keep"]) == (False, "engine_error", None)


@pytest.mark.parametrize("way", ["judged_rewrites", "own_samples"])
def test_without_a_pair_nothing_breaks(upstream: FakeRun, tmp_path: Path, way: str):
    run = upstream.copied(tmp_path)
    run.use(WAY(way))
    run.factory.write = lambda prompt, seed: "Nothing is given. Verdict: No"
    run.make("optimized_questions")
    found = rows(run)
    assert found.height == run.profile.question_tuning.num_raw_questions
    assert not found["keep"].any()
    assert found["optimized_query"].null_count() == found.height


def test_too_few_pairs_are_told_with_what_helps(upstream: FakeRun, tmp_path: Path):
    run = made(upstream, tmp_path, WAY("own_samples"), "question_tuning.min_pairs=99")
    with pytest.raises(TrainingError, match="99 needed") as caught:
        run.make("qpo_model")
    assert "difficulty.num_samples" in str(caught.value)


def test_the_study_says_that_own_samples_were_not_rewritten(upstream: FakeRun, tmp_path: Path):

    run = upstream.copied(tmp_path)
    run.use(WAY("own_samples"), "study.num_questions=8")
    run.make(*selected_assets(run.graph, ["+generator_report"]))
    report = run.lake.scan("generator_report", [PARTITION]).collect()
    pairs = report.filter(direction="own_samples")
    assert pairs["stage"].to_list() == ["original", "rewritten"]
    assert pairs["solvable_gain"].null_count() == 1
    key = dg.AssetCheckKey(dg.AssetKey("generator_report"), "rewriting_raises_solvability")
    records = run.instance.event_log_storage.get_latest_asset_check_execution_by_key([key])
    found = records[key].event.dagster_event.asset_check_evaluation_data
    assert found.passed
    assert "grade_school: nothing was rewritten" in found.description


def version(*settings: str) -> str:
    return template.code_version(validate(edit_document(read_profile("embedded"), settings), "embedded"))


def test_each_way_is_identified_by_what_it_reads_and_by_nothing_else():
    ways = get_args(PairsFrom)
    assert set(chain(*template.settings_by.values())) == set(ways)
    assert len({version(WAY(way)) for way in ways}) == len(ways)
    for setting, of in {
        "roles.judge.sampling.temperature=0.5": {"judged_rewrites", "own_samples"},
        "solvability.threshold=0.9": {"judged_rewrites", "own_samples"},
        "difficulty.num_samples=7": {"own_samples"},
        "roles.solver.sampling.temperature=0.9": {"own_samples"},
        "screening.min_tokens=3": {"own_samples"},
        "roles.rewriter.sampling.temperature=0.9": {"rewrites", "judged_rewrites"},
        "question_tuning.solvability_share=0.9": {"rewrites", "judged_rewrites"},
        "random_seed=77": set(ways),
    }.items():
        changed = {way for way in ways if version(WAY(way)) != version(WAY(way), setting)}
        assert changed == of, setting


def test_one_answer_to_a_question_cannot_disagree():
    settings = (WAY("own_samples"), "difficulty.num_samples=1")
    with pytest.raises(ProfileError, match=r"difficulty\.num_samples") as caught:
        version(*settings)
    assert "2 or more" in str(caught.value)
    assert version(WAY("rewrites"), "difficulty.num_samples=1")
