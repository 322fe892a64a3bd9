"""The prompt of `scalequest sql`: statements asked one after another, in a terminal.

A statement may take several lines and ends with `;`. What goes wrong is one line, and the prompt goes on.
"""

import re
import signal
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, ExitStack, suppress
from difflib import get_close_matches
from threading import Event
from typing import NamedTuple

import polars as pl
from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.enums import DEFAULT_BUFFER
from prompt_toolkit.filters import has_focus
from prompt_toolkit.history import FileHistory
from prompt_toolkit.input import Input
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.output import Output

from scalequest_assets.cli import console
from scalequest_assets.errors import QueryError, ScalequestError
from scalequest_assets.storage.home import Home
from scalequest_assets.storage.sql import OUR_VIEWS, Tables, is_whole

_TABLES = f"SELECT view_name AS name, comment FROM duckdb_views() WHERE {OUR_VIEWS} ORDER BY 1"  # noqa: S608
_COLUMNS = f"""
    SELECT column_name AS name, data_type AS type, comment FROM duckdb_columns()
    WHERE {OUR_VIEWS} AND table_name = ? ORDER BY column_index"""  # noqa: S608
_NAMES = f"""
    SELECT DISTINCT lower(table_name) AS place, column_name AS name FROM duckdb_columns() WHERE {OUR_VIEWS}
    ORDER BY ALL"""  # noqa: S608
_WORDS = f"""
    SELECT name, min(turn) AS turn FROM (
        SELECT view_name AS name, 0 AS turn FROM duckdb_views() WHERE {OUR_VIEWS}
        UNION ALL SELECT keyword_name, 1 FROM duckdb_keywords()
        UNION ALL SELECT function_name, 2 FROM duckdb_functions()
    ) GROUP BY name ORDER BY turn, name"""  # noqa: S608
_WORD = re.compile(r"\w*\Z")
_MAX_ERROR_CHARS = 400
_LOOK_S = 0.05
"""Seconds between two looks whether a statement that runs is to be interrupted."""
_HELP = """\
SELECT …;          a statement that reads; it may take several lines, and ends with ;
.tables            the tables
.schema TABLE      a table's columns
.exit, Ctrl-D      leave
Tab                completes tables, columns, keywords and functions
Ctrl-C             ends a statement that runs, or clears the line"""
_COMMANDS = (".exit", ".help", ".quit", ".schema", ".tables")


class Prompt:
    """Asks for statements until the user leaves.

    Args:
        home: Whose tables are asked, and where it is kept what was asked; a home that cannot be written keeps nothing.
        open_tables: Opens the home's tables.
        show: Prints a statement's rows.
        source: Where keys come from; None for the terminal.
        screen: What the prompt is drawn on; None for the terminal.
    """

    def __init__(
        self,
        home: Home,
        open_tables: Callable[[Home], AbstractContextManager[Tables]],
        show: Callable[[pl.DataFrame], object],
        source: Input | None = None,
        screen: Output | None = None,
    ) -> None:
        self._catalog, self._show = LiveTables(home, open_tables), show
        self._session: PromptSession[str] = PromptSession(
            "sql> ",
            prompt_continuation="...> ",
            multiline=True,
            key_bindings=_keys(),
            history=_history(home),
            completer=self._catalog,
            complete_while_typing=False,
            input=source,
            output=screen,
        )

    def run(self) -> None:
        """Ask, and answer."""
        console.out.print("Statements end with ;  (.help for more, Ctrl-D to leave)")
        with self._catalog, ThreadPoolExecutor(1) as pool:
            while True:
                try:
                    text = self._session.prompt().strip()
                    if text in (".exit", ".quit"):
                        return
                    self._answer(text, pool)
                except EOFError:
                    return
                except KeyboardInterrupt:
                    continue
                except Exception as error:
                    console.err.print(f"error: {_in_one_line(error)}", markup=False, style="red")

    def _answer(self, text: str, pool: ThreadPoolExecutor) -> None:
        """Do what a text says; nothing, for one without a statement."""
        tables = self._catalog.tables()
        if text.startswith("."):
            _command(text, tables)
        elif text.strip("; \n\t"):
            rows = _asked(text, tables, pool)
            if rows is None:
                console.show_note("the statement was interrupted")
            else:
                self._show(rows)


class _Words(NamedTuple):
    """What a statement is made of: columns as (table, column), tables, and DuckDB's own words."""

    columns: list[tuple[str, str]]
    tables: list[str]
    own: list[str]


