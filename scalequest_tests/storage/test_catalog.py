import json
import logging
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import duckdb
import duckdb_cli
import filelock
import polars as pl
import pytest

from scalequest_assets.errors import QueryError
from scalequest_assets.recipe.funnel import answer_stage_counts
from scalequest_assets.schemas import ADDED, TABLES, polars_schema
from scalequest_assets.stages import STAGES
from scalequest_assets.storage import catalog as catalog_module
from scalequest_assets.storage import lake as lake_module
from scalequest_assets.storage import views
from scalequest_assets.storage.catalog import Catalog, duckdb_type
from scalequest_assets.storage.home import Home
from scalequest_assets.storage.lake import Lake
from scalequest_assets.storage.sql import query

PARTITION, OTHER = {"generator": "a", "shard": "s0000"}, {"generator": "a", "shard": "s0001"}


@pytest.fixture
def home(tmp_path):
    home = Home(tmp_path)
    home.prepare()
    return home


@pytest.fixture
def lake(home):
    return Lake(home.lake)


def fill(table: str, rows: list[dict]) -> pl.DataFrame:
    """Rows of a table, null where nothing is said."""
    return pl.DataFrame([{name: row.get(name) for name in TABLES[table]} for row in rows], schema=polars_schema(table))


def view_names(home: Home) -> list[str]:
    names = query(home.catalog_file, "SELECT name FROM (SHOW TABLES) ORDER BY name")
    return names["name"].to_list()


def question(row: int, shard: str = "s0000", **more) -> dict:
    return {"query_id": f"a/{shard}/{row:06d}", "generator": "a", "shard": shard, "query": f"q{row}", **more}


def kept(row: int, reason: str | None = None, **more) -> dict:
    return question(row, keep=reason is None, drop_reason=reason, **more)


STORAGE_OF_1_0 = 64
DECIDED_BEFORE = (STAGES.candidates, *STAGES.screening)


def fill_shard(lake: Lake) -> dict[str, list[dict[str, str]]]:
    """Write a shard of six questions, five of which end at each stage in turn; return what was made."""
    tables = {
        "synthetic_questions": [question(row, num_tokens=10) for row in range(6)],
        "screened_questions": [kept(0, "language", failed_rules=["language", "length"]), *map(kept, range(1, 6))],
        "solvability_verdicts": [kept(1, "unsolvable", verdict="no"), *map(kept, range(2, 6))],
        "difficulty_scores": [kept(2, "easy", difficulty=0.1), *(kept(row, difficulty=0.7) for row in range(3, 6))],
        "deduplicated_questions": [kept(3, "duplicate", survivor_id="a/s0000/000004"), *map(kept, range(4, 6))],
        "responses": [question(row, sample_idx=n, response="r") for row in (4, 5) for n in range(2)],
        "response_scores": [
            *(kept(4, reason, sample_idx=n) for n, reason in enumerate(["no_answer", "truncated", "no_answer"])),
            *(kept(5, reason, sample_idx=n, reward=n, answer="2") for n, reason in enumerate(["no_answer", None])),
        ],
        "qa_pairs": [question(5, response="r", answer="2", reward=1.0, difficulty=0.7, sample_idx=1)],
    }
    for table, rows in tables.items():
        lake.write(table, PARTITION, fill(table, rows))
    return {table: [PARTITION] for table in tables}


def with_other(lake: Lake, partitions: dict[str, list[dict[str, str]]]) -> dict[str, list[dict[str, str]]]:
    """Write a shard with a single question that has come to the duplicates beside that of six; return what was made."""
    for table in list(partitions)[:5]:
        rows = [question(6, "s0001", keep=True, difficulty=0.7 if table == "difficulty_scores" else None)]
        lake.write(table, OTHER, fill(table, rows))
        partitions[table].append(OTHER)
    return partitions


@pytest.fixture
def filled(home, lake):
    """The shard of six questions, and one with a single question that has come to the duplicates."""
    Catalog(home, lake, with_other(lake, fill_shard(lake))).publish()
    return home


