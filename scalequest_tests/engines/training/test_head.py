"""The head of a model that learns to score starts at the mean of what it is to learn."""

import pytest
import torch

from scalequest_assets.engines.loading import load_model
from scalequest_assets.engines.training.head import constant_direction, start_at_mean


@pytest.mark.parametrize("num", [1, 5, 40, 200])
def test_states_with_a_common_part_give_a_constant(num: int):
    states = torch.randn(num, 24, dtype=torch.float64, generator=torch.Generator().manual_seed(num)) + 3
    unseen = torch.randn(50, 24, dtype=torch.float64, generator=torch.Generator().manual_seed(0)) + 3
    weights = constant_direction(states)
    assert float((states @ weights).mean()) == pytest.approx(1, abs=1e-6)
    assert float((unseen @ weights).std()) < 0.25


def test_states_of_zero_give_a_finite_head():
    assert torch.isfinite(constant_direction(torch.zeros(4, 3, dtype=torch.float64))).all()


def test_a_models_first_scores_are_the_labels_mean(tiny_model: str):
    model = load_model(tiny_model, "score", dtype="float32", adds_head=True)
    model.config.pad_token_id = 0
    rows = [{"input_ids": list(range(1, 3 + num)), "labels": 0.6 + 0.02 * num} for num in range(12)]
    start_at_mean(model, rows, batch_size=5, device="cpu")
    with torch.no_grad():
        alone = torch.stack([model(input_ids=torch.tensor([row["input_ids"]])).logits.squeeze() for row in rows])
    assert float(alone.mean()) == pytest.approx(0.71, abs=1e-3), "of rows read one by one as of padded ones"


def test_a_model_with_another_head_is_left_alone():
    start_at_mean(torch.nn.Linear(2, 1), [{"input_ids": [1], "labels": 0.5}], batch_size=1, device="cpu")
