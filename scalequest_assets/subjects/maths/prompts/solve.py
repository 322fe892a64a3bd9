r"""Solving a question: reason in steps, put the answer in `\boxed{}`."""

import re

from scalequest_assets.recipe.prompting import Style
from scalequest_assets.subjects.maths.extraction import extract

_FULL = "Reason step by step, and put your final answer within \\boxed{}."
_COMPACT = "Solve step by step."
_GSM8K_TAIL = re.compile(r"\n?####[^\n]*\s*\Z")


def prompt(query: str, style: Style) -> str:
    """Return the user's message that asks for a solution."""
    return f"{query}\n{_FULL if style == 'full' else _COMPACT}"


def target(solution: str, answer: str) -> str:
    r"""Return the text that a solver is trained to write: the steps, then the answer in `\boxed{}`.

    GSM8K's `#### answer` line comes off; nothing is added where the solution already boxes this answer.
    """
    steps = _GSM8K_TAIL.sub("", solution).rstrip()
    if "\\boxed" in steps and extract(steps) == answer:
        return steps
    final = f"The answer is \\boxed{{{answer}}}."
    return f"{steps}\n{final}" if steps else final


def parse(text: str | None) -> str | None:
    """Return the final answer of a solution (see `extraction.extract`), or None."""
    return extract(text)