def test_an_empty_lake_gives_typed_empty_views(home, lake):
    assert Catalog(home, lake, {}).publish() == home.catalog_file
    assert view_names(home) == sorted([*TABLES, "older_tables", "questions", "rejections"])
    for table in TABLES:
        frame = query(home.catalog_file, f"FROM {table}")
        assert frame.is_empty()
        assert frame.columns == list(TABLES[table])
    assert query(home.catalog_file, "FROM questions").is_empty()
    assert query(home.catalog_file, "FROM rejections").is_empty()


@pytest.mark.parametrize("table", STAGES.tables)
def test_empty_and_filled_views_have_the_same_types(home, lake, table):
    Catalog(home, lake, {}).publish()
    empty = query(home.catalog_file, f"DESCRIBE {table}")
    lake.write(table, {}, fill(table, [{}]))
    Catalog(home, lake, {table: [{}]}).publish()
    assert query(home.catalog_file, f"DESCRIBE {table}").equals(empty)
    assert query(home.catalog_file, f"FROM {table}").height == 1


def test_types_are_translated():
    assert duckdb_type(pl.Array(pl.UInt32(), 128)) == "UINTEGER[]"
    assert duckdb_type(pl.List(pl.Struct({"a": pl.String, "b c": pl.Int64}))) == 'STRUCT("a" VARCHAR, "b c" BIGINT)[]'


def test_only_the_profiles_partitions_that_exist_are_seen(home, lake):
    other, gone = {"generator": "b", "shard": "s0000"}, {"generator": "a", "shard": "s0001"}
    for partition in (PARTITION, other):
        lake.write("synthetic_questions", partition, fill("synthetic_questions", [question(0) | partition]))
    Catalog(home, lake, {"synthetic_questions": [PARTITION, gone]}).publish()
    rows = query(home.catalog_file, "SELECT generator, shard FROM synthetic_questions")
    assert rows.rows() == [("a", "s0000")]


def test_the_catalog_works_in_any_directory(filled, tmp_path, monkeypatch):
    monkeypatch.chdir("/")
    assert query(filled.catalog_file, "SELECT count(*) FROM qa_pairs").item() == 1


def test_every_dropped_question_has_one_rejection(filled):
    rows = query(filled.catalog_file, "SELECT query_id, query, stage, drop_reason FROM rejections ORDER BY query_id")
    assert rows.rows() == [
        ("a/s0000/000000", "q0", "screened_questions", "language"),
        ("a/s0000/000001", "q1", "solvability_verdicts", "unsolvable"),
        ("a/s0000/000002", "q2", "difficulty_scores", "easy"),
        ("a/s0000/000003", "q3", "deduplicated_questions", "duplicate"),
        ("a/s0000/000004", "q4", "response_scores", "no_answer"),
    ]


def test_rejections_give_the_reason_that_the_funnel_counts(home, lake):
    """A usable response that agrees too little is one reason among the question's, once the shard's pairs are made."""
    reasons = {0: [None, "empty", "empty"], 1: [None, "empty"], 2: ["truncated"], 3: [None]}
    for table in DECIDED_BEFORE:
        lake.write(table, PARTITION, fill(table, list(map(kept, reasons))))
    scores = [kept(row, reason, sample_idx=n) for row, samples in reasons.items() for n, reason in enumerate(samples)]
    scores, pairs = fill("response_scores", scores), fill("qa_pairs", [question(3, sample_idx=0)])
    lake.write("response_scores", PARTITION, scores)
    views_of = {table: [PARTITION] for table in (*DECIDED_BEFORE, "response_scores", "qa_pairs")}
    views_of |= {"release_manifest": [{"generator": "a"}]}
    asked = "SELECT query_id, stage, drop_reason FROM rejections ORDER BY query_id"
    Catalog(home, lake, views_of).publish()
    unusable = ("a/s0000/000002", "response_scores", "truncated")
    assert query(home.catalog_file, asked).rows() == [unusable], "what the others lack may only not be made yet"
    lake.write("qa_pairs", PARTITION, pairs)
    counted = {**PARTITION, "asset": "qa_pairs", "num_input": 4, "num_kept": 1}
    lake.write("release_manifest", {"generator": "a"}, fill("release_manifest", [counted]))
    Catalog(home, lake, views_of).publish()
    found = query(home.catalog_file, asked)
    expected = [("a/s0000/000000", "qa_pairs", "empty"), ("a/s0000/000001", "qa_pairs", "empty"), unusable]
    assert found.rows() == expected
    counted = answer_stage_counts(scores, fill("observed_difficulty", []), pairs)["drop_reasons"].item().to_list()
    assert {row["drop_reason"]: row["num_rows"] for row in counted} == Counter(found["drop_reason"])


