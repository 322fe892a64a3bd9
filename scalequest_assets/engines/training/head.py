"""The head of a model that learns to score: it starts as the constant predictor.

A new head holds random numbers, and its scores are far from any label: with few rows, or a small learning rate, a
training ends before it has come near them. Begun at the labels' mean, all that it learns is how questions differ.

Source: PAPER section 1, difficulty. Differs: the authors' head is random at first.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import torch

MAX_ROWS: Final = 512
"""Rows whose states are looked at."""
_SHRINKAGE: Final = 0.01


def start_at_mean(model: Any, rows: Sequence[Mapping[str, Any]], *, batch_size: int, device: str) -> None:
    """Set the weights of a model's one-label head, so that it scores every text at about the labels' mean.

    Args:
        model: A model with a linear head `score` on the last token's state, as decoders have; another stays as it is.
        rows: `input_ids` and `labels` (a number).
        batch_size: Rows at once.
        device: Where the states are computed.
    """
    if not isinstance(getattr(model, "score", None), torch.nn.Linear):
        return
    states = _states(model.to(device).eval(), [row["input_ids"] for row in rows[:MAX_ROWS]], batch_size)
    mean = sum(float(row["labels"]) for row in rows) / len(rows)
    with torch.no_grad():
        model.score.weight.copy_((mean * constant_direction(states)).unsqueeze(0))


def constant_direction(states: torch.Tensor) -> torch.Tensor:
    """Return weights whose product with every state is about 1: a ridge regression, as a head has no intercept.

    Args:
        states: Features, float64 of shape (rows, size).
    """
    gram = states @ states.T
    ridge = torch.eye(len(states), dtype=torch.float64) * (_SHRINKAGE * gram.diagonal().mean()).clamp_min(1e-12)
    weights = states.T @ torch.linalg.solve(gram + ridge, torch.ones(len(states), dtype=torch.float64))
    scaled: torch.Tensor = weights / (states @ weights).mean().clamp_min(1e-12)
    return scaled


def _states(model: Any, texts: Sequence[Sequence[int]], batch_size: int) -> torch.Tensor:
    """Return what the head is given for the last token of each text."""
    seen: list[torch.Tensor] = []
    handle = model.score.register_forward_pre_hook(lambda _, given: seen.append(given[0].detach()))
    order = sorted(range(len(texts)), key=lambda row: len(texts[row]))
    states: dict[int, torch.Tensor] = {}
    try:
        for start in range(0, len(order), batch_size):
            batch = order[start : start + batch_size]
            longest = len(texts[batch[-1]])
            padded = [[*texts[row], *[model.config.pad_token_id] * (longest - len(texts[row]))] for row in batch]
            mask = [[1] * len(texts[row]) + [0] * (longest - len(texts[row])) for row in batch]
            with torch.inference_mode():
                model(
                    input_ids=torch.tensor(padded, device=model.device),
                    attention_mask=torch.tensor(mask, device=model.device),
                )
            given = seen.pop()
            states |= {row: given[place, len(texts[row]) - 1].double().cpu() for place, row in enumerate(batch)}
    finally:
        handle.remove()
    return torch.stack([states[row] for row in range(len(texts))])
