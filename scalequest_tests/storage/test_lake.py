import os
import subprocess
import sys
import textwrap
from pathlib import Path

import duckdb
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scalequest_assets.errors import HomeError, MissingPartitionError, SchemaError
from scalequest_assets.schemas import ADDED, RETIRED, TABLES, polars_schema
from scalequest_assets.storage import lake as lake_module
from scalequest_assets.storage.costs import Cost, Entry
from scalequest_assets.storage.lake import COMPRESSION_LEVELS, ROW_GROUP_SIZE, Lake

PARTITION = {"generator": "a", "shard": "s0000"}


def questions(*texts: str, generator="a", shard="s0000") -> pl.DataFrame:
    rows = {
        "query_id": [f"{generator}/{shard}/{row:06d}" for row in range(len(texts))],
        "generator": generator,
        "shard": shard,
        "query": texts,
        "num_tokens": 3,
        "finish_reason": "stop",
        "seed": 1,
        "error": None,
        "engine": "fake 1",
        "is_exact": True,
    }
    return pl.DataFrame(rows, schema_overrides={"query": pl.String})


@pytest.fixture
def lake(tmp_path):
    return Lake(tmp_path)


def test_what_is_written_is_read(lake):
    written = lake.write("synthetic_questions", PARTITION, questions("one", "zwei", "трёх"))
    assert (written.num_rows, len(written.content_hash)) == (3, 16)
    assert written.uri == lake.uri("synthetic_questions", PARTITION)
    assert written.uri.endswith("synthetic_questions/generator=a/shard=s0000/part.parquet")
    rows = lake.scan("synthetic_questions", [PARTITION])
    assert rows.collect_schema() == polars_schema("synthetic_questions")
    assert rows.collect()["query"].to_list() == ["one", "zwei", "трёх"]
    assert lake.content_hash("synthetic_questions", PARTITION) == written.content_hash
    assert lake.partitions("synthetic_questions") == [PARTITION]


def test_partitions_are_read_in_the_order_asked(lake):
    keys = [{"generator": g, "shard": s} for g in "ab" for s in ("s0000", "s0001")]
    for key in keys:
        lake.write("synthetic_questions", key, questions("q", **key))
    assert lake.partitions("synthetic_questions") == keys
    rows = lake.scan("synthetic_questions", keys[::-1]).collect()
    assert rows.rows_by_key(["generator", "shard"], named=True).keys() == {(k["generator"], k["shard"]) for k in keys}
    assert rows["generator"].to_list() == ["b", "b", "a", "a"]


def test_none_of_the_partitions_gives_an_empty_typed_frame(lake):
    rows = lake.scan("synthetic_questions", []).collect()
    assert rows.is_empty()
    assert rows.schema == polars_schema("synthetic_questions")


def test_missing_partitions_are_all_named(lake):
    lake.write("synthetic_questions", PARTITION, questions("q"))
    missing = [{"generator": "b", "shard": "s0000"}, {"generator": "b", "shard": "s0001"}]
    with pytest.raises(MissingPartitionError) as error:
        lake.scan("synthetic_questions", [PARTITION, *missing])
    assert error.value.what == "synthetic_questions has not been materialized for b|s0000, b|s0001"
    with pytest.raises(MissingPartitionError) as error:
        lake.scan("synthetic_questions", missing[:1])
    assert error.value.remedy == "run: scalequest run --select synthetic_questions --partition 'b|s0000'"
    with pytest.raises(MissingPartitionError, match=r"--select \+costs$"):
        lake.content_hash("costs", {})


def test_a_frame_that_does_not_fit_names_the_column_and_leaves_the_old(lake):
    before = lake.write("synthetic_questions", PARTITION, questions("q"))
    for frame, match in [
        (questions("q").drop("seed"), "column 'seed' is missing"),
        (questions("q").with_columns(extra=1), "column 'extra' is not declared"),
        (questions("q").with_columns(query=1.5), "column 'query' is Float64, declared String"),
        (questions("q").with_columns(num_tokens=pl.lit(2**40)), "num_tokens|i32"),
    ]:
        with pytest.raises(SchemaError, match=match):
            lake.write("synthetic_questions", PARTITION, frame)
    with pytest.raises(SchemaError, match="'other' is not declared"):
        lake.write("other", {}, questions("q"))
    assert lake.content_hash("synthetic_questions", PARTITION) == before.content_hash


def test_the_hash_follows_the_file(lake):
    first = lake.write("synthetic_questions", PARTITION, questions("q"))
    assert lake.content_hash("synthetic_questions", PARTITION) == first.content_hash
    second = lake.write("synthetic_questions", PARTITION, questions("a much longer question"))
    assert second.content_hash != first.content_hash
    assert lake.content_hash("synthetic_questions", PARTITION) == second.content_hash


