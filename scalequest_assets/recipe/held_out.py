"""What a trained scorer is measured on: seed questions that it never learned from."""

import polars as pl

from scalequest_assets.recipe.parts import Normalise
from scalequest_assets.recipe.seeding import row_seed


def split(
    rows: pl.DataFrame, column: str, normalise: Normalise, *, share: float, seed: int
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Cut rows into those that are learned from and those that are held out, by the text of their question.

    Rows whose questions have one normal form go the same way, however often they occur and whatever their ids. The
    draw is a hash of seed and text, so that it does not depend on the order of rows.

    Args:
        rows: Any rows.
        column: The column with the question's text.
        normalise: The normal form of a question.
        share: Share of the distinct questions to hold out, in [0, 1). Above 0, at least one is, and one never is.
        seed: Seed of the draw.

    Returns:
        The two parts, rows in their order. The second is empty where the share is 0 or all rows ask the same.
    """
    texts = rows[column].fill_null("")
    keys = pl.DataFrame({"raw": texts, "normal": normalise(texts)}).select(
        key=pl.when(pl.col("normal") == "").then("raw").otherwise("normal")
    )["key"]
    order = sorted(set(keys), key=lambda key: (row_seed(seed, "held_out", key), key))
    num = min(max(round(share * len(order)), 1), len(order) - 1) if share > 0 and order else 0
    is_held_out = keys.is_in(order[:num])
    return rows.filter(~is_held_out), rows.filter(is_held_out)
