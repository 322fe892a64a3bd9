r"""Texts in another language as the readers of mathematics know them: in English, so far as these read words.

That is numbers, units and words of sums; other words stay, without accents.

Numbers are read by the language's rule and never guessed. Where a comma is the decimal sign, `3,5` is `3.5`, `1.000` is
`1000` and `1.000,50` is `1000.50`; what that rule cannot be (`2.5`, `1,234.5`, `1,234,567`, `0.125`) is left as it is,
which English reads. `(3,5)` alone is a point.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import polars as pl

_BRACED: Final = re.compile(r"(?<=\d)\{([,.])\}(?=\d)")
_RUN: Final = re.compile(r"(?<![\d.,\w])(?<!_\{)\d{1,40}(?:[.,]\d{1,40})+(?![.,]?\d)")
_GROUPED: Final = re.compile(r"[1-9]\d{0,2}(?:\.\d{3})+(?:,\d+)?")
_DECIMAL: Final = re.compile(r"\d+,\d+")
_POINT: Final = re.compile(r"\s*(?:[A-Z]\s?)?(?:\\left)?[(\[]\s*-?\d+\s*,\s*-?\d+\s*(?:\\right)?[)\]]\s*")
_SET: Final = re.compile(r"\\\{[^{}]{0,200}\\\}")
_MARK: Final = re.compile(r"[\u0300-\u036f]")
_WORD: Final = re.compile(r"(?<![\\\w])[^\W\d_]{2,80}(?!\w)")


def _no_numeral(word: str) -> str | None:
    """Return that a word is no number."""
    return None


@dataclass(frozen=True, kw_only=True, eq=False)
class Notation:
    """How a language writes what mathematics reads.

    Attributes:
        words: Words in lower case, each with its English: numbers, units, `or`, `about`.
        sums: Patterns of phrases in sums, each with its English, used before words are; `3 mal 4`.
        joints: The same of answers, in the case as written (`3 y 5`), by what such an answer has in it in lower case.
        numeral: Returns the number that a word of an answer is, if `words` has not that one: `zweihundertfünfzig`.
    """

    words: Mapping[str, str]
    sums: Sequence[tuple[str, str]]
    joints: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)
    numeral: Callable[[str], str | None] = _no_numeral

    @cached_property
    def _phrases(self) -> Sequence[tuple[re.Pattern[str], str]]:
        return [(re.compile(pattern, re.IGNORECASE), english) for pattern, english in self.sums]

    @cached_property
    def _joints(self) -> Sequence[tuple[str, re.Pattern[str], str]]:
        return [(part, re.compile(one), english) for part, pairs in self.joints.items() for one, english in pairs]

    def numbers(self, text: str) -> str:
        """Return a text with its numbers as English writes them."""
        return _RUN.sub(lambda run: _in_english(run[0]), _BRACED.sub(r"\1", text))

    def answer(self, text: str) -> str:
        """Return an answer as English writes it; a point and a set keep their commas, which separate."""
        if _POINT.fullmatch(text) or _SET.search(text):
            return self._worded(text)
        text, lower = self.numbers(text), text.lower()
        for part, pattern, english in self._joints:
            if part in lower:
                text = pattern.sub(english, text)
        return self._worded(text, self.numeral)

    def steps(self, text: str) -> str:
        """Return steps of a solution as English writes them."""
        text = self.numbers(text)
        for pattern, english in self._phrases:
            text = pattern.sub(english, text)
        return self._worded(text)

    def answers(self, texts: pl.Series) -> pl.Series:
        """Return `answer` of each text; null stays null."""
        distinct = texts.cast(pl.String).unique()
        known = {text: None if text is None else self.answer(text) for text in distinct}
        return pl.Series(texts.name, [known[text] for text in texts], dtype=pl.String)

    def _worded(self, text: str, numeral: Callable[[str], str | None] = _no_numeral) -> str:
        """Return a text with its words in English, where they are known, and no letter with a mark."""

        def in_english(match: re.Match[str]) -> str:
            word = match[0].lower()
            return self.words.get(word) or numeral(word) or match[0]

        text = _WORD.sub(in_english, unicodedata.normalize("NFC", text))
        if text.isascii():
            return text
        return _MARK.sub("", unicodedata.normalize("NFD", text)).replace("ß", "ss")


def _in_english(run: str) -> str:
    """Return digits with points and commas as English writes the number; as they are where the rule fits none."""
    if _GROUPED.fullmatch(run):
        return run.replace(".", "").replace(",", ".")
    return run.replace(",", ".") if _DECIMAL.fullmatch(run) else run


def words_below_hundred(ones: str, tens: str, joined: Callable[[str, str], str]) -> dict[str, int]:
    """Return the words of the numbers below a hundred, each with its value.

    Args:
        ones: The words of 0 to 19, in order.
        tens: The words of 20 to 90, in order.
        joined: Joins a word of tens and one of ones: `fünfundzwanzig`.
    """
    small = dict(zip(ones.split(), range(20), strict=True))
    found = {**small, **dict(zip(tens.split(), range(20, 100, 10), strict=True))}
    return found | {
        joined(ten, one): 10 * at + value
        for at, ten in enumerate(tens.split(), start=2)
        for one, value in list(small.items())[1:10]
    }
