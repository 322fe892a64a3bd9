"""Constants and mixers of all hashes that kernels compute. Stored signatures and keys depend on them."""

from typing import Final

import numpy as np

from scalequest_assets.recipe.kernels import kernel

FNV_OFFSET: Final = np.uint64(0xCBF29CE484222325)
FNV_PRIME: Final = np.uint64(0x100000001B3)
"""Of the FNV-1a hash, 64 bits wide."""
GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)
"""2^64 divided by the golden ratio, odd: multiples of it are spread evenly."""
MURMUR_1: Final = np.uint64(0xFF51AFD7ED558CCD)
MURMUR_2: Final = np.uint64(0xC4CEB9FE1A85EC53)
"""Multipliers of MurmurHash3's finalizer. Source: Appleby 2011."""
HALF: Final = np.uint64(33)
"""How far that finalizer shifts."""


@kernel(inline="always")
def mix(value: np.uint64) -> np.uint64:
    """Return MurmurHash3's finalizer of a number: every bit of it moves every bit of the result."""
    value ^= value >> HALF
    value *= MURMUR_1
    value ^= value >> HALF
    value *= MURMUR_2
    return value ^ (value >> HALF)


@kernel(inline="always")
def half_mix(value: np.uint64) -> np.uint64:
    """Return the first of its two rounds, for numbers that are mixed again."""
    value = (value ^ (value >> HALF)) * MURMUR_1
    return value ^ (value >> HALF)
