"""Puzzles of which it is known whether they can be solved: our own, of which the solver says so, and others by rule."""

import re
from typing import Final

import polars as pl

from scalequest_assets.subjects.logic import STYLES
from scalequest_assets.subjects.logic.families.drawing import puzzles
from scalequest_assets.subjects.logic.people import people

_END: Final = re.compile(r"(?<=[.!?])[\"\u201d]?\s+(?=[A-Z\"\u201c(])")
_TELLS: Final = re.compile(
    r"\b(?:says|claims|before|after|than|next to|not|only|all|no|every|exactly|if)\b|\d", re.IGNORECASE
)


class LogicSoundness:
    """What a judge of puzzles is measured on."""

    def labelled(self, num: int, seed: int) -> pl.DataFrame:
        """Return puzzles of every style, each as it is and without a clue, which leaves several answers."""
        rows = [
            (style, query, is_sound)
            for style in STYLES
            for puzzle in puzzles(style, num, seed)
            for query, is_sound in ((puzzle.query, True), (puzzle.broken, False))
        ]
        return pl.DataFrame(rows, {"source": pl.String, "query": pl.String, "is_sound": pl.Boolean}, orient="row")

    def broken(self, queries: pl.Series, solutions: pl.Series) -> pl.Series:
        """Return each question without one clue; null where no rule finds one."""
        return pl.Series(queries.name, [without_clue(query) for query in queries], dtype=pl.String)


def without_clue(query: str | None) -> str | None:
    """Return a puzzle without its last sentence that relates people who are named elsewhere too; None without one."""
    sentences = _END.split(query) if query else []
    for place in range(len(sentences) - 2, 0, -1):
        rest = " ".join(sentences[:place] + sentences[place + 1 :])
        named = people(sentences[place])
        if named and "?" not in sentences[place] and _TELLS.search(sentences[place]) and {*named} <= {*people(rest)}:
            return rest
    return None
