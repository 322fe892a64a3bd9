"""Drawing puzzles of a style: as many as are wanted, no two of the same text."""

import random
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Final

import polars as pl

from scalequest_assets.errors import ScalequestError
from scalequest_assets.recipe.seeds import RECORD
from scalequest_assets.subjects.logic import STYLES
from scalequest_assets.subjects.logic.families import deduction, first, knights, ordering, sets
from scalequest_assets.subjects.logic.families.puzzle import Family, Puzzle, puzzle

_MODULES = ((first,), (knights, ordering, sets, deduction))
FAMILIES: Final[Mapping[str, Mapping[str, Family]]] = {
    style: {family.name: family for module in modules for family in module.FAMILIES}
    for style, modules in zip(STYLES, _MODULES, strict=True)
}
"""All families, by style and name."""
_NUMBER = re.compile(r"\d+")
_MAX_ROUNDS = 400


def puzzles(
    style: str,
    num: int,
    seed: int,
    *,
    names: Collection[str] | None = None,
    max_level: int | None = None,
    max_number: int | None = None,
) -> list[Puzzle]:
    """Return `num` different puzzles of a style, its families in turn.

    Args:
        style: One of `STYLES`.
        num: How many.
        seed: Another seed gives other puzzles.
        names: Families to draw from; None means all of the style.
        max_level: Highest level of a family.
        max_number: Largest number in question and solution.

    Raises:
        ScalequestError: A name is of no family, or the bounds leave too few puzzles.
    """
    known = FAMILIES[style]
    if unknown := sorted(set(names or ()) - set(known)):
        raise ScalequestError(f"{style}: no family is named {', '.join(unknown)}", f"families: {', '.join(known)}")
    chosen = [f for name, f in known.items() if (names is None or name in names) and f.level <= (max_level or 9)]
    found: dict[str, Puzzle] = {}
    rng = random.Random(seed)
    for _ in range(_MAX_ROUNDS if chosen and num else 0):
        rng.shuffle(chosen)
        for family in chosen:
            drawn = puzzle(family, rng.randrange(2**31))
            values = _NUMBER.findall(f"{drawn.query} {drawn.solution}")
            if max_number is None or all(int(value) <= max_number for value in values):
                found.setdefault(drawn.query, drawn)
            if len(found) == num:
                return list(found.values())
    if not num:
        return []
    raise ScalequestError(
        f"{style}: {len(found)} of {num} puzzles have at most level {max_level} and numbers up to {max_number}",
        "raise max_level or max_number, name more families, or ask for fewer",
    )


class LogicFamilies:
    """Our families of puzzles."""

    styles = STYLES

    def records(
        self,
        style: str,
        num: int,
        seed: int,
        *,
        names: Sequence[str] | None,
        max_level: int | None,
        max_number: int | None,
    ) -> pl.DataFrame:
        """Return questions of our families (columns `RECORD`)."""
        drawn = puzzles(style, num, seed, names=names, max_level=max_level, max_number=max_number)
        rows = [(p.query, p.answer, p.solution, p.family.topic, p.family.level) for p in drawn]
        return pl.DataFrame(rows, schema={**dict.fromkeys(RECORD[:4], pl.String), "level": pl.Int32}, orient="row")
