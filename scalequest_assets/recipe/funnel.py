"""How many questions each stage takes in, keeps and drops, and why. It must add up."""

from itertools import pairwise

import polars as pl

from scalequest_assets.errors import ScalequestError, SchemaError
from scalequest_assets.recipe.outcomes import Frame, unanswered
from scalequest_assets.schemas import REASONS, polars_schema
from scalequest_assets.stages import STAGES, Stages


def stage_counts(frame: Frame) -> pl.DataFrame:
    """Count one partition of a screening table.

    Args:
        frame: Columns `keep` and `drop_reason`; a table without them keeps all its rows.

    Returns:
        One row: `num_input`, `num_kept` (Int64), `drop_reasons` (list of `{drop_reason, num_rows}`, commonest first).

    Raises:
        SchemaError: `keep` is null, a dropped row has no reason, or a kept one has.
    """
    lazy = frame.lazy()
    if "keep" not in lazy.collect_schema():
        num_rows = lazy.select(pl.len()).collect().item()
        return _one_row(num_rows, num_rows, [])
    counted = lazy.group_by("keep", "drop_reason").agg(num_rows=pl.len().cast(pl.Int64)).collect()
    wrong = counted.filter(pl.col("keep").is_null() | (pl.col("keep") != pl.col("drop_reason").is_null()))
    if not wrong.is_empty():
        raise SchemaError(
            f"funnel: {wrong['num_rows'].sum()} rows contradict themselves, e.g. {wrong.row(0, named=True)}",
            "make 'drop_reason' null exactly where 'keep' is true",
        )
    dropped = counted.filter(~pl.col("keep")).sort(["num_rows", "drop_reason"], descending=[True, False])
    reasons = dropped.select("drop_reason", "num_rows").to_dicts()
    num_kept = int(counted.filter("keep")["num_rows"].sum())
    return _one_row(num_kept + sum(reason["num_rows"] for reason in reasons), num_kept, reasons)


def answer_stage_counts(responses: Frame, choices: Frame, pairs: Frame) -> pl.DataFrame:
    """Count the questions of one partition of the answer stage: kept where they have a pair.

    Args:
        responses: Scored responses, the columns that `outcomes.unanswered_sql` names.
        choices: `query_id` and `drop_reason` of the choice made of them.
        pairs: `query_id` of the pairs.

    Returns:
        One row as `stage_counts` does, with the reasons of `outcomes.unanswered`.
    """
    lost = unanswered(responses, choices, pairs).lazy().select("query_id", "drop_reason")
    questions = responses.lazy().select("query_id").unique().join(lost, on="query_id", how="left")
    return stage_counts(questions.select("drop_reason", keep=pl.col("drop_reason").is_null()))


def funnel(manifest: Frame, stages: Stages = STAGES) -> pl.DataFrame:
    """Return the rows of `funnel`: one per stage, generator and shard that the manifest counts.

    Args:
        manifest: Rows of `release_manifest`.
        stages: Says which stages are counted, and in which order.

    Returns:
        The columns of `TABLES["funnel"]`, sorted by position, generator, shard.
    """
    counts = stages.funnel
    position = pl.col("asset").replace_strict(list(counts), list(range(1, len(counts) + 1)), return_dtype=pl.Int32)
    counted = manifest.lazy().filter(
        pl.col("asset").is_in(counts), pl.col("shard").is_not_null(), pl.col("num_input").is_not_null()
    )
    kept, taken = pl.col("num_kept"), pl.col("num_input")
    rows = counted.select(
        "generator",
        "shard",
        "num_input",
        "num_kept",
        "drop_reasons",
        position=position,
        stage="asset",
        num_dropped=taken - kept,
        keep_rate=pl.when(taken > 0).then(kept / taken),
    )
    return rows.select(polars_schema("funnel").names()).sort("position", "generator", "shard").collect()


def assert_adds_up(rows: pl.DataFrame) -> None:
    """Check a funnel: reasons sum to what is dropped, and each stage takes in what the one before it kept.

    A stage that is absent (a partial run) ends the chain of its shard.

    Raises:
        ScalequestError: It does not add up; all places are named.
    """
    problems: list[str] = []
    for row in rows.iter_rows(named=True):
        explained = sum(reason["num_rows"] for reason in row["drop_reasons"] or [])
        dropped = row["num_input"] - row["num_kept"]
        if not row["num_dropped"] == dropped == explained or dropped < 0:
            problems.append(
                f"{_place(row)}: {row['num_input']} in, {row['num_kept']} kept, {row['num_dropped']} dropped, "
                f"{explained} of them with a reason"
            )
    for _, shard in rows.sort("position").group_by("generator", "shard", maintain_order=True):
        problems += [
            f"{_place(after)}: {after['num_input']} in, but {before['stage']} kept {before['num_kept']}"
            for before, after in pairwise(shard.iter_rows(named=True))
            if after["position"] == before["position"] + 1 and after["num_input"] != before["num_kept"]
        ]
    if problems:
        raise ScalequestError(
            "the funnel does not add up: " + "; ".join(problems),
            "make the named ones again: scalequest run --force --select <stage> --partition '<generator>|<shard>'",
        )


def _place(row: dict[str, object]) -> str:
    return f"{row['stage']} {row['generator']}|{row['shard']}"


def _one_row(num_input: int, num_kept: int, drop_reasons: list[dict[str, object]]) -> pl.DataFrame:
    return pl.DataFrame(
        {"num_input": [num_input], "num_kept": [num_kept], "drop_reasons": [drop_reasons]},
        schema={"num_input": pl.Int64(), "num_kept": pl.Int64(), "drop_reasons": REASONS},
    )
