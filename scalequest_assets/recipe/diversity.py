"""How much questions differ from each other, in measures that do not depend on how many questions there are.

Both look at word bigrams of the normal form of a question, take time linear in it, and draw nothing.

Source: PAPER section 4 (diversity matters most), section 5. Differs: the paper shows the diversity of its questions by
topic, for which a strong model is needed.
"""

import math
from typing import NamedTuple

import numpy as np
import polars as pl

from scalequest_assets.recipe.parts import Normalise

NUM_DRAWN = 500
"""Bigrams among which `distinct_share` counts: about ten questions."""


class Similarity(NamedTuple):
    """Mean similarity of two questions, in [0, 1], and its standard error."""

    mean: float
    standard_error: float


def distinct_share(texts: pl.Series, normalise: Normalise, *, num_drawn: int = NUM_DRAWN) -> float | None:
    """Return the expected share of distinct ones among some bigrams drawn at random from those of all texts.

    The usual distinct-2 falls as texts become more or longer; among a fixed number it does not.

    Args:
        texts: Questions; null counts as empty.
        normalise: Their normal form.
        num_drawn: Bigrams drawn, without replacement.

    Returns:
        In (0, 1]; None where the texts have fewer bigrams than are drawn.

    Source: Li et al. 2016 (distinct-n); Hurlbert 1971 (expected number of species in a sample).
    """
    counts = _bigrams(texts, normalise).group_by("bigram").len().get_column("len").to_numpy()
    total = int(counts.sum())
    if total < num_drawn:
        return None
    repeats, num_with = np.unique(counts, return_counts=True)
    missed = [_share_without(int(repeat), total, num_drawn) for repeat in repeats]
    return float(np.sum(num_with * (1 - np.array(missed)))) / num_drawn


def similarity(texts: pl.Series, normalise: Normalise) -> Similarity | None:
    """Return the mean cosine of the bigram sets of two different questions, over all pairs.

    The sum over all pairs is read off the sum of all vectors, so that no pair is looked at. The standard error is that
    of a mean over pairs, from how much each question resembles the others.

    Args:
        texts: Questions; those without a bigram (under two words) are left out.
        normalise: Their normal form.

    Returns:
        None where fewer than two questions have a bigram.

    Source: Hoeffding 1948 (U-statistics), for the standard error.
    """
    sets = _bigrams(texts, normalise).unique()
    text, bigram = (sets[name].rank("dense").to_numpy().astype(np.int64) - 1 for name in ("text", "bigram"))
    if not len(text) or (num := int(text.max()) + 1) < 2:
        return None
    weight = 1 / np.sqrt(np.bincount(text))[text]
    summed = np.bincount(bigram, weights=weight)
    resemblance = (np.bincount(text, weights=weight * summed[bigram]) - 1) / (num - 1)
    mean = min(max(float(resemblance.mean()), 0.0), 1.0)
    return Similarity(mean, 2 * float(resemblance.std(ddof=1)) / math.sqrt(num))


def _bigrams(texts: pl.Series, normalise: Normalise) -> pl.DataFrame:
    """Return `text` (its number) and `bigram`, one row for each that occurs, in a fixed order."""
    words = pl.DataFrame({"word": normalise(texts.cast(pl.String).fill_null("")).str.split(" ")})
    rows = words.with_row_index("text").explode("word").filter(pl.col("word") != "")
    following = pl.col("word").shift(-1).over("text")
    return rows.select("text", bigram=pl.col("word") + " " + following).drop_nulls().sort("text", "bigram")


def _share_without(repeat: int, total: int, num_drawn: int) -> float:
    """Return the probability that none of `repeat` equal ones is among those drawn."""
    if repeat > total - num_drawn:
        return 0.0
    ways = math.lgamma(total - repeat + 1) - math.lgamma(total - repeat - num_drawn + 1)
    return math.exp(ways - math.lgamma(total + 1) + math.lgamma(total - num_drawn + 1))
