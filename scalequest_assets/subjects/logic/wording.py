"""How puzzles read, and what they are about."""

from typing import Final

import polars as pl

from scalequest_assets.subjects import ill_posed

_TOPICS: Final = {
    "knights": r"\bknights?\b|\bknaves?\b|\bliars?\b|\btruth-?tellers?\b",
    "truth": r"\btruth\b|\btrue\b|\bfalse\b|\blabels?\b|\bdid it\b|\b(?:says|claims)\b",
    "deduction": r"^(?:all|no|every|some)\b|[.:] (?:all|no|every|some)\b|\bif\b|\bwhenever\b|\bfollows?\b|\beither\b",
    "ordering": (
        r"\b\w+er than\b|\bbefore\b|\bafter\b|\bnext to\b|\bbehind\b|\bfirst\b|\blast\b|\bqueue\b|\border\b|\bday\b"
    ),
    "sets": r"\bhow many\b|\bboth\b|\bneither\b|\bwho (?:likes|has|is in)\b|\bodd one\b|\bbelong\b|\blikes?\b",
}
TOPICS: Final = tuple(_TOPICS)
"""All topics; of several that a text speaks of, the first is taken."""


class LogicWording:
    """How puzzles read."""

    asks: Final = (
        r"(?i)\b(?:choose|decide|deduce|determine|explain|find|give|identify|list|name|say|show|state|tell|work out)\b"
    )
    rules: Final = ill_posed.rules()
    meanings: Final = ill_posed.MEANINGS

    def prose(self, text: pl.Expr) -> pl.Expr:
        """Return a text as it is: puzzles have no notation."""
        return text


class LogicTopics:
    """Topics of puzzles."""

    names: Final = TOPICS

    def classify(self, seeds: pl.DataFrame, texts: pl.Series) -> pl.Series:
        """Return the topic that each text's words speak for, or null; nothing is learned from seeds."""
        text = texts.cast(pl.String).str.to_lowercase().alias("text").to_frame()
        found = (pl.when(pl.col("text").str.contains(words)).then(pl.lit(name)) for name, words in _TOPICS.items())
        return text.select(topic=pl.coalesce(found))["topic"]
