"""What a command may spend, and what it says when that is spent: what is there, and what the rest takes."""

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

import polars as pl
import typer

from scalequest_assets.cli import console
from scalequest_assets.config.profile import Profile
from scalequest_assets.errors import BudgetError, ProfileError
from scalequest_assets.planning.measured import measured, spent
from scalequest_assets.planning.plan import plan, sized
from scalequest_assets.planning.table import document
from scalequest_assets.recipe.settings import Limits
from scalequest_assets.stages import STAGES
from scalequest_assets.steps.budget import Budget
from scalequest_assets.storage.home import Home
from scalequest_assets.storage.lake import Lake
from scalequest_assets.storage.profiles import existing_profile


def budget_of(profile: Profile, options: Mapping[str, float | None]) -> Budget:
    """Return what a command may spend: what its options say, else what the profile says.

    Raises:
        BadParameter: An option leaves nothing to spend.
        BudgetError: Dollars are bound, and the profile's prices are in another currency.
    """
    for name, value in options.items():
        if value is not None and not 0 < value < math.inf:  # nor is nan
            raise typer.BadParameter(f"--{name.replace('_', '-')} {value:g}: it is a finite number above 0")
    given = {name: value for name, value in options.items() if value is not None}
    return Budget(Limits.model_validate({**profile.budget.model_dump(), **given}), profile.prices)


@contextmanager
def rest_if_it_is_spent(home: Home, profile: Profile, num_pairs: int | None = None) -> Iterator[None]:
    """Print what is there and what the rest will take, where the block ends because its budget is spent.

    Args:
        home: The home.
        profile: Its profile.
        num_pairs: What is ordered; the block adds the shards for it to the home's profile. None for no order.
    """
    try:
        yield
    except BudgetError:
        lake = Lake(home.lake)
        if num_pairs is not None:
            profile = existing_profile(home)
            with suppress(ProfileError):  # more shards than there may be: then it is the rest of those so far
                whole = sized(profile, num_pairs, measured(lake, profile))
                profile = max(profile, whole, key=lambda one: one.num_shards)
        console.show_note(_rest(lake, profile))
        raise


def _rest(lake: Lake, profile: Profile) -> str:
    there = [key for key in lake.partitions(STAGES.pairs) if lake.is_readable(STAGES.pairs, key)]
    num_pairs = lake.scan(STAGES.pairs, there).select(pl.len()).collect().item()
    return f"{num_pairs} pairs are there so far; {_left(lake, profile)}"


def _left(lake: Lake, profile: Profile) -> str:
    try:
        total = document(profile, plan(profile, measured(lake, profile)))["total"]
    except ProfileError as error:  # of a model whose size the profile does not say
        return f"the rest cannot be planned: {error}"
    planned, so_far = total["prompt_tokens"] + total["written_tokens"] + total["trained_tokens"], spent(lake)
    num_left = max(planned - so_far.prompt_tokens - so_far.completion_tokens, 0)
    left = num_left / planned if planned else 0.0
    price = "" if total["money"] is None else f", {left * total['money']:.2f} {profile.prices.currency}"
    hours = f"{left * total['device_hours']:.1f} hours of the device"
    return f"about {left:.0%} of the plan is left: {num_left:,} tokens, {hours}{price}"
