"""Where a family writes: it draws names and numbers, tells clauses, takes steps and asks a question.

A family is a function ``(Draft) -> None``. The draft records what it tells and refuses what is not sensible (`Unfit`:
a negative count, part of a person, half a cent), whereupon the family is drawn again.
"""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Literal, Self, TypeVar

from scalequest_assets.recipe.families.problem import Problem
from scalequest_assets.recipe.families.quantity import Number, Unit
from scalequest_assets.recipe.families.story import Clause, Step, Story
from scalequest_assets.recipe.families.words import BOYS, GIRLS, Person

T = TypeVar("T")

PERCENT = Unit(kind="percent")
MONEY = Unit("dollar", "dollars", kind="money")
PLAIN = Unit(kind="number", is_latex=True)
ROOT = Unit(kind="root", is_latex=True)


class Unfit(Exception):  # noqa: N818 - an outcome of drawing, not an error
    """What was drawn does not make a sensible problem."""


class Draft:
    """A story in the making."""

    def __init__(self, family: str, style: Literal["grade_school", "competition"], subject: str, rng: random.Random):
        self.rng = rng
        self._family, self._style, self.subject = family, style, subject
        self._is_latex = style == "competition"
        self._path: list[str] = []
        self._numbers: list[Number] = []
        self._clauses: list[Clause] = []
        self._steps: list[Step] = []
        self._people: set[str] = set()
        self._question = self._role = ""
        self._answer: Number | None = None

    @classmethod
    def reopen(cls, story: Story, rng: random.Random) -> Self:
        """Goes on with a finished story."""
        draft = cls(story.family, story.style, story.subject, rng)
        draft._path, draft._numbers = list(story.path), list(story.numbers)
        draft._clauses, draft._steps = list(story.clauses), list(story.steps)
        text = " ".join([*(clause.text for clause in story.clauses), story.question])
        draft._people = {name for name in (*GIRLS, *BOYS) if name in text}
        return draft

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
            low, high: Range, both inclusive.
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
            wordy = unit.kind in ("count", "people", "amount", "time") and not unit.is_latex
            spelled = wordy and 1 < value < 10 and Fraction(value).denominator == 1 and self.rng.random() < 0.25
        number = Number(
            Fraction(value), unit, unit.digits(Fraction(value)), label, len(self._numbers), is_spelled=spelled
        )
        if not unit.admits(number.value):
            raise Unfit(label)
        self._numbers.append(number)
        return number

    # What is told.

    def fact(self, text: str) -> None:
        """Tells something that has its place in the story."""
        self._clauses.append(Clause(text=text))

    def detail(self, text: str) -> None:
        """Tells something that can stand anywhere; without pronouns."""
        self._clauses.append(Clause(text=text, is_detail=True))

    def step(
        self, label: str, expression: Number, unit: Unit | None = None, *, working: str | None = None, subject: str = ""
    ) -> Number:
        """Takes a step of the solution.

        Args:
            label: Noun phrase for the result: "the number of eggs left".
            expression: What it is.
            unit: What it counts, if not what the expression's first number counts.
            working: What to show instead of the expression's own text.
            subject: What the solution calls the result, if more than the label.

        Returns:
            The result, to go on with.
        """
        unit = self._unit(unit or expression.unit)
        if not unit.admits(expression.value):
            raise Unfit(label)
        digits = unit.digits(expression.value)
        result = dataclasses.replace(
            expression,
            unit=unit,
            text=digits,
            label=label,
            key=len(self._numbers),
            binding=2 if "/" in digits or "sqrt" in digits else 3,
        )
        self._numbers.append(result)
        self._steps.append(
            Step(subject=subject or label, working=expression.text if working is None else working, result=result)
        )
        return result

    def ask(self, answer: Number, *questions: str, role: str = "") -> None:
        """Asks for the result of a step, in one of these wordings (default: "What is <label>?").

        The role, ``"cost"`` for money that someone has to pay, tells which further steps make sense.
        """
        self._role = role
        label = answer.label
        self._question = self.pick(*(questions or (f"What is {label}?", f"Find {label}.", f"Determine {label}.")))
        self._answer = answer

    def need(self, *conditions: bool) -> None:
        """Goes on only if all conditions hold."""
        if not all(conditions):
            raise Unfit

    # The finished text.

    def story(self) -> Story:
        """Puts the clauses in order and closes the story."""
        clauses, order = self._ordered()
        joined = tuple(
            dataclasses.replace(clause, is_joined=True)
            if place and clause.is_detail and not clauses[place - 1].is_joined and self._can_join(clauses[place - 1])
            else clause
            for place, clause in enumerate(clauses)
        )
        opens = self._question.startswith(("How", "What", "Who", "By"))
        can_open = opens and bool(clauses) and clauses[-1].is_detail and ". " not in clauses[-1].text
        return self._close(joined, order, is_conditional=can_open and self.rng.random() < 0.5)

    def closed(self) -> Story:
        """Closes a story that was reopened, in the order told."""
        return self._close(tuple(self._clauses), is_conditional=False)

    def _close(self, clauses: tuple[Clause, ...], order: tuple[str, ...] = (), *, is_conditional: bool) -> Story:
        assert self._answer is not None, self._family
        return Story(
            family=self._family,
            style=self._style,
            subject=self.subject,
            path=(*self._path, *order),
            numbers=tuple(self._numbers),
            clauses=clauses,
            question=self._question,
            steps=tuple(self._steps),
            answer=self._answer,
            role=self._role,
            is_conditional=is_conditional,
        )

    def _ordered(self) -> tuple[list[Clause], tuple[str, ...]]:
        """The clauses as told, or with the details first or last; and the name of that order."""
        details = [clause for clause in self._clauses if clause.is_detail]
        facts = [clause for clause in self._clauses if not clause.is_detail]
        if facts and details and self.rng.random() < 0.4:
            moved, name = self.pick((details + facts, "details_first"), (facts + details, "details_last"))
            if moved != self._clauses:
                return moved, (name,)
        return list(self._clauses), ()

    def _can_join(self, before: Clause) -> bool:
        plain = not self._is_latex and ", " not in before.text and ". " not in before.text
        return plain and len(before.text) < 70 and self.rng.random() < 0.3

    def _one_of(self, values: Sequence[int]) -> int:
        if not values:
            raise Unfit
        return values[int(self.rng.random() * len(values))]

    def _unit(self, unit: Unit) -> Unit:
        return dataclasses.replace(unit, is_latex=True) if self._is_latex and not unit.is_latex else unit


def finish(story: Story) -> Problem:
    """Writes a story out."""
    return Problem(
        family=story.family,
        style=story.style,
        subject=story.subject,
        level=min(5, max(1, len(story.steps))),
        skeleton=story.skeleton,
        query=story.query(),
        solution=story.solution(),
        answer=story.boxed,
        num_steps=len(story.steps),
        story=story,
    )


Family = Callable[[Draft], None]
