"""How well a model fills each role, on puzzles that it never saw."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from scalequest_assets.subjects import measuring_roles
from scalequest_assets.subjects.drawing import Taught
from scalequest_assets.subjects.logic.answers import LogicAnswers
from scalequest_assets.subjects.logic.families.examples import WAYS, Example, examples
from scalequest_assets.subjects.logic.likeness import LogicRewrites
from scalequest_assets.subjects.measuring_roles import Share


class LogicRoles:
    """Labelled examples made from our families."""

    adapter = None

    def examples(self, num: int, seed: int, taught: Taught) -> Sequence[Example]:
        """Return examples of all roles to learn from."""
        return examples(num, seed, taught)

    def held_out(
        self, num: int, seed: int, taught: Taught, *, learned: Sequence[Example] = ()
    ) -> Mapping[str, Sequence[Example]]:
        """Return examples of new instances, and of families that training never saw."""
        known = {example.puzzle.query for example in learned}

        def draw(num_drawn: int, at: int, is_held_out: bool) -> Sequence[Example]:
            return examples(num_drawn, at, taught, held_out=is_held_out)

        return measuring_roles.held_out_sets(draw, num, seed, lambda example: example.puzzle.query in known)

    def score(self, held_out: Sequence[Example], texts: Sequence[str | None]) -> Mapping[str, Share]:
        """Return shares by measure of what a model wrote for held-out examples.

        `solve_accuracy` in all and by level; `judge_…` as for every subject; `…_format`, rewrites that the pipeline
        would keep; `repair_solvable`, puzzles that the solver finds one answer to; `harden_asks_more`, those that ask
        what our harder form asks (both lower bounds: another good rewrite is not known as one).
        """
        found = measuring_roles.by_role(held_out, texts)
        solved = found["solve"]
        gold = pl.Series([example.expected for example, _ in solved], dtype=pl.String)
        queries = pl.Series([example.query for example, _ in solved], dtype=pl.String)
        answers = LogicAnswers().extract(pl.Series([text for _, text in solved], dtype=pl.String), queries, gold)
        correct = LogicAnswers().check(gold, answers).fill_null(value=False).to_list()
        measured = {"solve_accuracy": correct, **measuring_roles.judging(found["judge"])}
        for (example, _), is_correct in zip(solved, correct, strict=True):
            measured.setdefault(f"solve_accuracy_level_{example.puzzle.family.level}", []).append(is_correct)
        for role, measure in (("repair", "repair_solvable"), ("harden", "harden_asks_more")):
            rewrites = measuring_roles.kept_rewrites(found[role], WAYS[role], LogicRewrites())
            known = [e.puzzle.repairs() if role == "repair" else {e.expected} for e, _ in found[role]]
            measured[f"{role}_format"] = [text is not None for text in rewrites]
            measured[measure] = [text in wanted for text, wanted in zip(rewrites, known, strict=True)]
        return measuring_roles.shares(measured)

    def table(self, columns: Mapping[str, Mapping[str, Any]]) -> list[dict[str, str]]:
        """Return one row per measure; see `measuring_roles.table`."""
        return measuring_roles.table(columns)
