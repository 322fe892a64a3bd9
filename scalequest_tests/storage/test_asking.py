"""Asking a home's tables: copied, moved, read-only, of an earlier release, or beside another client."""

import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import polars as pl
import pytest

from scalequest_assets.errors import QueryError
from scalequest_assets.schemas import TABLES, polars_schema
from scalequest_assets.storage.asking import opened
from scalequest_assets.storage.catalog import Catalog
from scalequest_assets.storage.home import Home
from scalequest_assets.storage.lake import Lake
from scalequest_assets.storage.sql import query

PARTITIONS = {"seed_questions": [{}]}
COUNT = "SELECT count(*) FROM seed_questions"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.prepare()
    write_seeds(home, 1)
    Catalog(home, Lake(home.lake), PARTITIONS).publish()
    return home


def write_seeds(home: Home, num: int) -> None:
    rows = [dict.fromkeys(TABLES["seed_questions"]) for _ in range(num)]
    Lake(home.lake).write("seed_questions", {}, pl.DataFrame(rows, schema=polars_schema("seed_questions")))


def asked(home: Home, statement: str = COUNT) -> tuple[object, list[str]]:
    """Return the answer, and what the user is told of the catalog."""
    notes: list[str] = []
    with opened(home, lambda: PARTITIONS, on_note=notes.append) as tables:
        return tables.ask(statement).item(), notes


@pytest.mark.parametrize("put", [shutil.copytree, shutil.move])
def test_a_home_that_was_copied_or_moved_answers_from_its_own_tables(home, tmp_path, put):
    put(home.root, tmp_path / "other")
    other = Home(tmp_path / "other")
    write_seeds(other, 3)
    assert asked(other) == (3, [])
    assert query(other.catalog_file, COUNT).item() == 3, "its catalog is right for other clients too"


def test_a_lake_elsewhere_answers_where_the_environment_names_another(home, tmp_path):
    shutil.copytree(home.lake, tmp_path / "lake")
    elsewhere = Home(home.root, lake_dir=str(tmp_path / "lake"))
    write_seeds(elsewhere, 2)
    assert (asked(elsewhere), asked(home)) == ((2, []), (1, []))


def test_views_of_an_earlier_release_are_not_asked(home):
    with duckdb.connect(home.catalog_file) as connection:
        connection.execute("DROP MACRO catalog_made_of")
        connection.execute("CREATE OR REPLACE VIEW seed_questions AS SELECT 1 WHERE false")
    assert asked(home) == (1, [])


def test_a_catalog_that_is_right_is_asked_as_it_is(home):
    before = home.catalog_file.stat()
    assert asked(home) == (1, [])
    assert home.catalog_file.stat().st_mtime_ns == before.st_mtime_ns


def test_a_catalog_that_is_gone_is_made(home):
    home.catalog_file.unlink()
    assert asked(home) == (1, [])
    assert home.catalog_file.exists()


def test_a_home_that_cannot_be_written_answers_all_the_same(home, tmp_path, monkeypatch):
    shutil.copytree(home.root, tmp_path / "other")
    shutil.rmtree(home.root)

    def refused(self: Catalog) -> Path:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(Catalog, "publish", refused)
    other = Home(tmp_path / "other")
    before = {path: path.stat().st_mtime_ns for path in other.root.rglob("*")}
    assert asked(other) == (1, [])
    assert {path: path.stat().st_mtime_ns for path in other.root.rglob("*")} == before


HOLDING = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1])
print("open", flush=True)
sys.stdin.read()
"""


def test_beside_a_client_that_writes_the_answer_is_there_and_the_way_to_share_too(home):
    command = [sys.executable, "-c", HOLDING, str(home.catalog_file)]
    client = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert client.stdout.readline() == "open\n"
        answer, (note,) = asked(home)
    finally:
        client.communicate()
    assert answer == 1
    assert "left alone" in note
    assert f"duckdb -readonly {home.catalog_file}" in note
    assert asked(home) == (1, [])


def test_a_client_that_reads_disturbs_nobody(home):
    with duckdb.connect(home.catalog_file, read_only=True, config={"lock_configuration": "true"}):
        command = [sys.executable, "-c", ASKING, str(home.root)]
        assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "1 []\n"


ASKING = """
import sys
from scalequest_tests.storage.test_asking import asked
from scalequest_assets.storage.home import Home
print(*asked(Home(sys.argv[1])))
"""


def test_a_damaged_catalog_is_named_and_not_needed(home):
    home.catalog_file.write_bytes(b"x" * 5000)
    answer, (note,) = asked(home)
    assert answer == 1
    assert str(home.catalog_file) in note


def test_what_is_refused_is_refused(home):
    with pytest.raises(QueryError, match="DROP"):
        asked(home, "DROP VIEW seed_questions")


READING = """
import sys, duckdb
counts = "SELECT count(*) FROM seed_questions"
held = duckdb.connect(sys.argv[1], read_only=True)
for _ in sys.stdin:
    print(held.sql(counts).fetchall(), flush=True)
held.close()
print(duckdb.connect(sys.argv[1], read_only=True).sql(counts).fetchall(), flush=True)
"""


def test_a_client_that_only_reads_disturbs_no_run_and_sees_new_tables_once_it_opens_again(home, tmp_path):
    shutil.rmtree(home.lake)
    Catalog(home, Lake(home.lake), PARTITIONS).publish()
    command = [sys.executable, "-c", READING, str(home.catalog_file)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "bufsize": 1}
    with subprocess.Popen(command, cwd=tmp_path, **pipes) as client:
        client.stdin.write("count\n")
        before = client.stdout.readline()
        write_seeds(home, 3)
        Catalog(home, Lake(home.lake), PARTITIONS).publish()
        client.stdin.write("count\n")
        held = client.stdout.readline()
        client.stdin.close()
        opened_again = client.stdout.readline()
    assert (before, held, opened_again) == ("[(0,)]\n", "[(0,)]\n", "[(3,)]\n")
    assert asked(home) == (3, [])
