"""How well a model fills each role, on questions it never learned from, role by role and with standard errors.

Every role has equally many questions, however rare it is in training.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

import polars as pl

from scalequest_assets.recipe import judgements, rewriting
from scalequest_assets.recipe.seeding import row_seed
from scalequest_assets.subjects.maths import families
from scalequest_assets.subjects.maths.answer_check import check
from scalequest_assets.subjects.maths.prompts import solve
from scalequest_assets.subjects.maths.retelling import adds_number, has_further_step, tells
from scalequest_assets.subjects.maths.rewrites import MathsRewrites
from scalequest_assets.subjects.maths.supervision import ROLES, Example, RoleName, examples

SETS = {"new_instances": False, "new_families": True}
"""The two sets of held-out questions, and whether their families are held out too."""
_DRAWN_FOR_EACH, _DRAWN_AT_LEAST = 16, 32  # one example in eight is of the rarest role
_REWRITERS: dict[RoleName, str] = {"repair": rewriting.SOLVABILITY, "harden": rewriting.DIFFICULTY}


class Share(NamedTuple):
    """How many of how many."""

    hits: int
    num: int

    @property
    def value(self) -> float:
        """The share, in [0, 1]."""
        return self.hits / self.num

    @property
    def standard_error(self) -> float:
        """Of the share, one success and one failure added: 0 of 20 is not certain. Source: Agresti, Caffo 2000."""
        smoothed = (self.hits + 1) / (self.num + 2)
        return math.sqrt(smoothed * (1 - smoothed) / (self.num + 2))

    def __str__(self) -> str:
        return f"{self.value:.0%} ± {self.standard_error:.0%} of {self.num}"


def held_out_sets(
    num: int, random_seed: int, *, styles: Sequence[families.Style], learned: Collection[str] = ()
) -> dict[str, list[Example]]:
    """Return the questions to measure on, by set.

    Args:
        num: Questions in a set, spread evenly over the roles.
        random_seed: The profile's.
        styles: Those of the families that it learned.
        learned: Questions that the model learned from; an example of their problems is left out.
    """
    sets: dict[str, list[Example]] = {}
    for name, is_held_out in SETS.items():
        quotas = {role: (num + place) // len(ROLES) for place, role in enumerate(reversed(ROLES))}
        num_drawn = _DRAWN_AT_LEAST + _DRAWN_FOR_EACH * max(quotas.values())
        drawn = examples(num_drawn, row_seed(random_seed, name) % 2**31, styles=styles, held_out=is_held_out)
        fresh = [example for example in drawn if example.problem.query not in learned]
        sets[name] = [example for role in ROLES for example in [e for e in fresh if e.role == role][: quotas[role]]]
    return sets


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
    pairs = list(zip(held_out, texts, strict=True))
    found = {role: [(example, text) for example, text in pairs if example.role == role] for role in ROLES}
    measured = {**_solving(found["solve"]), **_judging(found["judge"])}
    for role in _REWRITERS:
        measured |= _rewriting(role, found[role])
    return {name: Share(sum(values), len(values)) for name, values in measured.items() if values}


def table(columns: Mapping[str, Mapping[str, Share]]) -> list[dict[str, str]]:
    """Return one row per measure, with the shares of several models or sets side by side.

    Args:
        columns: By the column's name, what `score` returned.
    """
    measures = sorted({name: None for shares in columns.values() for name in shares}, key=_place)
    return [
        {
            "measure": name.replace("_", " "),
            **{column: str(shares.get(name, "–")) for column, shares in columns.items()},
        }
        for name in measures
    ]


def _solving(rows: list[tuple[Example, str | None]]) -> dict[str, list[bool]]:
    gold = pl.Series([example.expected for example, _ in rows], dtype=pl.String)
    correct = [bool(value) for value in check(gold, pl.Series([solve.parse(t) for _, t in rows], dtype=pl.String))]
    measured = {"solve_accuracy": correct}
    for (example, _), is_correct in zip(rows, correct, strict=True):
        num = example.problem.num_steps
        measured.setdefault(f"solve_accuracy_{num}_step{'s' * (num > 1)}", []).append(is_correct)
    return measured


def _judging(rows: list[tuple[Example, str | None]]) -> dict[str, list[bool]]:
    judged = [(example.expected, judgements.parse(text).verdict) for example, text in rows]
    return {
        "judge_accuracy": [expected == verdict for expected, verdict in judged],
        "judge_accuracy_yes": [verdict == "yes" for expected, verdict in judged if expected == "yes"],
        "judge_accuracy_no": [verdict == "no" for expected, verdict in judged if expected == "no"],
        "judge_yes": [verdict == "yes" for _, verdict in judged],
    }


def _rewriting(role: RoleName, rows: list[tuple[Example, str | None]]) -> dict[str, list[bool]]:
    frame = pl.DataFrame(
        {"query": [example.query for example, _ in rows], "rewrite": [text for _, text in rows]},
        schema={"query": pl.String, "rewrite": pl.String},
    ).with_columns(direction=pl.lit(_REWRITERS[role]), finish_reason=pl.lit("stop"))
    done = rewriting.pairs(frame, MathsRewrites())
    rewrites = [text if keep else None for text, keep in done.select("optimized_query", "keep").iter_rows()]
    measured = {f"{role}_format": [text is not None for text in rewrites]}
    found = [(example.problem, text) for (example, _), text in zip(rows, rewrites, strict=True)]
    if role == "repair":
        measured["repair_solvable"] = [text is not None and tells(problem, text) for problem, text in found]
    else:
        measured["harden_adds_number"] = [text is not None and adds_number(p.query, text) for p, text in found]
        measured["harden_more_steps"] = [text is not None and has_further_step(p, text) for p, text in found]
    return measured


def _place(measure: str) -> tuple[int, str]:
    """Measures by role, in all before by part."""
    return [measure.startswith(role) for role in ROLES].index(True), measure
