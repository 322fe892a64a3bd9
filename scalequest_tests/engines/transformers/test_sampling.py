import numpy as np
import pytest
import torch

from scalequest_assets.engines.base import Sampling
from scalequest_assets.engines.transformers.sampling import NO_TOKEN, draw, seed_array, uniforms

ROWS = 4000


def frequencies(logits: torch.Tensor, sampling: Sampling, step: int = 0) -> np.ndarray:
    tokens = draw(logits.expand(ROWS, -1), sampling, seed_array(range(ROWS)), step)
    return np.bincount(tokens.numpy(), minlength=logits.shape[-1]) / ROWS


def distance(seen: np.ndarray, expected: np.ndarray) -> float:
    """Chi-square statistic over the tokens that can occur."""
    possible = expected > 0
    assert seen[~possible].sum() == 0
    return float(ROWS * ((seen - expected) ** 2 / np.where(possible, expected, 1)).sum())


def nucleus(logits: torch.Tensor, sampling: Sampling) -> np.ndarray:
    """The truncated distribution, spelled out the slow way."""
    p = torch.softmax(logits.double() / sampling.temperature, dim=-1).numpy()
    kept, mass = np.zeros_like(p), 0.0
    for token in np.argsort(-p, kind="stable"):
        if mass >= sampling.top_p:
            break
        kept[token] = p[token]
        mass += p[token]
    return kept / kept.sum()


@pytest.mark.parametrize(
    ("temperature", "top_p"), [(1.0, 1.0), (1.0, 0.99), (0.7, 0.95), (1.3, 0.5), (1.0, 0.1), (2.0, 0.9)]
)
def test_draws_follow_the_truncated_distribution(temperature: float, top_p: float) -> None:
    logits = torch.randn(50, generator=torch.Generator().manual_seed(1)) * 2
    sampling = Sampling(temperature=temperature, top_p=top_p)
    expected = nucleus(logits, sampling)
    freedom = (expected > 0).sum() - 1
    for step in (0, 7):
        # 5 standard deviations above the mean of chi-square; the seeds are fixed, so this either holds or does not.
        assert distance(frequencies(logits, sampling, step), expected) < freedom + 5 * np.sqrt(2 * freedom) + 1


def test_steps_and_seeds_give_different_numbers() -> None:
    seeds = seed_array(range(1000))
    numbers = np.stack([uniforms(seeds, counter) for counter in range(20)])
    assert len(np.unique(numbers)) > 19_900
    assert numbers.min() >= 0
    assert numbers.max() < 1
    correlation = np.corrcoef(numbers)
    assert np.abs(correlation - np.eye(20)).max() < 0.15


def test_draw_of_a_row_is_its_own() -> None:
    logits = torch.randn(40, 100, generator=torch.Generator().manual_seed(2))
    sampling, seeds = Sampling(temperature=1.0, top_p=0.8), seed_array(range(40))
    together = draw(logits, sampling, seeds, step=3)
    alone = [draw(logits[i : i + 1], sampling, seeds[i : i + 1], step=3).item() for i in range(40)]
    assert together.tolist() == alone


def test_temperature_zero_is_greedy() -> None:
    logits = torch.tensor([[0.1, 3.0, 2.9], [5.0, 0.0, 0.0]])
    assert draw(logits, Sampling(), seed_array([1, 2]), 0).tolist() == [1, 0]


def test_impossible_tokens_are_never_drawn() -> None:
    logits = torch.full((10,), float("-inf"))
    logits[3] = 0.0
    assert frequencies(logits, Sampling(temperature=1.0)).tolist() == [0, 0, 0, 1, 0, 0, 0, 0, 0, 0]


def test_large_seeds_are_taken() -> None:
    assert len(np.unique(seed_array([0, 1, 2**63 - 1]))) == 3


@pytest.mark.parametrize(
    "sampling", [Sampling(temperature=0.0), Sampling(top_p=1.0), Sampling(temperature=0.7, top_p=0.9)]
)
@pytest.mark.parametrize("broken", [float("nan"), float("inf")])
def test_a_row_of_what_is_no_number_draws_nothing_and_the_others_what_they_would(
    sampling: Sampling, broken: float
) -> None:
    logits, seeds = torch.randn(40, 100, generator=torch.Generator().manual_seed(2)), seed_array(range(40))
    right = draw(logits, sampling, seeds, 3)
    logits[:, 7] = -torch.inf  # words that a model rules out are no fault
    logits[[5, 39], 50] = broken
    drawn = draw(logits, sampling, seeds, 3)
    assert (drawn == NO_TOKEN).nonzero()[:, 0].tolist() == [5, 39]
    sound = (right != 7) & (drawn != NO_TOKEN)
    if sampling.temperature == 0:
        assert torch.equal(drawn[sound], right[sound])
    alone = [draw(logits[i : i + 1], sampling, seeds[i : i + 1], 3).item() for i in range(40)]
    assert drawn.tolist() == alone