def test_the_hash_depends_on_rows_not_on_chunks_or_laziness(tmp_path):
    """A streaming sink's bytes depend on threads, and a writer's on chunks: both would make equal rows look changed."""
    lake, frame = Lake(tmp_path), questions(*(f"question {row % 1000}" for row in range(3 * ROW_GROUP_SIZE)))
    chunked = pl.concat([frame[:10], frame[10:20000], frame[20000:]], rechunk=False)
    variants = [
        frame,
        chunked,
        frame.lazy().filter(pl.col("num_tokens") > 0),
        pl.concat([frame, frame])[frame.height :],
    ]
    hashes = {lake.write("synthetic_questions", PARTITION, variant).content_hash for variant in variants}
    script = f"""
        import polars as pl
        from scalequest_assets.storage.lake import Lake
        lake = Lake({str(tmp_path)!r})
        rows = pl.scan_parquet(lake.uri("synthetic_questions", {PARTITION}))
        print(lake.write("synthetic_questions", {PARTITION}, rows.filter(pl.col("seed") == 1)).content_hash)
    """
    for threads in "13":
        command = [sys.executable, "-c", textwrap.dedent(script)]
        environment = os.environ | {"POLARS_MAX_THREADS": threads, "PYTHONPATH": str(Path(__file__).parents[2])}
        hashes.add(subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout.strip())
    assert len(hashes) == 1


def test_a_tables_own_level_of_compression_changes_bytes_and_no_row(lake, monkeypatch):
    assert set(COMPRESSION_LEVELS) <= set(TABLES)
    rows = questions(*(f"question {row * row}" for row in range(5_000)))
    usual = lake.write("synthetic_questions", PARTITION, rows)
    monkeypatch.setitem(lake_module.COMPRESSION_LEVELS, "synthetic_questions", 1)
    assert lake.write("synthetic_questions", PARTITION, rows).content_hash != usual.content_hash
    assert (
        lake.scan("synthetic_questions", [PARTITION])
        .collect()
        .equals(rows.cast(dict(polars_schema("synthetic_questions"))))
    )


def test_a_file_with_other_columns_says_so(tmp_path):
    lake = Lake(tmp_path)
    path = Path(lake.write("synthetic_questions", PARTITION, questions("q")).uri)
    pl.read_parquet(path).drop("seed").write_parquet(path)
    with pytest.raises(SchemaError, match=r"other columns than are declared now: seed(.|\n)*--force"):
        lake.scan("synthetic_questions", [PARTITION])
    assert not lake.is_readable("synthetic_questions", PARTITION)
    path.write_bytes(b"PAR1")
    with pytest.raises(SchemaError, match="not readable Parquet"):
        lake.scan("synthetic_questions", [PARTITION])


@pytest.mark.parametrize("name", ["../x", "a/b", "", ".", "..", "a|b", "a\n", "a=b*"])
def test_a_partition_cannot_leave_the_lake(lake, name):
    with pytest.raises(HomeError, match="cannot be a folder's name"):
        lake.uri("costs", {"generator": name})


def test_failed_write_leaves_no_trace(tmp_path, monkeypatch):
    lake = Lake(tmp_path)
    monkeypatch.setattr(Path, "write_bytes", _full_disk)
    with pytest.raises(HomeError, match="disk is full"):
        lake.write("synthetic_questions", PARTITION, questions("q"))
    assert not lake.exists("synthetic_questions", PARTITION)
    assert not [file for file in tmp_path.rglob("*") if file.is_file()]


def _full_disk(file, data):
    file.write_text("PAR1 half")
    raise OSError(28, "No space left on device")


KILLED = """
    import os, sys
    import polars as pl
    from scalequest_assets.storage import files, lake
    from scalequest_tests.storage.test_lake import PARTITION, questions

    def stop_here(path):
        sys.stdout.write("written\\n"); sys.stdout.flush()
        sys.stdin.read()

    files.sync = stop_here
    lake.Lake(sys.argv[1]).write("synthetic_questions", PARTITION, questions("new"))
"""


def test_a_kill_before_the_rename_leaves_the_old_partition(tmp_path):
    lake = Lake(tmp_path)
    before = lake.write("synthetic_questions", PARTITION, questions("old"))
    command = [sys.executable, "-c", textwrap.dedent(KILLED), str(tmp_path)]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout.readline() == b"written\n"
        child.kill()
    assert list(tmp_path.rglob(".*.tmp")), "the new file was on disk when the writer was killed"
    assert lake.content_hash("synthetic_questions", PARTITION) == before.content_hash
    assert lake.partitions("synthetic_questions") == [PARTITION]
    assert pl.read_parquet(tmp_path / "**/*.parquet", hive_partitioning=False)["query"].to_list() == ["old"]


