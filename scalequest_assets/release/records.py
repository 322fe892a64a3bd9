"""The configs for who wants to know more than the pairs: `full`, with all that was said of each, and `rejected`.

They are made shard by shard, so that a release of any size fits into memory.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from scalequest_assets.errors import ReleaseError
from scalequest_assets.recipe.outcomes import unanswered
from scalequest_assets.recipe.reasons import CONTAMINATION
from scalequest_assets.schemas import evidence, polars_schema
from scalequest_assets.stages import STAGES

FULL, REJECTED = "full", "rejected"
SPLIT: Final = "records"
"""Split of both: they are for reading, and hold what other configs set apart for validation."""
_KEY = ("query_id", "generator", "shard", "query")
_SAMPLE = (
    *("sample_idx", "response", "reasoning", "finish_reason", "num_tokens", "answer", "false_equalities"),
    *("agreement", "reward", "drop_reason"),
)
_SAMPLED: Final = STAGES.provenance["responder_model"]

_NOT_RELEASED = ("known_query",)
"""Texts of other sets: whose they are is said by their ids."""

Tables = Mapping[str, pl.LazyFrame]
"""A shard's tables by name: `TABLES_OF_RECORDS`."""
TABLES_OF_RECORDS: Final = (
    *(STAGES.candidates, *STAGES.screening),
    *(_SAMPLED, STAGES.responses, STAGES.choices, STAGES.pairs),
)


@dataclass(frozen=True)
class Parts:
    """Rows that are made part by part.

    Attributes:
        name: Of the config.
        schema: Their columns.
        height: How many there are.
        parts: Makes them.
    """

    name: str
    schema: pl.Schema
    height: int
    parts: Callable[[], Iterator[pl.DataFrame]]

    def iter_slices(self, n_rows: int) -> Iterator[pl.DataFrame]:
        """Yield the rows, at most so many at once.

        Raises:
            ReleaseError: There are more or fewer than was said.
        """
        num = 0
        for part in self.parts():
            num += part.height
            yield from part.iter_slices(n_rows)
        if num != self.height:
            raise ReleaseError(
                f"dataset: {self.name} has {num} rows, and the funnel counts {self.height}",
                "its tables were made again meanwhile: scalequest run",
            )


def by_name(records: Sequence[Parts]) -> Mapping[str, Parts]:
    """Return records by the name of their files."""
    return {f"{parts.name}/{SPLIT}": parts for parts in records}


def full(pairs: pl.DataFrame, tables: Tables) -> pl.DataFrame:
    """Return the released pairs of a shard with all verdicts on their questions, and all of their responses.

    Args:
        pairs: The shard's released pairs.
        tables: The shard's tables.

    Returns:
        The pairs' columns, the evidence of every stage, and `responses`: a list of structs, as sampled and as scored.
    """
    known = _evidence(tables, pairs.select("query_id").lazy())
    more = [name for name in known.collect_schema() if name not in pairs.columns]
    responses = _responses(tables, pairs.lazy())
    found = known.select("query_id", *more).join(responses, on="query_id", how="left")
    return pairs.join(found.collect(), on="query_id", how="left", maintain_order="left")


def rejected(tables: Tables) -> pl.DataFrame:
    """Return the questions of a shard that became no pair: where and why they were lost, and what was known of them.

    A question that was taken from a benchmark has no `query`, for whatever else it was dropped: who trains on the
    folder must not meet it there.

    Returns:
        `query_id`, `generator`, `shard`, `query`, `stage`, `drop_reason`, the evidence of every stage (null after the
        one that dropped the question), and `responses` as `full` has them, where some were sampled.
    """
    lost = [
        tables[table].filter(~pl.col("keep")).select("query_id", "drop_reason", stage=pl.lit(table))
        for table in STAGES.screening
    ]
    unpaired = unanswered(tables[STAGES.responses], tables[STAGES.choices], tables[STAGES.pairs])
    lost.append(unpaired.lazy().select("query_id", "drop_reason", stage=pl.lit(STAGES.pairs)))
    reasons = tables[STAGES.candidates].select(_KEY).join(pl.concat(lost), on="query_id", maintain_order="left")
    known = _evidence(tables, reasons.select("query_id")).drop("generator", "shard", "query")
    is_taken = pl.col("failed_rules").list.contains(CONTAMINATION).fill_null(value=False)
    return (
        reasons.select(*_KEY, "stage", "drop_reason")
        .join(known, on="query_id", how="left", maintain_order="left")
        .with_columns(query=pl.when(~is_taken).then("query"))
        .join(_responses(tables, unpaired.lazy()), on="query_id", how="left", maintain_order="left")
        .collect()
    )


def tables_of_none() -> Tables:
    """Return the tables of a shard without a question: what is made of them has the columns of any other."""
    return {table: pl.LazyFrame(schema=polars_schema(table)) for table in TABLES_OF_RECORDS}


def _evidence(tables: Tables, questions: pl.LazyFrame) -> pl.LazyFrame:
    """Return what every stage found out about some questions, one row each."""
    rows = questions.join(tables[STAGES.candidates].select(_KEY), on="query_id", how="left", maintain_order="left")
    for table, names in evidence().items():
        released = {name: pl.col(column) for column, name in names.items() if column not in _NOT_RELEASED}
        of_stage = tables[table].select("query_id", **released)
        rows = rows.join(of_stage, on="query_id", how="left", maintain_order="left")
    return rows


def _responses(tables: Tables, questions: pl.LazyFrame) -> pl.LazyFrame:
    """Return `query_id` and `responses` of those of some questions that were answered."""
    keys, known = ["query_id", "sample_idx"], polars_schema(_SAMPLED)
    new = [name for name in polars_schema(STAGES.responses) if name not in known]
    scored = tables[STAGES.responses].select(*keys, *new)
    sampled = tables[_SAMPLED].join(questions.select("query_id"), on="query_id", how="semi")
    both = sampled.join(scored, on=keys, how="left", maintain_order="left")
    return both.sort(keys).group_by("query_id", maintain_order=True).agg(responses=pl.struct(_SAMPLE))
