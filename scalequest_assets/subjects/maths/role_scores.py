"""How well a model fills each role, on questions it never learned from, role by role and with standard errors.

Every role has equally many questions, however rare it is in training.
"""

from collections.abc import Collection, Mapping, Sequence

import polars as pl

from scalequest_assets.recipe import rewriting
from scalequest_assets.subjects import measuring_roles
from scalequest_assets.subjects.drawing import RoleName, Taught
from scalequest_assets.subjects.maths.answer_check import check
from scalequest_assets.subjects.maths.prompts import solve
from scalequest_assets.subjects.maths.retelling import adds_number, has_further_step, tells
from scalequest_assets.subjects.maths.rewrites import MathsRewrites
from scalequest_assets.subjects.maths.supervision import Example, examples
from scalequest_assets.subjects.measuring_roles import Share

_REWRITERS: dict[RoleName, str] = {"repair": rewriting.SOLVABILITY, "harden": rewriting.DIFFICULTY}


def held_out_sets(
    num: int, random_seed: int, *, taught: Taught, learned: Collection[str] = ()
) -> dict[str, list[Example]]:
    """Return the questions to measure on, by set.

    Args:
        num: Questions in a set, spread evenly over the roles.
        random_seed: The profile's.
        taught: The families that it learned, by style.
        learned: Questions that the model learned from; an example of their problems is left out.
    """

    def draw(num_drawn: int, seed: int, is_held_out: bool) -> list[Example]:
        return examples(num_drawn, seed, taught=taught, held_out=is_held_out)

    return measuring_roles.held_out_sets(draw, num, random_seed, lambda example: example.problem.query in learned)


def score(held_out: Sequence[Example], texts: Sequence[str | None]) -> dict[str, Share]:
    """Measure what a model wrote for held-out examples.

    Returns:
        Shares by measure; those without examples are left out. `solve_accuracy` in all and by the number of steps
        (`solve_accuracy_2_steps`); `judge_accuracy` in all, of questions that can be solved (`_yes`) and that cannot
        (`_no`), and `judge_yes`, how often it says yes (half is right); for each direction of rewriting `_format`,
        rewrites that the pipeline would keep (`rewriting.pairs`); `repair_solvable`, questions that can be solved
        again, and `harden_more_steps`, questions with one more step (both lower bounds, see `retelling`);
        `harden_adds_number`, questions with all the numbers and more, whether they make sense or not.
    """
    found = measuring_roles.by_role(held_out, texts)
    measured = {**_solving(found["solve"]), **measuring_roles.judging(found["judge"])}
    for role in _REWRITERS:
        measured |= _rewriting(role, found[role])
    return measuring_roles.shares(measured)


def table(columns: Mapping[str, Mapping[str, Share]]) -> list[dict[str, str]]:
    """Return one row per measure; see `measuring_roles.table`."""
    return measuring_roles.table(columns)


def _solving(rows: list[tuple[Example, str | None]]) -> dict[str, list[bool]]:
    gold = pl.Series([example.expected for example, _ in rows], dtype=pl.String)
    correct = [bool(value) for value in check(gold, pl.Series([solve.parse(t) for _, t in rows], dtype=pl.String))]
    measured = {"solve_accuracy": correct}
    for (example, _), is_correct in zip(rows, correct, strict=True):
        num = example.problem.num_steps
        measured.setdefault(f"solve_accuracy_{num}_step{'s' * (num > 1)}", []).append(is_correct)
    return measured


def _rewriting(role: RoleName, rows: list[tuple[Example, str | None]]) -> dict[str, list[bool]]:
    rewrites = measuring_roles.kept_rewrites(rows, _REWRITERS[role], MathsRewrites())
    measured = {f"{role}_format": [text is not None for text in rewrites]}
    found = [(example.problem, text) for (example, _), text in zip(rows, rewrites, strict=True)]
    if role == "repair":
        measured["repair_solvable"] = [text is not None and tells(problem, text) for problem, text in found]
    else:
        measured["harden_adds_number"] = [text is not None and adds_number(p.query, text) for p, text in found]
        measured["harden_more_steps"] = [text is not None and has_further_step(p, text) for p, text in found]
    return measured
