"""`scalequest run --pairs N`: shards are added, by what earlier ones gave, until N pairs can be released."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import typer

from scalequest_assets.cli import console, outcome
from scalequest_assets.cli.making import JUDGE_REPORT, make, open_graph, selected_assets
from scalequest_assets.config.profile import Profile
from scalequest_assets.errors import ScalequestError
from scalequest_assets.partitions import partition_keys
from scalequest_assets.release.mix import given, quotas, shards_needed
from scalequest_assets.stages import STAGES
from scalequest_assets.steps.budget import Budget
from scalequest_assets.storage.home import Home
from scalequest_assets.storage.lake import Lake
from scalequest_assets.storage.profiles import use_profile

DEFAULT_FACTOR = 4
"""Without a bound of the user's: so many times the questions that the order needs by the yield so far."""


@dataclass(frozen=True)
class Order:
    """Pairs to be made.

    Attributes:
        num_pairs: How many.
        max_questions: Most questions to sample for them, those already there included; None bounds them by
            `DEFAULT_FACTOR`.
    """

    num_pairs: int
    max_questions: int | None = None


@dataclass(frozen=True)
class Yield:
    """What the shards gave so far.

    Attributes:
        num_shards: Shards of each generator.
        num_questions: Questions that were asked of the generators for them.
        pairs: Pairs that came of them, by generator.
    """

    num_shards: int
    num_questions: int
    pairs: Mapping[str, int]


def order_of(
    num_pairs: int | None, max_questions: int | None, *, is_whole: bool, allow_partial: bool = False
) -> Order | None:
    """Return what a command orders, if it does.

    Args:
        num_pairs: Its `--pairs`.
        max_questions: Its `--max-questions`.
        is_whole: Whether it makes all assets and partitions.
        allow_partial: Whether it goes on where a partition fails.

    Raises:
        BadParameter: Options do not go together.
    """
    if num_pairs is None:
        if max_questions is not None:
            raise typer.BadParameter("--max-questions bounds --pairs: name both")
        return None
    if not is_whole:
        raise typer.BadParameter("--pairs makes all that is needed: without --select, --partition, --force, --reroll")
    if allow_partial:
        raise typer.BadParameter("--pairs counts what all shards give: without --allow-partial")
    return Order(num_pairs, max_questions)


def check_bound(order: Order, profile: Profile) -> None:
    """Check that the shards of a profile, which are made first, have no more questions than an order's bound.

    Raises:
        BadParameter: They have.
    """
    num = _num_questions(profile, profile.num_shards)
    if order.max_questions is not None and num > order.max_questions:
        raise typer.BadParameter(
            f"--max-questions {order.max_questions}: the profile's shards alone have {num} questions (num_shards "
            f"{profile.num_shards} x questions_per_shard {profile.questions_per_shard} x {len(profile.generators)} "
            "generators); name as many or more, or make fewer in a new home: --set questions_per_shard=…"
        )


def fulfil(home: Home, profile: Profile, order: Order, budget: Budget, note: outcome.JudgeNote) -> tuple[Profile, int]:
    """Make pairs until the order is met; return the home's profile then, and how many partitions were made.

    Raises:
        BudgetError: The budget is spent. What was made stays.
        ScalequestError: It cannot be met within its bound. What was made stays.
    """
    num_made = 0
    while True:
        graph, lake = open_graph(home, profile, budget)
        names = selected_assets(graph, [f"+{STAGES.pairs}", f"+{JUDGE_REPORT}"])
        with outcome.warnings_if_it_fails(graph, names):
            num_made += make(graph, names, [], note, force=False, allow_partial=False)
        found = yield_of(lake, profile)
        num_shards = next_num_shards(order, profile, found)
        if num_shards is None:
            return profile, num_made
        num_given = given(found.pairs, _quotas(order, profile))
        console.err.print(
            f"{num_given} of {order.num_pairs} pairs from {found.num_questions} questions: going on to "
            f"{num_shards} shards of each generator",
            markup=False,
        )
        profile, _ = use_profile(home, None, [f"num_shards={num_shards}"])


