"""Questions of which it is known whether they can be solved: our own, and others with one condition taken out by rule.

The rule knows no story: it takes out one sentence that states a number which neither the rest nor the question repeats.
A number that a worked solution, where there is one, does not use may be ornament, and its sentence stays. What comes
first, in the solution or in the story, goes first: without a later event, many a story only ends earlier.
"""

import re
from collections.abc import Iterator
from typing import get_args

import polars as pl

from scalequest_assets.subjects.maths import families
from scalequest_assets.subjects.maths.languages.tongue import Tongue
from scalequest_assets.subjects.number_words import SMALL_NUMBERS

_END = re.compile(r"(?<!\b[A-Z][a-z])(?<!\b[A-Z][a-z]{2})[.?!][\"')\u201d\u2019]{0,2}\s{1,9}(?=[\"'(\u201c$A-Z\d])")
"""The end of a sentence: not behind a short name or title (`Mr.`, `Mrs.`), nor before a small letter."""
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?|[^\W\d_]+")
_NOTATION = re.compile(r"\\|\$[^$\d\s][^$]*\$")
_MIN_SENTENCES = 3
_WORDS = {word: value for word, value in SMALL_NUMBERS.items() if value > 1}
"""`one` is more often a pronoun than a number."""


class MathsSoundness:
    """What a judge of maths problems is measured on; in English, or in another tongue."""

    def __init__(self, tongue: Tongue | None = None) -> None:
        self._tongue = tongue

    def labelled(self, num: int, seed: int) -> pl.DataFrame:
        """Return problems of every style, each as it is and broken; see `subjects.base.Soundness`.

        There are none but in English.
        """
        rows = [
            (style, query, is_sound)
            for style in (() if self._tongue else get_args(families.Style))
            for problem in families.generate(style, num, seed)
            for query, is_sound in ((problem.query, True), (families.broken(problem, seed).query, False))
        ]
        return pl.DataFrame(rows, {"source": pl.String, "query": pl.String, "is_sound": pl.Boolean}, orient="row")

    def broken(self, queries: pl.Series, solutions: pl.Series) -> pl.Series:
        """Return each question without one condition that it needs; null where the rule finds none."""
        found = [
            without_condition(query, solution, self._tongue) for query, solution in zip(queries, solutions, strict=True)
        ]
        return pl.Series(queries.name, found, dtype=pl.String)


def without_condition(query: str | None, solution: str | None = None, tongue: Tongue | None = None) -> str | None:
    """Return a question in words without one sentence that holds a condition; None where no sentence is found.

    Sentences with a question mark, the last sentence and the last number of a text stay. Texts in LaTeX and those of
    fewer than three sentences are left alone.

    Args:
        query: The question.
        solution: A worked solution, if there is one: only a number that it uses is a condition.
        tongue: What both are in; None for English.
    """
    if not query or _NOTATION.search(query):
        return None
    spans = list(_sentences(query, tongue.sentence_end if tongue else _END))
    if len(spans) < _MIN_SENTENCES or not any("?" in query[start:end] for start, end in spans):
        return None
    used = {} if solution is None else {number: -i for i, number in reversed([*enumerate(_numbers(solution, tongue))])}
    found: list[tuple[int, str]] = []
    for place, (start, end) in enumerate(spans[:-1]):
        rest = query[:start] + query[end:]
        others = {*_numbers(rest, tongue)}
        own = {*_numbers(query[start:end], tongue)} - others
        ranks = [-place] if own and solution is None else [used[number] for number in own if number in used]
        if ranks and others and "?" not in query[start:end]:
            found.append((max(ranks), rest.strip()))
    return max(found, key=lambda item: item[0])[1] if found else None


def _sentences(text: str, ends: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    """Yield where each sentence begins and ends, the space behind it included."""
    start = 0
    for match in ends.finditer(text):
        yield start, match.end()
        start = match.end()
    if text[start:].strip():
        yield start, len(text)


def _numbers(text: str, tongue: Tongue | None) -> Iterator[float]:
    """Yield the values of the numbers in a text, in digits or words."""
    words = tongue.spelling.numbers if tongue else _WORDS
    for match in _NUMBER.finditer(tongue.notation.numbers(text) if tongue else text):
        token = match[0].lower()
        if token[0].isdigit():
            yield float(token.replace(",", ""))
        elif token in words and words[token] > 1:
            yield float(words[token])
