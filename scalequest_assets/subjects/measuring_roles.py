"""How well a model fills each role, for every subject: shares with their errors, held-out questions, a table."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol, TypeVar

import polars as pl

from scalequest_assets.recipe import judgements, rewriting
from scalequest_assets.recipe.parts import Rewrites
from scalequest_assets.recipe.seeding import row_seed
from scalequest_assets.subjects.drawing import ROLES

SETS = {"new_instances": False, "new_families": True}
"""The two sets of held-out questions, and whether their families are held out too."""
_DRAWN_FOR_EACH, _DRAWN_AT_LEAST = 16, 32  # one example in eight is of the rarest role


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


class RoleExample(Protocol):
    """What is measured of an example: its role, and what is wanted."""

    @property
    def role(self) -> str:
        """Which role it is of."""
        ...

    @property
    def query(self) -> str:
        """The question worked on."""
        ...

    @property
    def expected(self) -> str:
        """What is wanted."""
        ...


E = TypeVar("E", bound=RoleExample)


def held_out_sets(
    draw: Callable[[int, int, bool], Sequence[E]], num: int, random_seed: int, is_learned: Callable[[E], bool]
) -> dict[str, list[E]]:
    """Return the questions to measure on, by set.

    Args:
        draw: Returns so many examples for a seed, of held-out families or of the others.
        num: Questions in a set, spread evenly over the roles, however rare one is in training.
        random_seed: The profile's.
        is_learned: Whether the model learned from an example's problem; such a one is left out.
    """
    sets: dict[str, list[E]] = {}
    for name, is_held_out in SETS.items():
        quotas = {role: (num + place) // len(ROLES) for place, role in enumerate(reversed(ROLES))}
        num_drawn = _DRAWN_AT_LEAST + _DRAWN_FOR_EACH * max(quotas.values())
        drawn = draw(num_drawn, row_seed(random_seed, name) % 2**31, is_held_out)
        fresh = [example for example in drawn if not is_learned(example)]
        sets[name] = [example for role in ROLES for example in [e for e in fresh if e.role == role][: quotas[role]]]
    return sets


def by_role(held_out: Sequence[E], texts: Sequence[str | None]) -> dict[str, list[tuple[E, str | None]]]:
    """Return the examples of each role, each with what a model wrote for it."""
    pairs = list(zip(held_out, texts, strict=True))
    return {role: [(example, text) for example, text in pairs if example.role == role] for role in ROLES}


def judging(rows: Sequence[tuple[RoleExample, str | None]]) -> dict[str, list[bool]]:
    """Return what is right of a judge: in all, of sound questions, of broken ones, and how often it says yes."""
    judged = [(example.expected, judgements.parse(text).verdict) for example, text in rows]
    return {
        "judge_accuracy": [expected == verdict for expected, verdict in judged],
        "judge_accuracy_yes": [verdict == "yes" for expected, verdict in judged if expected == "yes"],
        "judge_accuracy_no": [verdict == "no" for expected, verdict in judged if expected == "no"],
        "judge_yes": [verdict == "yes" for _, verdict in judged],
    }


def kept_rewrites(
    rows: Sequence[tuple[RoleExample, str | None]], direction: str, rewrites: Rewrites
) -> list[str | None]:
    """Return the rewritten question of each text that the pipeline would keep (`rewriting.pairs`)."""
    frame = pl.DataFrame(
        {"query": [example.query for example, _ in rows], "rewrite": [text for _, text in rows]},
        schema={"query": pl.String, "rewrite": pl.String},
    ).with_columns(direction=pl.lit(direction), finish_reason=pl.lit("stop"))
    done = rewriting.pairs(frame, rewrites)
    return [text if keep else None for text, keep in done.select("optimized_query", "keep").iter_rows()]


def shares(measured: Mapping[str, Sequence[bool]]) -> dict[str, Share]:
    """Return the share of each measure; those without examples are left out."""
    return {name: Share(sum(values), len(values)) for name, values in measured.items() if values}


def table(columns: Mapping[str, Mapping[str, Share]]) -> list[dict[str, str]]:
    """Return one row per measure, with the shares of several models or sets side by side; measures by role.

    Args:
        columns: By the column's name, shares by measure, whose names begin with their role.
    """

    def place(measure: str) -> tuple[int, str]:
        return [measure.startswith(role) for role in ROLES].index(True), measure

    measures = sorted({name: None for found in columns.values() for name in found}, key=place)
    return [
        {"measure": name.replace("_", " "), **{column: str(found.get(name, "–")) for column, found in columns.items()}}
        for name in measures
    ]
