"""Which further steps suit a story.

Each takes a draft that was reopened and the answer so far, tells one more clause and asks another question.
"""

from __future__ import annotations

from collections.abc import Callable

from scalequest_assets.recipe.families import extensions_competition as formulas
from scalequest_assets.recipe.families import extensions_grade_school as words
from scalequest_assets.recipe.families.draft import Draft
from scalequest_assets.recipe.families.quantity import Number
from scalequest_assets.recipe.families.story import Story

Extension = Callable[[Draft, Number], None]


GRADE_SCHOOL: dict[str, list[Extension]] = {
    "cost": [words.pay_again, words.pay_together, words.refund],
    "gain": [words.divide, words.donate, words.spend, words.was_lower],
    "things": [words.pack, words.sell, words.give_away],
    "figure": [words.guess_low, words.guess_high, words.guess_times],
    "time": [words.guess_low, words.guess_times, words.add_break, words.add_break],
    "length": [words.guess_low, words.guess_high, words.on_a_map, words.on_a_map],
}


def extensions_for(story: Story) -> list[Extension]:
    """The further steps that suit what a story asks for."""
    unit = story.answer.unit
    if story.style == "grade_school":
        kind = {"money": "gain", "length": "length"}.get(unit.kind, "figure")
        return GRADE_SCHOOL[story.role or kind]
    if unit.kind == "root":
        return [formulas.square]
    if story.answer.value.denominator != 1:
        return [formulas.numerator_and_denominator, formulas.scale]
    return [formulas.scale, formulas.residue, formulas.digit_sum, formulas.square_plus]
