"""Predictions beside what was observed, in bins: does a score of 0.7 mean seven in ten?"""

import polars as pl

ROWS_IN_A_BIN = 3
"""Fewer would show noise, and not calibration."""


def reliability(rows: pl.DataFrame, *, num_bins: int = 5) -> pl.DataFrame:
    """Return predictions and observations, averaged in bins of like prediction and of (nearly) equal size.

    Args:
        rows: `predicted` and `observed`, numbers in [0, 1]; rows without a prediction are left out.
        num_bins: At most so many; fewer where a bin would have less than three rows.

    Returns:
        `predicted` and `observed` (means, ascending by prediction), `standard_error` of the observed mean (null for a
        bin of one), `num_rows`; empty where no row has a prediction.
    """
    known = rows.select("predicted", "observed").drop_nulls().sort("predicted", "observed")
    num = max(1, min(num_bins, known.height // ROWS_IN_A_BIN))
    return (
        known.with_columns(bin=pl.int_range(pl.len()) * num // pl.len())
        .group_by("bin", maintain_order=True)
        .agg(
            pl.col("predicted").mean(),
            pl.col("observed").mean(),
            standard_error=pl.col("observed").std() / pl.len().sqrt(),
            num_rows=pl.len().cast(pl.Int32),
        )
        .drop("bin")
    )
