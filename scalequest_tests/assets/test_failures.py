"""What becomes of rows that an engine cannot do, and of runs that end between a file and its record."""

import dagster as dg
import polars as pl
import pytest

from scalequest_assets.engines.base import RowError
from scalequest_assets.errors import EngineError
from scalequest_assets.orchestration.graph import ASSET_TAG
from scalequest_tests.conftest import FakeRun

UPSTREAM = ("seed_questions", "role_model", "generator_config", "qft_model")
MODEL, FAILED = "qft_model/grade_school", "grade_school/raw/000003"
PARTITION = {"generator": "grade_school"}


@pytest.fixture
def run(tmp_path):
    run = FakeRun(tmp_path)
    run.use("engine.max_error_share=0.1")
    run.make(*UPSTREAM)
    return run


def raw_questions(run: FakeRun) -> pl.DataFrame:
    return run.lake.scan("raw_questions", [PARTITION]).collect()


def test_a_failed_row_stays_is_shown_and_is_tried_again_by_the_next_run(run: FakeRun):
    run.factory.failing = {MODEL: {FAILED: RowError(kind="timeout", message="no answer within 300 s")}}
    run.make("raw_questions")
    rows = raw_questions(run)
    failed = rows.row(by_predicate=pl.col("query_id") == FAILED, named=True)
    assert rows.height == run.profile.question_tuning.num_raw_questions, "nothing is dropped"
    assert failed["error"] == "timeout: no answer within 300 s"
    assert (failed["finish_reason"], failed["query"], failed["engine"]) == ("error", "", "fake 1")
    assert rows.filter(pl.col("query_id") != FAILED)["error"].null_count() == rows.height - 1
    event = run.instance.fetch_materializations(
        dg.AssetRecordsFilter(dg.AssetKey("raw_questions"), asset_partitions=["grade_school"]), limit=1
    ).records[0]
    metadata = event.asset_materialization.metadata
    (work,) = metadata["work"].records
    assert (metadata["rows_failed"].value, work.data["retries"]) == (1, 3)
    assert [row.data["error_kind"] for row in metadata["errors"].records] == ["timeout"]
    (target,) = [t for t in run.graph.targets("raw_questions") if t.state != "fresh"]
    assert target.reasons == ("the engine failed at 1 rows, which are tried again",)

    run.factory.failing = {}
    before = run.factory.calls[MODEL]
    assert run.make("raw_questions") == ["raw_questions grade_school"]
    assert run.factory.calls[MODEL] == before + 1, "what had succeeded is stored"
    assert raw_questions(run)["error"].null_count() == rows.height
    assert run.make("raw_questions") == []


def test_what_was_not_written_is_not_rewritten(run: FakeRun):
    run.factory.failing = {MODEL: {FAILED: RowError(kind="too_long", message="9 tokens")}}
    run.make("raw_questions", "optimized_questions")
    rows = run.lake.scan("optimized_questions", [PARTITION]).collect()
    assert rows["query_id"].equals(raw_questions(run)["query_id"])
    failed = rows.row(by_predicate=pl.col("query_id") == FAILED, named=True)
    assert (failed["rewrite"], failed["seed"], failed["keep"]) == (None, None, False)
    assert failed["drop_reason"] == "engine_error"
    assert rows.filter(pl.col("query_id") != FAILED)["rewrite"].null_count() == 0


def test_what_will_fail_again_is_not_asked_for_by_every_run(run: FakeRun):
    run.factory.failing = {MODEL: {FAILED: RowError(kind="too_long", message="9 tokens")}}
    run.make("raw_questions")
    assert raw_questions(run)["error"].drop_nulls().to_list() == ["too_long: 9 tokens"]
    assert run.make("raw_questions") == []


def test_too_many_failures_fail_the_asset_and_keep_what_succeeded(run: FakeRun):
    error = RowError(kind="server_error", message="500 from the server")
    run.factory.failing = {MODEL: {f"grade_school/raw/{row:06d}": error for row in range(3)}}
    with pytest.raises(EngineError, match=r"failed at 3 of 16 rows \(3 server_error\).*500 from the server"):
        run.make("raw_questions")
    assert not run.lake.exists("raw_questions", PARTITION)
    run.factory.failing, before = {}, run.factory.calls[MODEL]
    run.make("raw_questions")
    assert run.factory.calls[MODEL] == before + 3


def test_a_file_whose_run_was_killed_before_it_was_recorded_is_made_again(run: FakeRun):
    run.make("raw_questions")
    job = run.defs.resolve_job_def("question_tuning_by_generator")
    run.instance.create_run_for_job(
        job,
        asset_selection={dg.AssetKey("raw_questions")},
        tags={ASSET_TAG: "raw_questions", "dagster/partition": "grade_school"},
        status=dg.DagsterRunStatus.STARTED,
    )
    run.use()
    assert run.make("raw_questions") == [], "a killed run that changed nothing asks for nothing"
    run.lake.write("raw_questions", PARTITION, raw_questions(run).head(3))
    run.use()
    (target,) = [t for t in run.graph.targets("raw_questions") if t.state != "fresh"]
    assert target.reasons == ("a run that was killed replaced its file",)
    assert run.make("raw_questions") == ["raw_questions grade_school"]
    assert raw_questions(run).height == 16
