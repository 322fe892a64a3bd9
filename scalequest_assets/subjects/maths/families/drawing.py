"""Drawing what a story is about: people, things, turns and numbers.

What is not sensible is refused (`Unfit`: a negative count, part of a person, half a cent), and the family drawn again.
"""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Sequence
from fractions import Fraction
from typing import TypeVar

from scalequest_assets.subjects.maths.families.quantity import Number, Unit
from scalequest_assets.subjects.maths.families.words import BOYS, GIRLS, Person

T = TypeVar("T")

PERCENT = Unit(kind="percent")
MONEY = Unit("dollar", "dollars", kind="money")
PLAIN = Unit(kind="number", is_latex=True)
ROOT = Unit(kind="root", is_latex=True)


class Unfit(Exception):  # noqa: N818 - an outcome of drawing, not an error
    """What was drawn does not make a sensible problem."""


class Drawing:
    """Random choices of one story, and the names, turns and numbers chosen so far."""

    def __init__(self, rng: random.Random, *, is_latex: bool, spells: bool = True) -> None:
        self.rng = rng
        self._is_latex, self._spells = is_latex, spells
        self._path: list[str] = []
        self._numbers: list[Number] = []
        self._people: set[str] = set()

    # What to tell about.

    def person(self) -> Person:
        """Someone not yet in the story."""
        names, is_girl = (GIRLS, True) if self.rng.random() < 0.5 else (BOYS, False)
        name = self.rng.choice([name for name in names if name not in self._people])
        self._people.add(name)
        return Person(name, is_girl)

    def pick(self, *options: T) -> T:
        """One of several wordings; the structure stays the same."""
        return options[int(self.rng.random() * len(options))]

    def noun(self, pool: Sequence[Unit]) -> Unit:
        """One of the nouns."""
        return self._unit(self.pick(*pool))

    def maybe(self, name: str, chance: float = 0.5) -> bool:
        """Whether the story takes an optional turn; named in the skeleton."""
        taken = self.rng.random() < chance
        if taken:
            self._path.append(name)
        return taken

    def choose(self, *names: str) -> str:
        """Which of several turns the story takes; named in the skeleton."""
        self._path.append(self.pick(*names))
        return self._path[-1]

    def turns(self, least: int, most: int, *names: str) -> list[str]:
        """Several different turns in random order; named in the skeleton."""
        chosen = self.rng.sample(names, self.rng.randint(least, most))
        self._path += chosen
        return chosen

    # Numbers that the text gives.

    def count(
        self,
        low: int,
        high: int,
        unit: Unit | str,
        label: str = "",
        *,
        by: int = 1,
        below: Number | None = None,
        divides: Number | None = None,
    ) -> Number:
        """Draws a whole number.

        Args:
            low: Smallest value.
            high: Largest value.
            unit: What it counts; a string stands for a regular noun.
            label: Noun phrase; default "the number of eggs".
            by: Only multiples of this.
            below: Only what is smaller than this number.
            divides: Only what divides this number.
        """
        noun = self._unit(Unit(unit, f"{unit}s", "count") if isinstance(unit, str) else unit)
        if below is not None:
            high = min(high, -(-below.value.numerator // below.value.denominator) - 1)
        values = range(-(-low // by) * by, high + 1, by)
        if divides is not None:
            values_fit = [v for v in values if v and (divides.value / v).denominator == 1 and v != divides.value]
            return self.given(self._one_of(values_fit), noun, label)
        return self.given(self._one_of(values), noun, label)

    def money(
        self, low: int, high: int, label: str, *, by: int = 1, cents: bool = False, below: Number | None = None
    ) -> Number:
        """Draws an amount of money, in whole dollars or, with ``cents``, in quarters of a dollar."""
        if below is not None:
            high = min(high, -(-below.value.numerator // below.value.denominator) - 1)
        dollars = Fraction(self._one_of(range(-(-low // by) * by, high + 1, by)))
        quarters = Fraction(int(self.rng.random() * 4), 4) if cents and self.rng.random() < 0.5 else Fraction(0)
        return self.given(dollars + quarters, self._unit(MONEY), label)

    def percent(self, label: str, *values: int) -> Number:
        """Draws a percentage from these values."""
        return self.given(self.pick(*values), self._unit(PERCENT), label)

    def times(self, low: int, high: int, label: str) -> Number:
        """Draws a factor; write it with ``.n``."""
        return self.given(self._one_of(range(low, high + 1)), Unit(many="times", kind="amount"), label)

    def number(self, low: int, high: int, label: str, *, by: int = 1, zero: bool = False) -> Number:
        """Draws a whole number to stand in a formula; 0 only with ``zero``."""
        values = [value for value in range(low, high + 1, by) if value or zero]
        return self.given(self._one_of(values), PLAIN, label)

    def given(self, value: int | Fraction, unit: Unit, label: str = "", *, spelled: bool | None = None) -> Number:
        """Enters a number that the family chose itself."""
        unit, label = self._unit(unit), label or f"the number of {unit.many}"
        if spelled is None:
            wordy = self._spells and unit.kind in ("count", "people", "amount", "time") and not unit.is_latex
            spelled = wordy and 1 < value < 10 and Fraction(value).denominator == 1 and self.rng.random() < 0.25
        number = Number(
            Fraction(value), unit, unit.digits(Fraction(value)), label, len(self._numbers), is_spelled=spelled
        )
        if not unit.admits(number.value):
            raise Unfit(label)
        self._numbers.append(number)
        return number

    def need(self, *conditions: bool) -> None:
        """Goes on only if all conditions hold."""
        if not all(conditions):
            raise Unfit

    def _one_of(self, values: Sequence[int]) -> int:
        if not values:
            raise Unfit
        return values[int(self.rng.random() * len(values))]

    def _unit(self, unit: Unit) -> Unit:
        return dataclasses.replace(unit, is_latex=True) if self._is_latex and not unit.is_latex else unit
