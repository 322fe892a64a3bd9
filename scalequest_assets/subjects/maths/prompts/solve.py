r"""Solving a question: reason in steps, put the answer in `\boxed{}`."""

import re

from scalequest_assets.recipe.prompting import Style
from scalequest_assets.subjects.maths.prompts.english import ENGLISH
from scalequest_assets.subjects.maths.prompts.texts import Texts
from scalequest_assets.subjects.stated_answers.extraction import extract

_GSM8K_TAIL = re.compile(r"\n?####[^\n]*\s*\Z")


def prompt(query: str, style: Style, texts: Texts = ENGLISH) -> str:
    """Return the user's message that asks for a solution."""
    full, compact = texts.solve
    return f"{query}\n{full if style == 'full' else compact}"


def target(solution: str, answer: str, texts: Texts = ENGLISH) -> str:
    r"""Return the text that a solver is trained to write: the steps, then the answer in `\boxed{}`.

    GSM8K's `#### answer` line comes off; nothing is added where the solution already boxes this answer.
    """
    steps = _GSM8K_TAIL.sub("", solution).rstrip()
    if "\\boxed" in steps and extract(steps) == answer:
        return steps
    final = texts.answer_is.format(answer)
    return f"{steps}\n{final}" if steps else final


def parse(text: str | None) -> str | None:
    """Return the final answer of a solution (see `extraction.extract`), or None."""
    return extract(text)
