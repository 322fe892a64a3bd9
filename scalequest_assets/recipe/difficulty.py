"""Difficulty: fail rates on seed questions, what the regression model learns, and which questions are too easy."""

import hashlib
import math
from fractions import Fraction

import polars as pl

TOO_EASY, NO_SCORE = "too_easy", "no_score"
DROP_REASONS = (TOO_EASY, NO_SCORE)


def fail_rates(seed_responses: pl.DataFrame) -> pl.DataFrame:
    """Return each seed question's share of wrong samples.

    Args:
        seed_responses: Columns `query_id`, `query`, `is_correct` (null where undecidable), `finish_reason`.

    Returns:
        `query_id`, `query`, `fail_rate` in [0, 1], `num_samples` (the decided ones), in order of appearance. Samples
        that are undecidable or that the engine failed on do not count; questions without any other are left out.

    Source: PAPER section 1, difficulty. Differs: undecidable samples are left out, the authors count them as wrong.
    """
    decided = seed_responses.filter(pl.col("is_correct").is_not_null(), pl.col("finish_reason").ne_missing("error"))
    return decided.group_by("query_id", maintain_order=True).agg(
        pl.col("query").first(),
        fail_rate=(~pl.col("is_correct")).mean(),
        num_samples=pl.len().cast(pl.Int32),
    )


def train_rows(rates: pl.DataFrame) -> pl.DataFrame:
    """Return `text` (the question) and `label` (its fail rate, in [0, 1]): what the regression model learns from."""
    return rates.select(text="query", label=pl.col("fail_rate").cast(pl.Float64))


def easiest(frame: pl.DataFrame, *, drop_fraction: float) -> pl.DataFrame:
    """Mark the easiest questions of one shard; rows and their order stay.

    Exactly `floor(drop_fraction * n)` of the n scored rows are dropped; equal difficulties are told apart by a hash of
    the question, so that the choice does not depend on row order.

    Args:
        frame: Columns `query` and `difficulty` (predicted fail rate, not yet bounded; null where there is no score).
        drop_fraction: Share to drop, in [0, 1]; 0 drops none.

    Returns:
        The frame with `difficulty` clipped to [0, 1], `threshold` (the highest difficulty dropped; null where none is),
        `keep` and `drop_reason`, one of `DROP_REASONS`.

    Raises:
        ValueError: `drop_fraction` is not in [0, 1].

    Source: PAPER section 1, difficulty. Differs: a fraction within the shard, where the authors cut at one score.
    """
    if not 0 <= drop_fraction <= 1:
        raise ValueError(f"drop_fraction is {drop_fraction}, must be in [0, 1]")
    score = pl.col("difficulty").cast(pl.Float64).fill_nan(None).clip(0.0, 1.0)
    scored = frame.with_columns(difficulty=score)
    difficulties, queries = scored["difficulty"].to_list(), scored["query"].to_list()
    known = [(value, _content_hash(queries[row]), row) for row, value in enumerate(difficulties) if value is not None]
    num_dropped = math.floor(Fraction(str(drop_fraction)) * len(known))
    dropped = sorted(known)[:num_dropped]
    easy = {row for _, _, row in dropped}
    reasons = [
        TOO_EASY if row in easy else NO_SCORE if value is None else None for row, value in enumerate(difficulties)
    ]
    return scored.with_columns(
        pl.lit(dropped[-1][0] if dropped else None, dtype=pl.Float64).alias("threshold"),
        pl.Series("keep", [reason is None for reason in reasons], dtype=pl.Boolean),
        pl.Series("drop_reason", reasons, dtype=pl.String),
    )


def _content_hash(query: str | None) -> bytes:
    return hashlib.blake2b((query or "").encode(errors="surrogatepass"), digest_size=8).digest()
