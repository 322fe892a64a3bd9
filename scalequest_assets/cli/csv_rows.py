"""Rows as CSV."""

import polars as pl

from scalequest_assets.cli.console import json_text


def csv_text(frame: pl.DataFrame) -> str:
    """Return a frame as CSV: texts quoted, nested values as JSON."""
    nested = [
        pl.Series(name, [None if value is None else json_text(value) for value in frame[name].to_list()], pl.String)
        for name, dtype in frame.schema.items()
        if dtype.is_nested()
    ]
    return frame.with_columns(nested).write_csv(quote_style="non_numeric")
