"""Answers that no count can be: fewer than none, where a question asks how many of something there are."""

from typing import Final

import polars as pl

_MAY_BE_NEGATIVE: Final = (
    r"more|less|fewer|degrees?|points?|goals?|strokes?|dollars?|cents?|euros?|pounds?|units?|[a-z]*met(?:er|re)s?|feet|foot|"
    r"inch(?:es)?|miles?|yards?|floors?|levels?|steps?|seconds?|minutes?|hours?|days?|years?|percent(?:age)?"
)
"""What may be below a mark: a temperature, a score, a balance, a height, a time, a difference."""
_CHANGE: Final = (
    r"(?i)\b(?:by\s{1,3}how\s{1,3}many\b[^.?!]{0,300}|net\s{1,3}(?:change|gain|loss)[^.?!]{0,300}|"
    r"how\s{1,3}many\b[^.?!]{0,300}\bgain\s{1,3}or\s{1,3}lose\b[^.?!]{0,300})\?\W{0,9}\z"
)
"""A question at the end about how a number changed, whose answer may be less than none."""
_ASKS: Final = r"(?is)\bhow\s{1,3}many\s{1,3}([a-z]+)\b[^.?!]{0,300}\?\W{0,9}\z"
_NEGATIVE: Final = r"^[\s$\\({]{0,9}[-\u2212]\s{0,3}\d"


def add_impossible(recomputed: pl.Series, queries: pl.Series, answers: pl.Series) -> pl.Series:
    """Count answers that are negative numbers of things among what is false of their responses.

    Only a question in English that ends in "how many" is looked at, and only of what can be counted.

    Args:
        recomputed: What each response states (`RECOMPUTED`); null for no response.
        queries: The question of each.
        answers: The answer of each; null where it has none.
    """
    rows = pl.DataFrame({"recomputed": recomputed, "query": queries, "answer": answers})
    thing = pl.col("query").str.extract(_ASKS).str.to_lowercase()
    may_be_negative = thing.str.contains(rf"^(?:{_MAY_BE_NEGATIVE})$") | pl.col("query").str.contains(_CHANGE)
    counts = thing.is_not_null() & ~may_be_negative
    stated = pl.col("recomputed").struct
    more = pl.struct(
        stated.field("num_equalities") + 1,
        stated.field("false_equalities").list.concat(pl.format("how many {} = {}", thing, "answer")),
    )
    is_impossible = counts & pl.col("answer").str.contains(_NEGATIVE) & pl.col("recomputed").is_not_null()
    return rows.select(arithmetic=pl.when(is_impossible).then(more).otherwise("recomputed"))["arithmetic"]
