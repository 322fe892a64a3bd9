"""What a home has measured of its own profile: tokens and seconds of each asset, and which share of rows was kept."""

import polars as pl

from scalequest_assets.config.profile import Profile
from scalequest_assets.config.sections import TrainedReward
from scalequest_assets.planning.estimate import Measured, Usage, identity_of, is_api, machine_of
from scalequest_assets.planning.work import TRAINS, Task, Work, works
from scalequest_assets.stages import STAGES, Stages
from scalequest_assets.storage.costs import Cost, total
from scalequest_assets.storage.lake import Lake


def measured(lake: Lake, profile: Profile, stages: Stages = STAGES) -> Measured:
    """Return what is known from the partitions that a home has.

    Args:
        lake: The home's tables, with their costs beside them. It is only read.
        profile: The home's own profile, which they were made with.
        stages: The assets.
    """
    usage, requests = dict[tuple[str, str | None, Task], Usage](), dict[tuple[str, str | None], int]()
    for work in works(profile, lambda asset, generator: None, stages):
        cost = _cost(lake, work)
        if cost and cost.model and cost.model.startswith(f"{work.label}@"):
            usage[work.asset, work.generator, work.task] = _usage(profile, work, cost)
            requests[work.asset, work.generator] = cost.num_requests
    return Measured(usage=usage, keep_rates=_keep_rates(lake, profile, requests, stages), machine=machine_of(profile))


def spent(lake: Lake, stages: Stages = STAGES) -> Cost:
    """Return what the models behind all partitions of a home took."""
    made = [(stage.name, key) for stage in stages for key in lake.partitions_with_costs(stage.name)]
    return total([entry.cost for name, key in made for entry in lake.read_costs(name, key)])


def _cost(lake: Lake, work: Work) -> Cost | None:
    """Return what a work's model took over an asset's partitions of a generator; None where nothing is known of it.

    What an earlier release wrote is a sum over all that an asset did: it counts where it names one model.
    """
    own = {"generator": work.generator} if work.generator else {}
    partitions = [key for key in lake.partitions_with_costs(work.asset) if key.items() >= own.items()]
    kind = "trained" if work.task in TRAINS else {"write": "asked", "score": "scored"}.get(work.task)
    entries = [entry for key in partitions for entry in lake.read_costs(work.asset, key)]
    done = [entry for entry in entries if entry.kind in (kind, None) and entry.cost.num_requests]
    costs = [one.cost for one in done if one.kind is None or (one.cost.model or "").startswith(f"{work.label}@")]
    return total(costs) if costs else None


def _usage(profile: Profile, work: Work, cost: Cost) -> Usage:
    times = 2.0 if work.task == "dpo" else 1.0  # the reference model reads each token, too
    return Usage(
        identity=identity_of(profile, work),
        num_requests=cost.num_requests * work.num_epochs,
        prompt_tokens=cost.prompt_tokens,
        completion_tokens=cost.completion_tokens * times,
        engine_s=cost.engine_s,
        device_s=0.0 if work.model and is_api(profile, work.model) else cost.gpu_s or cost.engine_s,
    )


def _keep_rates(
    lake: Lake, profile: Profile, requests: dict[tuple[str, str | None], int], stages: Stages
) -> dict[tuple[str, str | None], float]:
    rates: dict[tuple[str, str | None], float] = {}
    if lake.is_readable("funnel", {}):
        counted = lake.scan("funnel", [{}]).group_by("stage", "generator").agg(pl.col("num_input", "num_kept").sum())
        known = counted.filter(pl.col("num_input") > 0).collect()
        rates = {(stage, generator): kept / taken for stage, generator, taken, kept in known.iter_rows()}
    for generator in profile.generators:
        for asset, (before, after) in stages.measured_shares.items():
            taken, kept = requests.get((before, generator)), requests.get((after, generator))
            if taken and kept:
                rates[asset, generator] = min(kept / taken, 1.0)
    reward, seeds = requests.get(("reward_model", None)), requests.get(("seed_responses", None))
    if reward and seeds and isinstance(profile.reward_model, TrainedReward):
        learned = seeds / profile.difficulty.num_samples * (1 - profile.reward_model.held_out_share)
        most = learned * profile.reward_model.max_pairs_per_question
        rates["reward_model", None] = min(reward / most, 1.0)
    return rates
