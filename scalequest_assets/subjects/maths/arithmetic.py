r"""Recomputes the equalities between numbers that a text states: `27*6 = 196`, `3 + 4 = 7 apples`, `\frac{12}{4} = 3`.

No model, and no guess: a side is the longest run of numbers and signs beside the equals sign. It is read whole (as
answers are, see `equality`) or not at all; a side with a variable, or an equality of two bare numbers, states no
arithmetic. Where the words around it may say more than the signs do ("6 more than 2*3 = 12", "7/2 = 3 remainder 1",
"4 + 5 = 10 is impossible", "modulo 7, 3*5 = 1": `around_sums`), what looks false is left open.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final, NamedTuple

import polars as pl

from scalequest_assets.recipe.parts import RECOMPUTED
from scalequest_assets.subjects.maths.arithmetic_tokens import Token, cleaned, parts_around, signs_of_equality, split
from scalequest_assets.subjects.maths.around_sums import (
    counts_a_range,
    is_denied,
    is_floored,
    is_of_another_arithmetic,
    is_rounded,
    takes_a_share,
)
from scalequest_assets.subjects.maths.equality.reading import exact_number
from scalequest_assets.subjects.maths.equality.units import is_measure
from scalequest_assets.subjects.maths.plain_sums import holding, plain_value, states_nothing

_CLOCK: Final = re.compile(r"\d:\d|\d\s*[ap]\.?m\b", re.IGNORECASE)
_OPEN: Final = re.compile(r"(?<![.,\d])0\d|/\s*[\d.,]+\s*/|\*\s*-|^\+")
"""Writing that is read in two ways: 0900 - 0130, 25 / 1/3, 3*-5, a sum that begins before."""
_JOINING: Final = frozenset("than of by from to and or with".split())  # noqa: SIM905 - a list of words reads so
"""Words that join what stands before them, where that is a number, to the number behind them."""
_SAYING: Final = frozenset(["is", "are", "was", "were", "equals", "be"])
"""Words that say what something is: "term 49 is -8 + 96 = 88" does not take 8 from 49."""
_CHANGING: Final = frozenset(
    """half halves twice double doubled triple thrice quarter quarters third thirds fourth fourths fifth fifths times
    minus plus dozen dozens ten tens hundred hundreds thousand thousands million millions billion tenths hundredths mod
    log ln sin cos tan gcd lcm remainder r squared cubed factorial""".split()  # noqa: SIM905
)
"""Words that make another number of the one beside them."""
_HOLDING: Final = frozenset(
    """bag basket bill bottle box boxe bunch bunche carton case coin couple crate group jar pack package packet pair
    quarter row set stack team tray""".split()  # noqa: SIM905
)
"""Words for what holds several of what is counted, in the singular: 12 eggs + 12 eggs = 2 boxes."""
_DETERMINERS: Final = frozenset(
    "a an another the this that his her its their my our your extra additional overtime".split()  # noqa: SIM905
)
_OFTEN: Final = frozenset("a an per each every in".split())  # noqa: SIM905
"""Words behind "times" that make it count occasions: 6 times a year."""
_ATTACHED: Final = frozenset(["kg", "mg", "km", "cm", "mm", "ml", "mL", "ft", "lb", "lbs", "oz", "mph", "kmh"])
_PROGRAM: Final = re.compile(
    r"```(?:python3?|py)\b.*?```\s*```\w*[ \t]*\n(?P<output>.*?)```", re.DOTALL | re.IGNORECASE
)
_OPERATORS: Final = ("+", "-", "*", "/")
_MAX_UNIT_WORDS, _AROUND, _MAX_SIDE = 3, 60, 120


@dataclass
class _Side:
    """One side of an equals sign.

    Attributes:
        text: Its mathematics.
        units: The last word behind each of its numbers, in the singular; on the right all words.
        words: All words behind its numbers.
        is_open: Whether more may be meant than the signs say.
    """

    text: str
    units: set[str] = field(default_factory=set)
    words: set[str] = field(default_factory=set)
    is_open: bool = False

    @property
    def has_operation(self) -> bool:
        """Whether there is something to calculate."""
        return bool(re.search(r"[\d)}!%]\s*[-+*/^!]|\\", self.text))

    @property
    def values(self) -> set[Fraction]:
        """The number that it is; of percentages two: as parts of a hundred, and as so many per cent."""
        if (value := plain_value(self.text)) is not None:
            return {Fraction(value)}
        readings = {self.text.replace("%", ""), re.sub(r"([\d.,]+)\s*%", r"(\1/100)", self.text)}
        found = [exact_number(text.strip()) for text in readings]
        return {value for value in found if value is not None} if None not in found else set()


class Equality(NamedTuple):
    """An equality that a text states, and whether it holds; None where that is open."""

    text: str
    holds: bool | None


def recompute(texts: pl.Series) -> pl.Series:
    """Recompute what texts state.

    Args:
        texts: String. Responses; null for none.

    Returns:
        Struct series `arithmetic` (`RECOMPUTED`): how many equalities between numbers were recomputed, and those that
        are false, in order, outputs of programs behind them. Null where there is no text.
    """
    rows: list[dict[str, object] | None] = []
    for text in texts.to_list():
        if text is None:
            rows.append(None)
            continue
        plain = cleaned(text)
        num, read = holding(plain)
        left = [at for at in signs_of_equality(plain) if at not in read and not states_nothing(plain, at)]
        found = [one for one in [*_stated(plain, left), *outputs(text)] if one.holds is not None]
        false = [one.text for one in found if not one.holds]
        rows.append({"num_equalities": num + len(found), "false_equalities": false})
    return pl.Series("arithmetic", rows, dtype=RECOMPUTED)


def outputs(text: str) -> list[Equality]:
    """Return what a text says that its programs print. Nobody ran them, so that none holds."""
    said = (" ".join(match["output"].split()) for match in _PROGRAM.finditer(text))
    return [Equality(f"program that nobody ran = {output}", holds=False) for output in said]


def equalities(text: str) -> list[Equality]:
    """Return the equalities between numbers that a text states, in order; of a chain, each with its neighbour."""
    plain = cleaned(text)
    return _stated(plain, signs_of_equality(plain))


def _stated(text: str, signs: Sequence[int]) -> list[Equality]:
    """Return the equalities of a cleaned text whose signs begin at some places, in order."""
    stated, wanted = [], set(signs)
    for start, end in parts_around(text, signs):
        tokens = split(text, start, end)
        equals = [place for place, token in enumerate(tokens) if token.kind == "equals"]
        for place in (place for place in equals if tokens[place].start in wanted):
            token, left = tokens[place], _left(tokens, place)
            right = _right(tokens, place) if left else None
            if left and right and (left.has_operation or right.has_operation):
                before = text[max(0, token.start - _AROUND) : token.start]
                stated.append(_judged(left, right, token.text, before, text[token.end : token.end + _AROUND]))
    return [one for one in stated if one is not None]


def _judged(left: _Side, right: _Side, sign: str, before: str, behind: str) -> Equality | None:
    """Return whether two sides are equal; None where one of them is not read."""
    around = before + sign + behind
    first, second = left.values, right.values
    if not first or not second:
        return None
    text = " ".join(f"{left.text} {sign} {right.text}".split())
    if first & second:  # nearly always
        return Equality(text, holds=True)
    is_rough = sign not in ("=", "==") or is_rounded(around)
    holds = is_floored(left.text, first, second, around) or any(
        _rounds_to(a, b, right.text, is_rough=is_rough) or _rounds_to(b, a, left.text, is_rough=is_rough)
        for a in first
        for b in second
    )
    if holds:
        return Equality(text, holds=True)
    is_open = is_denied(before, behind) or counts_a_range(left.text, second, around) or _is_open(left, right, around)
    is_open = is_open or takes_a_share(left.text, second)
    return Equality(text, holds=None if is_open else False)


def _is_open(left: _Side, right: _Side, around: str) -> bool:
    """Whether more may be meant than the signs of two sides say."""
    if left.is_open or right.is_open or _CLOCK.search(around) is not None or _is_converted(left, right):
        return True
    return is_of_another_arithmetic(around) or any(_OPEN.search(side.text) for side in (left, right))


def _is_converted(left: _Side, right: _Side) -> bool:
    """Whether the sides may count in units of which one is made of others: feet and inches, eggs and boxes."""
    if "cent" in left.words - right.words:
        return True
    if left.words and not left.has_operation and right.text.startswith((f"{left.text} * ", f"{left.text} / ")):
        return True  # 3 + 2 = 5 feet = 5 * 12 inches
    if len(left.units) > 1 and re.search(r"[+-]", left.text) and any(_holds_others(word) for word in left.units):
        return True
    if not left.words or not right.words or left.words & right.words:
        return False
    return bool(right.words & _HOLDING) or all(any(map(is_measure, side.words)) for side in (left, right))


def _holds_others(word: str) -> bool:
    return word in _HOLDING or is_measure(word)


def _rounds_to(value: Fraction, stated: Fraction, text: str, *, is_rough: bool) -> bool:
    """Whether a stated decimal is the value, rounded or cut at its last digit; a whole number where that is said."""
    decimal = re.fullmatch(r"-?\s*[\d,]*(?:\.(\d+))?\s*%?", text.strip())
    if decimal is None or (decimal[1] is None and not is_rough):
        return False
    unit = Fraction(1, 10 ** len(decimal[1] or ""))
    if "%" in text and abs(stated) * 100 == Fraction(re.sub(r"[^\d.]", "", text)):
        unit /= 100  # it is read as so many parts of a hundred
    gap = abs(value - stated)
    return gap * 2 <= unit or (gap < unit and (is_rough or abs(stated) < abs(value)))


def _right(tokens: Sequence[Token], equals: int) -> _Side | None:
    side, depth, place = _Side(""), 0, equals + 1
    parts: list[str] = []
    while place < len(tokens):
        token = tokens[place]
        if token.kind == "number":
            parts.append(token.text)
        elif token.kind == "sign":
            depth += (token.text in "({") - (token.text in ")}")
            if depth < 0:
                break
            if token.text == "!" and not _goes_on(tokens, place + 1):
                side.is_open = True  # an exclamation, or a factorial
                break
            parts.append(token.text)
        elif token.kind == "word" and parts and _ends_number(tokens[place - 1]):
            words = _words(tokens, place)
            if not _is_unit(words[0], tokens[place - 1]):
                return None
            side.is_open |= any(_changes(words, at) for at in range(min(2, len(words))))
            follows = tokens[place + len(words)] if place + len(words) < len(tokens) else None
            if follows is None or follows.text not in _OPERATORS:
                side.units.update(_singular(word.text) for word in words[:_MAX_UNIT_WORDS])
                side.words |= side.units
                goes_on = follows is not None and follows.kind == "number"
                is_joined = words[-1].text.lower() in _JOINING or _is_in_two_units(tokens, place)
                side.is_open |= goes_on and is_joined  # "3 hours and 20 minutes", "5 feet 6 inches"
                break
            if len(words) > _MAX_UNIT_WORDS:
                return None
            side.units.add(_singular(words[-1].text))
            side.words.update(_singular(word.text) for word in words)
            place += len(words)
            continue
        elif token.kind in ("equals", "end") and depth == 0:
            side.is_open |= "..." in token.text
            break
        else:
            return None
        place += 1
    side.text = " ".join(parts)
    return side if depth <= 0 and _is_whole(side.text) else None


def _left(tokens: Sequence[Token], equals: int) -> _Side | None:
    side, depth, place = _Side(""), 0, equals - 1
    parts: list[str] = []
    while place >= 0 and tokens[place].text == "\n":  # a chain goes on in the next line
        place -= 1
    while place >= 0:
        token = tokens[place]
        if token.kind == "number":
            parts.append(token.text)
        elif token.kind == "sign":
            depth += (token.text in ")}") - (token.text in "({")
            if depth < 0:
                break
            parts.append(token.text)
        elif token.kind == "word":
            if parts and (parts[-1] not in _OPERATORS or token.text.lower() in _SAYING):
                break
            words: list[Token] = []
            while place >= 0 and tokens[place].kind == "word" and len(words) <= _MAX_UNIT_WORDS:
                words.append(tokens[place])
                place -= 1
            is_counted = place >= 0 and _ends_number(tokens[place])
            if not is_counted or len(words) > _MAX_UNIT_WORDS or not _is_unit(words[-1], tokens[place]):
                return None
            if any(len(word.text) == 1 or word.text.lower() in _JOINING for word in words):
                return None
            side.units.add(_singular(words[0].text))
            side.words.update(_singular(word.text) for word in words)
            side.is_open |= any(word.text.lower() in _CHANGING for word in words)
            continue
        elif token.kind in ("equals", "end") and depth == 0:
            break
        else:
            return None
        place -= 1
    before = tokens[place] if place >= 0 else None
    side.text = " ".join(reversed(parts))
    is_chained = before is not None and before.kind == "equals"
    side.is_open |= not (side.has_operation or is_chained)  # "20 minutes = 15 + 5 minutes"
    side.is_open |= before is not None and "dots" in before.text
    if before is not None and before.kind == "word":
        if len(before.text) == 1 and before.text not in "aAI":
            return None
        if side.text.startswith(("(", "-", "+")) and before.end == tokens[place + 1].start:
            return None
        side.is_open |= _is_joined(tokens, place) or side.text.startswith(("-", "+")) or _is_cut_off(tokens, place)
    return side if depth <= 0 and _is_whole(side.text) else None


def _is_in_two_units(tokens: Sequence[Token], place: int) -> bool:
    """Whether a unit is here, and a number with another unit follows: `feet 6 inches`."""
    texts = [token.text.lower() for token in tokens[place : place + 3]]
    return len(texts) == 3 and texts[0] != "in" and all(is_measure(_singular(text)) for text in (texts[0], texts[2]))


def _is_joined(tokens: Sequence[Token], place: int) -> bool:
    """Whether the word here makes more of the number behind it: "half", or "than" where a number stands before it."""
    word = tokens[place].text.lower()
    if word in _CHANGING or word not in _JOINING:
        return word in _CHANGING
    near = tokens[max(0, place - _MAX_UNIT_WORDS) : place]
    if near and near[-1].kind == "end":
        return False  # another clause
    if word == "and" and any(token.kind == "equals" for token in near):
        return False  # another equality follows
    return any(token.kind == "number" or token.text.lower() in _CHANGING for token in near)


def _is_cut_off(tokens: Sequence[Token], place: int) -> bool:
    """Whether the words up to here stand between an operation and its number: `25 boys + his 1 teacher + 1 = 27`."""
    first = place
    while first > 0 and tokens[first - 1].kind == "word" and place - first < _MAX_UNIT_WORDS:
        first -= 1
    if first < 2 or tokens[first].text.lower() not in _DETERMINERS:
        return False
    sign, number = tokens[first - 1], tokens[first - 2]
    if sign.text not in _OPERATORS or sign.end == tokens[first].start:
        return False
    return _ends_number(number) or (number.kind == "word" and sign.text != "-")


def _changes(words: Sequence[Token], at: int) -> bool:
    """Whether a word behind a number makes another of it; "6 times a year" does not."""
    word = words[at].text.lower()
    is_often = word == "times" and (at + 1 == len(words) or words[at + 1].text.lower() in _OFTEN)
    return word in _CHANGING and not is_often


def _words(tokens: Sequence[Token], place: int) -> list[Token]:
    words = []
    while place < len(tokens) and tokens[place].kind == "word":
        words.append(tokens[place])
        place += 1
    return words


def _is_unit(word: Token, number: Token) -> bool:
    """Whether a word behind a number counts it; `2x` and `3 x` are products."""
    return len(word.text) > 1 and (word.start > number.end or word.text in _ATTACHED)


def _ends_number(token: Token) -> bool:
    return token.kind == "number" or token.text in (")", "}", "%")


def _goes_on(tokens: Sequence[Token], place: int) -> bool:
    return place < len(tokens) and (tokens[place].kind == "equals" or tokens[place].text in (*_OPERATORS, ")", "}"))


def _is_whole(text: str) -> bool:
    return bool(text) and len(text) <= _MAX_SIDE and any(letter.isdigit() for letter in text)


def _singular(word: str) -> str:
    return word.lower().removesuffix("s")
