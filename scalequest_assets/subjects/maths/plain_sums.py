"""The quick way through most equalities: sums of whole numbers in a sentence (`The cost is 3*12 + 5 = 41 dollars`).

Only what holds, and what `arithmetic` reads without a doubt, is counted here: everything else is left to it.
"""

import re
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from typing import Final

from scalequest_assets.subjects.maths.equality.reading import exact_number

_NUMBER: Final = r"(?:0|[1-9]\d{0,11})"
_SUM: Final = re.compile(rf"{_NUMBER}(?: ?[-+*] ?{_NUMBER}){{0,6}}|{_NUMBER} ?/ ?[1-9]\d{{0,11}}", re.ASCII)
_SIGNS: Final = " 0123456789+-*/="
_AFTER: Final = re.compile(r"(?:(?<= )[A-Za-z]{2,}(?: [A-Za-z]+)*)?(?:[;:?\n]|[.,](?!\d)|\Z)", re.ASCII)
_WORD_BEFORE: Final = re.compile(r"(?:\A|[\s(])[A-Za-z]{2,} \Z|[.,;:?] \Z", re.ASCII)
_OTHER_SIGNS: Final = re.compile(r"==|[!<>]=|=[<>]")
_MOST_CHARS, _MOST_BEFORE = 100, 24


def holding(text: str) -> tuple[int, set[int]]:
    """Return how many plain equalities of a cleaned text hold, and where the signs are that need no further reading."""
    num, read = 0, set[int]()
    for start, chain in _chains(text):
        values = [_value(side.strip(" ")) for side in chain.split("=")]
        if None in values or len(set(values)) > 1:
            continue
        sides = [any(sign in side for sign in "+-*/") for side in chain.split("=")]
        num += sum(one or other for one, other in pairwise(sides))
        read.update(start + place for place, sign in enumerate(chain) if sign == "=")
    return num, read


def _chains(text: str) -> Iterator[tuple[int, str]]:
    """Yield where numbers and signs around an equals sign begin, and what they are, where they stand in a sentence."""
    end, place = 0, text.find("=")
    while place >= 0:
        before = text[max(end, place - _MOST_CHARS) : place]
        start = place - len(before) + len(before.rstrip(_SIGNS))
        behind = text[place : place + _MOST_CHARS]
        end = place + len(behind) - len(behind.lstrip(_SIGNS))
        chain = text[start:end]
        if len(chain) < _MOST_CHARS and _stands_alone(text, start, end) and not _OTHER_SIGNS.search(chain):
            yield start, chain
        place = text.find("=", end)


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Whether a chain begins a line or follows a word, and ends its clause or is followed by words that do."""
    begins = start == 0 or text[start - 1] == "\n"
    if not begins:
        begins = text[start] == " " and _WORD_BEFORE.search(text[max(0, start - _MOST_BEFORE) : start + 1]) is not None
    return begins and _AFTER.match(text, end) is not None


def _value(side: str) -> Fraction | None:
    """Return the number of a plain sum; None for anything else."""
    if _SUM.fullmatch(side) is None:
        return None
    whole = plain_value(side)
    return exact_number(side) if whole is None else Fraction(whole)


def plain_value(text: str) -> int | None:
    """Return the number of a sum of whole numbers and products (`3 * 12 + 5`) as `exact_number` does; else None."""
    if "/" in text or _SUM.fullmatch(text) is None:
        return None
    total, product, sign = 0, 1, 1
    for part in re.split(r"([-+*])", text.replace(" ", "")):
        if part in ("+", "-"):
            total, product, sign = total + sign * product, 1, 1 if part == "+" else -1
        elif part != "*":
            product *= int(part)
    return total + sign * product
