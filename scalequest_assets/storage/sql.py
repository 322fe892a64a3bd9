"""Asking the catalog: one statement that reads, on a connection that can do nothing else."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from scalequest_assets.errors import QueryError

READING_NODES = frozenset({"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"})
_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",  # no network behind the user's back
    "python_enable_replacements": "false",  # else `FROM x` reads a Python variable x
    "lock_configuration": "true",  # else `FROM enable_logging(…)` writes files
}
_EXPLAIN = re.compile(r"\s*EXPLAIN(\s+ANALYZE\b)?(\s*\([\w\s,]*\))?(?=\W)", re.IGNORECASE)
_UNREADABLE = re.compile(r"\b(?:INTERVAL|UNION)\b")
"""Types that Polars has not, and panics at."""
OUR_VIEWS = "NOT internal AND schema_name = 'main'"
"""Condition of DuckDB's own tables that a view is one of those to ask: the catalog keeps others in another schema."""
_OF_TABLES = "ask SHOW TABLES, or for a table's columns: DESCRIBE qa_pairs"
_REMEDY = "ask with one SELECT, FROM, WITH, DESCRIBE, SUMMARIZE, SHOW or EXPLAIN"


class Tables:
    """A catalog, open for statements that read. Use it in a `with` block, which closes it.

    Text that a model wrote is only ever data here, and a statement pasted from elsewhere cannot change a file:
    `check_reading` refuses what writes, the connection is read-only, and its settings are locked.

    Args:
        catalog_file: The DuckDB file.

    Raises:
        QueryError: There is no catalog, or it cannot be opened.
    """

    def __init__(self, catalog_file: Path | str) -> None:
        file = Path(catalog_file)
        if not file.exists():
            raise QueryError(f"there is no catalog at {file}", "run: scalequest run")
        try:
            self._connection = duckdb.connect(file, read_only=True, config=_CONFIG)
        except duckdb.Error as error:
            raise QueryError(f"{file}: {error}", "make the catalog again: scalequest run") from error

    def __enter__(self) -> "Tables":
        return self

    def __exit__(self, *ending: object) -> None:
        self.close()

    def close(self) -> None:
        """Close it; a new file in its place can be opened then."""
        self._connection.close()

    def ask(self, statement: str, parameters: Sequence[object] = ()) -> pl.DataFrame:
        """Run one reading statement, `?` in it standing for the parameters in turn.

        Raises:
            QueryError: The statement does not only read, or DuckDB refuses it.
        """
        check_reading(statement, self._connection)
        try:
            return _frame(self._connection.sql(statement, params=list(parameters) or None))
        except duckdb.Error as error:
            raise QueryError(str(error).strip(), self._remedy(error)) from error
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
            raise QueryError(f"a column cannot be read: {error}", "cast it to text: column::VARCHAR") from error

    def interrupt(self) -> None:
        """End the statement that another thread runs; it raises `QueryError` there."""
        self._connection.interrupt()

    def _remedy(self, error: duckdb.Error) -> str:
        if isinstance(error, duckdb.BinderException) and "Referenced column" in str(error):
            return "ask for the columns of a table: DESCRIBE, and its name"
        named = f"SELECT view_name FROM duckdb_views() WHERE {OUR_VIEWS} ORDER BY view_name"  # noqa: S608 - ours
        return f"the views are: {', '.join(name for (name,) in self._connection.execute(named).fetchall())}"


def query(catalog_file: Path | str, statement: str, parameters: Sequence[object] = ()) -> pl.DataFrame:
    """Run one reading statement against a catalog; see `Tables`.

    Raises:
        QueryError: The statement does not only read, DuckDB refuses it, or there is no catalog yet.
    """
    with Tables(catalog_file) as tables:
        return tables.ask(statement, parameters)


def is_whole(text: str) -> bool:
    """Whether a text ends with the `;` of a statement: not with one of a string, a name or a comment."""
    try:
        tokens = [place for place, kind in duckdb.tokenize(text) if kind != duckdb.token_type.comment]
    except TypeError:  # not valid Unicode: who asks it is told
        return True
    return bool(tokens) and text.encode()[tokens[-1] :].startswith(b";")


def check_reading(statement: str, parser: duckdb.DuckDBPyConnection) -> None:
    """Refuse a statement that does anything but read.

    DuckDB's statement type is not enough: `EXPLAIN ANALYZE COPY …` is an EXPLAIN and `WITH x AS (COPY …) SELECT` a
    SELECT, and both write. So the statement behind EXPLAIN is looked at, and every node of the syntax tree.

    Args:
        statement: The statement. It is not run.
        parser: Any connection: it makes the syntax tree. A new one for that takes longer than most questions.

    Raises:
        QueryError: It is empty, several, not SQL, or of a kind that can write; the kind is named.
    """
    try:
        statements = [(item.type, item.query) for item in duckdb.extract_statements(statement)]
    except (duckdb.Error, TypeError) as error:  # TypeError: text that is not valid Unicode
        if re.match(r"\s*\.[a-z]", statement):
            what = f"{statement.split()[0]} is for the prompt, which `scalequest sql` alone opens"
            raise QueryError(what, _OF_TABLES) from error
        raise QueryError(f"the statement cannot be parsed: {error}", _REMEDY) from error
    except ValueError as error:  # a kind that DuckDB's Python package has no name for
        raise QueryError("a statement of this kind is refused", _REMEDY) from error
    if len(statements) != 1:
        raise QueryError(f"{len(statements)} statements given, one is expected", _REMEDY)
    kind, text = statements[0]
    if kind == duckdb.StatementType.EXPLAIN:
        explained = _EXPLAIN.sub("", text, count=1)
        if explained == text:
            raise QueryError("this EXPLAIN is refused", "write EXPLAIN or EXPLAIN ANALYZE right before the SELECT")
        return check_reading(explained, parser)
    if kind != duckdb.StatementType.SELECT:
        raise QueryError(f"{kind.name} statements are refused", _REMEDY)
    if writing := sorted(_node_types(_syntax_tree(text, parser)) - READING_NODES):
        kinds = ", ".join(name.removesuffix("_NODE").removesuffix("_QUERY") for name in writing)
        raise QueryError(f"{kinds} inside a SELECT is refused", _REMEDY)
    return None


def _frame(rows: duckdb.DuckDBPyRelation) -> pl.DataFrame:
    """Return a statement's rows: without pyarrow, which is slow to import, wherever Polars can read them itself."""
    if len({*rows.columns}) < len(rows.columns) or _UNREADABLE.search(str(rows.types)):
        frame: pl.DataFrame = rows.pl()  # gives names that are there twice a number, and says what it cannot read
        return frame
    return pl.DataFrame(rows)


def _syntax_tree(statement: str, parser: duckdb.DuckDBPyConnection) -> Any:
    ((text,),) = parser.execute("SELECT json_serialize_sql(?::VARCHAR)", [statement]).fetchall()
    tree = json.loads(text)
    if tree["error"]:
        raise QueryError(f"the statement is refused: {tree.get('error_message', 'it cannot be analysed')}", _REMEDY)
    return tree


def _node_types(tree: Any) -> set[str]:
    """Return the types of all query nodes in a syntax tree."""
    found, pending = set(), [tree]
    while pending:
        item = pending.pop()
        if isinstance(item, dict):
            if isinstance(kind := item.get("type"), str) and kind.endswith("_NODE"):
                found.add(kind)
            pending.extend(item.values())
        elif isinstance(item, list):
            pending.extend(item)
    return found
