"""Numbers in words."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from scalequest_assets.subjects.number_words import SMALL_NUMBERS

SCALES: Final = {
    **{"tens": 10, "dozen": 12, "hundred": 100, "gross": 144, "thousand": 10**3, "lakh": 10**5, "million": 10**6},
    **{"crore": 10**7, "billion": 10**9, "trillion": 10**12},
}
"""What is multiplied by: 2 million, 3 dozen."""
PARTS: Final = {
    **{"half": 2, "halve": 2, "third": 3, "quarter": 4, "fifth": 5, "eighth": 8, "ninth": 9, "twelfth": 12},
    **{f"{word}th": value for word, value in SMALL_NUMBERS.items() if value > 3 and value not in (5, 8, 9, 12)},
    **{f"{word[:-1]}ieth": value for word, value in SMALL_NUMBERS.items() if value >= 20},
    **{"hundredth": 100, "thousandth": 1000, "millionth": 10**6, "billionth": 10**9},
}
"""What is divided by: 3 sevenths."""
NUMBER_WORDS: Final = frozenset(
    [*SMALL_NUMBERS, *SCALES, *PARTS, *(f"{word}s" for word in (*PARTS, *SCALES)), "halves", "and"]
)


def number_in_words(words: Sequence[str], head: Fraction | None = None) -> Fraction | None:
    """Return the number that words say, all of them; None where they say none.

    Args:
        words: In lower case, hyphens taken apart.
        head: A number in digits before them: `2` before `million`, `3` before `sevenths`.
    """
    words = list(words)
    if not words:
        return head
    if words[:2] == ["half", "a"] and head is None and words[2:]:
        doubled = number_in_words(["one", *words[2:]])  # half a million
        return doubled / 2 if doubled is not None and doubled > 1 else None
    if words[:1] == ["a"] and head is None and len(words) > 1 and words[1].rstrip("s") in (*SCALES, *PARTS):
        words[0] = "one"
    before, behind = _around_and(words)
    part = number_in_words(behind) if len(behind) > 1 else None
    if part is not None and 0 < part < 1:  # behind a hundred, only `a half` is plain: 203 fifths, or 200 and three?
        whole = number_in_words(before, head)
        is_plain = behind[0] == "a" or not before or before[-1].removesuffix("s") not in SCALES
        return whole + part if is_plain and whole is not None and whole.denominator == 1 else None
    last, rest = words[-1].removesuffix("s"), words[:-1]
    if last == "quarter" and head is not None:
        return None  # coins, or parts
    if last in PARTS and (rest or head is not None or last in ("half", "quarter")):  # a lone `fifth` is a place
        below = PARTS[last]
        if 0 < below < 10 and rest and SMALL_NUMBERS.get(rest[-1], 0) >= 20 and (rest[1:] or head is not None):
            below += SMALL_NUMBERS[rest.pop()]  # nine twenty-fifths
        above = number_in_words(rest, head) if rest or head is not None else Fraction(1)
        return None if above is None or above.denominator != 1 else above / below
    return _cardinal(words, head)


def _around_and(words: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """Return what is before and behind the last `and`; all of it before where there is none."""
    at = max((at for at, word in enumerate(words) if word == "and"), default=len(words))
    return words[:at], words[at + 1 :]


def _cardinal(words: Sequence[str], head: Fraction | None) -> Fraction | None:
    total, group, previous = Fraction(), head, "digits" if head is not None else ""
    for position, word in enumerate(words):
        word = word.removesuffix("s") if word.removesuffix("s") in SCALES else word
        if word == "and" and previous == "scale" and position + 1 < len(words):
            continue
        if word in SCALES and group is not None:
            group *= SCALES[word]
            if SCALES[word] > 100:
                total, group = total + group, Fraction()
            previous = "scale"
        elif word in SMALL_NUMBERS:
            value = SMALL_NUMBERS[word]
            if previous == "digits" or previous == "ones" or (previous == "tens" and not 0 < value < 10):
                return None
            group = (group or Fraction()) + value
            previous = "tens" if value >= 20 else "ones"
        else:
            return None
    return None if group is None else total + group
