"""Rewritten programming questions: found behind their marker, compared with what they came from, without a solution."""

import re

import polars as pl

from scalequest_assets.recipe.prompting import Rewrite, Style
from scalequest_assets.recipe.rewriting import DIFFICULTY, SOLVABILITY
from scalequest_assets.subjects.code.likeness import CodeLikeness
from scalequest_assets.subjects.code.prompts import rewrite

_STEPS: dict[str, Rewrite] = {SOLVABILITY: rewrite.SOLVABLE, DIFFICULTY: rewrite.HARDER}
_LEAK = re.compile(
    r"^[ \t]{0,8}(?:return|for|while)\b[^\n]{1,80}$|\b(?:solution|answer)[*_]{0,3}\s{0,3}:",
    re.IGNORECASE | re.MULTILINE,
)


class CodeRewrites:
    """How rewritten programming questions are read and compared."""

    def parse(self, text: str | None, direction: str) -> str | None:
        """Return the rewritten question behind its last marker; None where there is none."""
        return _STEPS[direction].parse(text)

    def has_marker(self, text: str, direction: str) -> bool:
        """Return whether a text has the marker behind which the question should stand."""
        return bool(_STEPS[direction].pattern.search(text))

    def are_same(self, queries: pl.Series, rewrites: pl.Series) -> pl.Series:
        """Return which rewrites have the tokens of their questions."""
        likeness = CodeLikeness()
        marks = likeness.marks(queries)
        return (marks == likeness.marks(rewrites)) & (marks != "") & rewrites.is_not_null()

    def leaks_answer(self, text: str) -> bool:
        """Return whether a question has a line of a function's body, or a part that is its solution."""
        return bool(_LEAK.search(text))


def prompt(query: str, direction: str, style: Style) -> str:
    """Return the user's message that asks for a rewrite of a question in a direction."""
    return _STEPS[direction].prompt(query, style)
