import threading

import duckdb
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalequest_assets.errors import QueryError
from scalequest_assets.storage.sql import check_reading, query


@pytest.fixture
def catalog(tmp_path):
    file = tmp_path / "catalog.duckdb"
    with duckdb.connect(file) as connection:
        connection.execute("CREATE VIEW qa_pairs AS SELECT 'what is 1+1?' AS query, [1, 2] AS votes")
    return file


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM qa_pairs",
        "FROM qa_pairs",
        "TABLE qa_pairs;",
        "-- a comment\nSELECT 1",
        "VALUES (1)",
        "SELECT 1 UNION ALL SELECT 2",
        "WITH RECURSIVE t AS (SELECT 1 a UNION ALL SELECT a + 1 FROM t WHERE a < 3) FROM t",
        "DESCRIBE qa_pairs",
        "SUMMARIZE qa_pairs",
        "SHOW TABLES",
        "EXPLAIN SELECT 1",
        "EXPLAIN ANALYZE SELECT 1",
        "explain (FORMAT json) SELECT 1",
        "EXPLAIN /* a comment */ SELECT 1",
        "PIVOT range(3) ON range IN (1, 2)",
        """SELECT 'COPY_QUERY_NODE' AS "type", 'COPY x TO y; DROP TABLE z' AS text""",
    ],
)
def test_reading_statements_run(catalog, statement):
    assert isinstance(query(catalog, statement), pl.DataFrame)


def target(folder) -> str:
    return str(folder / "evil.csv")


HOSTILE = {
    "SELECT 1; COPY (SELECT 1) TO '{t}'": "2 statements",
    "COPY (SELECT 1) TO '{t}'": "COPY statements are refused",
    "/* SELECT */ COPY (SELECT 1) TO '{t}'": "COPY",
    "SELECT 1 -- \n; COPY (SELECT 1) TO '{t}'": "2 statements",
    "EXPLAIN ANALYZE COPY (SELECT 1) TO '{t}'": "COPY",
    "EXPLAIN ANALYZE /* SELECT */ COPY (SELECT 1) TO '{t}'": "COPY",
    "EXPLAIN /* x */ ANALYZE COPY (SELECT 1) TO '{t}'": "statement",
    "EXPLAIN (ANALYZE) COPY (SELECT 1) TO '{t}'": "COPY",
    "EXPLAIN (ANALYZE /* ) SELECT 1 -- */\n) COPY (SELECT 1) TO '{t}'": "parsed",
    "WITH x AS (COPY (SELECT 1) TO '{t}') SELECT 1": "COPY inside a SELECT is refused",
    "EXPLAIN ANALYZE WITH x AS (COPY (SELECT 1) TO '{t}') SELECT 1": "COPY inside a SELECT",
    "SELECT * FROM (WITH x AS (COPY (SELECT 1) TO '{t}') SELECT 1)": "COPY inside a SELECT",
    "SELECT (WITH x AS (COPY (SELECT 1) TO '{t}') SELECT 1)": "COPY inside a SELECT",
    "WITH x AS (INSERT INTO qa_pairs VALUES ('a', [1]) RETURNING *) FROM x": "INSERT inside a SELECT",
    "FROM query('COPY (SELECT 1) TO ''{t}''')": "single SELECT",
    "FROM enable_logging('QueryLog', storage = 'file', storage_path = '{t}')": "locked",
    "FROM enable_profiling(save_location = '{t}.txt')": "locked",
    "EXPORT DATABASE '{t}'": "EXPORT",
    "IMPORT DATABASE '{t}'": "PRAGMA",
    "ATTACH '{t}'": "ATTACH",
    "INSTALL httpfs": "LOAD",
    "LOAD httpfs": "LOAD",
    "SET threads = 1": "SET",
    "PRAGMA enable_profiling = 'json'": "SET",
    "PRAGMA database_list": "PRAGMA",
    "CALL pragma_version()": "CALL",
    "CREATE TEMP TABLE t (i INT)": "CREATE",
    "DROP VIEW qa_pairs": "DROP",
    "COMMENT ON VIEW qa_pairs IS 'x'": "ALTER",
    "PREPARE p AS SELECT 1": "PREPARE",
    "BEGIN": "TRANSACTION",
    "VACUUM": "VACUUM",
    "UPDATE EXTENSIONS": "this kind is refused",
    "PIVOT range(3) ON range": "MULTI",
    "": "0 statements",
    "-- nothing": "0 statements",
    "SELEC 1": "cannot be parsed",
    "SELECT '\udc80'": "cannot be parsed",
}

PARSER = duckdb.connect()


@pytest.mark.parametrize("statement", HOSTILE)
def test_statements_that_could_write_are_refused_and_write_nothing(catalog, tmp_path, statement):
    before = catalog.read_bytes()
    with pytest.raises(QueryError, match=HOSTILE[statement]):
        query(catalog, statement.replace("{t}", target(tmp_path)))
    assert [file.name for file in tmp_path.iterdir()] == ["catalog.duckdb"]
    assert catalog.read_bytes() == before


@given(prefix=st.text(alphabet="EXPLAINYZ ()/*-'\"\n,;selct1", max_size=30))
def test_nothing_before_a_copy_makes_it_pass(prefix):
    """Whatever stands before it: either the COPY is inside a comment or a string, or it is refused."""
    statement = prefix + "COPY (SELECT 1) TO 'x'"
    try:
        check_reading(statement, PARSER)
    except QueryError:
        return
    kinds = [item.type for item in duckdb.extract_statements(statement)]
    assert kinds == [duckdb.StatementType.SELECT]


def test_an_unknown_name_gets_a_hint(catalog):
    with pytest.raises(QueryError, match=r"nope(.|\n)*the views are: qa_pairs"):
        query(catalog, "SELECT * FROM nope")


def test_a_missing_catalog_says_what_to_do(tmp_path):
    with pytest.raises(QueryError, match="scalequest run"):
        query(tmp_path / "none.duckdb", "SELECT 1")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_catalog(tmp_path):
    (tmp_path / "x.duckdb").write_text("x" * 5000)
    with pytest.raises(QueryError, match="scalequest run"):
        query(tmp_path / "x.duckdb", "SELECT 1")


def test_python_variables_are_not_tables(catalog):
    secret = pl.DataFrame({"a": [1]})
    assert secret.height
    with pytest.raises(QueryError, match="secret"):
        query(catalog, "SELECT * FROM secret")


def test_threads_of_one_process_may_ask_at_once(catalog):
    results, start = [], threading.Barrier(4)

    def ask():
        start.wait()
        results.extend(query(catalog, "SELECT count(*) AS n FROM range(200000)")["n"].to_list() for _ in range(5))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert results == [[200000]] * 20
