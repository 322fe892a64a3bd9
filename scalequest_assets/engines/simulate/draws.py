"""Random numbers that follow from a row's seed alone, for many rows at once."""

import hashlib
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

Draws = npt.NDArray[np.uint64]
UNIT: Final = 2**53

_SALT_BITS: Final = 56
"""A salt is one byte, the highest."""
_GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_S11, _S27, _S30, _S31 = (np.uint64(shift) for shift in (11, 27, 30, 31))


def draws(seeds: Sequence[int] | Draws, num: int, *, salt: int = 0) -> Draws:
    """Return `num` whole numbers in [0, `UNIT`) for each seed, rows x `num`; another salt (0 to 255) others.

    Source: SplitMix64 (Steele, Lea and Flood 2014).
    """
    begin = np.asarray(seeds, np.uint64) + np.uint64(salt << _SALT_BITS)
    steps = np.arange(1, num + 1, dtype=np.uint64) * _GOLDEN
    return _mixed(_mixed(begin)[:, None] + steps[None, :]) >> _S11


def seed_of(text: str) -> int:
    """Return a seed that follows from a text, in [0, 2**63)."""
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big") >> 1


def _mixed(values: Draws) -> Draws:
    values = (values ^ (values >> _S30)) * _FIRST
    values = (values ^ (values >> _S27)) * _SECOND
    return values ^ (values >> _S31)
