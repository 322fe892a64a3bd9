"""Supervised examples of every role, made from the families: what a small role model learns from.

Each is in the prompt and format that its role uses in the pipeline (compact prompts). Some families are held out whole.
"""

import random
from dataclasses import dataclass, field
from typing import Final

from scalequest_assets.recipe import judgements, rewriting
from scalequest_assets.subjects import drawing
from scalequest_assets.subjects.drawing import RoleName
from scalequest_assets.subjects.logic.answers import normal
from scalequest_assets.subjects.logic.families.drawing import FAMILIES, puzzles
from scalequest_assets.subjects.logic.families.puzzle import Puzzle
from scalequest_assets.subjects.logic.prompts import REWRITES, LogicPrompts

_HELD_OUT: Final = {"comes_first", "how_many_like", "between", "in_both", "boxes"}
"""Named one by one, so that they stay held out when families are added."""
WAYS: Final = {"repair": rewriting.SOLVABILITY, "harden": rewriting.DIFFICULTY}
"""The direction of each role that rewrites."""
_SOLVABLE, _MISSING = "The clues leave one answer.", "A clue is missing: several answers are left."
_MISMATCH: Final = "The question asks about something that is not in the clues."


@dataclass(frozen=True, kw_only=True)
class Example:
    """One supervised example.

    Attributes:
        role: Which role it teaches; `repair` and `harden` are the two directions of rewriting.
        query: The question worked on.
        prompt: The user's message.
        target: What the model should write.
        expected: The gold answer (solve), `yes`/`no` (judge), or the wanted question (repair, harden).
        puzzle: What it was made from.
    """

    role: RoleName
    query: str
    prompt: str
    target: str
    expected: str
    puzzle: Puzzle = field(repr=False)


def examples(num: int, seed: int, taught: drawing.Taught, *, held_out: bool = False) -> list[Example]:
    """Return `num` examples, styles and roles mixed.

    Args:
        num: How many.
        seed: Another seed gives other instances.
        taught: The families to learn, by style.
        held_out: Whether they come from the held-out families alone, or from all others.
    """

    def draw(style: str, num_drawn: int, at: int) -> list[Puzzle]:
        names = drawing.names(style, FAMILIES[style], _HELD_OUT, taught[style], held_out=held_out)
        return puzzles(style, num_drawn, at, names=names)

    rng, is_sound = random.Random(seed), True
    made = []
    for role, puzzle, other in drawing.with_roles(rng, draw, num, seed, taught):
        made.append(_made(role, puzzle, other, rng, is_sound=is_sound))
        is_sound ^= role == "judge"
    return made


def _made(role: RoleName, puzzle: Puzzle, other: Puzzle, rng: random.Random, *, is_sound: bool) -> Example:
    query, prompts = puzzle.query, LogicPrompts()
    if role == "solve":
        expected = normal(puzzle.answer, query) or ""
        prompt, target = prompts.solve(query, "compact"), puzzle.solution
    elif role == "judge":
        query, reason = (query, _SOLVABLE) if is_sound else _broken(puzzle, other, rng)
        prompt, target = prompts.judge(query, "compact"), judgements.target(is_sound, reason)
        expected = "yes" if is_sound else "no"
    else:
        query, expected = (puzzle.broken, query) if role == "repair" else (query, puzzle.harder)
        prompt = prompts.rewrite(query, WAYS[role], "compact")
        target = REWRITES[WAYS[role]].target(expected)
    return Example(role=role, query=query, prompt=prompt, target=target, expected=expected, puzzle=puzzle)


def _broken(puzzle: Puzzle, other: Puzzle, rng: random.Random) -> tuple[str, str]:
    """Return a puzzle broken, and what is wrong: a clue is missing, or it asks what another kind of puzzle asks."""
    if rng.random() < 1 / 3 and other.family.topic != puzzle.family.topic:
        return f"{puzzle.story} {other.query.removeprefix(other.story).strip()}", _MISMATCH
    return puzzle.broken, _MISSING