def test_a_reader_of_the_old_rows_is_not_disturbed(tmp_path):
    lake = Lake(tmp_path)
    lake.write("synthetic_questions", PARTITION, questions("old"))
    with Path(lake.uri("synthetic_questions", PARTITION)).open("rb") as file:
        lake.write("synthetic_questions", PARTITION, questions("new"))
        assert pl.read_parquet(file)["query"].to_list() == ["old"]


COSTS = st.builds(
    Cost,
    num_requests=st.integers(0, 10**9),
    prompt_tokens=st.integers(0, 10**9),
    completion_tokens=st.integers(0, 10**9),
    engine_s=st.integers(0, 10**6).map(float),
    num_errors=st.integers(0, 100),
    device=st.sampled_from([None, "cpu", "cuda:0 NVIDIA H200"]),
)


@given(COSTS, COSTS, COSTS)
def test_costs_add_up(a, b, c):
    assert (a + b) + c == a + (b + c)
    assert a + b == b + a
    assert a + Cost() == a


@settings(max_examples=10)
@given(COSTS, COSTS)
def test_costs_lie_beside_the_part_entry_by_entry(tmp_path_factory, cost, other):
    lake = Lake(tmp_path_factory.mktemp("lake"))
    assert lake.read_cost("responses", PARTITION) is None
    entries = [Entry(kind="trained", cost=cost), Entry(kind="scored", cost=other)]
    lake.write_costs("responses", PARTITION, entries)
    assert lake.read_costs("responses", PARTITION) == entries
    assert lake.read_cost("responses", PARTITION) == cost + other
    lake.write_costs("responses", PARTITION, [])
    assert lake.read_cost("responses", PARTITION) is None, "what an earlier making took is gone"
    lake.write_costs("responses", PARTITION, entries)
    assert lake.partitions("responses") == []
    lake.remove("responses", PARTITION)
    assert lake.read_cost("responses", PARTITION) is None


def test_a_damaged_cost_names_the_file(tmp_path):
    lake = Lake(tmp_path)
    lake.write_costs("responses", PARTITION, [Entry(kind="asked", cost=Cost())])
    next(tmp_path.rglob("cost.json")).write_text("{")
    with pytest.raises(HomeError, match=r"cost.json is damaged"):
        lake.read_cost("responses", PARTITION)


def test_costs_of_earlier_releases_are_read_as_one_sum(tmp_path):
    lake = Lake(tmp_path)
    lake.write_costs("responses", PARTITION, [Entry(kind="asked", cost=Cost())])
    file = next(tmp_path.rglob("cost.json"))
    file.write_text('{"num_requests": 7, "engine_s": 1.5, "model": "judge@1"}')
    cost = Cost(num_requests=7, engine_s=1.5, model="judge@1")
    assert lake.read_costs("responses", PARTITION) == [Entry(kind=None, cost=cost)]


def test_a_file_names_the_models_that_made_it_and_its_hash_covers_them(tmp_path):
    lake, rows = Lake(tmp_path), pl.DataFrame(schema=polars_schema("responses"))
    by_nobody = lake.write("responses", PARTITION, rows).content_hash
    assert lake.made_by("responses", PARTITION) is None
    lake.write_costs("responses", PARTITION, [Entry(kind="asked", cost=Cost(model="old@1"))])
    assert lake.made_by("responses", PARTITION) == "old@1", "files of earlier releases do not say it"
    by_new = lake.write("responses", PARTITION, rows, made_by="new@1").content_hash
    assert lake.made_by("responses", PARTITION) == "new@1"
    by_other = lake.write("responses", PARTITION, rows, made_by="other@1").content_hash
    assert len({by_nobody, by_new, by_other}) == 3
    assert lake.write("responses", PARTITION, rows, made_by="new@1").content_hash == by_new
    with pytest.raises(MissingPartitionError):
        lake.made_by("responses", {"generator": "g", "shard": "s0001"})


def test_retired_columns_of_old_files_are_left_out(tmp_path):
    lake, schema = Lake(tmp_path), polars_schema("qa_pairs")
    retired = pl.Schema(dict.fromkeys(RETIRED["qa_pairs"], pl.String()))
    old, new = ({"generator": "g", "shard": shard} for shard in ("s0000", "s0001"))
    lake.write("qa_pairs", new, pl.DataFrame(schema=schema).clear(1))
    Path(lake.uri("qa_pairs", old)).parent.mkdir(parents=True)
    pl.DataFrame(schema=pl.Schema({**schema, **retired})).clear(2).write_parquet(Path(lake.uri("qa_pairs", old)))
    for order in ([old, new], [new, old]):
        rows = lake.scan("qa_pairs", order).collect()
        assert (rows.schema, rows.height) == (schema, 3)
    assert lake.is_readable("qa_pairs", old)