def test_questions_tells_how_far_each_came(filled):
    rows = query(
        filled.catalog_file,
        "SELECT final_stage, drop_reason, is_in_qa_pairs, difficulty, verdict, num_responses, num_kept_responses, "
        "answer FROM questions ORDER BY query_id",
    )
    assert rows.rows() == [
        ("screened_questions", "language", False, None, None, None, None, None),
        ("solvability_verdicts", "unsolvable", False, None, "no", None, None, None),
        ("difficulty_scores", "easy", False, 0.1, None, None, None, None),
        ("deduplicated_questions", "duplicate", False, 0.7, None, None, None, None),
        ("response_scores", "no_answer", False, 0.7, None, 3, 0, None),
        ("qa_pairs", None, True, 0.7, None, 2, 1, "2"),
        ("deduplicated_questions", None, False, 0.7, None, None, None, None),
    ]


def test_views_and_columns_are_described(filled):
    asked = "SELECT comment FROM duckdb_columns() WHERE table_name = 'qa_pairs' AND schema_name = 'main'"
    columns = query(filled.catalog_file, asked)
    assert columns["comment"].to_list() == [column.description for column in TABLES["qa_pairs"].values()]
    views = query(filled.catalog_file, "SELECT comment FROM duckdb_views() WHERE NOT internal")
    assert views["comment"].null_count() == 0


def test_a_reader_of_the_old_catalog_is_not_disturbed(filled, lake):
    with duckdb.connect(filled.catalog_file, read_only=True) as reader:
        before = reader.execute("SELECT count(*) FROM synthetic_questions").fetchall()
        Catalog(filled, lake, {}).publish()
        assert reader.execute("SELECT count(*) FROM synthetic_questions").fetchall() == before
    assert query(filled.catalog_file, "SELECT count(*) FROM synthetic_questions").item() == 0


def test_a_partition_made_again_is_seen_without_publishing(filled, lake):
    lake.write("qa_pairs", PARTITION, fill("qa_pairs", [question(5), question(6)]))
    assert query(filled.catalog_file, "SELECT count(*) FROM qa_pairs").item() == 2


def test_a_failure_leaves_the_old_catalog(filled, lake, monkeypatch):
    monkeypatch.setattr(views, "derived", lambda stages: {"broken": views.View("SELECT", "x")})
    before = filled.catalog_file.read_bytes()
    with pytest.raises(duckdb.ParserException):
        Catalog(filled, lake, {}).publish()
    assert filled.catalog_file.read_bytes() == before
    assert [file.name for file in filled.root.iterdir() if "duckdb" in file.name] == ["scalequest.duckdb"]


def test_nobody_else_publishes_between_the_listing_and_the_swap(home, lake, monkeypatch):
    """Else a catalog that knows fewer files could replace one that knows more."""
    tried, copy = [], shutil.copyfile

    def beside(source, target):
        with pytest.raises(filelock.Timeout):
            filelock.FileLock(home.root / ".catalog.lock", timeout=0).acquire()
        tried.append(target)
        return copy(source, target)

    monkeypatch.setattr(shutil, "copyfile", beside)
    catalogs = [Catalog(home, lake, {"qa_pairs": [PARTITION]}) for _ in range(2)]
    for catalog in catalogs:
        catalog.publish()
        catalog.publish("qa_pairs")
    assert len(tried) == 4


