"""Questions of which it is known whether they can be answered: our own, and others without one of their conditions.

The rule for others takes out one sentence with a condition, and with it the examples, which may tell the same.
"""

import re

import polars as pl

from scalequest_assets.subjects.code import STYLES
from scalequest_assets.subjects.code.families.drawing import tasks

_END = re.compile(r"(?<=[.!?;:])\s+(?=[A-Z`])|\n+")
_EXAMPLE = re.compile(r"\bexamples?\b|\breturns? `|\bgives\b|>>>|\binput\s*:|\boutput\s*:|\bassert\b|==", re.IGNORECASE)
_CONDITION = re.compile(
    r"\b(?:if|unless|otherwise|except|only|ignore|ignoring|at least|at most|greater|less|larger|smaller|more than|fewer"
    r"|between|included|inclusive|exclusive|must|should|divisible|when|where|without|case)\b|\d",
    re.IGNORECASE,
)
_NAMES = re.compile(r"\w\(")


class CodeSoundness:
    """What a judge of programming questions is measured on."""

    def labelled(self, num: int, seed: int) -> pl.DataFrame:
        """Return tasks of every style, each as it is and vague, neither with examples."""
        rows = [
            (style, query, is_sound)
            for style in STYLES
            for task in tasks(style, num, seed)
            for query, is_sound in ((task.bare, True), (task.vague, False))
        ]
        return pl.DataFrame(rows, {"source": pl.String, "query": pl.String, "is_sound": pl.Boolean}, orient="row")

    def broken(self, queries: pl.Series, solutions: pl.Series) -> pl.Series:
        """Return each question without one condition that it needs; null where the rule finds none."""
        return pl.Series(queries.name, [without_condition(query) for query in queries], dtype=pl.String)


def without_condition(query: str | None) -> str | None:
    """Return a question without its last sentence with a condition, and without its examples; None where it has none.

    The sentence that names the function stays, and so does the first; one of code is left alone.
    """
    if not query or "```" in query:
        return None
    sentences = [part.strip() for part in _END.split(query) if part and part.strip()]
    told = [part for part in sentences if not _EXAMPLE.search(part) or part is sentences[0]]
    conditions = [
        place
        for place, part in enumerate(told)
        if place and _CONDITION.search(part) and not _NAMES.search(part) and not part.endswith("?")
    ]
    if not conditions:
        return None
    return " ".join(part for place, part in enumerate(told) if place != conditions[-1])
