"""The quick ways past most equals signs: sums in a sentence, and formulas, which state no arithmetic.

The cost is `3*12 + 5.50 = 41.50` dollars; let `f(x) = 2x + 1`. Only what holds, and what `arithmetic` reads without a
doubt, is counted here: everything else is left to it.
"""

import re
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from typing import Final

_NUMBER: Final = r"(?:0|[1-9]\d{0,11})(?:\.\d{1,9})?"
_SUM: Final = re.compile(
    rf"{_NUMBER}(?: ?[-+*] ?{_NUMBER}){{0,6}}|{_NUMBER}(?: ?\* ?{_NUMBER})? ?/ ?{_NUMBER}", re.ASCII
)
_PART: Final = re.compile(r"[-+*/]|[\d.]+", re.ASCII)
_SIGNS: Final = " 0123456789+-*/=."
_AFTER: Final = re.compile(r"(?:(?<= )[A-Za-z]{2,}(?: [A-Za-z]+)*)?(?:[;:?\n]|[.,](?![\d\\])|\Z)", re.ASCII)
_WORD_BEFORE: Final = re.compile(r"(?:\A|[\s(])[A-Za-z]{2,} \Z|[.,;:?] \Z", re.ASCII)
_MOST_CHARS, _MOST_BEFORE, _MOST_LEFT, _MOST_DIGITS = 100, 24, 40, 12
_NO_RIGHT: Final = re.compile(
    r"==?+[^\S\n]*+(?:"
    r"(?![\d.+\-*/^!%(){}\\])|\\(?![dt]?frac\b|sqrt\b|binom\b)"  # nothing to begin with
    r"|(?:(?:[-+*/^({]|\d++(?:\.\d++)?+(?=[^\S\n]*+[-+*/^({]))[^\S\n]*+)*+"
    r"(?:[A-Za-z]|\d++(?:\.\d++)?+[^\S\n]*+[A-Za-z](?![\w'\u2019-])))"
)
"""An equals sign with a name behind it, or with a number and a letter: `= x + 1`, `= 3(2 - x)`, `= 2x`."""
_NO_LEFT: Final = re.compile(
    r"(?<![A-Za-z\\])[A-Za-z]+\s*[)}]\s*\Z"
    r"|(?<![\w'\u2019\-\\])\d*[A-Za-z](?:(?:[^\S\n]*[+*/]|[^\S\n]+-)[^\S\n]*\d+(?:\.\d+)?(?=[\s+*/-]|\Z))*\s*\Z"
)
"""What ends in a letter, or in a sum that begins with one: `f(x)`, `2x`, `7n + 15`."""


def holding(text: str) -> tuple[int, set[int]]:
    """Return how many plain equalities of a cleaned text hold, and where the signs are that need no further reading."""
    num, read = 0, set[int]()
    for start, chain in _chains(text):
        sides = [side.strip(" ") for side in chain.split("=")]
        values = [plain_value(side) for side in sides]
        if None in values or any(one != other for one, other in pairwise(values)):
            continue
        is_sum = [any(sign in side for sign in "+-*/") for side in sides]
        num += sum(one or other for one, other in pairwise(is_sum))
        read.update(start + place for place, sign in enumerate(chain) if sign == "=")
    return num, read


def states_nothing(text: str, place: int) -> bool:
    """Return whether what is beside the equals sign at a place of a cleaned text is plainly no number."""
    if _NO_RIGHT.match(text, place) is not None:
        return True
    return _NO_LEFT.search(text, max(0, place - _MOST_LEFT), place) is not None


def _chains(text: str) -> Iterator[tuple[int, str]]:
    """Yield where numbers and signs around an equals sign begin, and what they are, where they stand in a sentence."""
    end, place = 0, text.find("=")
    while place >= 0:
        before = text[max(end, place - _MOST_CHARS) : place]
        start = place - len(before) + len(before.rstrip(_SIGNS))
        start = max(start, text.rfind(". ", start, place) + 1)
        behind = text[place : place + _MOST_CHARS]
        end = place + len(behind) - len(behind.lstrip(_SIGNS))
        stop = text.find(". ", place, end)
        end = stop if stop >= 0 else end - (text[end - 1] == ".")
        chain = text[start:end]
        if len(chain) < _MOST_CHARS and "==" not in chain and _stands_alone(text, start, end):
            yield start, chain
        place = text.find("=", end)


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Whether a chain begins a line or follows a word, and ends its clause or is followed by words that do."""
    begins = start == 0 or text[start - 1] == "\n"
    if not begins:
        begins = text[start] == " " and _WORD_BEFORE.search(text[max(0, start - _MOST_BEFORE) : start + 1]) is not None
    return begins and _AFTER.match(text, end) is not None


def plain_value(text: str) -> int | Fraction | None:
    """Return the number of a sum of numbers and products (`3 * 12 + 5`) or a quotient (`3 * 12 / 5`); else None.

    It is the number that `exact_number` reads.
    """
    if text.isdecimal() and text.isascii() and text[0] != "0":
        return int(text) if len(text) <= _MOST_DIGITS else None
    if _SUM.fullmatch(text) is None:
        return None
    total: int | Fraction = 0
    product: int | Fraction = 1
    sign, divides = 1, False
    for part in _PART.findall(text):
        if part in ("+", "-"):
            total, product, sign = total + sign * product, 1, 1 if part == "+" else -1
        elif part == "/":
            divides = True
        elif part != "*":
            number = Fraction(part) if "." in part else int(part)
            if not divides:
                product *= number
            elif number:
                product = Fraction(product, number)
            else:
                return None
    return total + sign * product
