"""What a profile will take before anything runs: rows, tokens, GPU-hours and money, asset by asset.

Hours follow from tokens, from operations per token, and from what `hardware` says of a device; what the home has
measured replaces what is assumed (`assumptions`), figure by figure.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from scalequest_assets.config.profile import Profile
from scalequest_assets.errors import ProfileError
from scalequest_assets.planning.assumptions import base_of, billion_parameters
from scalequest_assets.planning.estimate import Basis, Estimate, Measured, estimate, is_api, money, num_devices
from scalequest_assets.planning.work import TRAINS, Work, works
from scalequest_assets.recipe.paper_costs import PAPER_STAGES, PAPER_TOTAL_GPU_HOURS, PAPER_TOTAL_USD
from scalequest_assets.release.mix import given, quotas, shards_needed
from scalequest_assets.stages import STAGES, Stages

PAPER_QUESTIONS, PAPER_SAMPLES, PAPER_BILLIONS = 2_000_000, 5, (6.5, 8.0)
"""The work that the paper's costs are for: questions sampled, responses to each, and models of this size."""
_CERTAINTY: tuple[Basis, ...] = ("profile", "measured", "assumed")


@dataclass(frozen=True, kw_only=True)
class Stage:
    """What one asset will take, all its partitions together.

    Attributes:
        asset: The asset.
        paper_stage: Its line of the paper's cost table, if there is one.
        model: The profile's models that it runs or starts from; None where none runs.
        num_rows: Rows that come in.
        num_kept: Rows that the next stage reads; None where none are dropped.
        num_requests: Completions, scores, or rows trained (times epochs).
        prompt_tokens: Tokens read.
        completion_tokens: Tokens written; of a training, tokens trained (those of DPO twice: two models read them).
        is_training: Whether a model is trained.
        flops: Operations on our devices; none for models of others (`api`).
        device_hours: Hours of a device: GPU-hours where `hardware.is_gpu`.
        engine_s: Seconds until it is done, one device (or `tensor_parallel_size`) at work; None for `api` models.
        money: In the profile's currency; None where the profile names no price.
        rows_basis, tokens_basis, hours_basis: Where rows and requests, tokens, hours (and money) come from.
    """

    asset: str
    paper_stage: str | None
    model: str | None
    num_rows: int
    num_kept: int | None
    num_requests: int
    prompt_tokens: int
    completion_tokens: int
    is_training: bool
    flops: float
    device_hours: float
    engine_s: float | None
    money: float | None
    rows_basis: Basis
    tokens_basis: Basis
    hours_basis: Basis


@dataclass(frozen=True, kw_only=True)
class PaperLine:
    """A line of the paper's cost table beside the plan's; GPU-hours, or money for what is paid by token."""

    name: str
    unit: str
    planned: float
    paper: float

    @property
    def error(self) -> float:
        """Difference to the paper as a share of the paper's figure."""
        return self.planned / self.paper - 1


def plan(profile: Profile, measured: Measured | None = None, stages: Stages = STAGES) -> list[Stage]:
    """Return what every asset will take, in the order in which data flows.

    Args:
        profile: What is planned.
        measured: What this home knows of its own; None where there is none.
        stages: The assets.

    Raises:
        ProfileError: The size of a model is not known.
    """
    known = measured or Measured()
    found = _works(profile, known, stages)
    _require_sizes(profile, found)
    by_asset: dict[str, list[Work]] = {}
    for work in found:
        by_asset.setdefault(work.asset, []).append(work)
    lines = stages.paper_lines
    return [_stage(profile, asset, lines.get(asset), parts, known) for asset, parts in by_asset.items()]


def _works(profile: Profile, known: Measured, stages: Stages = STAGES) -> list[Work]:
    return works(profile, lambda asset, generator: known.keep_rates.get((asset, generator)), stages)


def sized(profile: Profile, num_pairs: int, measured: Measured | None = None) -> Profile:
    """Return the profile with as many shards as so many finished pairs will take.

    Raises:
        ProfileError: More than there may be, or none of the questions is expected to become a pair.
    """
    most = profile.max_num_shards
    many = profile.model_copy(update={"num_shards": most})
    found = [work for work in _works(many, measured or Measured()) if work.asset == STAGES.pairs]
    pairs = {str(work.generator): work.num_kept or 0 for work in found}
    limits = quotas(profile.release.mix, num_pairs, profile.generators)
    num_shards = shards_needed(num_pairs, {name: num / most for name, num in pairs.items()}, limits, most)
    if num_shards is None:
        raise ProfileError(
            f"{num_pairs} pairs would take more shards than there may be: {most} of each generator are expected to "
            f"give {given(pairs, limits)}",
            "raise questions_per_shard, or what release.mix takes" if limits else "raise questions_per_shard",
        )
    return profile.model_copy(update={"num_shards": num_shards})


