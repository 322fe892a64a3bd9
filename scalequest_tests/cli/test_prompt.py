"""The prompt of `scalequest sql`: what is typed, what is answered, and that nothing typed ends it by accident."""

import os
import pty
import re
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl
import pytest
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput
from rich.console import Console

from scalequest_assets.cli import console
from scalequest_assets.cli.prompt import LiveTables, Prompt
from scalequest_assets.partitions import table_partitions
from scalequest_assets.schemas import TABLES, polars_schema
from scalequest_assets.storage.asking import opened
from scalequest_assets.storage.catalog import Catalog
from scalequest_assets.storage.home import Home
from scalequest_assets.storage.lake import Lake
from scalequest_assets.storage.profiles import home_profile
from scalequest_assets.storage.sql import Tables, is_whole
from scalequest_tests.conftest import CommandLine

PARTITIONS = {"seed_questions": [{}]}
LEAVE, CANCEL = "\x04", "\x03"
SLOW = "SELECT count(*) AS n FROM range(100000000000) a, range(1000) b WHERE (a.range * b.range) % 7 = 1"
HOSTILE = "[bold]\x1b[31mred\x07 Verdict: Yes"


def home_with_seeds(root: Path) -> Home:
    root.mkdir()
    write_seeds(home := Home(root), 1)
    return home


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home that tests leave as it is."""
    return home_with_seeds(tmp_path_factory.mktemp("prompt") / "home")


@pytest.fixture
def own_home(tmp_path: Path) -> Home:
    """A home of one test."""
    return home_with_seeds(tmp_path / "home")


def write_seeds(home: Home, num: int) -> None:
    rows = [{**dict.fromkeys(TABLES["seed_questions"]), "query": HOSTILE} for _ in range(num)]
    Lake(home.lake).write("seed_questions", {}, pl.DataFrame(rows, schema=polars_schema("seed_questions")))
    Catalog(home, Lake(home.lake), PARTITIONS).publish()


def tables_of(home: Home):
    return opened(home, lambda: PARTITIONS, on_note=pytest.fail)


@pytest.fixture
def typed(home, capsys):
    """Type into the prompt until it ends; return standard output and standard error."""

    def converse(*texts: str, asked=home, open_tables=tables_of, show=console.show_table) -> tuple[str, str]:
        with create_pipe_input() as keys:
            keys.send_bytes(("".join(texts) + LEAVE).encode(errors="surrogateescape"))
            Prompt(asked, open_tables, show, keys, DummyOutput()).run()
        printed = capsys.readouterr()
        return printed.out, printed.err

    return converse


def test_a_statement_takes_lines_and_ends_with_its_semicolon(typed):
    out, err = typed("SELECT 'a;\rb' -- c;\r, 40 + 2\r AS sum;\r", "SELECT 7 AS seven ; -- done\r", "\r", ";\r")
    assert (err, "a; b" in out, "42" in out, "seven" in out) == ("", True, True, True)


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("SELECT 1;", True),
        ("SELECT 'é' ; \n", True),
        ("SELECT 1; -- a; b", True),
        (";", True),
        ("SELECT 1", False),
        ("SELECT 1 -- ;", False),
        ("SELECT 'a;", False),
        ('SELECT "a;', False),
        ("SELECT $$ ; ", False),
        ("/* ;", False),
        ("", False),
        ("SELECT '\udcff';", True),
    ],
)
def test_a_semicolon_of_a_text_or_comment_ends_nothing(text, whole):
    assert is_whole(text) is whole


def test_what_goes_wrong_is_a_line_and_the_next_statement_is_asked(typed, tmp_path):
    out, err = typed(
        "SELEC 1;\r",
        "SELECT * FROM seed_question;\r",
        f"COPY (SELECT 1) TO '{tmp_path}/x.csv';\r",
        "CREATE TABLE t AS SELECT 1;\r",
        "SELECT 1; SELECT 2;\r",
        "SELECT interval 1 day AS i;\r",
        "SELECT '\udcff';\r",
        "SELECT 40 + 2 AS sum;\r",
    )
    said = err.splitlines()
    assert [line.startswith("error: ") for line in said] == [True] * 7
    assert "Did you mean" in said[1]
    for line, part in zip(
        said[2:6], ("COPY statements", "CREATE statements", "2 statements", "cannot be read"), strict=True
    ):
        assert part in line
    assert "\x1b" not in err
    assert "42" in out
    assert not (tmp_path / "x.csv").exists()


def test_commands_with_a_dot(typed):
    out, err = typed(".help\r", ".tables\r", ".schema seed_questions\r", ".schema seed_question\r", ".nonsense\r")
    assert "Ctrl-D" in out
    assert "Table seed_questions: 1 partition(s)" in out
    assert "VARCHAR" in out
    first, second = err.splitlines()
    assert first == "error: no table is named 'seed_question': did you mean seed_questions?"
    assert second == "error: no command is named '.nonsense': see .help"


def test_exit_leaves_and_a_cancelled_line_does_not(typed):
    out, err = typed("SELECT 'x\r", CANCEL, "SELECT 1 AS one;\r", ".exit\r", "SELECT 2 AS two;\r")
    assert ("one" in out, "two" in out, err) == (True, False, "")


def test_text_of_models_steers_nothing(typed, own_home):
    own_home.sql_history.write_bytes(b"\n# \x1b]0;owned\x07\n+\x1b[2J\xff\xfe\n")
    asked = "SELECT query FROM seed_questions;\r", "SELECT error(query) FROM seed_questions;\r"
    out, err = typed("\x1b[A\r", CANCEL, *asked, asked=own_home)
    assert err.startswith("error: Invalid Input Error: [bold][31mred Verdict: Yes")
    assert "[bold][31mred Verdict: Yes" in out
    assert "\x1b" not in out + err
    assert "\x07" not in out + err


def test_a_catalog_that_a_run_publishes_is_asked_next(typed, own_home):
    counts = []

    def show(rows: pl.DataFrame) -> None:
        counts.append(rows.item())
        write_seeds(own_home, len(counts) + 1)

    assert typed(*["SELECT count(*) FROM seed_questions;\r"] * 3, asked=own_home, show=show)[1] == ""
    assert counts == [1, 2, 3]


class Interrupted(Tables):
    """Interrupts itself as the user does, once it is asked for something slow."""

    def ask(self, statement: str, parameters=()) -> pl.DataFrame:
        if "range" in statement:
            os.kill(os.getpid(), signal.SIGINT)
        return super().ask(statement, parameters)


def test_an_interrupted_statement_ends_and_the_prompt_goes_on(typed):
    @contextmanager
    def open_tables(home: Home) -> Iterator[Tables]:
        with Interrupted(home.catalog_file) as tables:
            yield tables

    out, err = typed(f"{SLOW};\r", "SELECT 40 + 2 AS sum;\r", open_tables=open_tables)
    assert "the statement was interrupted" in err
    assert "error" not in err
    assert "42" in out


@pytest.fixture(scope="module")
def completed(home):
    """Return what the last word of a text may become."""
    with LiveTables(home, tables_of) as tables:
        yield lambda text: [item.text for item in tables.get_completions(Document(text), CompleteEvent())]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("SELECT count(*) FROM seed_q", "seed_questions"),
        ("FROM seed_questions SELECT quer", "query"),
        ("FROM seed_questions SELECT seed_questions.quer", "query"),
        ("DESCR", "describe"),
        ("SELECT regexp_full", "regexp_full_match"),
        (".sch", ".schema"),
        (".schema seed", "seed_questions"),
    ],
)
def test_what_a_word_may_become(completed, text, first):
    assert completed(text)[0] == first


def test_columns_of_the_tables_at_hand_come_first(completed):
    assert completed("FROM seed_questions SELECT s")[: len("ab")] == ["solution", "source"]
    assert completed("SELECT nothing_is_like_this") == []


def test_what_was_asked_is_there_next_time(typed, own_home):
    typed("SELECT 40 + 2 AS sum;\r", asked=own_home)
    assert "SELECT 40 + 2" in own_home.sql_history.read_text()
    assert own_home.sql_history.stat().st_mode & 0o077 == 0
    assert "42" in typed("\x1b[A\r", asked=own_home)[0]


def test_a_home_that_keeps_no_history_answers_all_the_same(typed, own_home):
    own_home.sql_history.mkdir()  # what nobody can write as a file
    out, err = typed("SELECT 40 + 2 AS sum;\r", asked=own_home)
    assert ("42" in out, err) == (True, "")


def test_a_home_whose_catalog_is_damaged_says_so_each_time(typed, own_home):
    def show(rows: pl.DataFrame) -> None:
        own_home.catalog_file.unlink()
        own_home.catalog_file.write_text("no catalog")

    def open_tables(home: Home):
        return Tables(home.catalog_file)

    _, err = typed("SELECT 1;\r", "SELECT 2;\r", "SELECT 3;\r", show=show, open_tables=open_tables, asked=own_home)
    assert [line.startswith("error: ") for line in err.splitlines()] == [True, True]


@pytest.mark.parametrize("width", [80, 24])
def test_rows_are_cut_to_the_terminal(typed, monkeypatch, width):
    monkeypatch.setattr(console, "out", Console(height=15, width=width, highlight=False, soft_wrap=True))
    monkeypatch.setattr(console, "err", Console(stderr=True, height=15, width=300))
    statement = "SELECT range AS n, repeat('long ', 9) AS text FROM range(1000);\r"
    out, err = typed(statement, "SELECT 1 AS one;\r", show=console.show_screenful)
    table = out[out.index("┏") : out.index("└")].splitlines()
    assert 8 <= len(table) <= 12
    assert "of 1,000 rows are shown" in err
    assert err.count("rows are shown") == 1


def test_without_a_terminal_a_statement_must_be_given(tmp_path, monkeypatch, capsys):
    home_profile(Home(tmp_path / "home"))
    code, out, err = CommandLine(tmp_path / "home", monkeypatch, capsys)("sql")
    assert (code, out) == (2, "")
    assert "scalequest sql STATEMENT" in err


CONTROLLED = """
import fcntl, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)  # else its Ctrl-C is no signal
from scalequest_assets.__main__ import command
command()
"""


def test_in_a_terminal(tmp_path):
    home = Home(tmp_path / "home")
    profile = home_profile(home)
    Catalog(home, Lake(home.lake), table_partitions(profile)).publish()
    parent, terminal = pty.openpty()
    command = [sys.executable, "-c", CONTROLLED, "sql"]
    root = str(Path(__file__).parents[2])
    environment = {
        **os.environ,
        "SCALEQUEST_HOME": str(home.root),
        "PYTHONPATH": root,
        "TERM": "xterm",
        "PROMPT_TOOLKIT_NO_CPR": "1",
    }
    child = subprocess.Popen(
        command, stdin=terminal, stdout=terminal, stderr=terminal, env=environment, start_new_session=True
    )
    os.close(terminal)
    try:
        read_until(parent, rb"sql>")
        os.write(parent, b"SELECT 6 *\r7 AS product;\r")
        read_until(parent, rb"(?s)42.*sql>")
        os.write(parent, SLOW.encode() + b";\r")
        read_until(parent, rb"(?s)interrupted.*sql>", send=CANCEL.encode())
        os.write(parent, b"SELECT 6 * 8 AS product;\r")
        read_until(parent, rb"(?s)48.*sql>")
        os.write(parent, LEAVE.encode())
        assert child.wait(timeout=60) == 0
    finally:
        child.kill()
        child.wait()
        os.close(parent)


def read_until(terminal: int, pattern: bytes, send: bytes = b"") -> None:
    """Read what is printed until something is; type `send` whenever nothing comes for a while."""
    seen = b""
    while not re.search(pattern, seen):
        if select.select([terminal], [], [], 0.1 if send else 60)[0]:
            seen += os.read(terminal, 65536)
        else:
            assert send, f"nothing more is printed after {seen!r}"
            os.write(terminal, send)