@pytest.mark.parametrize("table", ADDED)
def test_columns_that_old_files_lack_are_null(tmp_path, table):
    lake, schema = Lake(tmp_path), polars_schema(table)
    assert set(ADDED[table]) < set(schema)
    old, new = ({"generator": "g", "shard": shard} for shard in ("s0000", "s0001"))
    for partition, num in ((old, 2), (new, 1)):
        lake.write(table, partition, pl.DataFrame(schema=schema).clear(num))
    path = Path(lake.uri(table, old))
    pl.read_parquet(path).drop(ADDED[table]).write_parquet(path)
    assert [lake.is_readable(table, part) for part in (old, new)] == [True, True]
    assert [lake.is_complete(table, part) for part in (old, new)] == [False, True]
    for order in ([old, new], [new, old], [old]):
        rows = lake.scan(table, order).collect()
        assert (rows.schema, rows.height) == (schema, 3 if len(order) == 2 else 2)
    pl.read_parquet(path).drop("query").write_parquet(path)
    assert not lake.is_readable(table, old)
    with pytest.raises(SchemaError, match="declared now: query\\n"):
        lake.scan(table, [new, old])


@pytest.mark.parametrize("table", TABLES)
def test_every_table_goes_in_and_out_empty(tmp_path, table):
    lake = Lake(tmp_path)
    lake.write(table, {}, pl.DataFrame(schema=polars_schema(table)))
    assert lake.scan(table, [{}]).collect().schema == polars_schema(table)
    assert lake.partitions(table) == [{}]
    lake.remove(table, {})
    assert lake.partitions(table) == []


def test_a_glob_over_a_tables_folder_reads_the_table(lake, tmp_path):
    """Whatever is known of a partition lies elsewhere: any reader may take the folder."""
    for shard in ("s0000", "s0001"):
        partition = {"generator": "a", "shard": shard}
        lake.write("synthetic_questions", partition, questions(f"of {shard}", shard=shard))
        lake.write_costs("synthetic_questions", partition, [Entry(kind="asked", cost=Cost())])
        lake.write_references("synthetic_questions", partition, REFERENCES)
    folder = tmp_path / "synthetic_questions"
    expected = ["of s0000", "of s0001"]
    assert sorted(pl.read_parquet(f"{folder}/**/*.parquet")["query"]) == expected
    assert sorted(pl.read_parquet(folder)["query"]) == expected
    with duckdb.connect() as connection:  # the shared one may have a result of another test
        files = f"'{folder}/**/*.parquet'"
        rows = connection.sql(f"SELECT query FROM {files} WHERE generator = 'a' ORDER BY shard").fetchall()
    assert [query for (query,) in rows] == expected
    read = pd.read_parquet(folder, partitioning=None)  # else pyarrow adds the folders' columns to those of the file
    assert sorted(read["query"]) == expected
    assert sorted(text for file in folder.rglob("*.parquet") for text in pd.read_parquet(file)["query"]) == expected


REFERENCES = pl.DataFrame({"folder": ["m/1"], "key": ["k"]})


def test_costs_and_keys_of_an_earlier_release_are_read_and_move_when_the_part_is_made_again(lake, tmp_path):
    entries = [Entry(kind="asked", cost=Cost(num_requests=2))]
    lake.write("synthetic_questions", PARTITION, questions("one"))
    lake.write_costs("synthetic_questions", PARTITION, entries)
    lake.write_references("synthetic_questions", PARTITION, REFERENCES)
    part = Path(lake.uri("synthetic_questions", PARTITION))
    kept = tmp_path / "_ledger" / part.parent.relative_to(tmp_path)
    for file in list(kept.iterdir()):
        file.rename(part.parent / file.name)
    assert lake.read_costs("synthetic_questions", PARTITION) == entries
    assert lake.partitions_with_costs("synthetic_questions") == [PARTITION]
    assert lake.read_references().equals(REFERENCES)
    lake.write_costs("synthetic_questions", PARTITION, entries)
    lake.write_references("synthetic_questions", PARTITION, REFERENCES)
    assert [file.name for file in part.parent.iterdir()] == ["part.parquet"]
    assert lake.partitions_with_costs("synthetic_questions") == [PARTITION]
    assert lake.read_references().equals(REFERENCES)
    lake.remove("synthetic_questions", PARTITION)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
