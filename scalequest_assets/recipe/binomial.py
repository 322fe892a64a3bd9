"""The exact interval of a share that was counted in a sample."""

import math
from collections.abc import Callable
from functools import cache

LEVEL = 0.95
"""Of all intervals."""
_STEPS = 60
"""Halvings of [0, 1]: beyond the precision of a float."""


@cache
def exact_interval(hits: int, num: int) -> tuple[float, float]:
    """Return the Clopper-Pearson interval of a share at 95%: it is never too narrow, however few were counted.

    Args:
        hits: How many of the sample have it, in [0, `num`].
        num: How many the sample has; of none, the interval is [0, 1].

    Returns:
        Both ends, in [0, 1].

    Source: Clopper and Pearson 1934.
    """
    half = (1 - LEVEL) / 2
    low = _crossing(lambda share: _at_least(hits, num, share) >= half) if hits else 0.0
    high = _crossing(lambda share: _at_least(num - hits, num, 1 - share) < half) if hits < num else 1.0
    return low, high


def _at_least(hits: int, num: int, share: float) -> float:
    """Return the probability of at least so many hits."""
    if share <= 0 or share >= 1:
        return float(share >= 1)
    log_yes, log_no = math.log(share), math.log1p(-share)
    return math.fsum(
        math.exp(
            math.lgamma(num + 1)
            - math.lgamma(count + 1)
            - math.lgamma(num - count + 1)
            + count * log_yes
            + (num - count) * log_no
        )
        for count in range(hits, num + 1)
    )


def _crossing(is_beyond: Callable[[float], bool]) -> float:
    """Return where a condition that holds from some share on begins to."""
    low, high = 0.0, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if is_beyond(middle) else (middle, high)
    return (low + high) / 2
