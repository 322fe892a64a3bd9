"""What the declarations of tables are made of: a column with its meaning, types, and columns that many tables share."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True)
class Column:
    """A column's type and meaning."""

    dtype: pl.DataType
    description: str


Columns = Mapping[str, Column]

STR, I32, F64, BOOL = pl.String(), pl.Int32(), pl.Float64(), pl.Boolean()
STRINGS = pl.List(STR)
SAMPLED: Columns = {
    "num_tokens": Column(I32, "Generated tokens, the end token included"),
    "finish_reason": Column(STR, "stop, length (cut) or error"),
    "seed": Column(pl.Int64(), "Seed of this row's draw"),
    "error": Column(STR, "Kind and message, where the engine could not do the row"),
    "engine": Column(STR, "What ran the model, with its version"),
    "is_exact": Column(BOOL, "Whether that engine gives the same rows for the same requests again, on the same device"),
}
"""What is known of a text that a model wrote, beside it."""


def estimate(name: str, description: str) -> Columns:
    """Return a column of estimates and that of their standard errors."""
    return {name: Column(F64, description), f"{name}_stderr": Column(F64, f"Standard error of {name}")}


def bounded(name: str, description: str) -> Columns:
    """Return a column and those of both ends of its 95% interval."""
    bounds = {f"{name}_{end}": Column(F64, f"Its 95% interval: {end} end") for end in ("low", "high")}
    return {name: Column(F64, description), **bounds}
