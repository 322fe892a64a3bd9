"""From float32 to bfloat16 without losing what was learned.

bfloat16 keeps 8 bits: a small learning rate moves nearly every weight by less than half a step, and rounding to the
nearest puts it back where it was. Measured on SmolLM2-135M after 6 steps at 5e-7 (the rate of QPO): loss 3.520 before,
3.409 trained, 3.519 after rounding to the nearest, 3.409 after rounding at random, up or down in proportion.

This module imports torch: load it only where a model is loaded.
"""

from typing import Any, Final

import torch

_DROPPED_BITS: Final = 16


def round_weights(model: Any, dtype: torch.dtype, seed: int) -> None:
    """Convert a model's weights in place, float32 to bfloat16 by stochastic rounding.

    Args:
        model: Its weights are finite.
        dtype: What they become.
        seed: The same seed gives the same weights.
    """
    if dtype == torch.bfloat16:
        generator = torch.Generator().manual_seed(seed)
        for weights in model.parameters():  # those that are tied come once
            if weights.dtype == torch.float32:
                weights.data = stochastic_bfloat16(weights.data, generator)
    model.to(dtype)


def rounded(values: torch.Tensor, dtype: torch.dtype, generator: torch.Generator) -> torch.Tensor:
    """Return float32 values in another dtype, bfloat16 by stochastic rounding."""
    return stochastic_bfloat16(values, generator) if dtype == torch.bfloat16 else values.to(dtype)


def stochastic_bfloat16(values: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Return float32 values as one of their two bfloat16 neighbours, on average what they were."""
    noise = torch.randint(0, 2**_DROPPED_BITS, values.shape, generator=generator, dtype=torch.int32)
    bits = values.contiguous().view(torch.int32) + noise.to(values.device)
    return (bits & -(2**_DROPPED_BITS)).view(torch.float32).to(torch.bfloat16)
