"""The study through Dagster with fake models: what is compared, and that nobody else makes it."""

from pathlib import Path

import dagster as dg
import polars as pl
import pytest
import typer

from scalequest_assets.cli.making import selected_assets
from scalequest_assets.engines.base import RowError
from scalequest_tests.conftest import FakeRun

STUDY = ["study_questions", "generator_report"]
COMPETITION = {"generator": "competition"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> FakeRun:
    """A home in which the study was made, and what it depends on."""
    run = FakeRun(tmp_path_factory.mktemp("study"))
    run.use("study.num_questions=20")
    run.make(*selected_assets(run.graph, ["+generator_report"]))
    return run


def rows(run: FakeRun, table: str) -> pl.DataFrame:
    return run.lake.scan(table, [COMPETITION]).collect()


def test_upstream_is_made_and_nothing_else(made: FakeRun):
    states = {asset: {target.state for target in made.graph.targets(asset)} for asset in made.graph.assets()}
    there = {asset for asset, found in states.items() if found == {"fresh"}}
    assert there == set(selected_assets(made.graph, ["+generator_report"]))
    assert {"qpo_model", "difficulty_model", *STUDY} <= there
    assert not {"synthetic_questions", "reward_model"} & there


def test_all_stages_are_there_with_their_directions(made: FakeRun):
    asked = rows(made, "study_questions")
    counts = dict(asked.group_by("stage").len().iter_rows())
    num_pairs = rows(made, "optimized_questions")["keep"].sum()
    sampled = dict.fromkeys(("base", "qft", "qpo"), 20)
    assert counts == sampled | dict.fromkeys(("original", "rewritten"), min(num_pairs, 20))
    assert asked["query_id"].is_unique().all()
    is_pair = asked["stage"].is_in(["original", "rewritten"])
    assert (asked["direction"].is_not_null() == is_pair).all()
    assert asked["num_tokens"].null_count() == 0


def test_pairs_are_those_that_qpo_learned_from(made: FakeRun):
    asked, optimized = rows(made, "study_questions"), rows(made, "optimized_questions")
    learned = {row["query_id"]: row for row in optimized.filter("keep").iter_rows(named=True)}
    raw = dict(rows(made, "raw_questions").select("query_id", "num_tokens").iter_rows())
    for row in asked.filter(pl.col("direction").is_not_null()).iter_rows(named=True):
        source = row["query_id"].replace(f"/{row['stage']}/", "/raw/")
        is_original = row["stage"] == "original"
        assert row["query"] == learned[source]["query" if is_original else "optimized_query"]
        assert row["direction"] == learned[source]["direction"]
        assert row["num_tokens"] == (raw[source] if is_original else len(row["query"].split()) + 1)


def test_what_passes_the_text_rules_is_judged_and_scored_and_nothing_else(made: FakeRun):
    asked = rows(made, "study_questions")
    is_question = asked["is_question"]
    assert is_question.to_list() == [not failed for failed in asked["failed_rules"].to_list()]
    assert 0 < is_question.sum() < asked.height
    for column in ("judgement", "difficulty"):
        assert (asked[column].is_not_null() == is_question).all(), column
    assert (asked["is_solvable"] == (asked["verdict"] == "yes").fill_null(False)).all()
    assert (asked["drop_reason"].is_null() == asked["is_solvable"]).all()


def test_costs_and_completions_are_those_of_all_models(made: FakeRun):
    cost, asked = made.lake.read_cost("study_questions", COMPETITION), rows(made, "study_questions")
    sampled = asked.filter(pl.col("stage").is_in(["base", "qft", "qpo"])).height
    passed = asked.filter("is_question")["query"]
    assert cost.num_requests == sampled + len(passed) + passed.n_unique(), "equal texts are scored once"
    assert {name.split("@")[0] for name in cost.model.split(" + ")} == {
        "tiny",
        "qft_model/competition",
        "qpo_model/competition",
        "role_model",
        "difficulty_model",
    }
    folder = Path(made.lake.uri("study_questions", COMPETITION)).parent.relative_to(made.home.lake)
    references = made.home.lake / "_ledger" / folder / "completions.parquet"
    assert pl.read_parquet(references.read_bytes())["folder"].n_unique() == 5


def test_the_report_adds_up(made: FakeRun):
    asked, report = rows(made, "study_questions"), rows(made, "generator_report")
    for row in report.iter_rows(named=True):
        part = asked.filter(stage=row["stage"]).filter(pl.col("direction").eq_missing(row["direction"]))
        assert row["num_questions"] == part.height
        assert row["question_share"] == part["is_question"].mean()
        assert row["solvable_share"] == part["is_solvable"].mean()
    shown = made.instance.get_latest_materialization_event(dg.AssetKey("generator_report"))
    metadata = shown.asset_materialization.metadata
    assert "±" in metadata["by_stage"].records[0].data["solvable_share"]
    assert "qpo" in [record.data["stage"] for record in metadata["by_stage"].records]


@pytest.mark.parametrize(
    "name", ["rewriting_raises_solvability", "qpo_keeps_solvability", "qpo_keeps_difficulty", "qpo_keeps_diversity"]
)
def test_checks_tell_of_every_generator(made: FakeRun, name: str):
    key = dg.AssetCheckKey(dg.AssetKey("generator_report"), name)
    records = made.instance.event_log_storage.get_latest_asset_check_execution_by_key([key])
    found = records[key].event.dagster_event.asset_check_evaluation_data
    assert found.severity == dg.AssetCheckSeverity.WARN
    assert all(f"{generator}: " in found.description for generator in made.profile.generators)


def test_making_it_again_asks_no_model_and_gives_the_same(made: FakeRun):
    calls, before = made.factory.calls.total(), made.lake.content_hash("study_questions", COMPETITION)
    assert len(made.make(*STUDY, force=True)) == 4
    assert made.factory.calls.total() == calls
    assert made.lake.content_hash("study_questions", COMPETITION) == before


def test_more_questions_keep_those_that_are_there(made: FakeRun):
    before, calls = rows(made, "study_questions"), made.factory.calls["qpo_model/competition"]
    made.use("study.num_questions=24")
    upstream = set(selected_assets(made.graph, ["+generator_report"])) - {*STUDY}
    assert made.make(*(asset for asset in made.graph.assets() if asset in upstream)) == []
    assert made.make(*STUDY) == [f"{asset} {generator}" for asset in STUDY for generator in made.profile.generators]
    assert made.factory.calls["qpo_model/competition"] == calls + 4
    assert before.filter(stage="qpo").equals(rows(made, "study_questions").filter(stage="qpo").head(20))
    made.use("study.num_questions=20")
    made.make(*STUDY)


def test_a_question_that_an_engine_cannot_write_or_judge_is_a_row(tmp_path):
    run = FakeRun(tmp_path)
    run.use("study.num_questions=8", "engine.max_error_share=0.5")
    run.make(*selected_assets(run.graph, ["+optimized_questions", "+qpo_model", "+difficulty_model"]))
    error = RowError(kind="timeout", message="no answer")
    run.factory.failing = {
        "qpo_model/competition": {"competition/qpo/000003": error},
        "role_model": {"competition/qft/000002": error},
    }
    run.make(*STUDY)
    asked = {row["query_id"]: row for row in rows(run, "study_questions").iter_rows(named=True)}
    unwritten, unjudged = asked["competition/qpo/000003"], asked["competition/qft/000002"]
    assert (unwritten["is_question"], unwritten["is_solvable"], unwritten["drop_reason"]) == (
        None,
        None,
        "engine_error",
    )
    assert "no answer" in unwritten["error"]
    assert (unjudged["is_question"], unjudged["is_solvable"], unjudged["drop_reason"]) == (True, None, "engine_error")
    report = rows(run, "generator_report")
    assert report.filter(stage="qpo")["num_questions"].to_list() == [7]
    assert {target.state for target in run.graph.targets("study_questions")} == {"fresh", "stale"}


def test_without_being_asked_for_it_is_optional_and_unknown_names_are_refused(fake_run: FakeRun):
    assert {target.state for asset in STUDY for target in fake_run.graph.targets(asset)} == {"optional"}
    assert not set(STUDY) & set(selected_assets(fake_run.graph, []))
    assert selected_assets(fake_run.graph, ["generator_report"]) == ["generator_report"]
    assert selected_assets(fake_run.graph, ["+qft_model, raw_questions"])[-2:] == ["qft_model", "raw_questions"]
    with pytest.raises(typer.BadParameter, match="no asset is named \\+nothing"):
        selected_assets(fake_run.graph, ["+nothing"])
