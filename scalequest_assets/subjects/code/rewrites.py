"""Rewritten programming questions: found behind their marker, compared with what they came from, without a solution."""

import re

import polars as pl

from scalequest_assets.recipe.prompting import Marked
from scalequest_assets.recipe.rewriting import DIFFICULTY, SOLVABILITY
from scalequest_assets.subjects.code.likeness import CodeLikeness
from scalequest_assets.subjects.code.prompts import rewrite

_LEAK = re.compile(
    r"^[ \t]{0,8}(?:return\b[^\n]{0,80}(?<![.!?,;:])|(?:for [\w, ]{1,40} in|while) [^\n]{1,80}:[^\n]{0,80})[ \t]{0,4}$"
    r"|(?i:\b(?:solution|answer)[*_]{0,3}\s{0,3}:)",
    re.MULTILINE,
)
"""A line as Python writes it: a sentence that begins with one of the words has a capital, or ends in a full stop."""


class CodeRewrites(Marked):
    """How rewritten programming questions are read and compared."""

    ways = {SOLVABILITY: rewrite.SOLVABLE, DIFFICULTY: rewrite.HARDER}  # noqa: RUF012 - declared in the base class

    def are_same(self, queries: pl.Series, rewrites: pl.Series) -> pl.Series:
        """Return which rewrites have the tokens of their questions."""
        likeness = CodeLikeness()
        marks = likeness.marks(queries)
        return (marks == likeness.marks(rewrites)) & (marks != "") & rewrites.is_not_null()

    def leaks_answer(self, text: str) -> bool:
        """Return whether a question has a line of a function's body, or a part that is its solution."""
        return bool(_LEAK.search(text))
