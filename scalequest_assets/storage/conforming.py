"""Makes a frame fit its declared table, or says why it does not."""

import polars as pl

from scalequest_assets.errors import SchemaError
from scalequest_assets.schemas import polars_schema


def conform(table: str, frame: pl.DataFrame | pl.LazyFrame) -> pl.LazyFrame:
    """Return the frame with exactly the declared columns, in the declared order.

    Integer widths and all-null columns are cast; anything else that differs is an error.

    Raises:
        SchemaError: A column is missing, unknown, or of another type; all such columns are named.
    """
    declared, actual = polars_schema(table), frame.lazy().collect_schema()
    problems = [f"column '{name}' is missing" for name in declared if name not in actual]
    problems += [f"column '{name}' is not declared" for name in actual if name not in declared]
    problems += [
        f"column '{name}' is {actual[name]}, declared {dtype}"
        for name, dtype in declared.items()
        if name in actual and not _casts_without_loss(actual[name], dtype)
    ]
    if problems:
        raise SchemaError(
            f"table '{table}': " + "; ".join(problems),
            f"make the frame fit TABLES['{table}'] in scalequest_assets/schemas/, or change the declaration",
        )
    return frame.lazy().select(pl.col(name).cast(dtype) for name, dtype in declared.items())


def _casts_without_loss(actual: pl.DataType, declared: pl.DataType) -> bool:
    inner = actual.inner if isinstance(actual, pl.List) and isinstance(declared, pl.List) else actual
    return actual == declared or isinstance(inner, pl.Null) or (actual.is_integer() and declared.is_integer())