class LiveTables(Completer):
    """A home's tables, opened again whenever their catalog is another; completes what they have in them."""

    def __init__(self, home: Home, open_tables: Callable[[Home], AbstractContextManager[Tables]]) -> None:
        self._home, self._open_tables, self._open = home, open_tables, ExitStack()
        self._tables: Tables | None = None
        self._words: _Words | None = None
        self._seen: tuple[int, int] | None = None

    def __enter__(self) -> "LiveTables":
        return self

    def __exit__(self, *ending: object) -> None:
        self._open.close()

    def tables(self) -> Tables:
        """Return the tables as they are now."""
        seen = None
        with suppress(OSError):
            status = self._home.catalog_file.stat()
            seen = status.st_ino, status.st_mtime_ns
        if self._tables is None or seen != self._seen:
            self._tables = self._words = None
            self._open.close()  # first: in one process, DuckDB opens a path once
            self._tables = self._open.enter_context(self._open_tables(self._home))
            self._seen = seen
        return self._tables

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """Yield what a word may become: columns of the tables that the text names come first."""
        before = document.text_before_cursor
        begun = before if before.startswith(".") and " " not in before else _word_at_end(before)
        with suppress(ScalequestError):
            for name in _choices(self._all_words(), before, document.text):
                if name.lower().startswith(begun.lower()) and name != begun:
                    yield Completion(name, start_position=-len(begun))

    def _all_words(self) -> _Words:
        tables = self.tables()
        if self._words is None:
            words = tables.ask(_WORDS).filter(pl.col("name").str.contains(r"^[A-Za-z_]\w*$"))
            own = words.filter(pl.col("turn") > 0)["name"].to_list()
            self._words = _Words(tables.ask(_NAMES).rows(), tables.ask(_TABLES)["name"].to_list(), own)
        return self._words


def _choices(words: _Words, before: str, text: str) -> Iterable[str]:
    """Return what may be written behind a text, of a statement or command, in the order in which it is offered."""
    if before.startswith("."):
        return words.tables if " " in before else _COMMANDS
    named = set(re.findall(r"\w+", text.lower()))
    near = [column for table, column in words.columns if table in named]
    return dict.fromkeys((*near, *words.tables, *words.own, *(column for _, column in words.columns)))


def _word_at_end(text: str) -> str:
    found = _WORD.search(text)
    return found.group() if found else ""


class _History(FileHistory):
    """What was asked, kept in a file where that can be written."""

    def load_history_strings(self) -> Iterable[str]:
        """Return what the file has, the last first."""
        try:
            return list(super().load_history_strings())
        except OSError:
            return []

    def store_string(self, string: str) -> None:
        """Add a text to the file."""
        with suppress(OSError, UnicodeError):
            super().store_string(string)


def _history(home: Home) -> _History:
    with suppress(OSError):
        home.sql_history.touch(mode=0o600)
    return _History(str(home.sql_history))


def _keys() -> KeyBindings:
    """Return the binding of Enter: it ends a statement that is whole, and a line of one that is not."""
    keys = KeyBindings()

    @keys.add("enter", filter=has_focus(DEFAULT_BUFFER))
    def _(event: KeyPressEvent) -> None:
        text = event.current_buffer.text.strip()
        if not text or text.startswith(".") or is_whole(text):
            event.current_buffer.validate_and_handle()
        else:
            event.current_buffer.insert_text("\n")

    return keys


def _asked(text: str, tables: Tables, pool: ThreadPoolExecutor) -> pl.DataFrame | None:
    """Return a statement's rows; None where the user interrupted it. Neither leaves it running."""
    pressed = Event()
    before = signal.signal(signal.SIGINT, lambda *_: pressed.set())  # an exception could come before it is waited for
    try:
        asked = pool.submit(tables.ask, text)
        while not asked.done():
            wait([asked], _LOOK_S)
            if pressed.is_set():
                tables.interrupt()  # again and again: one that has not begun is not interrupted by the first
        return None if pressed.is_set() else asked.result()
    finally:
        signal.signal(signal.SIGINT, before)


def _command(text: str, tables: Tables) -> None:
    """Do what a text that begins with a dot asks for."""
    name, _, table = (part.strip() for part in text.partition(" "))
    match name:
        case ".help":
            console.out.print(_HELP, markup=False)
        case ".tables":
            console.show_table(tables.ask(_TABLES))
        case ".schema":
            columns = tables.ask(_COLUMNS, (table.rstrip(";"),))
            if columns.is_empty():
                near = get_close_matches(table, tables.ask(_TABLES)["name"].to_list(), n=1)
                hint = f"did you mean {near[0]}?" if near else "see .tables"
                raise QueryError(f"no table is named {table!r}: {hint}", hint)
            console.show_table(columns)
        case _:
            raise QueryError(f"no command is named {name!r}: see .help", "see .help")


def _in_one_line(error: Exception) -> str:
    """Return what is wrong, without where in the statement."""
    what = error.what if isinstance(error, ScalequestError) else f"{type(error).__name__}: {error}"
    text = " ".join(console.printable(what.partition("\nLINE ")[0]).split())
    return text if len(text) <= _MAX_ERROR_CHARS else f"{text[:_MAX_ERROR_CHARS]}…"
