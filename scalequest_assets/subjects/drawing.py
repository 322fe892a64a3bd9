"""Drawing from a subject's families: tasks of different texts, and one for each labelled example of a role."""

import random
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Literal, Protocol, TypeVar, get_args

from scalequest_assets.errors import ScalequestError

RoleName = Literal["solve", "judge", "repair", "harden"]
"""The roles that a small model is taught; `repair` and `harden` are the two directions of rewriting."""
ROLES: tuple[RoleName, ...] = get_args(RoleName)
Taught = Mapping[str, Sequence[str] | None]
"""Styles of families, and of each the families that are taught; None for all that are not held out."""
_WEIGHTS = (50, 30, 8, 12)
"""How many of a hundred examples are of each."""
_NUMBER = re.compile(r"\d+")
_MAX_ROUNDS, _HIGHEST_LEVEL = 400, 9


class Graded(Protocol):
    """A family whose tasks are of one level."""

    @property
    def level(self) -> int:
        """How hard they are, from 1."""
        ...


class Asked(Protocol):
    """What a family draws."""

    @property
    def query(self) -> str:
        """The question."""
        ...


F = TypeVar("F", bound=Graded)
D = TypeVar("D", bound=Asked)
T = TypeVar("T")


def different(
    style: str,
    families: Mapping[str, F],
    draw: Callable[[F, int], D],
    num: int,
    seed: int,
    *,
    what: str,
    text: Callable[[D], str],
    names: Collection[str] | None,
    max_level: int | None,
    max_number: int | None,
) -> list[D]:
    """Return `num` tasks, no two with the same question, the families in turn.

    Args:
        style: Style of the families, for an error.
        families: By name.
        draw: Draws a family's task with a seed.
        num: How many.
        seed: Another seed gives other tasks.
        what: What the tasks are called in an error: `puzzles`.
        text: Returns question and solution of a task, in which numbers are looked for.
        names: Families to draw from; None means all.
        max_level: Highest level of a family.
        max_number: Largest number in a text.

    Raises:
        ScalequestError: A name is of no family, or the bounds leave too few tasks.
    """
    if unknown := sorted(set(names or ()) - set(families)):
        raise ScalequestError(f"{style}: no family is named {', '.join(unknown)}", f"families: {', '.join(families)}")
    named = [family for name, family in families.items() if names is None or name in names]
    chosen = [family for family in named if family.level <= (max_level or _HIGHEST_LEVEL)]
    found: dict[str, D] = {}
    rng = random.Random(seed)
    for _ in range(_MAX_ROUNDS if chosen and num else 0):
        rng.shuffle(chosen)
        for family in chosen:
            drawn = draw(family, rng.randrange(2**31))
            if max_number is None or all(int(number) <= max_number for number in _NUMBER.findall(text(drawn))):
                found.setdefault(drawn.query, drawn)
            if len(found) == num:
                return list(found.values())
    if not num:
        return []
    raise ScalequestError(
        f"{style}: {len(found)} of {num} {what} have at most level {max_level} and numbers up to {max_number}",
        "raise max_level or max_number, name more families, or ask for fewer",
    )


def names(
    style: str, known: Collection[str], kept_out: Collection[str], taught: Sequence[str] | None, *, held_out: bool
) -> list[str]:
    """Return the families of a style that examples come from.

    Args:
        style: The style, for an error.
        known: All its families.
        kept_out: Families that no model is taught.
        taught: Families that are taught; None for all others.
        held_out: Whether the held-out ones are wanted.

    Raises:
        ScalequestError: A taught one is none of the style, or is held out.
    """
    others = [name for name in known if name not in kept_out]
    if unknown := sorted(set(taught or ()) - set(others)):
        raise ScalequestError(
            f"role_model.families: {style} has no family to teach that is named {', '.join(unknown)}",
            f"families: {', '.join(others)}",
        )
    if held_out:
        return [name for name in known if name in kept_out]
    return [name for name in others if taught is None or name in taught]


def with_roles(
    rng: random.Random,
    draw: Callable[[str, int, int], Sequence[T]],
    num: int,
    seed: int,
    styles: Collection[str],
) -> list[tuple[RoleName, T, T]]:
    """Return `num` tasks, styles mixed, each with the role that it is an example of and with another task.

    Args:
        rng: Mixes; the examples that are made of the tasks go on with it.
        draw: Draws tasks of a style: how many, and a seed.
        num: How many.
        seed: Another seed gives other tasks.
        styles: Of which each gives about as many.
    """
    drawn: list[T] = []
    for index, style in enumerate(styles):
        drawn += draw(style, (num + len(styles) - 1 - index) // len(styles), seed + index * 1000)
    rng.shuffle(drawn)
    roles = rng.choices(ROLES, weights=_WEIGHTS, k=num)
    return list(zip(roles, drawn, drawn[1:] + drawn[:1], strict=True))
