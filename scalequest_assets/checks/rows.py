"""The check that each table's step does before it is written: its rows have a key each, and are those it was given.

What fails here raises, so that the partition stays as it was: a blocking check stops only its own run, and the next
one would read what is wrong. What passes is recorded as an asset check of tables that have few partitions: for each
shard's table that would add a fifth to all that Dagster does for it. The lake checks the declared columns, and `bands`
shares over all shards.
"""

from collections.abc import Mapping

import dagster as dg
import polars as pl

from scalequest_assets.errors import RowsError
from scalequest_assets.stages import STAGES, Stage
from scalequest_assets.steps.lineage import LINEAGE

NAME = "rows_add_up"
_SHOWN = 3


def is_checked(stage: Stage) -> bool:
    """Whether the rows of a stage are: those of every shard's table, and of what else declares a key."""
    return stage.kind == "table" and (stage.by == "shard" or bool(stage.key))


def is_recorded(stage: Stage) -> bool:
    """Whether what passes is recorded as an asset check."""
    return is_checked(stage) and stage.by != "shard"


def check_spec(stage: Stage) -> dg.AssetCheckSpec:
    """Return the check of a table."""
    description = f"Each row has a key of its own ({', '.join(stage.row_key)}). Else nothing is written."
    return dg.AssetCheckSpec(NAME, asset=stage.name, description=description, blocking=True)


def passed(
    stage: Stage, rows: pl.DataFrame, partition: Mapping[str, str], given: Mapping[str, object]
) -> dg.AssetCheckResult:
    """Check the rows that a step made.

    Args:
        stage: What they are of.
        rows: The rows.
        partition: Dimension to key of the partition that they are.
        given: The tables that the step was given, by name.

    Raises:
        RowsError: Keys are not unique or begin with null, ids are of another partition, or questions are missing or
            were added.
    """
    key = list(stage.row_key)
    _refuse(
        stage, "have no key of their own", rows.filter(rows.select(key).is_duplicated() | rows[key[0]].is_null()), key
    )
    said = f"{rows.height} rows, each with a key of its own"
    if stage.by == "shard":
        prefix = "/".join((*partition.values(), ""))
        _refuse(stage, f"are not of {prefix}", rows.filter(~pl.col("query_id").str.starts_with(prefix)), key)
    if (source := _source(stage)) and isinstance(before := given.get(source), pl.DataFrame):
        left = (before.filter("keep") if STAGES[source].is_screening else before).select("query_id").unique()
        if not stage.chooses_from:
            _refuse(
                stage, f"are missing, which {source} leaves", left.join(rows, on="query_id", how="anti"), ["query_id"]
            )
        _refuse(stage, f"are not among those that {source} leaves", rows.join(left, on="query_id", how="anti"), key)
        said += f"; of the {left.height} questions that {source} leaves, {rows['query_id'].n_unique()}"
    return dg.AssetCheckResult(check_name=NAME, passed=True, description=said)


def _source(stage: Stage) -> str | None:
    """Return the table whose questions are a shard's: the first from which its rows are carried over."""
    carries = LINEAGE[stage.name].carries.split() if stage.by == "shard" else []
    return carries[0] if carries else None


def _refuse(stage: Stage, what: str, wrong: pl.DataFrame, key: list[str]) -> None:
    if wrong.height:
        named = ", ".join("|".join(map(str, row)) for row in wrong.select(key).head(_SHOWN).iter_rows())
        raise RowsError(
            f"{stage.name}: {wrong.height} rows {what}: {named}",
            "this is a fault of the program: nothing was written; please report it with the profile",
        )