def test_publishing_after_every_new_file_opens_each_file_once(home, lake, monkeypatch):
    opened, asked = [], []
    schema, footer = pl.read_parquet_schema, pl.read_parquet_metadata
    monkeypatch.setattr(pl, "read_parquet_schema", lambda file: opened.append(file.name) or schema(file))
    monkeypatch.setattr(pl, "read_parquet_metadata", lambda path: asked.append(path) or footer(path))
    partitions = [{"generator": "a", "shard": f"s{number:04d}"} for number in range(12)]
    for partition in partitions:
        lake.write("qa_pairs", partition, fill("qa_pairs", [question(0) | partition]))
        Catalog(home, lake, {"qa_pairs": partitions}).publish()
    assert len(opened) == len(set(opened)) == len(partitions)
    lake.write("qa_pairs", partitions[3], fill("qa_pairs", []))
    Catalog(home, lake, {"qa_pairs": partitions}).publish()
    assert len(opened) == len(partitions) + 1
    assert asked == opened
    assert query(home.catalog_file, "SELECT count(*) FROM qa_pairs").item() == len(partitions) - 1


def in_words(home: Home) -> list[tuple]:
    """All that the catalog says: views, columns, and what is written on them."""
    views = query(home.catalog_file, "SELECT view_name, sql, comment FROM duckdb_views() WHERE NOT internal ORDER BY 1")
    columns = query(
        home.catalog_file,
        "SELECT table_name, column_name, comment FROM duckdb_columns() WHERE NOT internal ORDER BY 1, 2",
    )
    return [*views.rows(), *columns.rows()]


def test_after_a_new_file_only_its_table_is_written_anew(home, lake, monkeypatch):
    written, describe = [], catalog_module._describe
    monkeypatch.setattr(
        catalog_module, "_describe", lambda c, table, num: written.append(table) or describe(c, table, num)
    )
    partitions = [{"generator": "a", "shard": f"s{number:04d}"} for number in range(3)]
    views = {"synthetic_questions": partitions, "qa_pairs": partitions}
    catalog = Catalog(home, lake, views)
    catalog.publish()
    assert len(written) == len(TABLES)
    del written[:]
    for partition in partitions:
        lake.write("qa_pairs", partition, fill("qa_pairs", [question(0) | partition]))
        catalog.publish()
    catalog.publish()
    assert written == ["qa_pairs"] * 3
    step_by_step = in_words(home)
    Catalog(home, lake, views).publish()
    assert step_by_step == in_words(home)
    assert query(home.catalog_file, "SELECT count(*) FROM qa_pairs").item() == 3


def test_a_catalog_that_another_process_wrote_is_written_whole(home, lake):
    catalog = Catalog(home, lake, {"qa_pairs": [PARTITION]})
    catalog.publish()
    Catalog(home, lake, {"screened_questions": [PARTITION]}).publish()
    lake.write("qa_pairs", PARTITION, fill("qa_pairs", [question(0)]))
    lake.write("screened_questions", PARTITION, fill("screened_questions", [kept(0)]))
    catalog.publish()
    assert query(home.catalog_file, "FROM qa_pairs").height == 1
    assert query(home.catalog_file, "FROM screened_questions").is_empty()


def test_an_outdated_file_is_left_out_with_a_warning(filled, lake, caplog):
    path = Path(lake.uri("qa_pairs", PARTITION))
    pl.read_parquet(path).drop("reward").write_parquet(path)
    with caplog.at_level(logging.WARNING):
        Catalog(filled, lake, {"qa_pairs": [PARTITION]}).publish()
    assert f"{path} is left out" in caplog.text
    assert query(filled.catalog_file, "FROM qa_pairs").is_empty()


def test_columns_that_old_files_lack_are_null_until_they_are_made_again(filled, lake):
    rejected = query(filled.catalog_file, "FROM rejections ORDER BY ALL")
    path = Path(lake.uri("screened_questions", PARTITION))
    rows = pl.read_parquet(path)
    rows.drop(ADDED["screened_questions"]).write_parquet(path)
    Catalog(filled, lake, {table: lake.partitions(table) for table in STAGES.tables}).publish()
    found = query(filled.catalog_file, "FROM screened_questions WHERE shard = 's0000'")
    assert found.equals(rows)
    assert query(filled.catalog_file, "FROM rejections ORDER BY ALL").equals(rejected)
    lake.write("screened_questions", PARTITION, rows.with_columns(known_id=pl.lit("old/1")))
    found = query(filled.catalog_file, "SELECT DISTINCT known_id FROM screened_questions ORDER BY ALL")
    assert found["known_id"].to_list() == ["old/1", None], "without publishing"


