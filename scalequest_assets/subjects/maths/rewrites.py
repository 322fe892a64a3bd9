"""Rewritten maths problems: found behind their marker, compared with what they came from, without their answers."""

# ruff: noqa: RUF001  (signs that look like letters)
import re

import polars as pl

from scalequest_assets.recipe.prompting import Marked
from scalequest_assets.recipe.rewriting import DIFFICULTY, SOLVABILITY
from scalequest_assets.subjects.maths import normalization, problem_marks
from scalequest_assets.subjects.maths.languages.tongue import Tongue
from scalequest_assets.subjects.maths.prompts.english import ENGLISH

_NUMBER = r"[-−]?[$€£]?\d[\d.,/]{0,20}"
_LEAK = re.compile(
    r"\\boxed|\\fbox|^####"
    r"|\bthe\s{1,3}(?:(?:final|correct|right)\s{1,3})?answer\s{1,3}(?:is|would\s{1,3}be|will\s{1,3}be|comes)\b"
    rf"|\b(?:answer|ans|solution)[*_]{{0,3}}\s{{0,3}}[:=][*_]{{0,3}}\s{{0,3}}(?:\S{{0,3}}\s{{0,3}}=\s{{0,3}})?\$?{_NUMBER}"
    r"|^[\s*_]{0,8}(?:worked\s{1,3})?solution[*_]{0,3}\s{0,3}:",
    re.IGNORECASE | re.MULTILINE,
)
_RESULT = re.compile(rf"=\s{{0,3}}\$?{_NUMBER}\s{{0,3}}[a-z%°]{{0,12}}[.!]?[\s$)*_\]]{{0,6}}\Z", re.IGNORECASE)
_SUM = re.compile(r"[(\[$]{0,3}\d[\d\s+*/×÷·().,$%^−-]{0,80}\Z")
_OPERATION = re.compile(r"\d\s{0,3}[)$%]{0,3}\s{0,3}[+*/×÷·−-]\s{0,3}[($]{0,3}\d")
_TIMES = re.compile(r"\\(?:times|cdot|div)\b")
_CONCLUDES = re.compile(r"\b(?:so(?!\s+that\b)|thus|hence|therefore)\b[^.?!\n]{0,80}\Z", re.IGNORECASE)
_UNKNOWN = re.compile(r"(?:(?<![A-Za-z])[A-Za-z]|[)\]}^_+*/×÷·−-]|\\[A-Za-z]+)\s*\Z")


class MathsRewrites(Marked):
    """How rewritten maths problems are read and compared; in English, or in another tongue."""

    def __init__(self, tongue: Tongue | None = None) -> None:
        texts = tongue.texts if tongue else ENGLISH
        self.ways = {SOLVABILITY: texts.solvable, DIFFICULTY: texts.harder}
        self._spelling = tongue.spelling if tongue else None
        self._leak, self._concludes = (tongue.leak, tongue.concludes) if tongue else (_LEAK, _CONCLUDES)

    def are_same(self, queries: pl.Series, rewrites: pl.Series) -> pl.Series:
        """Return which rewrites differ in case, punctuation, Markdown or the spelling of numbers alone."""
        normal, marks = self._normal(queries), problem_marks.marks(queries, self._spelling)
        is_same = (normal == self._normal(rewrites)) & (marks == problem_marks.marks(rewrites, self._spelling))
        return is_same & (normal != "")

    def leaks_answer(self, text: str) -> bool:
        """Return whether a problem boxes, states or works out its answer."""
        return bool(self._leak.search(text)) or self._ends_in_result(text)

    def _normal(self, texts: pl.Series) -> pl.Series:
        if own := self._spelling:
            return normalization.normalise(own.prepared(texts), own.table)
        return normalization.normalise(texts)

    def _ends_in_result(self, text: str) -> bool:
        """Whether a text ends with what it works out (`3 + 9 = 12.`), and not with an equation (`2x + 3 = 12.`)."""
        result = _RESULT.search(text)
        if result is None:
            return False
        left = _TIMES.sub("*", text[max(0, result.start() - 200) : result.start()]).rstrip()
        if self._concludes.search(left):
            return True
        computed = _SUM.search(left)
        return bool(computed and _OPERATION.search(computed[0]) and not _UNKNOWN.search(left[: computed.start()]))
