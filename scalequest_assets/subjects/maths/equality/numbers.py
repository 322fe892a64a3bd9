"""Answers that are a number in digits or words, a time of day, or words alone."""

import re
from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from scalequest_assets.subjects.maths.equality.forms import Clock, Quantity, Reading, Words
from scalequest_assets.subjects.maths.equality.numerals import number_in_words
from scalequest_assets.subjects.maths.equality.pieces import lower
from scalequest_assets.subjects.maths.equality.tokens import SHORT_WORDS, Token
from scalequest_assets.subjects.maths.equality.trees import Expression
from scalequest_assets.subjects.maths.equality.units import NO_UNIT, read_unit

_PLAIN: Final = re.compile(
    r"\$?\s?([-\u2212]?)(?:([0-9]{1,3}(?:,[0-9]{3}){1,12}|[0-9]{1,40})(\.[0-9]{1,40})?"
    r"|\\[dt]?frac\{([0-9]{1,30})\}\{([0-9]{1,30})\}|([0-9]{1,30})/([0-9]{1,30}))\s?\$?"
)
"""The forms of nearly all answers: read at once."""

_BASE: Final = re.compile(
    r"\(?(?:\\(?:text|mathrm)\{)?([0-9A-Fa-f ,]{1,40})\}?\)?\s?_"
    r"\s?\{?\s?(?:\\(?:text|mathrm)\{)?(\d{1,2}|[a-z]{3,7})\}?\s?\}?"
)

_DELIMITER: Final = re.compile(r"\\[()\[\]]|\$")
_BASE_WORDS: Final = {
    **{"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9},
    **{"twelve": 12, "sixteen": 16},
}

_ARTICLES: Final = frozenset(("the", "a", "an"))


def plain_number(answer: str) -> Fraction | None:
    """Return the number that an answer in one of the commonest forms is; None for other forms."""
    match = _PLAIN.fullmatch(answer)
    if match is None or (answer.startswith("$") and not answer.endswith("$")):
        return None
    sign, whole, decimals, *fraction = match.groups()
    if whole is not None:
        value = Fraction(int(whole.replace(",", "")) if decimals is None else whole.replace(",", "") + decimals)
    else:
        above, below = (part for part in fraction if part is not None)
        if int(below) == 0:
            return None
        value = Fraction(int(above), int(below))
    return -value if sign else value


def in_base(answer: str) -> Quantity | None:
    """Read digits with a base: `101_2`."""
    bare = _DELIMITER.sub("", answer).strip(" .*")
    match = _BASE.fullmatch(f"{bare[2:]}_16" if bare.startswith("0x") else bare)
    if not match:
        return None
    base = int(match[2]) if match[2].isdigit() else _BASE_WORDS.get(match[2], 0)
    digits = match[1].replace(" ", "").replace(",", "")
    if not 2 <= base <= 16 or not digits or any(int(digit, 16) >= base for digit in digits):
        return None
    written = Fraction(int(digits)) if digits.isdigit() else None
    return Quantity(Expression((("number", Fraction(int(digits, base))),)), digits=written)


def in_words(parts: list[Token]) -> Reading | None:
    """Read words: a number, a quantity, or a text."""
    if any(part.kind not in ("word", "text") and part.text not in ("-", ",", ".", "'", "/") for part in parts):
        return None
    words = lower(parts)
    has_words = any(part.kind == "text" or (part.kind == "word" and _is_word(part.text)) for part in parts)
    is_of_letters = all(len(word) == 1 or word in ("and", "or") for word in words)  # A and C
    if parts[0].text == "-" or not has_words or is_of_letters:
        return None
    found = _counting([part for part in parts if part.kind in ("word", "text")], None)
    if found or number_in_words(words[:1]) is not None:
        return found
    return Words(tuple(word for word in words if word not in _ARTICLES))


def _counting(named: Sequence[Token], head: Fraction | None) -> Quantity | None:
    """Read the words of a number, as many as there are, and what they count: `two million people`, `half an hour`."""
    words = lower(named)
    for end in range(len(words), 0, -1):
        value = number_in_words(words[:end], head)
        behind = named[end + (words[end : end + 1] in (["a"], ["an"])) :]
        unit = read_unit(behind, after_space=True) if behind else NO_UNIT
        if value is not None and unit is not None:
            return Quantity(Expression((("number", value),)), unit)
    return None


def _is_word(text: str) -> bool:
    """Return whether letters are a word, and neither a variable, a product of two nor a name of mathematics."""
    if len(text) == 1 or text in ("pi", "inf", "infinity"):
        return False
    return len(text) > 2 or text.lower() in SHORT_WORDS


def partly_in_words(parts: list[Token]) -> Reading | None:
    """Read `3 and a half`, `2 million`, `3 sevenths`, and what they count."""
    parts = [part for at, part in enumerate(parts) if part.text != "-" or not _joins(parts, at)]
    if parts[0].kind != "number" or not all(part.kind in ("word", "text") for part in parts[1:]):
        return None
    return _counting(parts[1:], parts[0].value)


def _joins(parts: list[Token], at: int) -> bool:
    """Return whether this is the hyphen of a compound word: `twenty-fifths`."""
    beside = parts[max(at - 1, 0) : at + 2 : 2]
    return len(beside) == 2 and all(part.kind in ("word", "text") for part in beside)


def time_of_day(parts: list[Token]) -> Reading | None:
    """Read `1:15 PM`, `noon`."""
    if [part.text.lower() for part in parts] in (["noon"], ["midnight"]):
        return Clock(720 if parts[0].text.lower() == "noon" else 0)
    is_with_minutes = len(parts) > 2 and parts[1].text == ":" and parts[2].kind == "number" and len(parts[2].text) == 2
    tail = "".join(part.text for part in parts[3 if is_with_minutes else 1 :] if part.text != ".").lower()
    if tail not in ("am", "pm") or parts[0].kind != "number" or not parts[0].text.isdigit():
        return None
    hour, minute = int(parts[0].text), int(parts[2].text) if is_with_minutes else 0
    if not 1 <= hour <= 12 or minute > 59:
        return None
    return Clock((hour % 12 + (12 if tail == "pm" else 0)) * 60 + minute)