def test_a_catalog_that_knew_no_added_columns_is_written_again(home, lake, monkeypatch):
    before = Catalog(home, lake, {}).made_of
    monkeypatch.setitem(catalog_module.ADDED, "qa_pairs", ["topic"])
    assert Catalog(home, lake, {}).made_of != before


def test_paths_and_texts_with_quotes_are_data(tmp_path):
    home = Home(tmp_path / 'it\'s "mine"; DROP')
    home.prepare()
    lake = Lake(home.lake)
    hostile = "'; COPY (SELECT 1) TO 'x'; --"
    lake.write("qa_pairs", PARTITION, fill("qa_pairs", [question(0, response=hostile)]))
    Catalog(home, lake, {"qa_pairs": [PARTITION]}).publish()
    assert query(home.catalog_file, "SELECT response FROM qa_pairs").item() == hostile


@pytest.mark.parametrize("name", ["a[1]", "a*b", "a?b", "a[1]*b?", "a[!x]**"])
@pytest.mark.parametrize("is_tallied", [True, False])
def test_paths_that_are_patterns_are_read_as_they_are(tmp_path, monkeypatch, name, is_tallied):
    if not is_tallied:
        monkeypatch.setattr(lake_module, "tally", lambda *_: None)
    for folder in ("a1", "axb", "a1xbx", "ayz", name):  # what the patterns mean, and the home itself
        home = Home(tmp_path / folder)
        home.prepare()
        lake = Lake(home.lake)
        partitions = fill_shard(lake)
    catalog = Catalog(home, lake, with_other(lake, partitions))
    catalog.publish()
    assert lake.scan("synthetic_questions", partitions["synthetic_questions"]).collect().height == 7
    rows = query(home.catalog_file, "FROM synthetic_questions WHERE generator = 'a' AND shard = 's0000'")
    assert rows.equals(lake.scan("synthetic_questions", [PARTITION]).collect())
    assert query(home.catalog_file, "FROM older_tables").is_empty()
    lake.write("qa_pairs", PARTITION, fill("qa_pairs", [question(5, response="r"), question(6)]))
    assert query(home.catalog_file, "SELECT count(*) FROM qa_pairs").item() == 2, "without publishing"
    catalog.publish("qa_pairs")
    assert query(home.catalog_file, "SELECT count(*) FROM qa_pairs").item() == 2


def again(lake: Lake, table: str, change: str = "another ") -> None:
    """Write a table of the shard again, with other questions under the same ids."""
    rows = lake.scan(table, [PARTITION]).collect()
    lake.write(table, PARTITION, rows.with_columns(query=pl.lit(change) + pl.col("query")))


@pytest.fixture(params=["tallied", "of an earlier release", "published between"])
def changing(request, lake, monkeypatch, home):
    """Both shards, that of six questions with or without tallies; returns what to call after each change."""
    with monkeypatch.context() as patched:
        if request.param != "tallied":
            patched.setattr(lake_module, "tally", lambda *_: None)
        partitions = fill_shard(lake)
    assert lake.is_tallied("qa_pairs", PARTITION) is (request.param == "tallied")
    catalog = Catalog(home, lake, with_other(lake, partitions))
    catalog.publish()
    return catalog.publish if request.param == "published between" else lambda _: None


def shard_of(home: Home, asked: str) -> list[tuple]:
    return query(home.catalog_file, f"SELECT {asked} FROM questions WHERE shard = 's0000' ORDER BY query_id").rows()


def test_nothing_is_older_in_a_home_that_follows_from_itself(filled):
    assert query(filled.catalog_file, "FROM older_tables").is_empty()


