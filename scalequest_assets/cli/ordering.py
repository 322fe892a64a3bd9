"""`scalequest run --pairs N`: shards are added, by what earlier ones gave, until N pairs can be released."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import typer

from scalequest_assets.cli import console, outcome
from scalequest_assets.cli.making import JUDGE_REPORT, make, open_graph, selected_assets
from scalequest_assets.config.profile import Profile
from scalequest_assets.errors import ScalequestError
from scalequest_assets.partitions import partition_keys
from scalequest_assets.release.mix import mix
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
        num_pairs: Pairs that may be released of them.
    """

    num_shards: int
    num_questions: int
    num_pairs: int


def order_of(num_pairs: int | None, max_questions: int | None, *, is_whole: bool) -> Order | None:
    """Return what a command orders, if it does.

    Args:
        num_pairs: Its `--pairs`.
        max_questions: Its `--max-questions`.
        is_whole: Whether it makes all assets and partitions.

    Raises:
        BadParameter: Options do not go together.
    """
    if num_pairs is None:
        if max_questions is not None:
            raise typer.BadParameter("--max-questions bounds --pairs: name both")
        return None
    if not is_whole:
        raise typer.BadParameter("--pairs makes all that is needed: without --select, --partition, --force, --reroll")
    return Order(num_pairs, max_questions)


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
        console.err.print(
            f"{found.num_pairs} of {order.num_pairs} pairs from {found.num_questions} questions: going on to "
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
    made = lake.scan(STAGES.pairs, partition_keys(profile, "shard")).select("query_id", "generator", "shard")
    given = mix(made.collect(), profile.release.mix)
    return Yield(profile.num_shards, _num_questions(profile, profile.num_shards), given.height)


def next_num_shards(order: Order, profile: Profile, found: Yield) -> int | None:
    """Return how many shards to have next; None where the order is met.

    Raises:
        ScalequestError: It cannot be met within its bound; says what is there.
    """
    if found.num_pairs >= order.num_pairs:
        return None
    if found.num_pairs:
        needed = math.ceil(order.num_pairs * found.num_questions / found.num_pairs)
        bound = order.max_questions or DEFAULT_FACTOR * needed
    else:
        needed, bound = 2 * found.num_questions, order.max_questions or found.num_questions
    a_shard = _num_questions(profile, 1)
    most = min(bound // a_shard, profile.max_num_shards)
    if most <= found.num_shards:
        raise _unmet(order, profile, found, bound)
    return max(found.num_shards + 1, min(math.ceil(needed / a_shard), most))


def _num_questions(profile: Profile, num_shards: int) -> int:
    return num_shards * profile.questions_per_shard * len(profile.generators)


def _unmet(order: Order, profile: Profile, found: Yield, bound: int) -> ScalequestError:
    there = f"{found.num_pairs} of {order.num_pairs} pairs are there, from {found.num_questions} questions"
    keep = f"release what is there: scalequest run --set release.num_pairs={found.num_pairs or 'null'}"
    if not found.num_pairs:
        return ScalequestError(
            f"{there}: none came through",
            "see why: scalequest sql 'SELECT stage, drop_reason, count() FROM rejections GROUP BY ALL'",
        )
    mixed = sum(profile.release.mix.values()) if set(profile.release.mix) == set(profile.generators) else None
    if mixed is not None and mixed < order.num_pairs:
        return ScalequestError(f"{there}, and release.mix takes {mixed} at most", f"raise it, or {keep}")
    if bound // _num_questions(profile, 1) <= found.num_shards:
        more = math.ceil(order.num_pairs * found.num_questions / found.num_pairs)
        return ScalequestError(
            f"{there}, and another shard would take more than the {bound} that they may be",
            f"about {more} in all would do: scalequest run --pairs {order.num_pairs} --max-questions {more}; or {keep}",
        )
    return ScalequestError(
        f"{there}, and a generator has {found.num_shards} shards, the most that there can be",
        f"ask more of each in a new home: --set questions_per_shard={10 * profile.questions_per_shard}; or {keep}",
    )
