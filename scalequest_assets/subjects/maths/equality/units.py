"""Units behind numbers: known ones are converted, unknown words are names of what is counted."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product
from math import prod
from typing import Final

from scalequest_assets.subjects.maths.equality.numerals import NUMBER_WORDS
from scalequest_assets.subjects.maths.equality.pieces import group_end
from scalequest_assets.subjects.maths.equality.tokens import Token, words
from scalequest_assets.subjects.maths.equality.unit_table import KNOWN, MADE_OF, POWERS, UNITS
from scalequest_assets.subjects.maths.plurals import singular

_CAPITALS: Final = frozenset("LNWVJK")
_NO_UNITS: Final = NUMBER_WORDS | words(
    "a about above add ago all also always am an answer anticlockwise any apart approximately are as at back base "
    "basis bc bce because before behind below between big bigger both but by choose clockwise cos counterclockwise "
    "cubed different divided each east either equal equals even every exactly except exp factorial false fewer for "
    "from grand greater has have if impossible infinite infinitely infinity is just larger last least left less ln "
    "log many matrices matrix max maximum mean mil mille minimum minus mod modulo more most multiple multiplied near "
    "negative neither never no none nor north not nothing odd off on once only or other out over pair past pi plus pm "
    "point positive power prime remainder right root roots rounded same score short sin since small smaller solution "
    "solutions some south sqrt square squared tan than that then times to too true twice undefined under unknown "
    "until up west when where with within without yes"
)
"""Words behind a number that change it, or make a sentence of it: they are no units."""
_SCALES: Final = {"c": "celsius", "celsius": "celsius", "f": "fahrenheit", "fahrenheit": "fahrenheit"}
_FILLERS: Final = frozenset(("of", "the", "in", "total"))
_MAX_WORDS: Final = 6


@dataclass(frozen=True)
class Unit:
    """What a number counts or measures.

    Attributes:
        dimensions: Exponent of each known dimension, without zeros.
        factor: What one of it is in base units.
        words: Names of things that are no known units, in the singular.
        is_percent: Whether it is a percentage.
    """

    dimensions: tuple[tuple[str, int], ...] = ()
    factor: Fraction = Fraction(1)
    words: frozenset[str] = frozenset()
    is_percent: bool = False

    @property
    def is_none(self) -> bool:
        """Whether there is no unit."""
        return not self.dimensions and not self.words and not self.is_percent


NO_UNIT: Final = Unit()
PERCENT: Final = Unit(is_percent=True)


def is_measure(word: str) -> bool:
    """Whether a word, in the singular or plural, names a unit that is converted: `feet`, `minutes`, `cents`."""
    name = _spelled(word)
    return name in KNOWN or name in MADE_OF or singular(name) in KNOWN


def _spelled(word: str) -> str:
    """Return a word in lower case, but as it is where its case tells it from another unit: `MW`, `mW`."""
    return word if len(word) == 1 or word in KNOWN else word.lower()


def read_unit(parts: Sequence[Token], *, after_space: bool) -> Unit | None:
    """Return what the tokens behind a number say that it counts; None where they are no unit.

    A single letter is a unit behind a space or in upright type; where it touches its number it may be a variable.
    """
    builder = _Builder(after_space)
    at = 0
    while at < len(parts):
        taken = builder.take(parts, at)
        if not taken:
            return None
        at += taken
    return builder.unit()


@dataclass
class _Builder:
    is_after_space: bool
    dimensions: dict[str, int] = field(default_factory=dict)
    factor: Fraction = Fraction(1)
    words: list[str] = field(default_factory=list)
    sign: int = 1
    pending: int = 0
    is_waiting: bool = False
    num_units: int = 0

    def unit(self) -> Unit | None:
        if self.is_waiting or self.pending or len(self.words) > _MAX_WORDS or not (self.num_units or self.words):
            return None
        left = {name: exponent for name, exponent in self.dimensions.items() if exponent}
        return Unit(tuple(sorted(left.items())), self.factor, frozenset(self.words))

    def take(self, parts: Sequence[Token], at: int) -> int:
        """Take the next token or tokens; return how many, 0 where they are no part of a unit."""
        part = parts[at]
        if part.kind == "sign":
            if part.text in ("/", "*", "-") and (self.num_units or self.words) and not self.is_waiting:
                self.sign, self.is_waiting = (-1 if part.text == "/" else self.sign), True
                return 1
            if part.text == "(" and (self.num_units or not self.words):
                closing = next((i for i in range(at, len(parts)) if parts[i].text == ")"), None)
                inner = read_unit(parts[at + 1 : closing], after_space=True) if closing else None
                if (
                    closing is None
                    or inner is None
                    or any(p.kind not in ("word", "text", "command") for p in parts[at + 1 : closing])
                ):
                    return 0
                self._add(inner)
                return closing - at + 1
            return 0
        if part.kind == "command":
            if part.text in ("usd", "eur", "gbp", "jpy", "inr"):
                self._known(part.text, 1)
                return 1
            if part.text == "frac":
                return self._fraction(parts, at)
            if part.text == "circ" and not self.num_units:
                self._known("degree", 1)
                scale = _SCALES.get(parts[at + 1].text.lower()) if at + 2 == len(parts) else None
                self.words += [scale] if scale else []
                return 2 if scale else 1
            return 0
        if part.kind not in ("word", "text"):
            return 0
        return self._word(part, parts, at)

    def _fraction(self, parts: Sequence[Token], at: int) -> int:
        r"""Take `\frac{m}{s^2}`."""
        taken = at + 1
        for sign in (self.sign, -self.sign):
            end = group_end(parts, taken)
            inner = read_unit(parts[taken + 1 : end], after_space=True) if end else None
            if inner is None or inner.words:
                return 0
            self._add(inner, sign)
            taken = end + 1
        return taken - at

    def _word(self, part: Token, parts: Sequence[Token], at: int) -> int:
        name = _spelled(part.text) if len(part.text) > 1 else part.text.lower()
        if name == "per" and (self.num_units or self.words):
            self.sign, self.is_waiting = -1, True
            return 1
        if name in ("an", "a", "each") and (self.num_units or self.words) and at + 1 < len(parts):
            self.sign, self.is_waiting = -1, True
            return 1
        if name in ("square", "sq", "cubic", "cu"):
            self.pending = 2 if name[0] == "s" else 3
            return 1
        if name in ("squared", "cubed") and self.num_units:
            return 0
        if len(name) == 1:
            is_capital = part.text in _CAPITALS or (part.text == "A" and part.kind == "text")
            is_dressed = part.kind == "text" or part.is_spaced or at > 0
            if not is_dressed and not (at == 0 and self.is_after_space):
                return 0
            if not is_capital and (part.text not in KNOWN or part.text in "ltdA"):
                return 0
        elif name == "in" and not (self.num_units or self.words):
            if at + 1 < len(parts) and (parts[at + 1].kind in ("word", "text") or (part.kind == "word" and at)):
                return 0
        elif name == "of" and not (self.num_units or self.words):  # 3/4 of the cake
            is_article = at + 1 < len(parts) and parts[at + 1].text.lower() in ("a", "an", "the")
            return 1 + is_article if at + 1 + is_article < len(parts) else 0
        elif name in _NO_UNITS or singular(name) in _NO_UNITS or name in _FILLERS:
            if name not in _FILLERS or not (self.num_units or self.words):
                return 0
            return 1 if at + 1 < len(parts) else 0
        elif len(name) == 2 and part.kind == "word" and name not in KNOWN and singular(name) not in KNOWN:
            return 0  # a product: 2xy
        elif at == 0 and part.kind == "word" and not part.is_spaced and not self.is_after_space and name not in KNOWN:
            return 0  # letters that touch their number are a product
        exponent, taken = _exponent(parts, at + 1)
        if self.pending:
            exponent, self.pending = self.pending, 0
        self._known(part.text if len(part.text) == 1 else name, exponent)
        return 1 + taken

    def _known(self, name: str, exponent: int) -> None:
        exponent *= self.sign
        self.is_waiting = False
        if name in MADE_OF:
            above, below = MADE_OF[name]
            self._known_one(above, exponent)
            self._known_one(below, -exponent)
        elif (one := "l" if name == "L" else name) in KNOWN or singular(one) in KNOWN:
            self._known_one(one if one in KNOWN else singular(one), exponent)
        else:
            self.words.append(singular(name) if self.sign > 0 else f"/{singular(name)}")

    def _known_one(self, name: str, exponent: int) -> None:
        dimension, factor = KNOWN[name]
        dimension, power = POWERS.get(dimension, (dimension, 1))
        self.dimensions[dimension] = self.dimensions.get(dimension, 0) + exponent * power
        self.factor *= factor**exponent
        self.num_units += 1

    def _add(self, other: Unit, sign: int = 1) -> None:
        for dimension, exponent in other.dimensions:
            self.dimensions[dimension] = self.dimensions.get(dimension, 0) + exponent * sign
            self.num_units += 1
        self.factor *= other.factor**sign
        self.words += other.words


def _exponent(parts: Sequence[Token], at: int) -> tuple[int, int]:
    """Return the exponent behind a unit, and how many tokens it takes."""
    texts = [part.text for part in parts[at : at + 5]]
    if texts[1:2] == ["{"] and "}" in texts:
        exponent, taken = _exponent([part for part in parts[at : at + texts.index("}")] if part.text != "{"], 0)
        return (exponent, taken + 2) if taken + 2 == texts.index("}") + 1 else (1, 0)
    if texts[:1] and texts[0].lower() in ("squared", "cubed"):
        return (2 if texts[0].lower() == "squared" else 3), 1
    if len(texts) >= 2 and texts[0] == "^":
        if texts[1] in ("1", "2", "3"):
            return int(texts[1]), 2
        if texts[1] == "-" and len(texts) >= 3 and texts[2] in ("1", "2", "3"):
            return -int(texts[2]), 3
    return 1, 0


def is_ratio_of_units(unit: Unit, ratio: Fraction) -> bool:
    """Return whether one of this unit may be `ratio` of others of its kind: 1 hour may be 60."""
    choices = [_factors(dimension, exponent) for dimension, exponent in unit.dimensions]
    return any(unit.factor / prod(factors, start=Fraction(1)) == ratio for factors in product(*choices))


def _factors(dimension: str, exponent: int) -> set[Fraction]:
    """Return what units of a dimension are in base units, to the exponent; areas and volumes have their own."""
    found = {Fraction(factor) ** exponent for factor in UNITS[dimension].values()}
    for own, (base, power) in POWERS.items():
        if dimension == base and exponent % power == 0:
            found |= {Fraction(factor) ** (exponent // power) for factor in UNITS[own].values()}
    return found
