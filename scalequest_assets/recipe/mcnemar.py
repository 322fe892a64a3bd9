"""Whether one of two ways is right more often on the same questions: exact, whatever they have in common.

Source: McNemar 1947, as the exact binomial test of the questions on which both differ; Holm 1979.
"""

import math
from collections.abc import Sequence


def exact_p(num_better: int, num_worse: int) -> float:
    """Return the two-sided probability of a split at least as uneven, if either way were as likely to win.

    Args:
        num_better: Questions on which the first is right and the second is not.
        num_worse: Questions the other way round. Those on which both do the same tell nothing.
    """
    num, fewer = num_better + num_worse, min(num_better, num_worse)
    log_half = -num * math.log(2)
    tail = math.fsum(
        math.exp(math.lgamma(num + 1) - math.lgamma(k + 1) - math.lgamma(num - k + 1) + log_half)
        for k in range(fewer + 1)
    )
    return min(1.0, 2 * tail)


def holm(p_values: Sequence[float]) -> list[float]:
    """Return probabilities corrected for their number: those under 0.05 are wrong together in one report of twenty."""
    order = sorted(range(len(p_values)), key=lambda place: p_values[place])
    adjusted, highest = [0.0] * len(p_values), 0.0
    for rank, place in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[place]))
        adjusted[place] = highest
    return adjusted
