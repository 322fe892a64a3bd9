"""Labelled examples of every role: what a small model learns from, and how well it fills each on puzzles it never saw.

Each is in the prompt and format that its role uses in the pipeline (compact prompts). Some families are held out whole.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import polars as pl

from scalequest_assets.recipe import judgements, rewriting
from scalequest_assets.subjects import measuring_roles
from scalequest_assets.subjects.logic.answers import LogicAnswers
from scalequest_assets.subjects.logic.families.drawing import FAMILIES, puzzles
from scalequest_assets.subjects.logic.families.puzzle import Puzzle
from scalequest_assets.subjects.logic.likeness import LogicRewrites
from scalequest_assets.subjects.logic.prompts import REWRITES, LogicPrompts
from scalequest_assets.subjects.measuring_roles import Share

ROLES: Final = ("solve", "judge", "repair", "harden")
_WEIGHTS: Final = (50, 30, 8, 12)
_HELD_OUT: Final = {"comes_first", "how_many_like", "between", "in_both", "boxes"}
"""Named one by one, so that they stay held out when families are added."""
_WAYS: Final = {"repair": rewriting.SOLVABILITY, "harden": rewriting.DIFFICULTY}
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

    role: str
    query: str
    prompt: str
    target: str
    expected: str
    puzzle: Puzzle = field(repr=False)


class LogicRoles:
    """Labelled examples made from our families."""

    adapter = None

    def examples(self, num: int, seed: int, styles: Sequence[str], *, held_out: bool = False) -> Sequence[Example]:
        """Return examples of all roles, of the held-out families alone or of all others; see `subjects.base.Roles`."""
        rng, drawn = random.Random(seed), []
        for index, style in enumerate(styles):
            names = [name for name in FAMILIES[style] if (name in _HELD_OUT) == held_out]
            drawn += puzzles(style, (num + len(styles) - 1 - index) // len(styles), seed + index * 1000, names=names)
        rng.shuffle(drawn)
        roles, made, is_sound = rng.choices(ROLES, weights=_WEIGHTS, k=num), [], True
        for role, puzzle, other in zip(roles, drawn, drawn[1:] + drawn[:1], strict=True):
            made.append(_made(role, puzzle, other, rng, is_sound=is_sound))
            is_sound ^= role == "judge"
        return made

    def held_out(
        self, num: int, seed: int, styles: Sequence[str], *, learned: Sequence[Example] = ()
    ) -> Mapping[str, Sequence[Example]]:
        """Return examples of new instances, and of families that training never saw."""
        known = {example.puzzle.query for example in learned}

        def draw(num_drawn: int, at: int, is_held_out: bool) -> Sequence[Example]:
            return self.examples(num_drawn, at, styles, held_out=is_held_out)

        return measuring_roles.held_out_sets(draw, ROLES, num, seed, lambda example: example.puzzle.query in known)

    def score(self, held_out: Sequence[Example], texts: Sequence[str | None]) -> Mapping[str, Share]:
        """Return shares by measure of what a model wrote for held-out examples.

        `solve_accuracy` in all and by level; `judge_…` as for every subject; `…_format`, rewrites that the pipeline
        would keep; `repair_solvable`, puzzles that the solver finds one answer to; `harden_asks_more`, those that ask
        what our harder form asks (both lower bounds: another good rewrite is not known as one).
        """
        pairs = list(zip(held_out, texts, strict=True))
        found = {role: [(example, text) for example, text in pairs if example.role == role] for role in ROLES}
        solved = found["solve"]
        gold = pl.Series([example.expected for example, _ in solved], dtype=pl.String)
        queries = pl.Series([example.query for example, _ in solved], dtype=pl.String)
        answers = LogicAnswers().extract(pl.Series([text for _, text in solved], dtype=pl.String), queries, gold)
        correct = LogicAnswers().check(gold, answers).fill_null(value=False).to_list()
        measured = {"solve_accuracy": correct, **measuring_roles.judging(found["judge"])}
        for (example, _), is_correct in zip(solved, correct, strict=True):
            measured.setdefault(f"solve_accuracy_level_{example.puzzle.family.level}", []).append(is_correct)
        for role, measure in (("repair", "repair_solvable"), ("harden", "harden_asks_more")):
            rewrites = measuring_roles.kept_rewrites(found[role], _WAYS[role], LogicRewrites())
            known = [e.puzzle.repairs() if role == "repair" else {e.expected} for e, _ in found[role]]
            measured[f"{role}_format"] = [text is not None for text in rewrites]
            measured[measure] = [text in wanted for text, wanted in zip(rewrites, known, strict=True)]
        return measuring_roles.shares(measured)

    def table(self, columns: Mapping[str, Mapping[str, Any]]) -> list[dict[str, str]]:
        """Return one row per measure; see `measuring_roles.table`."""
        return measuring_roles.table(columns, ROLES)


def _made(role: str, puzzle: Puzzle, other: Puzzle, rng: random.Random, *, is_sound: bool) -> Example:
    query, prompts = puzzle.query, LogicPrompts()
    if role == "solve":
        (expected,) = LogicAnswers().gold(pl.Series([puzzle.answer]), pl.Series([query]))["answer"]
        prompt, target = prompts.solve(query, "compact"), puzzle.solution
    elif role == "judge":
        query, reason = (query, _SOLVABLE) if is_sound else _broken(puzzle, other, rng)
        prompt, target = prompts.judge(query, "compact"), judgements.target(is_sound, reason)
        expected = "yes" if is_sound else "no"
    else:
        query, expected = (puzzle.broken, query) if role == "repair" else (query, puzzle.harder)
        prompt = prompts.rewrite(query, _WAYS[role], "compact")
        target = REWRITES[_WAYS[role]].target(expected)
    return Example(role=role, query=query, prompt=prompt, target=target, expected=expected, puzzle=puzzle)


def _broken(puzzle: Puzzle, other: Puzzle, rng: random.Random) -> tuple[str, str]:
    """Return a puzzle broken, and what is wrong: a clue is missing, or it asks what another kind of puzzle asks."""
    if rng.random() < 1 / 3 and other.family.topic != puzzle.family.topic:
        return f"{puzzle.story} {other.query.removeprefix(other.story).strip()}", _MISMATCH
    return puzzle.broken, _MISSING
