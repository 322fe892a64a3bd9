"""Numbers that remember how they came about, and the units they are written with.

A `Number` is exact (`Fraction`) and carries the arithmetic that made it, so that a step can be shown (``3*12 = 36``)
and the answer asked again for other givens (`Number.evaluate`). In a template it leaves a mark, ``⟨key spec⟩``, which
`story.Story` fills in later: with the number, another number, or a vague word.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

Kind = Literal["count", "people", "money", "time", "length", "amount", "percent", "number", "root"]

_BINDING = {"+": 1, "-": 1, "*": 2, "/": 2}
WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@dataclass(frozen=True)
class Unit:
    """What a number counts or measures.

    Attributes:
        one, many: Singular and plural noun, empty where the number stands alone.
        kind: Decides how it is written and which further steps suit it. ``root`` stands for the square root.
        is_latex: Whether numbers are written for LaTeX.
    """

    one: str = ""
    many: str = ""
    kind: Kind = "number"
    is_latex: bool = False

    def admits(self, value: Fraction) -> bool:
        """Tells whether a value is sensible: positive; whole where things are counted; no part of a cent."""
        if self.kind in ("number", "root"):
            return abs(value) < 10**7 and value.denominator < 1000
        if self.kind in ("count", "people"):
            return value > 0 and value.denominator == 1
        return value > 0 and (value * 100).denominator == 1

    def why_impossible(self, value: Fraction) -> str | None:
        """Why no one can have a result of what is counted or measured, as the end of a sentence; None where one can."""
        if not self.one:
            return None
        if value < 0:
            return "less than nothing"
        return "not a whole number" if self.kind in ("count", "people") and value.denominator != 1 else None

    def digits(self, value: Fraction) -> str:
        r"""The bare value: ``36``, ``4.50``, ``3/4``, ``\frac{3}{4}``, ``5\sqrt{2}``."""
        if self.kind == "root":
            return _root(value)
        if value.denominator == 1:
            return str(value.numerator)
        if self.is_latex:
            sign = "-" if value < 0 else ""
            return f"{sign}\\frac{{{abs(value.numerator)}}}{{{value.denominator}}}"
        if self.kind == "money" and (value * 100).denominator == 1:
            return f"{float(value):.2f}"
        if (value * 1000).denominator == 1:
            return str(float(value))
        return f"{value.numerator}/{value.denominator}"

    def write(self, value: Fraction, spec: str = "", *, is_spelled: bool = False) -> str:
        """The value as it stands in a text.

        Args:
            value: What to write.
            spec: Empty for number and unit; ``n`` number only; ``d`` digits only; ``c`` leading coefficient;
                ``s`` coefficient with sign; ``t`` term with sign; ``o`` opposite term with sign; ``m`` multiple
                ("twice", "3 times").
            is_spelled: Whether to write a number below ten as a word.
        """
        digits = WORDS[int(value)] if is_spelled and value < 10 and spec != "d" else self.digits(value)
        if spec == "o":
            return self.write(-value, "t")
        if spec in ("c", "s", "t"):
            size = "" if abs(value) == 1 and spec != "t" else self.digits(abs(value))
            sign = ("-" if value < 0 else "") if spec == "c" else ("- " if value < 0 else "+ ")
            return sign + size
        if spec == "m":
            return "twice" if value == 2 else f"{digits} times"
        if self.kind == "money":
            return f"\\${digits}" if self.is_latex else f"${digits}"
        if self.kind == "percent":
            return f"${digits}\\%$" if self.is_latex else f"{digits}%"
        if self.many and self.is_latex:
            digits = f"${digits}$"
        return digits if spec in ("n", "d") or not self.many else f"{digits} {self.one if value == 1 else self.many}"

    def vague(self, spec: str = "", letter: str = "k") -> str:
        """What stands in the place of a number that is withheld; in a formula, a letter."""
        if self.kind in ("number", "root"):
            return {"s": "+ ", "t": "+ ", "o": "- "}.get(spec, "") + letter
        if self.kind == "money":
            return "a certain amount"
        if self.kind == "percent":
            return "a certain percentage"
        if spec == "m":
            return "several times"
        if spec == "d":
            return "an unknown number"
        return "several" if spec == "n" else f"several {self.many}"

    def state(self, value: Fraction, spec: str = "") -> str:
        """The value as the predicate of "the number of eggs is ..." (``n`` for the number only)."""
        if self.many == "times":
            return self.digits(value)
        if self.many and self.kind != "money":
            return self.write(value, "n" if self.kind in ("count", "people") else spec)
        return f"${self.digits(value)}$" if self.kind in ("number", "root") and self.is_latex else self.write(value)


def _root(value: Fraction) -> str:
    """Square root in simplest form, of a non-negative whole number or a fraction."""
    if value.denominator != 1:
        return f"\\frac{{{_root(Fraction(value.numerator))}}}{{{_root(Fraction(value.denominator))}}}"
    inside, outside = value.numerator, 1
    for factor in range(math.isqrt(max(inside, 0)), 1, -1):
        if inside % (factor * factor) == 0:
            inside, outside = inside // (factor * factor), factor
            break
    if inside == 1 or inside == 0:
        return str(outside * inside)
    return f"{'' if outside == 1 else outside}\\sqrt{{{inside}}}"


@dataclass(frozen=True, eq=False)
class Number:
    """An exact number in a story.

    Attributes:
        value: Its value (for a ``root`` unit, the square of what it stands for).
        unit: What it counts.
        text: The arithmetic as shown in the solution; the bare digits of a given or a finished step.
        label: Noun phrase, "the number of eggs", empty for an unfinished expression.
        key: Place among the story's numbers, -1 for an unfinished expression.
        is_spelled: Whether it is written as a word.
        made_by: Function and its arguments, None for a given.
        binding: How tightly `text` binds: 3 atom, 2 product, 1 sum.
        sign: The operation of the two numbers that it was made of: one of `+-*/`; empty where it was made otherwise.
    """

    value: Fraction
    unit: Unit
    text: str
    label: str = ""
    key: int = -1
    is_spelled: bool = False
    made_by: tuple[Callable[..., Fraction], tuple[Number, ...]] | None = None
    binding: int = 3
    sign: str = ""

    def __format__(self, spec: str) -> str:
        """A mark for `story.Story.fill`."""
        return f"⟨{self.key}{spec}⟩"

    @property
    def n(self) -> str:
        """Mark for the number without its unit."""
        return f"⟨{self.key}n⟩"

    def stated(self, value: Fraction) -> str:
        """A value as the predicate of the label: `14` of "the number of eggs", else with its unit."""
        return self.unit.state(value, "n" if self.label.startswith("the number of") else "")

    def origins(self) -> Iterator[Number]:
        """The numbers that it was made of, and those that they were made of, down to the givens."""
        for number in self.made_by[1] if self.made_by else ():
            yield number
            yield from number.origins()

    def evaluate(self, changed: Mapping[int, Fraction]) -> Fraction:
        """The value if the numbers with these keys were other ones."""
        if self.key in changed:
            return changed[self.key]
        if self.made_by is None:
            return self.value
        function, arguments = self.made_by
        return function(*(argument.evaluate(changed) for argument in arguments))

    def __add__(self, other: Number | int) -> Number:
        """Sum."""
        return _combine(lambda a, b: a + b, self, other, "+")

    def __sub__(self, other: Number | int) -> Number:
        """Difference."""
        return _combine(lambda a, b: a - b, self, other, "-")

    def __mul__(self, other: Number | int) -> Number:
        """Product."""
        return _combine(lambda a, b: a * b, self, other, "*")

    def __truediv__(self, other: Number | int) -> Number:
        """Quotient."""
        return _combine(lambda a, b: a / b, self, other, "/")

    def __neg__(self) -> Number:
        """Opposite."""
        text = f"-{self.text}" if self.binding > 1 and not self.text.startswith("-") else f"-({self.text})"
        return Number(-self.value, self.unit, text, made_by=(lambda a: -a, (self,)), binding=2)

    def __radd__(self, other: int) -> Number:
        """Sum."""
        return _combine(lambda a, b: a + b, constant(other, self.unit), self, "+")

    def __rsub__(self, other: int) -> Number:
        """Difference."""
        return _combine(lambda a, b: a - b, constant(other, self.unit), self, "-")

    def __rmul__(self, other: int) -> Number:
        """Product."""
        return _combine(lambda a, b: a * b, constant(other, self.unit), self, "*")


def constant(value: int | Fraction, unit: Unit) -> Number:
    """A number that the story does not state, such as the 60 minutes of an hour."""
    return Number(Fraction(value), unit, unit.digits(Fraction(value)))


def call(function: Callable[..., int | Fraction], *arguments: Number, text: str, unit: Unit | None = None) -> Number:
    """An expression by a named function, such as the greatest common divisor; it gets whole values as ``int``."""

    def exact(*values: Fraction) -> Fraction:
        return Fraction(function(*(value.numerator if value.denominator == 1 else value for value in values)))

    value = exact(*(argument.value for argument in arguments))
    return Number(value, unit or arguments[0].unit, text, made_by=(exact, arguments), binding=1)


def whole_times(total: Number, part: Number) -> Number:
    """How often a part fits into a total: the quotient without its remainder."""
    rest = total.value % part.value
    text = f"({total.text}-{rest})/{part.text}" if rest else f"{total.text}/{part.text}"
    return call(lambda a, b: a // b, total, part, text=text)


def again(number: Number, changed: Mapping[int, Fraction]) -> Number | None:
    """The expression of a result with other numbers; None where it is no sum, product or quotient of them.

    Args:
        number: The result of a step.
        changed: The other values, by key.
    """
    if number.made_by is None or not number.sign:
        return None
    function, (left, right) = number.made_by
    first = _again(left, changed)
    second = first if right is left else _again(right, changed)
    return None if first is None or second is None else _combine(function, first, second, number.sign)


def _again(number: Number, changed: Mapping[int, Fraction]) -> Number | None:
    if number.key < 0 and number.made_by:
        return again(number, changed)
    value = number.evaluate(changed)
    return Number(value, number.unit, number.unit.digits(value))


def _combine(
    function: Callable[[Fraction, Fraction], Fraction], left: Number, other: Number | int, sign: str
) -> Number:
    """An operation on two numbers; the result counts what the left one counts."""
    binding, right = _BINDING[sign], other if isinstance(other, Number) else constant(other, left.unit)
    first = left.text if left.binding >= binding and not left.text.startswith("-\\") else f"({left.text})"
    is_loose = (right.binding <= binding and sign != "+") or right.binding < binding or right.text.startswith("-")
    second = f"({right.text})" if is_loose and not (sign == "*" and right.binding == 2) else right.text
    if left is other and sign == "*":
        base = left.text if left.text.isdigit() else f"({left.text})"
        return Number(left.value**2, left.unit, f"{base}^2", made_by=(function, (left, left)), binding=2, sign=sign)
    shown = {"*": r" \cdot ", "/": "/"}.get(sign, f" {sign} ") if left.unit.is_latex else sign
    value, made_by = function(left.value, right.value), (function, (left, right))
    return Number(value, left.unit, f"{first}{shown}{second}", made_by=made_by, binding=binding, sign=sign)
