"""The records that the families hand out. How they are built is in `draft.py`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from scalequest_assets.subjects.maths.families.story import Story, Style


@dataclass(frozen=True, kw_only=True)
class Problem:
    r"""One question with its worked solution and exact answer.

    Attributes:
        family: Name of the family, such as ``"shared_cost"``.
        style: ``"grade_school"`` or ``"first_stories"`` (plain words), ``"competition"`` or ``"first_formulas"``
            (LaTeX in ``$...$``).
        subject: A subject name of MATH, or ``"arithmetic"``.
        level: 1 to 5, the number of reasoning steps, capped.
        skeleton: Id of the structural variant, such as ``"shared_cost/drinks-split/3"``.
        query: The question.
        solution: Worked steps, ending with ``The answer is \boxed{...}.``
        answer: What stands in the box: an integer, decimal or fraction; LaTeX in the styles with formulas.
        num_steps: Number of reasoning steps in the solution.
        story: What the text was made from; `broken` and `harder` work on it.
    """

    family: str
    style: Style
    subject: str
    level: int
    skeleton: str
    query: str
    solution: str
    answer: str
    num_steps: int
    story: Story = field(repr=False, compare=False)


@dataclass(frozen=True, kw_only=True)
class BrokenProblem:
    """A question that cannot be solved.

    Attributes:
        query: The question.
        kind: Whether something needed is missing, two statements exclude each other, or the result cannot be.
        reason: One short sentence, behind `checked`, that says why it cannot be solved.
        checked: What a reader finds before: the values of the text in its order, up to one that is missing; or all of
            them and the steps up to a result that cannot be. Empty for a contradiction and behind another's story.
    """

    query: str
    kind: Literal["missing_condition", "contradiction", "impossible"]
    reason: str
    checked: str = ""


class FamilyError(ValueError):
    """A request that the families cannot fulfil; the message names the family and the remedy."""
