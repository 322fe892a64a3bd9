"""From an asset's work to tokens, operations, hours and money: by what was measured here, else by what is assumed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from scalequest_assets.config.models import ApiModel, Model
from scalequest_assets.config.profile import Profile
from scalequest_assets.planning.assumptions import (
    FLOPS_DPO_COUNTED,
    FLOPS_READ,
    FLOPS_TRAINED,
    base_of,
    billion_parameters,
)
from scalequest_assets.planning.work import TRAINS, Task, Work

Basis = Literal["profile", "measured", "assumed"]
"""Where a figure comes from: the profile says it, this home has measured it, or it is assumed."""

Identity = tuple[str | None, bool, Model | None]
"""What two profiles must share for the figures of one to hold for the other: see `identity_of`."""


@dataclass(frozen=True, kw_only=True)
class Usage:
    """What an asset used in this home, so far.

    Attributes:
        identity: What must be the same for it to tell anything: see `identity_of`.
        num_requests: Completions, scores, or rows trained, times epochs.
        prompt_tokens: Tokens read.
        completion_tokens: Tokens written or trained; those of DPO doubled.
        engine_s: Seconds of the engine.
        device_s: Seconds of the engine times its devices.
    """

    identity: Identity
    num_requests: float
    prompt_tokens: float
    completion_tokens: float
    engine_s: float
    device_s: float


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What a home has measured.

    Attributes:
        usage: By asset, generator (None: for all) and task.
        keep_rates: Share of rows kept, by asset and generator.
        machine: `engine.kind` and `hardware` that the seconds are of.
    """

    usage: Mapping[tuple[str, str | None, Task], Usage] = field(default_factory=dict)
    keep_rates: Mapping[tuple[str, str | None], float] = field(default_factory=dict)
    machine: tuple[object, ...] = ()


@dataclass(frozen=True)
class Estimate:
    """What one work takes, without loading the model. Fields as in `planning.Stage`, seconds of devices for hours."""

    prompt_tokens: float
    completion_tokens: float
    flops: float
    device_s: float
    engine_s: float
    tokens_basis: Basis
    hours_basis: Basis


def estimate(profile: Profile, work: Work, known: Measured) -> Estimate:
    """Return what a work takes, without loading the model."""
    if work.model is None:
        return Estimate(0.0, 0.0, 0.0, 0.0, 0.0, "profile", "profile")
    usage = known.usage.get((work.asset, work.generator, work.task))
    usage = usage if usage and usage.identity == identity_of(profile, work) else None
    prompt, completion = work.prompt_tokens, work.completion_tokens
    if usage:
        prompt = usage.prompt_tokens / usage.num_requests
        completion = min(usage.completion_tokens / usage.num_requests, work.max_tokens or float("inf"))
    prompt, completion = prompt * work.num_requests, completion * work.num_requests
    billions = billion_parameters(profile, work.model) or 0.0
    flops, device_s = _operations(profile, work, billions * 1e9, prompt, completion)
    num_copies = 1 if work.task in TRAINS else _num_copies(profile)
    engine_s, is_timed = device_s / (_num_sharing(profile) * num_copies), False
    if usage and usage.engine_s > 0 and known.machine == machine_of(profile):
        used = usage.prompt_tokens if work.task == "score" else usage.completion_tokens
        share = (prompt if work.task == "score" else completion) / max(used, 1.0)
        engine_s, device_s, is_timed = share * usage.engine_s / num_copies, share * usage.device_s, True
    tokens_basis: Basis = "measured" if usage else "assumed"
    return Estimate(prompt, completion, flops, device_s, engine_s, tokens_basis, "measured" if is_timed else "assumed")


def _operations(
    profile: Profile, work: Work, parameters: float, prompt: float, completion: float
) -> tuple[float, float]:
    """Return a work's operations, and the seconds of one device that they take."""
    hardware, peak = profile.hardware, profile.hardware.peak_tflops * 1e12
    if work.task in TRAINS:
        per_token = (FLOPS_DPO_COUNTED if work.task == "dpo" else FLOPS_TRAINED)[work.is_lora]
        flops = per_token * parameters * completion
        return flops, flops / (peak * hardware.training_utilization)
    read, written = FLOPS_READ * parameters * prompt, FLOPS_READ * parameters * completion
    seconds = read / (peak * hardware.prefill_utilization) + written / (peak * hardware.decode_utilization)
    return read + written, seconds


def machine_of(profile: Profile) -> tuple[object, ...]:
    """Return what seconds of one copy of a model hang on besides the model."""
    return profile.engine.runs, profile.engine.device, profile.hardware


def num_devices(profile: Profile) -> int:
    """Return how many devices load a model."""
    return _num_sharing(profile) * _num_copies(profile)


def _num_sharing(profile: Profile) -> int:
    """Return how many devices share one copy of a model."""
    return 1 if profile.engine.runs == "transformers" else profile.engine.vllm.tensor_parallel_size


def _num_copies(profile: Profile) -> int:
    """Return how many copies of a model are at work; 1 where only the cluster will tell."""
    return (profile.engine.ray.num_workers or 1) if profile.engine.kind == "ray" else 1


def is_api(profile: Profile, name: str) -> bool:
    """Whether a model runs on somebody else's devices."""
    return isinstance(profile.models[base_of(profile, name)], ApiModel)


def money(profile: Profile, name: str, device_hours: float, tokens: tuple[int, int]) -> float | None:
    """Return what a model's tokens (read, written) or hours cost; None where the profile names no price."""
    prices = profile.prices
    if is_api(profile, name):
        price = prices.tokens.get(name)
        if price is None:
            return None
        return (tokens[0] * price.prompt_million + tokens[1] * price.completion_million) / 1e6
    hour = prices.gpu_hour if profile.hardware.is_gpu else prices.cpu_hour
    return None if hour is None else hour * device_hours


def identity_of(profile: Profile, work: Work) -> Identity:
    """Return what a work is called in `Cost.model`, whether it trains an adapter, and the model it starts from."""
    return work.label, work.is_lora, profile.models[base_of(profile, work.model)] if work.model else None
