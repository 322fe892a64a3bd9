"""The configs for reading: what was found out about every pair, and about every question that was lost."""

import polars as pl
import pytest

from scalequest_assets.errors import ReleaseError
from scalequest_assets.release.records import TABLES_OF_RECORDS, Parts, full, rejected, tables_of_none
from scalequest_assets.schemas import evidence
from scalequest_assets.stages import STAGES
from scalequest_tests.release.frames import pairs
from scalequest_tests.release.released import tables


def test_a_pair_comes_with_all_that_was_found_out_and_all_of_its_responses():
    rows = full(pairs(), tables())
    assert rows.select(pairs().columns).equals(pairs())
    assert rows["responses"].list.len().to_list() == [2, 2]
    assert {"sample_idx", "response", "answer", "reward", "drop_reason"} <= set(rows["responses"][0].struct.fields)
    found = {name for names in evidence().values() for name in names.values()}
    assert found - set(rows.columns) == {"known_query"}, "no text of another set"


def test_a_lost_question_says_where_and_why():
    rows = rejected(tables())
    assert rows.select("query_id", "stage", "drop_reason", "query").rows() == [
        ("a/s0000/2", "screened_questions", "not_a_question", "no question"),
        ("a/s0000/3", "qa_pairs", "no_answer", "What is 1 / 0?"),
        ("a/s0000/4", "screened_questions", "contamination", None),
    ]
    assert rows["responses"].list.len().to_list() == [None, 2, None]


def test_a_question_of_a_benchmark_is_not_in_it_whatever_else_it_was_dropped_for():
    def found(*rules: str) -> str | None:
        failed = pl.DataFrame({"query_id": ["a/s0000/2"], "own": [list(rules)]})
        screened = (
            tables()[STAGES.screening[0]].collect().join(failed, on="query_id", how="left", maintain_order="left")
        )
        changed = screened.with_columns(failed_rules=pl.coalesce("own", "failed_rules")).drop("own")
        rows = rejected({**tables(), STAGES.screening[0]: changed.lazy()})
        return rows.filter(query_id="a/s0000/2")["query"].item()

    assert found("too_long", "contamination") is None
    assert found("too_long", "language") == "no question"


def test_a_shard_without_a_question_has_the_same_columns():
    assert set(tables_of_none()) == set(TABLES_OF_RECORDS)
    assert full(pairs().clear(), tables_of_none()).schema == full(pairs(), tables()).schema
    assert rejected(tables_of_none()).schema == rejected(tables()).schema


def test_rows_that_the_funnel_does_not_count_are_refused():
    rows = pl.DataFrame({"n": [1, 2, 3]})
    assert [len(part) for part in Parts("full", rows.schema, 3, lambda: iter([rows])).iter_slices(2)] == [2, 1]
    with pytest.raises(ReleaseError, match="full has 3 rows, and the funnel counts 2"):
        list(Parts("full", rows.schema, 2, lambda: iter([rows])).iter_slices(10))
