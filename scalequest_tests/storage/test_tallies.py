"""What a file's footer says of its questions is what its rows say."""

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scalequest_assets.schemas import polars_schema
from scalequest_assets.storage import tallies
from scalequest_assets.storage.lake import Lake

PARTITION = {"generator": "a", "shard": "s0000"}


def written(folder, rows: pl.DataFrame, name: str) -> str:
    """Write rows with their tally; return the file's quoted path."""
    said = tallies.tally(PARTITION, rows)
    rows.write_parquet(folder / name, metadata={tallies.KEY: said} if said else None)
    return f"'{folder / name}'"


@settings(deadline=None, max_examples=40)
@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.one_of(st.none(), st.text(max_size=9)), st.one_of(st.none(), st.booleans())),
        max_size=8,
    ),
    st.booleans(),
)
def test_a_tally_is_what_sql_makes_of_the_rows(tmp_path_factory, rows, has_keep):
    folder = tmp_path_factory.mktemp("tallies")
    schema = {"query_id": pl.String, "query": pl.String, "keep": pl.Boolean}
    frame = pl.DataFrame([(f"a/s0000/{at}", *rest) for at, *rest in rows], schema=schema, orient="row")
    frame = frame.with_columns(**{name: pl.lit(value) for name, value in PARTITION.items()})
    file = written(folder, frame if has_keep else frame.drop("keep"), "part.parquet")
    rows = f"FROM read_parquet({file}, hive_partitioning = false)"
    with duckdb.connect() as connection:
        said = connection.execute(tallies.select([file], None, has_keep=has_keep)).fetchall()
        read = connection.execute(tallies.select([], rows, has_keep=has_keep)).fetchall()
    assert said == (read or [("a", "s0000", 0, 0, 0, 0)])


def test_a_question_changed_dropped_or_exchanged_changes_the_tally():
    rows = pl.DataFrame({"query_id": ["a", "b"], "query": ["1", "2"], "keep": [True, True]})
    changed = [
        rows,
        rows.with_columns(query=pl.Series(["1", "3"])),
        rows.with_columns(query=pl.Series(["2", "1"])),
        rows.with_columns(keep=pl.Series([True, False])),
        rows.head(1),
    ]
    assert len({tallies.tally(PARTITION, frame) for frame in changed}) == len(changed)
    assert tallies.tally(PARTITION, rows.reverse()) == tallies.tally(PARTITION, rows)


def test_responses_of_one_question_count_once():
    rows = pl.DataFrame({"query_id": ["a", "a", "b"], "query": ["1", "1", "2"], "keep": [False, True, False]})
    assert str(tallies.tally(PARTITION, rows)).split()[:3:2] == ["a", "2"]
    assert str(tallies.tally(PARTITION, rows)).split()[4] == "1"


@pytest.mark.parametrize(
    ("table", "partition", "is_tallied"),
    [
        ("screened_questions", PARTITION, True),
        ("response_scores", PARTITION, True),
        ("duplicate_pairs", {"generator": "a"}, False),
        ("seed_questions", {}, False),
    ],
)
def test_files_of_a_shards_questions_have_one(tmp_path, table, partition, is_tallied):
    lake = Lake(tmp_path)
    lake.write(table, partition, pl.DataFrame(schema=polars_schema(table)))
    assert lake.is_tallied(table, partition) is is_tallied
    lake.remove(table, partition)
    assert not lake.is_tallied(table, partition)
