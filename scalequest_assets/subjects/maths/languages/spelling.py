"""How questions of a language are compared: letters without marks, its number words, the words that say nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from scalequest_assets.subjects.maths.languages.notation import Notation
from scalequest_assets.subjects.maths.normalization import Words, word_table


@dataclass(frozen=True, kw_only=True, eq=False)
class Spelling:
    """How a language writes questions.

    Accents and umlauts come off (`größer` is `groesser`, `cuántos` is `cuantos`): the normal form is ASCII, so that a
    word is one token where texts are compared with benchmarks, and a mark left out makes no other question.

    Attributes:
        letters: Letters with a mark, in lower case, each with what it is written as.
        numbers: Words of numbers, each with its value; none is shorter than its digits.
        joined: Pattern and replacement that join the words of one number by a hyphen; None where they are one word.
        heading: What stands before a problem and is no part of it: words of a regular expression.
        silent: Words that say nothing.
        same: Groups of words that are one and the same.
        notation: How numbers are written.
    """

    letters: Mapping[str, str]
    numbers: Mapping[str, int]
    joined: tuple[str, str] | None
    heading: str
    silent: str
    same: Sequence[str]
    notation: Notation

    @cached_property
    def table(self) -> Words:
        """The number words, as the normal form reads them."""
        return word_table({self._folded(word): value for word, value in self.numbers.items()})

    def prepared(self, texts: pl.Series) -> pl.Series:
        """Return texts without marks on letters, without a heading, and with English numbers; null is empty."""
        text = texts.cast(pl.String).fill_null("").str.normalize("NFC").str.replace_many(self._marked)
        text = text.str.replace(rf"(?i)^[\s*#_]*(?:{self.heading})\s*\d*\s*(?:[.:)]+[*_]*|\*\*)\s", "")
        if self.joined:
            text = text.str.replace_all(*self.joined)
        return pl.Series(texts.name, [self.notation.numbers(one) for one in text], dtype=pl.String)

    def meaning(self, word: str) -> str | None:
        """Return the name of a word, of a prepared text in lower case, that its forms have; None where it says none."""
        return None if word in self._silent else self._names.get(word, word)

    def _folded(self, word: str) -> str:
        return "".join(self.letters.get(letter, letter) for letter in word)

    @cached_property
    def _marked(self) -> dict[str, str]:
        upper = {letter.upper(): plain.capitalize() for letter, plain in self.letters.items() if letter != "ß"}
        return {**self.letters, **upper, "ẞ": "SS"} if "ß" in self.letters else {**self.letters, **upper}

    @cached_property
    def _silent(self) -> frozenset[str]:
        return frozenset(self._folded(self.silent).split())

    @cached_property
    def _names(self) -> dict[str, str]:
        groups = [self._folded(group).split() for group in self.same]
        return {word: group[0] for group in groups for word in group}
