"""Units behind numbers: known ones are converted, unknown words are names of what is counted."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product
from math import prod
from typing import Final

from scalequest_assets.subjects.maths.equality.numerals import NUMBER_WORDS
from scalequest_assets.subjects.maths.equality.tokens import Token, words

_BASES: Final[dict[str, dict[str, str]]] = {
    "length": {
        "m meter metre": "1",
        "cm centimeter centimetre": "1/100",
        "mm millimeter millimetre": "1/1000",
        "km kilometer kilometre": "1000",
        "dm decimeter decimetre": "1/10",
        "in inch inche": "127/5000",
        "ft foot feet": "381/1250",
        "yd yard": "1143/1250",
        "mi mile": "201168/125",
    },
    "mass": {
        "g gram gm": "1/1000",
        "kg kilogram kilo": "1",
        "mg milligram": "1/1000000",
        "t tonne": "1000",
        "lb pound": "45359237/100000000",
        "oz ounce": "45359237/1600000000",
    },
    "time": {
        "s sec second": "1",
        "min minute": "60",
        "h hr hour": "3600",
        "d day": "86400",
        "wk week": "604800",
        "fortnight": "1209600",
        "yr year": "31556952",
        "month": "2629746",
        "decade": "315569520",
        "century centurie": "3155695200",
    },
    "volume": {"l liter litre": "1/1000", "ml milliliter millilitre": "1/1000000", "cl centiliter": "1/100000"},
    "cups": {
        "cup": "1",
        "pint pt": "2",
        "quart qt": "4",
        "gallon gal": "16",
        "tablespoon tbsp": "1/16",
        "teaspoon tsp": "1/48",
    },
    "dollars": {"usd dollar buck": "1", "cent penny pennie": "1/100", "dime": "1/10", "nickel": "1/20"},
    "euros": {"eur euro": "1"},
    "sterling": {"gbp": "1"},
    "yen": {"jpy yen": "1"},
    "rupees": {"inr rupee rs": "1"},
    "angle": {"degree deg": "1"},
    "radians": {"radian rad": "1"},
}
_MADE_OF: Final = {
    "mph": ("mi", "h"),
    "kph": ("km", "h"),
    "kmh": ("km", "h"),
    "kmph": ("km", "h"),
    "mps": ("m", "s"),
    "fps": ("ft", "s"),
}
_KNOWN: Final = {
    name: (dimension, Fraction(factor))
    for dimension, units in _BASES.items()
    for names, factor in units.items()
    for name in names.split()
}
_VOLUME: Final = ("length", 3)
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
    name = word.lower() if len(word) > 1 else word
    return name in _KNOWN or name in _MADE_OF or singular(name) in _KNOWN


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
            if part.text == "circ" and not self.num_units:
                self._known("degree", 1)
                scale = _SCALES.get(parts[at + 1].text.lower()) if at + 2 == len(parts) else None
                self.words += [scale] if scale else []
                return 2 if scale else 1
            return 0
        if part.kind not in ("word", "text"):
            return 0
        return self._word(part, parts, at)

    def _word(self, part: Token, parts: Sequence[Token], at: int) -> int:
        name = part.text.lower()
        if name == "per" and (self.num_units or self.words):
            self.sign, self.is_waiting = -1, True
            return 1
        if name in ("an", "a", "each") and (self.num_units or self.words) and at + 1 < len(parts):
            self.sign, self.is_waiting = -1, True
            return 1
        if name in ("square", "sq", "cubic", "cu"):
            self.pending = 2 if name[0] == "s" else 3
            return 1 + (at + 1 < len(parts) and parts[at + 1].text == ".")
        if name in ("squared", "cubed") and self.num_units:
            return 0
        if len(name) == 1:
            is_capital = part.text in _CAPITALS
            is_dressed = part.kind == "text" or part.is_spaced or at > 0
            if not is_dressed and not (at == 0 and self.is_after_space):
                return 0
            if not is_capital and (part.text not in _KNOWN or part.text == "l" or part.text in "td"):
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
        elif len(name) == 2 and part.kind == "word" and name not in _KNOWN and singular(name) not in _KNOWN:
            return 0  # a product: 2xy
        elif at == 0 and part.kind == "word" and not part.is_spaced and not self.is_after_space and name not in _KNOWN:
            return 0  # letters that touch their number are a product
        exponent, taken = _exponent(parts, at + 1)
        if self.pending:
            exponent, self.pending = self.pending, 0
        self._known(part.text if len(part.text) == 1 else name, exponent)
        return 1 + taken

    def _known(self, name: str, exponent: int) -> None:
        exponent *= self.sign
        self.is_waiting = False
        if name in _MADE_OF:
            above, below = _MADE_OF[name]
            self._known_one(above, exponent)
            self._known_one(below, -exponent)
        elif (one := name.lower() if len(name) > 1 or name == "L" else name) in _KNOWN or singular(one) in _KNOWN:
            self._known_one(one if one in _KNOWN else singular(one), exponent)
        else:
            self.words.append(singular(name) if self.sign > 0 else f"/{singular(name)}")

    def _known_one(self, name: str, exponent: int) -> None:
        dimension, factor = _KNOWN[name]
        dimension, power = _VOLUME if dimension == "volume" else (dimension, 1)
        self.dimensions[dimension] = self.dimensions.get(dimension, 0) + exponent * power
        self.factor *= factor**exponent
        self.num_units += 1

    def _add(self, other: Unit) -> None:
        for dimension, exponent in other.dimensions:
            self.dimensions[dimension] = self.dimensions.get(dimension, 0) + exponent
            self.num_units += 1
        self.factor *= other.factor
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


def singular(word: str) -> str:
    """Return a noun without the ending of its plural, the same for both: `boxes` and `box` are `box`."""
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("ches", "shes", "sses", "xes", "zes")):
        return word[:-2]
    return word[:-1] if len(word) > 2 and word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def is_ratio_of_units(unit: Unit, ratio: Fraction) -> bool:
    """Return whether one of this unit may be `ratio` of others of its kind: 1 hour may be 60."""
    choices = [_factors(dimension, exponent) for dimension, exponent in unit.dimensions]
    return any(unit.factor / prod(factors, start=Fraction(1)) == ratio for factors in product(*choices))


def _factors(dimension: str, exponent: int) -> set[Fraction]:
    """Return what units of a dimension are in base units, to the exponent; volumes have units of their own."""
    found = {Fraction(factor) ** exponent for factor in _BASES[dimension].values()}
    if dimension == _VOLUME[0] and exponent % _VOLUME[1] == 0:
        found |= {Fraction(factor) ** (exponent // _VOLUME[1]) for factor in _BASES["volume"].values()}
    return found