def beside_paper(profile: Profile, stages: Sequence[Stage]) -> list[PaperLine]:
    """Return the plan beside the paper's cost table, the total last; empty where the work is another than the paper's.

    It is the paper's where as many questions are sampled and answered as often, by models of that size.
    """
    least, most = PAPER_BILLIONS
    sizes = [billion_parameters(profile, name) for name in (profile.roles.judge.model, profile.roles.responder.model)]
    sizes += [billion_parameters(profile, generator.base) for generator in profile.generators.values()]
    num = profile.num_shards * profile.questions_per_shard * len(profile.generators)
    is_same_work = num == PAPER_QUESTIONS and profile.answers.num_samples == PAPER_SAMPLES
    if not is_same_work or not all(size and least <= size <= most for size in sizes):
        return []
    lines = []
    for line in PAPER_STAGES:
        own = [stage for stage in stages if stage.paper_stage == line.name]
        if line.gpu_hours is not None:
            hours = sum(stage.device_hours for stage in own)
            lines.append(PaperLine(name=line.name, unit="GPU-h", planned=hours, paper=line.gpu_hours))
        elif line.usd and profile.prices.currency == "USD" and all(stage.money is not None for stage in own):
            money = sum(stage.money or 0.0 for stage in own)
            lines.append(PaperLine(name=line.name, unit="$", planned=money, paper=line.usd))
    same = [stage for stage in stages if stage.paper_stage or stage.model is None]  # the paper measures no judge
    total = sum(stage.device_hours for stage in same)
    lines.append(PaperLine(name="total", unit="GPU-h", planned=total, paper=PAPER_TOTAL_GPU_HOURS))
    prices = [stage.money for stage in same]
    if None not in prices and profile.prices.currency == "USD":
        lines.append(PaperLine(name="total", unit="$", planned=sum(filter(None, prices)), paper=PAPER_TOTAL_USD))
    return lines


def _stage(profile: Profile, asset: str, paper_line: str | None, parts: Sequence[Work], known: Measured) -> Stage:
    estimates = [estimate(profile, work, known) for work in parts]
    names = list(dict.fromkeys(work.model for work in parts if work.model))
    # One load for each model: a run keeps it over an asset's partitions.
    num_loads = len({work.label for work in parts if work.model and not is_api(profile, work.model)})
    starts = num_loads * profile.hardware.start_s
    device_hours = (sum(e.device_s for e in estimates) + starts * num_devices(profile)) / 3600
    tokens = round(sum(e.prompt_tokens for e in estimates)), round(sum(e.completion_tokens for e in estimates))
    kept = [work.num_kept for work in parts if work.num_kept is not None]
    return Stage(
        asset=asset,
        paper_stage=paper_line,
        model=" + ".join(names) or None,
        num_rows=round(sum(work.num_rows for work in parts)),
        num_kept=round(sum(kept)) if kept else None,
        num_requests=round(sum(work.num_requests for work in parts)),
        prompt_tokens=tokens[0],
        completion_tokens=tokens[1],
        is_training=any(work.task in TRAINS for work in parts),
        flops=sum(e.flops for e in estimates),
        device_hours=device_hours,
        engine_s=sum(e.engine_s for e in estimates) + starts if num_loads or not names else None,
        money=_money(profile, parts, estimates, device_hours),
        rows_basis=_rows_basis(profile, parts, known),
        tokens_basis=_least_certain([e.tokens_basis for e in estimates]),
        hours_basis=_least_certain([e.hours_basis for e in estimates]),
    )


def _money(profile: Profile, parts: Sequence[Work], estimates: Sequence[Estimate], device_hours: float) -> float | None:
    """Return what an asset costs: tokens of each model behind a server, and the hours of our devices."""
    used = [(work.model, found) for work, found in zip(parts, estimates, strict=True) if work.model]
    costs = [
        money(profile, name, 0.0, (round(found.prompt_tokens), round(found.completion_tokens)))
        for name, found in used
        if is_api(profile, name)
    ]
    own = [name for name, _ in used if not is_api(profile, name)]
    costs += [money(profile, name, device_hours, (0, 0)) for name in own[:1]]
    return None if None in costs else sum(filter(None, costs))


def _rows_basis(profile: Profile, parts: Sequence[Work], known: Measured) -> Basis:
    """Return where an asset's rows come from: the shares kept that they rest on, and the seed questions."""
    is_counted = all(source.max_questions for source in profile.seeds.sources)
    if not is_counted and any(work.is_of_seeds for work in parts):
        return "assumed"
    rates = {rate for work in parts for rate in work.rates}
    if not rates:
        return "profile"
    return "measured" if rates <= known.keep_rates.keys() else "assumed"


def _least_certain(bases: Sequence[Basis]) -> Basis:
    return max(bases, key=_CERTAINTY.index)


def _require_sizes(profile: Profile, found: Sequence[Work]) -> None:
    """Name all models whose size is not known, at once."""
    errors: dict[str, ProfileError] = {}
    for name in dict.fromkeys(work.model for work in found if work.model):
        try:
            billion_parameters(profile, name)
        except ProfileError as error:
            errors.setdefault(base_of(profile, name), error)
    if errors:
        what = "; ".join(error.what for error in errors.values())
        raise ProfileError(what, "; ".join(error.remedy for error in errors.values()))
