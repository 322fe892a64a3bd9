"""What an answer can be."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from scalequest_assets.subjects.maths.equality.trees import Expression, Node
from scalequest_assets.subjects.maths.equality.units import NO_UNIT, Unit


@dataclass(frozen=True)
class Quantity:
    """A number or an expression, and what it counts.

    Attributes:
        expression: Without the unit.
        unit: `NO_UNIT` where there is none.
        digits: Of a number in another base, the number that its digits would be in base ten.
    """

    expression: Expression
    unit: Unit = NO_UNIT
    digits: Fraction | None = None


@dataclass(frozen=True)
class Ordered:
    """A point, a tuple, or an interval: what is in brackets, in order."""

    brackets: str
    items: tuple["Reading", ...]


@dataclass(frozen=True)
class Interval:
    """All numbers between two bounds; infinite bounds are open."""

    low: Expression
    high: Expression
    has_low: bool
    has_high: bool


@dataclass(frozen=True)
class Region:
    """A union of intervals; `name` is the variable that lies in it, where one is given."""

    intervals: tuple[Interval, ...]
    name: str = ""


@dataclass(frozen=True)
class Several:
    """Values in any order: solutions, elements of a set."""

    items: tuple["Reading", ...]


@dataclass(frozen=True)
class Ratio:
    """Numbers with colons between them; two of them may be a time of day."""

    items: tuple[Expression, ...]


@dataclass(frozen=True)
class Clock:
    """A time of day, in minutes since midnight."""

    minutes: int


@dataclass(frozen=True)
class Matrix:
    """Rows of expressions."""

    rows: tuple[tuple[Expression, ...], ...]


@dataclass(frozen=True)
class Relation:
    """An equation or an inequality: `difference` (left less right) `sign` 0; the sign is =, <, or ≤."""

    sign: str
    difference: Node


@dataclass(frozen=True)
class Named:
    """A value with what it is called: `x = 5`."""

    name: str
    value: "Reading"


@dataclass(frozen=True)
class Choice:
    """The letter of a choice, and its text where that is given."""

    letter: str
    value: "Reading | None" = None


@dataclass(frozen=True)
class Words:
    """A text without mathematics, in lower case."""

    words: tuple[str, ...]


@dataclass(frozen=True)
class Rounded:
    r"""A value that is only near the true one, and that one where it is given: `40/3 \approx 13.33`."""

    near: "Reading"
    exact: "Reading | None" = None


@dataclass(frozen=True)
class Unread:
    """What has no other form."""

    text: str


Reading = (
    Quantity
    | Ordered
    | Region
    | Several
    | Ratio
    | Clock
    | Matrix
    | Relation
    | Named
    | Choice
    | Words
    | Rounded
    | Unread
)
"""What an answer is read as."""

INFINITE: Final = Expression((("constant", "infinity"),))

MINUS_INFINITE: Final = Expression((("negative", ("constant", "infinity")),))

REALS: Final = Region((Interval(MINUS_INFINITE, INFINITE, False, False),))


def number(value: Fraction) -> Quantity:
    """Return a bare number as an answer."""
    return Quantity(Expression((("number", value),)))


def as_region(reading: Reading) -> Region | None:
    """Return what is an interval as one; a pair in parentheses may be one."""
    if isinstance(reading, Region):
        return reading
    if not isinstance(reading, Ordered) or len(reading.items) != 2:
        return None
    ends = [item.expression if isinstance(item, Quantity) and item.unit.is_none else None for item in reading.items]
    if ends[0] is None or ends[1] is None:
        return None
    return Region((interval(ends[0], ends[1], reading.brackets[0] == "[", reading.brackets[1] == "]"),))


def interval(low: Expression, high: Expression, has_low: bool, has_high: bool) -> Interval:
    """Return an interval, open where it is infinite."""
    return Interval(low, high, has_low and not _is_infinite(low), has_high and not _is_infinite(high))


def _is_infinite(expression: Expression) -> bool:
    node = expression.readings[0]
    return (node[1] if node[0] == "negative" else node) == ("constant", "infinity")
