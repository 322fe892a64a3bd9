"""Rewritten programming questions: found behind their marker, compared with what they came from, without a solution."""

import ast
import re

import polars as pl

from scalequest_assets.recipe.prompting import Marked
from scalequest_assets.recipe.rewriting import DIFFICULTY, SOLVABILITY
from scalequest_assets.subjects.code.likeness import CodeLikeness
from scalequest_assets.subjects.code.prompts import rewrite
from scalequest_assets.subjects.code.reached import FAILS

_SAYS_SO = re.compile(r"\b(?:solution|answer)[*_]{0,3}\s{0,3}:", re.IGNORECASE)
_STATEMENT = re.compile(r"^[ \t]{0,8}((?:return|for|while)\b[^\n]{1,80})(?<!\.)$", re.MULTILINE)
_GOES_ON = ("(", "[", "{", "\\")


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
        return bool(_SAYS_SO.search(text)) or any(map(_is_code, _STATEMENT.findall(text)))


def _is_code(line: str) -> bool:
    """Whether a line is a statement of Python, or how one of several lines begins."""
    return line.rstrip().endswith(_GOES_ON) or _is_read(line) or _is_read(f"{line}\n  pass")


def _is_read(code: str) -> bool:
    try:
        ast.parse(code)
    except FAILS:
        return False
    return True
