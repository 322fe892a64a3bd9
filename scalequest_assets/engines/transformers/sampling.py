"""Drawing the next token of many rows at once, each row by its own random numbers.

A row's draw depends on its seed and the position alone, not on its neighbours in the batch: a counter-based generator
gives two uniform numbers for each (seed, step). A step needs one pass over the vocabulary and no sorting: draw from
the full distribution by inverting its cumulative sum; a token outside the nucleus (rare) is replaced by a draw from the
sorted nucleus. Both together are an exact draw from the nucleus, since a token inside it has probability
p + (1 - mass) * p / mass = p / mass.

This module imports torch: load it only where a model is loaded.
"""

# mypy: allow-untyped-calls
# (torch and transformers are typed in part)

from collections.abc import Sequence
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from scalequest_assets.engines.base import Sampling

NO_TOKEN: Final = -1
"""Drawn for a row whose logits are not numbers: weights are broken, or a value was too large for the dtype."""
_ROWS_AT_ONCE: Final = 16  # keeps the float32 probabilities in the processor's cache
_GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)


def seed_array(seeds: Sequence[int]) -> NDArray[np.uint64]:
    """Return row seeds in [0, 2**63) as the array that `draw` takes."""
    return _mix(np.array(seeds, dtype=np.uint64))


def draw(logits: torch.Tensor, sampling: Sampling, seeds: NDArray[np.uint64], step: int) -> torch.Tensor:
    """Draw one token for each row.

    Args:
        logits: `(rows, vocabulary)`, any float dtype.
        sampling: Temperature and top_p. As elsewhere, the nucleus is the smallest set of most likely tokens whose mass
            reaches top_p; tokens as likely as its least likely one belong to it.
        seeds: `(rows,)`, from `seed_array`.
        step: Position of the token in the completion.

    Returns:
        `(rows,)` int64 token ids on the logits' device, or `NO_TOKEN`.
    """
    if sampling.temperature == 0:
        tokens = logits.argmax(dim=-1)  # of what is no number, where there is such
        return tokens.masked_fill(~logits.gather(1, tokens[:, None])[:, 0].isfinite(), NO_TOKEN)
    parts = [
        _draw_rows(rows, sampling, seeds[start : start + len(rows)], step)
        for start, rows in zip(range(0, len(logits), _ROWS_AT_ONCE), logits.split(_ROWS_AT_ONCE), strict=True)
    ]
    return torch.cat(parts)


def uniforms(seeds: NDArray[np.uint64], counter: int) -> NDArray[np.float32]:
    """Return one number in [0, 1) for each seed: splitmix64 of seed and counter, 24 bits."""
    with np.errstate(over="ignore"):  # unsigned integers wrap around
        bits = _mix(seeds + np.uint64(counter + 1) * _GOLDEN)
    return ((bits >> np.uint64(40)).astype(np.float32) * np.float32(2**-24)).astype(np.float32)


def _draw_rows(logits: torch.Tensor, sampling: Sampling, seeds: NDArray[np.uint64], step: int) -> torch.Tensor:
    probabilities = torch.softmax(logits.float() / sampling.temperature, dim=-1)
    broken = probabilities[:, 0].isnan()  # then all of the row are
    if broken.any():
        tokens = torch.full_like(broken, NO_TOKEN, dtype=torch.int64)
        sound = (~broken).nonzero()[:, 0]
        if len(sound) > 0:
            tokens[sound] = _draw_rows(logits[sound], sampling, seeds[sound.cpu().numpy()], step)
        return tokens
    tokens = _invert(probabilities, uniforms(seeds, 2 * step))
    if sampling.top_p >= 1:
        return tokens
    drawn = probabilities.gather(1, tokens[:, None])
    # What ranks above a token has at most the rest of the mass: a likelier token than that is in the nucleus.
    doubtful = (drawn[:, 0] <= 1 - sampling.top_p + 1e-6).nonzero()[:, 0]
    if len(doubtful) > 0:
        some, likelihood = probabilities[doubtful], drawn[doubtful]
        above = (some * (some > likelihood)).sum(dim=-1)
        outside = doubtful[above >= sampling.top_p]
        if len(outside) > 0:
            tokens[outside] = _draw_sorted(
                probabilities[outside], sampling.top_p, uniforms(seeds[outside.cpu().numpy()], 2 * step + 1)
            )
    return tokens


def _draw_sorted(probabilities: torch.Tensor, top_p: float, uniform: NDArray[np.float32]) -> torch.Tensor:
    values, tokens = probabilities.sort(dim=-1, descending=True, stable=True)
    above = values.cumsum(dim=-1) - values
    chosen = _invert(values.masked_fill(above >= top_p, 0.0), uniform)
    return tokens.gather(1, chosen[:, None])[:, 0]


def _invert(weights: torch.Tensor, uniform: NDArray[np.float32]) -> torch.Tensor:
    """Return for each row the first index whose cumulative weight exceeds `uniform` times the row's total."""
    cumulative = weights.cumsum(dim=-1)
    total = cumulative[:, -1:]
    target = torch.from_numpy(uniform).to(weights.device)[:, None] * total
    target = torch.minimum(target, torch.nextafter(total, torch.zeros_like(total)))  # the product may round up to it
    return torch.searchsorted(cumulative, target, right=True)[:, 0]


def _mix(x: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Finalizer of splitmix64 (Steele, Lea and Flood 2014); arrays wrap around silently."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))
