r"""What the words around an equality say of it: that it is rounded, denied, asked, or of another arithmetic."""

import re
from collections.abc import Collection
from fractions import Fraction
from typing import Final

_ROUNDED: Final = re.compile(
    r"round|approx|about|roughly|nearest|≈|estimat|whole|up to|remain|left over|leftover|extra|\.{3}", re.IGNORECASE
)
_FLOORED: Final = re.compile(
    r"\bleft\b(?! (?:side|hand|pan))|leaving|\bfull\b|complete|\bover\b|integer|floor|\b[rR] ?\d", re.IGNORECASE
)
_OTHER: Final = re.compile(
    r"\bmod(?:ulo)?\b|\b(?:in|to|from) base[ -]?\d|\bbase-\d|\bbase \d+:|\bbinary\b|\boctal\b|hour clock\b"
    r"|\\mathbb\s*\{?\s*[ZF]\s*\}?\s*_",
    re.IGNORECASE,
)
_DENIED: Final = re.compile(
    r"[^.;,\n?]{0,20}\?(?!\s*Yes)|[^.;\n?]{0,40}(?:\bis (?:false|wrong|incorrect|impossible(?! to)|absurd)\b"
    r"|\b(?:is not|isn't) (?:true|satisf|possible|right|correct|valid|equal|a solution)|\bcontradicts?\b"
    r"|(?<!no )\bcontradiction|\bdoes(?: not|n't) (?:hold|work|satisfy)|no solution)",
    re.IGNORECASE,
)
_MISTAKEN: Final = re.compile(
    r"\b(?:mistake (?:is|would be)|(?:incorrectly|wrongly|mistakenly) (?:get|got|writ|wrote|comput|add|calculat)\w*)"
    r"[^.;\n]*\Z",
    re.IGNORECASE,
)
_RANGE: Final = re.compile(r"(\d{1,9}) - (\d{1,9})")
_OF_RANGES: Final = re.compile(r"\b(?:numbers?|pages?|digits?|from|between|range)\b", re.IGNORECASE)
_SHARE: Final = re.compile(r"([\d.]{1,20}) ([-+]) ([\d.]{1,20}) %")


def is_rounded(around: str) -> bool:
    """Return whether a number may be rounded to a whole one: `100/3 = 33, rounded down`."""
    return _ROUNDED.search(around) is not None


def is_floored(quotient: str, values: Collection[Fraction], stated: Collection[Fraction], around: str) -> bool:
    """Return whether a quotient is stated as how often it goes whole: `50 / 8 = 6 full rows`, `17/5 = 3, leaving 2`."""
    goes_whole = "/" in quotient and any(Fraction(value.__floor__()) in stated for value in values)
    return goes_whole and _FLOORED.search(around) is not None


def is_denied(before: str, behind: str) -> bool:
    """Return whether a text asks whether an equality holds, or says that it does not.

    `Does 2*3 + 1 = 8? No`; `4 + 5 = 10, a contradiction`; `a common mistake is 3 + 4*2 = 14`.
    """
    return _DENIED.match(behind) is not None or _MISTAKEN.search(before) is not None


def is_of_another_arithmetic(around: str) -> bool:
    """Return whether a text counts otherwise: `modulo 7, 3 * 5 = 1`; `in base 8, 7 + 1 = 10`."""
    return _OTHER.search(around) is not None


def counts_a_range(text: str, stated: Collection[Fraction], around: str) -> bool:
    """Return whether a difference is a range, and what is stated counts it: `numbers 10-99 = 90`."""
    ends = _RANGE.fullmatch(text)
    is_count = ends is not None and Fraction(int(ends[2]) - int(ends[1]) + 1) in stated
    return is_count and _OF_RANGES.search(around) is not None


def takes_a_share(text: str, stated: Collection[Fraction]) -> bool:
    """Return whether a share of a number, added to it or taken from it, gives what is stated: `200 - 25% = 150`."""
    found = _SHARE.fullmatch(text)
    if found is None:
        return False
    try:
        whole, share = Fraction(found[1]), Fraction(found[3]) / 100
    except ValueError:  # 1.2.3
        return False
    return whole * (1 + share if found[2] == "+" else 1 - share) in stated
