"""Where a family writes: it draws names and numbers, tells clauses, takes steps and asks a question.

A family is a function ``(Draft) -> None``. The draft records what it tells.
"""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Callable
from typing import Self

from scalequest_assets.subjects.maths.families.drawing import PLAIN, ROOT, Drawing, Unfit
from scalequest_assets.subjects.maths.families.problem import Problem
from scalequest_assets.subjects.maths.families.quantity import Number, Unit
from scalequest_assets.subjects.maths.families.story import FIRST, FORMULAS, Clause, Step, Story, Style
from scalequest_assets.subjects.maths.families.words import BOYS, GIRLS

__all__ = ["PLAIN", "ROOT", "Draft", "Family", "Unfit", "finish"]


class Draft(Drawing):
    """A story in the making."""

    def __init__(self, family: str, style: Style, subject: str, rng: random.Random) -> None:
        super().__init__(rng, is_latex=style in FORMULAS, spells=style not in FIRST)
        self.subject = subject
        self._family, self._style = family, style
        self._clauses: list[Clause] = []
        self._steps: list[Step] = []
        self._question = self._role = self._known_as = ""
        self._answer: Number | None = None

    @classmethod
    def reopen(cls, story: Story, rng: random.Random) -> Self:
        """Goes on with a finished story."""
        draft = cls(story.family, story.style, story.subject, rng)
        draft._path, draft._numbers = list(story.path), list(story.numbers)
        draft._clauses, draft._steps = list(story.clauses), list(story.steps)
        draft._question = story.question
        text = " ".join([*(clause.text for clause in story.clauses), story.question])
        draft._people = {name for name in (*GIRLS, *BOYS) if name in text}
        return draft

    @property
    def question(self) -> str:
        """What is asked so far; of a story that was reopened, what it asks."""
        return self._question

    # What is told.

    def fact(self, text: str, *, is_needed: bool = False) -> None:
        """Tells something that has its place in the story; without what is needed, the question has no answer."""
        self._clauses.append(Clause(text=text, is_needed=is_needed))

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

    def ask(self, answer: Number, *questions: str, role: str = "", known_as: str = "") -> None:
        """Asks for the result of a step.

        Args:
            answer: The result.
            questions: Wordings, of which one is picked; default "What is <label>?" and the like.
            role: Which further steps make sense, a key of `extensions.GRADE_SCHOOL`; default ``"figure"``.
            known_as: Noun phrase under which a further step of a formula refers to the answer, when this question is
                no longer asked: it must repeat what only the question says. Default: the answer's label.
        """
        self._role, self._known_as = role, known_as or answer.label
        label = answer.label
        self._question = self.pick(*(questions or (f"What is {label}?", f"Find {label}.", f"Determine {label}.")))
        self._answer = answer

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
            known_as=self._known_as,
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
