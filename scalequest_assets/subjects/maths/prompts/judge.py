"""Judging a question: is it a maths problem, and can it be solved from its conditions? Reason, then Yes or No.

Source: PAPER section 1, solvability. `recipe.judgements` reads the answer.
"""

from scalequest_assets.recipe.prompting import Style
from scalequest_assets.subjects.maths.prompts.english import ENGLISH
from scalequest_assets.subjects.maths.prompts.texts import Texts


def prompt(query: str, style: Style, texts: Texts = ENGLISH) -> str:
    """Return the user's message that asks for a verdict on a question."""
    full, compact = texts.judge
    return (full if style == "full" else compact) + query