def settings_of(order: Order | None, home: Home, settings: Sequence[str]) -> list[str]:
    """Return a command's settings with the order's; a new home begins with one shard, unless they say otherwise."""
    if order is None:
        return [*settings]
    begin = [] if home.profile_file.exists() else ["num_shards=1"]
    return [*begin, *settings, f"release.num_pairs={order.num_pairs}"]


def yield_of(lake: Lake, profile: Profile) -> Yield:
    """Return what the shards of a profile gave; all of them must be there."""
    made = lake.scan(STAGES.pairs, partition_keys(profile, "shard")).select("generator")
    pairs = dict.fromkeys(profile.generators, 0) | dict(made.group_by("generator").len().collect().iter_rows())
    return Yield(profile.num_shards, _num_questions(profile, profile.num_shards), pairs)


def next_num_shards(order: Order, profile: Profile, found: Yield) -> int | None:
    """Return how many shards to have next; None where the order is met.

    Raises:
        ScalequestError: It cannot be met within its bound; says what is there.
    """
    limits = _quotas(order, profile)
    num_given = given(found.pairs, limits)
    if num_given >= order.num_pairs:
        return None
    of_a_shard = {name: num / found.num_shards for name, num in found.pairs.items()}
    # With the last number of shards, each generator that gave any gives the whole order.
    needed = shards_needed(order.num_pairs, of_a_shard, limits, order.num_pairs * found.num_shards)
    a_shard = _num_questions(profile, 1)
    if needed is None and order.max_questions is None:
        raise _unmet(order, profile, found, num_given, found.num_questions, None)
    needed = needed or 2 * found.num_shards
    bound = order.max_questions or DEFAULT_FACTOR * needed * a_shard
    most = min(bound // a_shard, profile.max_num_shards)
    if most <= found.num_shards:
        raise _unmet(order, profile, found, num_given, bound, needed)
    return max(found.num_shards + 1, min(needed, most))


def _quotas(order: Order, profile: Profile) -> Mapping[str, int]:
    return quotas(profile.release.mix, order.num_pairs, profile.generators)


def _num_questions(profile: Profile, num_shards: int) -> int:
    return num_shards * profile.questions_per_shard * len(profile.generators)


def _unmet(
    order: Order, profile: Profile, found: Yield, num_given: int, bound: int, needed: int | None
) -> ScalequestError:
    there = f"{num_given} of {order.num_pairs} pairs are there, from {found.num_questions} questions"
    keep = f"release what is there: scalequest run --set release.num_pairs={num_given or 'null'}"
    why = "see why: scalequest sql 'SELECT stage, drop_reason, count() FROM rejections GROUP BY ALL'"
    if not any(found.pairs.values()):
        return ScalequestError(f"{there}: none came through", why)
    mixed = sum(profile.release.mix.values()) if set(profile.release.mix) == set(profile.generators) else None
    if mixed is not None and mixed < order.num_pairs:
        return ScalequestError(f"{there}, and release.mix takes {mixed} at most", f"raise it, or {keep}")
    if needed is None:
        dry = ", ".join(name for name, num in found.pairs.items() if not num)
        return ScalequestError(f"{there}, and of {dry}, of which release.mix wants some, none came through", why)
    if bound // _num_questions(profile, 1) <= found.num_shards:
        more = _num_questions(profile, needed)
        return ScalequestError(
            f"{there}, and another shard would take more than the {bound} that they may be",
            f"about {more} in all would do: scalequest run --pairs {order.num_pairs} --max-questions {more}; or {keep}",
        )
    return ScalequestError(
        f"{there}, and a generator has {found.num_shards} shards, the most that there can be",
        f"ask more of each in a new home: --set questions_per_shard={10 * profile.questions_per_shard}; or {keep}",
    )
