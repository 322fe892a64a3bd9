"""The list of families, and drawing problems from it."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection
from dataclasses import dataclass
from itertools import cycle

from scalequest_assets.subjects.maths.families.draft import Draft, Family, Unfit, finish
from scalequest_assets.subjects.maths.families.problem import FamilyError, Problem
from scalequest_assets.subjects.maths.families.story import Style

_MAX_TRIES = 400


@dataclass(frozen=True, kw_only=True)
class _Entry:
    style: Style
    subject: str
    write: Family


_FAMILIES: dict[str, _Entry] = {}


def family(style: Style, subject: str) -> Callable[[Family], Family]:
    """Enters the decorated function, under its name, as a family."""

    def enter(write: Family) -> Family:
        _FAMILIES[write.__name__] = _Entry(style=style, subject=subject, write=write)
        return write

    return enter


def families(style: Style | None = None) -> tuple[str, ...]:
    """Names of all families, or of those of one style, in alphabetical order."""
    return tuple(sorted(name for name, entry in _FAMILIES.items() if style in (None, entry.style)))


def generate(style: Style, num: int, seed: int, *, families: Collection[str] | None = None) -> list[Problem]:
    """Draws problems, the same for the same arguments, taking turns between the families.

    Args:
        style: ``"grade_school"`` or ``"competition"``.
        num: How many; 0 gives none.
        seed: Any integer.
        families: Names to draw from; default all of the style.

    Returns:
        ``num`` problems, no two with the same query, family by family in turn; one that has no more is passed over.

    Raises:
        FamilyError: A name is unknown or of the other style, or the families cannot give that many.
    """
    known = [name for name, entry in sorted(_FAMILIES.items()) if entry.style == style]
    names = sorted(known if families is None else set(families))
    unknown = [name for name in names if name not in known]
    if unknown or not names or num < 0:
        given = f"unknown: {', '.join(unknown)}" if unknown else f"{len(names)} families and num={num} were asked for"
        raise FamilyError(f"Cannot draw {style} problems ({given}). The families of this style are {', '.join(known)}.")
    streams = {name: random.Random(f"{seed}/{name}") for name in names}
    seen: set[str] = set()
    problems: list[Problem] = []
    told_out: set[str] = set()
    for name in cycle(names):
        if len(problems) == num:
            break
        if len(told_out) == len(names):
            raise FamilyError(
                f"The families {', '.join(names)} gave {len(problems)} different problems of {num}. "
                "Ask for fewer or allow more families."
            )
        problem = None if name in told_out else _draw_new(name, streams[name], seen)
        if problem is None:
            told_out.add(name)
        else:
            seen.add(problem.query)
            problems.append(problem)
    return problems


def skeletons(style: Style | None = None, *, num_draws: int = 300) -> frozenset[str]:
    """Ids of the structural variants that so many draws per family show."""
    found: set[str] = set()
    for name in families(style):
        rng = random.Random(f"skeletons/{name}")
        drawn = (draw(name, rng) for _ in range(num_draws))
        found.update(problem.skeleton for problem in drawn if problem is not None)
    return frozenset(found)


def draw(name: str, rng: random.Random) -> Problem | None:
    """One try of a family: None where what was drawn is not sensible."""
    entry = _FAMILIES[name]
    draft = Draft(name, entry.style, entry.subject, rng)
    try:
        entry.write(draft)
    except (Unfit, ZeroDivisionError):
        return None
    return finish(draft.story())


def _draw_new(name: str, rng: random.Random, seen: Collection[str]) -> Problem | None:
    for _ in range(_MAX_TRIES):
        problem = draw(name, rng)
        if problem is not None and problem.query not in seen:
            return problem
    return None
