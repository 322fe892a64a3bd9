"""What Dagster shows of an asset before its first run, derived from stage, schema, lineage and function."""

import inspect
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import dagster as dg

from scalequest_assets.schemas import TABLES
from scalequest_assets.stages import Stage
from scalequest_assets.steps.lineage import LINEAGE, Origin

KINDS: Mapping[str, set[str]] = {"table": {"polars", "parquet", "duckdb"}, "model": {"pytorch"}, "file": {"file"}}
"""What the UI shows as an asset's kinds, by what its stage leaves. DuckDB has the view over a table's files."""
COLUMN_LINEAGE = "dagster/column_lineage"
"""Dagster's name for what columns are made of. The definition alone has it: in the record of each making it would be
half of what is read when states are asked for."""
DATABASE = "scalequest.main"
"""Where the views are, for a client that opens the home's catalog."""


def description(stage: Stage, function: Callable[..., Any]) -> str:
    """Return the function's docstring and, of a table, how to query it."""
    said = inspect.getdoc(function) or ""
    return f'{said}\n\nQuery: `scalequest sql "FROM {stage.name} LIMIT 5"`' if stage.kind == "table" else said


def tags(stage: Stage) -> dict[str, str]:
    """Return the tags by which one selects assets in the UI (`tag:"scalequest/decides"="yes"`)."""
    said = {"kind": stage.kind, "decides": _yes(stage.decides), "calls_model": _yes(stage.runs_model)}
    return {f"scalequest/{name}": value for name, value in said.items()}


def metadata(stage: Stage, function: Callable[..., Any]) -> dict[str, Any]:
    """Return an asset's metadata: its code and, of a table, its view, its columns and what these are made of."""
    told: dict[str, Any] = {"dagster/code_references": _code(function)}
    if stage.kind != "table":
        return told
    told |= {"dagster/table_name": f"{DATABASE}.{stage.name}", "dagster/column_schema": column_schema(stage.name)}
    return told | ({COLUMN_LINEAGE: lineage} if (lineage := column_lineage(stage.name)) else {})


def column_schema(table: str) -> dg.TableSchema:
    """Return a table's columns; each description says what the column is made of too.

    Dagster's own server hides column lineage, which is drawn by Dagster+ alone: so it can be read there as well.
    """
    origins = _origins(table)
    columns = [
        dg.TableColumn(name, str(column.dtype), description=_described(column.description, origins.get(name, ())))
        for name, column in TABLES[table].items()
    ]
    return dg.TableSchema(columns=columns)


def column_lineage(table: str) -> dg.TableColumnLineage | None:
    """Return what a table's columns are made of; None where nothing upstream decides any."""
    deps = {
        name: [dg.TableColumnDep(asset_key=dg.AssetKey(source), column_name=column) for source, column in origins]
        for name, origins in _origins(table).items()
    }
    return dg.TableColumnLineage(deps_by_column=deps) if deps else None


def _origins(table: str) -> dict[str, tuple[Origin, ...]]:
    return LINEAGE[table].origins(table) if table in LINEAGE else {}


def _described(said: str, origins: tuple[Origin, ...]) -> str:
    named = ", ".join(f"`{table}.{column}`" for table, column in origins)
    return f"{said}. From {named}" if named else said


def _code(function: Callable[..., Any]) -> dg.CodeReferencesMetadataValue:
    """Return where the function is, in the package as it is installed: no more than the code location tells anyway."""
    code = inspect.unwrap(function).__code__
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the classes are beta, and say so each time
        reference = dg.LocalFileCodeReference(file_path=code.co_filename, line_number=code.co_firstlineno)
        return dg.CodeReferencesMetadataValue(code_references=[reference])


def _yes(is_so: bool) -> str:
    return "yes" if is_so else "no"
