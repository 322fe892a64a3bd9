"""Which further steps suit a story.

Each takes a draft that was reopened and the answer so far, tells one thing more and asks for what comes of it.
"""

from __future__ import annotations

from collections.abc import Callable

from scalequest_assets.subjects.maths.families import extensions_competition as formulas
from scalequest_assets.subjects.maths.families import extensions_grade_school as words
from scalequest_assets.subjects.maths.families.draft import Draft
from scalequest_assets.subjects.maths.families.quantity import Number
from scalequest_assets.subjects.maths.families.story import FORMULAS, Story

Extension = Callable[[Draft, Number], None]


GRADE_SCHOOL: dict[str, list[Extension]] = {
    "cost": [words.discount, words.surcharge],
    "stock": [words.add, words.take_away],
    "more": [words.add],
    "figure": [words.too_high, words.too_low, words.too_large],
}


def extensions_for(story: Story) -> list[Extension]:
    """The further steps that suit what a story asks for."""
    unit = story.answer.unit
    if story.style not in FORMULAS:
        return GRADE_SCHOOL[story.role or "figure"]
    if story.style == "first_formulas":
        return [formulas.shift, formulas.double]
    if unit.kind == "root":
        return [formulas.square]
    if story.answer.value.denominator != 1:
        return [formulas.numerator_and_denominator, formulas.scale]
    return [formulas.scale, formulas.residue, formulas.digit_sum, formulas.square_plus]
