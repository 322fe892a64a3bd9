"""The rows of a table have a key each, and are those that the table before it leaves: else nothing is written."""

import dagster as dg
import polars as pl
import pytest

from scalequest_assets.checks import rows
from scalequest_assets.errors import RowsError
from scalequest_assets.schemas import TABLES, polars_schema
from scalequest_assets.stages import STAGES
from scalequest_assets.steps.step import Step
from scalequest_assets.steps.template import AssetTemplate, asset
from scalequest_tests.conftest import FakeRun

SHARD = {"generator": "g", "shard": "s0000"}


def questions(*numbers: int, keep: tuple[int, ...] = ()) -> pl.DataFrame:
    ids = [f"g/s0000/{number:06d}" for number in numbers]
    return pl.DataFrame({"query_id": ids, "keep": [number in keep for number in numbers]})


def check(name: str, made: pl.DataFrame, **given: object) -> dg.AssetCheckResult:
    return rows.passed(STAGES[name], made, SHARD, given)


def test_tables_of_shards_and_the_release_are_checked_by_columns_that_they_have():
    checked = [stage for stage in STAGES if rows.is_checked(stage)]
    assert all(stage.row_key and set(stage.row_key) <= set(TABLES[stage.name]) for stage in checked)
    tables = {
        stage.name for stage in STAGES if stage.kind == "table" and (stage.by == "shard" or stage.group == "release")
    }
    assert tables <= {stage.name for stage in checked}


def test_a_screening_table_has_the_rows_that_the_one_before_kept():
    screened = questions(1, 2, 3, keep=(1, 3))
    found = check("solvability_verdicts", questions(1, 3), screened_questions=screened)
    assert found.passed
    assert found.description.endswith("of the 2 questions that screened_questions leaves, 2")
    with pytest.raises(RowsError, match=r"1 rows are missing.*g/s0000/000003"):
        check("solvability_verdicts", questions(1), screened_questions=screened)
    with pytest.raises(RowsError, match=r"not among those.*g/s0000/000002"):
        check("solvability_verdicts", questions(1, 2, 3), screened_questions=screened)


def test_the_first_table_of_screening_has_all_rows():
    assert check("screened_questions", questions(1, 2), synthetic_questions=questions(1, 2)).passed
    with pytest.raises(RowsError, match="are missing"):
        check("screened_questions", questions(1), synthetic_questions=questions(1, 2))


def test_pairs_are_some_of_the_questions():
    scored = questions(1, 1, 2).with_columns(sample_idx=pl.Series([0, 1, 0]))
    assert check("qa_pairs", questions(2), response_scores=scored).passed
    with pytest.raises(RowsError, match="not among those"):
        check("qa_pairs", questions(4), response_scores=scored)


@pytest.mark.parametrize(
    ("made", "fault"),
    [
        (questions(1, 1), "2 rows have no key of their own"),
        (questions(1).with_columns(query_id=pl.lit(None, pl.String)), "1 rows have no key of their own"),
        (questions(1).with_columns(query_id=pl.lit("g/s0001/000001")), r"not of g/s0000/: g/s0001/000001"),
    ],
)
def test_a_key_is_there_once_in_all_shards(made: pl.DataFrame, fault: str):
    with pytest.raises(RowsError, match=fault):
        check("synthetic_questions", made)


def test_a_response_is_known_by_its_number_too():
    made = questions(1, 1).with_columns(sample_idx=pl.Series([0, 1]))
    assert check("responses", made, deduplicated_questions=questions(1, keep=(1,))).passed


def test_a_key_may_end_with_null():
    manifest = pl.DataFrame({"asset": ["a", "b"], "generator": ["g", "g"], "shard": [None, None]})
    assert rows.passed(STAGES["release_manifest"], manifest, {"generator": "g"}, {}).passed


def test_what_fails_is_not_written_and_what_passes_is_recorded_where_it_is_shown(fake_run: FakeRun):
    @asset()
    def synthetic_questions(step: Step) -> pl.DataFrame:
        return pl.DataFrame({"query_id": ["grade_school/s0009/000000"]})

    @asset()
    def duplicate_clusters(step: Step) -> pl.DataFrame:
        return pl.DataFrame(schema=polars_schema("duplicate_clusters"))

    def made(template: AssetTemplate, key: str | None = None) -> dg.ExecuteInProcessResult:
        resources = fake_run.resources.for_dagster()
        return dg.materialize([template.bind(fake_run.profile)], partition_key=key, resources=resources)

    with pytest.raises(RowsError, match="not of grade_school/s0000/"):
        made(synthetic_questions, "grade_school|s0000")
    assert fake_run.lake.partitions("synthetic_questions") == []
    (found,) = made(duplicate_clusters).get_asset_check_evaluations()
    assert (found.check_name, found.passed, found.description) == (
        rows.NAME,
        True,
        "0 rows, each with a key of its own",
    )


def test_what_is_recorded_is_in_the_graph(fake_run: FakeRun):
    keys = fake_run.defs.get_repository_def().asset_graph.asset_check_keys
    shown = {key.asset_key.path[-1] for key in keys if key.name == rows.NAME}
    assert {"release_manifest", "funnel", "costs", "duplicate_clusters"} <= shown
    assert shown == {stage.name for stage in STAGES if rows.is_recorded(stage)}
