"""What a home has measured of its own profile: tokens and seconds of each asset, and which share of rows was kept."""

import polars as pl

from scalequest_assets.config.profile import Profile, TrainedReward
from scalequest_assets.planning.estimate import Measured, Usage, identity_of, is_api, machine_of
from scalequest_assets.planning.work import Work, works
from scalequest_assets.stages import STAGES, Stages
from scalequest_assets.storage.lake import Cost, Lake


def measured(lake: Lake, profile: Profile, stages: Stages = STAGES) -> Measured:
    """Return what is known from the partitions that a home has.

    Args:
        lake: The home's tables, with their costs beside them. It is only read.
        profile: The home's own profile, which they were made with.
        stages: The assets.
    """
    found, single = works(profile, lambda asset, generator: None, stages), dict[tuple[str, str | None], Work]()
    for work in found:
        single[work.asset, work.generator] = work
    usage, requests = dict[tuple[str, str | None], Usage](), dict[tuple[str, str | None], int]()
    for (asset, generator), work in single.items():
        cost = _cost(lake, work)
        is_mixed = sum((w.asset, w.generator) == (asset, generator) for w in found) > 1  # trained and asked
        if cost and not is_mixed and cost.model and cost.model.startswith(f"{work.label}@"):
            usage[asset, generator] = _usage(profile, work, cost)
            requests[asset, generator] = cost.num_requests
    return Measured(usage=usage, keep_rates=_keep_rates(lake, profile, requests, stages), machine=machine_of(profile))


def _cost(lake: Lake, work: Work) -> Cost | None:
    """Return the sum over an asset's partitions of a generator; of nothing, or only of others' work, None."""
    own = {"generator": work.generator} if work.generator else {}
    partitions = [key for key in _with_cost(lake, work.asset) if key.items() >= own.items()]
    costs = [cost for key in partitions if (cost := lake.read_cost(work.asset, key)) and cost.num_requests]
    return sum(costs[1:], costs[0]) if costs else None


def _with_cost(lake: Lake, asset: str) -> list[dict[str, str]]:
    """Return the partitions that have a cost: those of a table, or of a model, which has no part in the lake."""
    folder = lake.root / asset
    if not folder.exists():
        return []
    files = folder.glob("**/cost.json")
    names = [file.parent.relative_to(folder).parts for file in files]
    return [dict(name.split("=", 1) for name in parts if "=" in name) for parts in names]


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