def test_an_empty_table_behind_questions_that_were_kept_is_older(filled, lake):
    lake.write("responses", PARTITION, fill("responses", []))
    older = query(filled.catalog_file, "SELECT stage FROM older_tables")["stage"].to_list()
    assert older == ["responses", "response_scores", "qa_pairs"]


@pytest.mark.parametrize("num_made", range(1, 9))
def test_no_row_of_an_earlier_question_is_shown_beside_a_new_one(home, lake, changing, num_made):
    """At every point of a run that makes a shard again after other questions: what is not made yet, is null."""
    tables = [
        "synthetic_questions", "screened_questions", "solvability_verdicts", "difficulty_scores",
        "deduplicated_questions", "responses", "response_scores", "qa_pairs",
    ]  # fmt: skip
    before = shard_of(home, "* EXCLUDE (query, num_tokens)")
    for table in tables[:num_made]:
        again(lake, table)
        changing(table)
    older = query(home.catalog_file, "SELECT stage FROM older_tables WHERE shard = 's0000'")["stage"].to_list()
    assert older == tables[num_made:]
    asked = "query, final_stage, verdict, difficulty, survivor_id, num_responses, answer"
    rows = shard_of(home, asked)
    assert [row[0] for row in rows] == [f"another q{number}" for number in range(6)]
    assert {row[1] for row in rows} <= set(tables[:num_made])
    if num_made < 3:
        assert {row[2] for row in rows} == {None}
    if num_made < 8:
        assert {row[6] for row in rows} == {None}
    else:
        assert shard_of(home, "* EXCLUDE (query, num_tokens)") == before
    rejected = query(home.catalog_file, "SELECT query, stage FROM rejections WHERE shard = 's0000'")
    assert rejected.filter(~pl.col("query").str.starts_with("another")).is_empty()
    assert set(rejected["stage"]) <= set(tables[:num_made])
    untouched = query(home.catalog_file, "SELECT final_stage, difficulty FROM questions WHERE shard = 's0001'")
    assert untouched.rows() == [("deduplicated_questions", 0.7)]


def test_a_decision_that_is_made_again_takes_back_what_followed_from_the_old_one(filled, lake):
    """The same questions, another judge: who is unsolvable now has neither responses nor a pair."""
    verdicts = [kept(1, "unsolvable", verdict="no"), *map(kept, range(2, 5)), kept(5, "unsolvable", verdict="no")]
    lake.write("solvability_verdicts", PARTITION, fill("solvability_verdicts", verdicts))
    rows = shard_of(filled, "final_stage, drop_reason, is_in_qa_pairs, num_responses, answer")
    assert rows[5] == ("solvability_verdicts", "unsolvable", False, None, None)
    assert rows[4] == ("solvability_verdicts", None, False, None, None)


def test_a_duplicate_counts_only_while_its_survivor_is_there(filled, lake):
    loser = question(6, "s0001", keep=False, drop_reason="duplicate", survivor_id="a/s0000/000004")
    lake.write("deduplicated_questions", OTHER, fill("deduplicated_questions", [loser]))
    asked = "SELECT final_stage, drop_reason, survivor_id FROM questions WHERE shard = 's0001'"
    lost = ("deduplicated_questions", "duplicate", "a/s0000/000004")
    assert query(filled.catalog_file, asked).rows() == [lost]
    again(lake, "synthetic_questions")
    assert query(filled.catalog_file, asked).rows() == [("difficulty_scores", None, None)]


def test_rewards_that_are_given_again_take_back_the_pairs_of_the_old_ones(filled, lake):
    scores = lake.scan("response_scores", [PARTITION]).collect()
    lake.write("response_scores", PARTITION, scores.with_columns(reward=pl.col("reward") + 1))
    assert query(filled.catalog_file, "SELECT stage FROM older_tables").rows() == [("qa_pairs",)]
    assert shard_of(filled, "final_stage, max_reward, reward")[5] == ("response_scores", 2.0, None)


