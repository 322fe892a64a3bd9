"""Whether one of two ways is right more often on the same questions: exact, whatever they have in common.

Source: McNemar 1947, as the exact binomial test of the questions on which both differ; Rüger 1978 (several tests of one
hypothesis, however they depend on each other); Holm 1979.
"""

import math
from collections.abc import Sequence


def exact_p(*splits: tuple[int, int]) -> float:
    """Return the two-sided probability of splits at least as uneven, if either way were as likely to win.

    Args:
        splits: Of each pair of students, such as one for each seed: on how many questions the first is right and the
            second is not, and on how many the other way round. Those on which both do the same tell nothing.

    Of several, more than half have to say it: the probability is n/k times the k-th smallest, k the least majority of
    n. That holds however they depend on each other, as students do that answer the same questions.
    """
    better = _majority([_tail(won, lost) for won, lost in splits])
    worse = _majority([_tail(lost, won) for won, lost in splits])
    return min(1.0, 2 * min(better, worse))


def holm(p_values: Sequence[float]) -> list[float]:
    """Return probabilities corrected for their number: those under 0.05 are wrong together in one report of twenty."""
    order = sorted(range(len(p_values)), key=lambda place: p_values[place])
    adjusted, highest = [0.0] * len(p_values), 0.0
    for rank, place in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[place]))
        adjusted[place] = highest
    return adjusted


def _tail(won: int, lost: int) -> float:
    """Return the probability that a coin wins so often or more."""
    num = won + lost
    log_half = -num * math.log(2)
    return math.fsum(
        math.exp(math.lgamma(num + 1) - math.lgamma(k + 1) - math.lgamma(num - k + 1) + log_half)
        for k in range(lost + 1)
    )


def _majority(p_values: Sequence[float]) -> float:
    num = len(p_values)
    most = num // 2 + 1
    return num / most * sorted(p_values)[most - 1]
