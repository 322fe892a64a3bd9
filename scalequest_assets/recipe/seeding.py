"""Seeds: one for every row, from what the row is, never from the clock."""

from hashlib import blake2b

import polars as pl

SEEDS = 2**63


def row_seed(random_seed: int, *parts: str | int) -> int:
    """Derive a row's seed from the profile's seed, the asset, the `query_id`, the sample and the reroll.

    Returns:
        An integer in [0, `SEEDS`).

    Differs: the authors' scripts seed from the clock.
    """
    text = "\x1f".join(str(part) for part in (random_seed, *parts))
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest()) >> 1


def shuffled(rows: pl.DataFrame, random_seed: int, *parts: str | int) -> pl.DataFrame:
    """Return rows in a seeded order that depends on their `query_id` alone: its head is a sample that growth keeps."""
    order = [row_seed(random_seed, *parts, query_id) for query_id in rows["query_id"]]
    return rows.with_columns(pl.Series("_order", order, dtype=pl.Int64)).sort("_order").drop("_order")