def test_a_question_waits_for_its_pair_until_the_manifest_counts_what_is_there(home, lake):
    """A shard without any pair: whether the pairs are of these scores, only the manifest's counts say."""
    partitions = fill_shard(lake)
    lake.write("qa_pairs", PARTITION, fill("qa_pairs", []))
    asked = "SELECT query_id, drop_reason FROM rejections WHERE stage = 'qa_pairs'"
    for num_input, found in ((3, []), (2, [("a/s0000/000005", "low_agreement")])):
        entry = {**PARTITION, "asset": "qa_pairs", "num_input": num_input, "num_kept": 0}
        lake.write("release_manifest", {"generator": "a"}, fill("release_manifest", [entry]))
        Catalog(home, lake, {**partitions, "release_manifest": [{"generator": "a"}]}).publish()
        assert query(home.catalog_file, asked).rows() == found


def test_clients_of_duckdb_1_can_open_it(filled, lake):
    """The file's storage version is the one that DuckDB writes since 1.0, also after views were replaced in it."""
    catalog = Catalog(filled, lake, {"qa_pairs": [PARTITION]})
    for _ in range(2):
        version = int.from_bytes(catalog.publish().read_bytes()[12:20], "little")
        assert version == STORAGE_OF_1_0
        lake.write("qa_pairs", OTHER, fill("qa_pairs", []))


def test_duckdbs_own_command_line_answers_beside_a_run(filled, lake):
    command = [Path(duckdb_cli.__file__).parent / "duckdb", "-readonly", "-csv", "-noheader", str(filled.catalog_file)]
    ask = "SELECT count(*) FROM synthetic_questions;\n"
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) as client:
        assert client.stdin is not None
        assert client.stdout is not None
        client.stdin.write(ask)
        assert client.stdout.readline() == "7\n"
        Catalog(filled, lake, fill_shard(lake)).publish()  # without the second shard
        assert query(filled.catalog_file, "SELECT count(*) FROM synthetic_questions").item() == 6
        client.stdin.write(ask)
        assert client.stdout.readline() == "7\n", "a client keeps the views that it opened"
        client.stdin.close()
        assert client.wait(60) == 0


def test_a_condition_on_the_partition_leaves_other_files_closed(filled, lake):
    """The ids' beginning is one too: `why` asks by it."""
    Path(lake.uri("synthetic_questions", OTHER)).write_bytes(b"no Parquet at all")
    statement = "SELECT count(*) AS num FROM synthetic_questions WHERE {}"
    by_id = views.of_question("synthetic_questions")
    assert query(filled.catalog_file, statement.format("generator = 'a' AND shard = 's0000'"))["num"].item() == 6
    assert query(filled.catalog_file, statement.format(by_id), ["a/s0000/000003"])["num"].item() == 1
    with pytest.raises(QueryError, match="shard=s0001"):
        query(filled.catalog_file, statement.format("query = 'q3'"))


@pytest.mark.parametrize("view", ["questions", "rejections"])
def test_who_counts_rows_reads_no_texts(filled, view):
    statement = f"EXPLAIN (ANALYZE, FORMAT JSON) SELECT count(*) FROM {view}"
    with duckdb.connect(str(filled.catalog_file), read_only=True) as connection:
        plan = json.loads(connection.execute(statement).fetchone()[1])
    read = set(columns_read(plan["operator"]))
    assert "query_id" in read
    assert not read & {"response", "judgement", "known_query"}


def columns_read(operators):
    """Yield the columns that a plan's scans of Parquet files read."""
    for operator in operators:
        if "PARQUET" in operator["name"]:
            projected = operator["extra_info"].get("Projections", [])
            yield from [projected] if isinstance(projected, str) else projected
        yield from columns_read(operator.get("children", ()))


def test_a_home_may_lie_in_folders_that_look_like_a_partitions(tmp_path):
    home = Home(tmp_path / "query=5" / "shard=x")
    home.prepare()
    lake = Lake(home.lake)
    Catalog(home, lake, fill_shard(lake)).publish()
    assert query(home.catalog_file, "FROM synthetic_questions").equals(
        lake.scan("synthetic_questions", [PARTITION]).collect()
    )
