"""A problem before it becomes text: clauses, question, steps, and the numbers they mention.

Kept with every `Problem`, so that the same story can be told with a number withheld, contradicted, or one step on.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from scalequest_assets.subjects.maths.families.quantity import Number, again

Style = Literal["grade_school", "competition", "first_stories", "first_formulas"]
FORMULAS: frozenset[Style] = frozenset({"competition", "first_formulas"})
"""The styles that are written in LaTeX; the others are stories in plain words."""
FIRST: frozenset[Style] = frozenset({"first_stories", "first_formulas"})
"""The styles for very small models: all numbers in digits."""
_MARK = re.compile(r"⟨(\d+)([a-z]?)⟩")


@dataclass(frozen=True, kw_only=True)
class Clause:
    """One thing told, without capital letter or full stop.

    Attributes:
        text: Template with number marks.
        is_detail: Whether it can stand anywhere, since it refers to nothing said before.
        is_needed: Whether the question has no answer without it, though it has its place in the story.
        is_joined: Whether it follows the clause before it after ", and".
    """

    text: str
    is_detail: bool = False
    is_needed: bool = False
    is_joined: bool = False


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step of the solution, told as "`subject` is `working` = value"."""

    subject: str
    working: str
    result: Number


@dataclass(frozen=True, kw_only=True)
class Story:
    """What a problem is made from.

    Attributes:
        family, style, subject: As in `Problem`.
        path: The choices of structure taken, which name the skeleton.
        numbers: All numbers, by key: givens and results of steps.
        clauses, question, steps, answer: The problem itself.
        role: What may still happen to the answer, a key of `extensions.GRADE_SCHOOL`, or empty.
        known_as: Noun phrase for the answer that says all that the question says.
        is_conditional: Whether the last clause and the question are told as "If ..., how many ...?".
    """

    family: str
    style: Style
    subject: str
    path: tuple[str, ...]
    numbers: tuple[Number, ...]
    clauses: tuple[Clause, ...]
    question: str
    steps: tuple[Step, ...]
    answer: Number
    role: str
    known_as: str
    is_conditional: bool = False

    @property
    def skeleton(self) -> str:
        """Id of the structural variant."""
        return f"{self.family}/{'-'.join(self.path)}/{len(self.steps)}"

    @property
    def boxed(self) -> str:
        """The canonical answer."""
        return self.answer.unit.digits(self.answer.value)

    def fill(self, text: str, changed: Mapping[int, Fraction | None] | None = None) -> str:
        """Writes the numbers into a template.

        Args:
            text: A template.
            changed: Values to write instead, by key; None writes a vague word.
        """
        changes, letter = changed or {}, self._free_letter()

        def write(mark: re.Match[str]) -> str:
            number, spec = self.numbers[int(mark[1])], mark[2]
            value = changes.get(number.key, number.value)
            if value is None:
                return number.unit.vague(spec, letter)
            return number.unit.write(value, spec, is_spelled=number.is_spelled)

        return _MARK.sub(write, text)

    def _free_letter(self) -> str:
        """A letter that no formula of the story uses."""
        text = " ".join([*(clause.text for clause in self.clauses), self.question])
        taken = set(re.findall(r"(?<![A-Za-z\\])[a-z](?![A-Za-z⟨⟩])", text))
        return next(letter for letter in "kqhwm" if letter not in taken)

    def query(
        self,
        *,
        changed: Mapping[int, Fraction | None] | None = None,
        without: Collection[int] = (),
        extra: str = "",
    ) -> str:
        """Tells the problem.

        Args:
            changed: See `fill`.
            without: Places of clauses to leave out.
            extra: A whole sentence to put before the question.
        """
        clauses = [clause for place, clause in enumerate(self.clauses) if place not in without]
        sentences: list[str] = []
        question = self.question
        if self.is_conditional and clauses and not extra and not without:
            last = clauses.pop()
            question = f"if {last.text}, {question[0].lower()}{question[1:]}"
        for clause in clauses:
            if clause.is_joined and sentences:
                sentences[-1] += f", and {clause.text}"
            else:
                sentences.append(clause.text)
        told = [sentence_case(self.fill(text, changed)) + "." for text in sentences]
        return " ".join([*told, *([extra] if extra else []), sentence_case(self.fill(question, changed))])

    def solution(self) -> str:
        """The worked steps and the boxed answer."""
        return " ".join([*self.worked(), f"The answer is \\boxed{{{self.boxed}}}."])

    def worked(self, changed: Mapping[int, Fraction] | None = None) -> list[str]:
        """The steps, a sentence each; up to the first result that no one can have.

        Args:
            changed: Other values of givens, by key.
        """
        sentences = []
        for step in self.steps:
            value = step.result.evaluate(changed or {})
            shown = step.result.unit.digits(value)
            working = _working(step, changed) if changed else step.working
            working = shown if working in ("", shown) else f"{working} = {shown}"
            working = f"${working}$" if self.style in FORMULAS else working
            sentences.append(f"{sentence_case(self.fill(step.subject, changed))} is {working}.")
            if step.result.unit.why_impossible(value):
                break
        return sentences

    def needed(self) -> list[Number]:
        """The givens that the steps use or the answer depends on, in the order of the text."""
        text = " ".join([*(clause.text for clause in self.clauses), self.question])
        places: dict[int, int] = {}
        for mark in _MARK.finditer(text):
            places.setdefault(int(mark[1]), mark.start())
        used = {number.key for step in self.steps for number in step.result.origins()}
        needed = [n for n in self.numbers if n.made_by is None and (n.key in used or self._decides(n))]
        return sorted(needed, key=lambda number: places.get(number.key, len(text)))

    def statements(self, changed: Mapping[int, Fraction] | None = None) -> dict[int, str]:
        """A sentence for each of `needed`, which states its value, by its key.

        Args:
            changed: Other values, by key.
        """
        return {
            number.key: f"{self.name(number, changed)} is {number.stated(number.evaluate(changed or {}))}."
            for number in self.needed()
        }

    def name(self, number: Number, changed: Mapping[int, Fraction] | None = None) -> str:
        """The label of a number, as a sentence begins with it; see `fill`."""
        return sentence_case(self.fill(number.label, changed))

    def mentions(self, key: int) -> list[int]:
        """Places of the clauses that mention a number, once per mention; -1 for the question."""
        texts = [*enumerate(clause.text for clause in self.clauses), (-1, self.question)]
        return [place for place, text in texts for mark in _MARK.finditer(text) if int(mark[1]) == key]

    def givens(self) -> list[Number]:
        """The given numbers on which the answer depends, so that without any of them it cannot be found."""
        return [number for number in self.numbers if number.made_by is None and self._decides(number)]

    def _decides(self, number: Number) -> bool:
        for difference in (1, -1, 2, 3, 10, 97, 1009):
            try:
                other = self.answer.evaluate({number.key: number.value + difference})
            except (ArithmeticError, ValueError, TypeError, AttributeError):
                return True  # with another value there is no answer at all
            if other != self.answer.value:
                return True
        return False


def _working(step: Step, changed: Mapping[int, Fraction]) -> str:
    """A step's arithmetic with other numbers; empty where it is no sum, product or quotient, or its root."""
    expression = None if step.result.unit.kind == "root" else again(step.result, changed)
    return "" if expression is None else expression.text


def sentence_case(text: str) -> str:
    """Upper-cases the first letter, unless the text starts with a formula or digit."""
    return text[:1].upper() + text[1:]
