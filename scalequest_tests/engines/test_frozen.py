"""Packed linear layers: what torch's layers give, but for rounding, and the same each time."""

import pytest
import torch
from transformers import AutoModelForSequenceClassification

from scalequest_assets.engines.base import Request, Sampling
from scalequest_assets.engines.frozen import PackedLinear, pack, plain_linears
from scalequest_assets.engines.loading import load_model
from scalequest_assets.engines.transformers.engine import TransformersEngine

pytestmark = pytest.mark.skipif(not torch.backends.mkldnn.is_available(), reason="this build of torch has no oneDNN")


def given(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(len(shape)))


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("shape", [(1, 96), (5, 96), (3, 7, 96), (2, 0, 96)])
def test_it_gives_what_the_layer_gives_that_it_stands_for(shape: tuple[int, ...], bias: bool):
    torch.manual_seed(1)
    linear = torch.nn.Linear(96, 48, bias=bias)
    packed, rows = PackedLinear(linear), given(*shape)
    torch.testing.assert_close(packed(rows), linear(rows).detach(), rtol=1e-5, atol=1e-5)
    assert torch.equal(packed(rows), packed(rows))


def test_rows_need_not_lie_one_behind_the_other():
    linear, rows = torch.nn.Linear(64, 32), given(64, 9).T
    torch.testing.assert_close(PackedLinear(linear)(rows), linear(rows).detach(), rtol=1e-5, atol=1e-5)


def test_what_it_holds_in_place_of_weights_is_no_number():
    packed = PackedLinear(torch.nn.Linear(64, 32))
    assert packed.weight.shape == (32, 64)
    assert packed.weight.isnan().all()
    assert packed.weight.untyped_storage().nbytes() == 4


def test_layers_in_float32_are_packed_and_no_others(tiny_model: str, tiny_scorer: str):
    model = load_model(tiny_model, "causal", dtype="float32")
    num = len(list(plain_linears(model)))
    pack(model)
    assert not list(plain_linears(model))
    assert sum(isinstance(module, PackedLinear) for module in model.modules()) == num > 0
    scorer = AutoModelForSequenceClassification.from_pretrained(tiny_scorer)
    pack(scorer)
    assert type(scorer.score) is torch.nn.Linear
    half = load_model(tiny_model, "causal", dtype="bfloat16")
    pack(half)
    assert not any(isinstance(module, PackedLinear) for module in half.modules())


def test_a_machine_without_the_kernels_keeps_torchs_layers(tiny_model: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: False)
    model = load_model(tiny_model, "causal", dtype="float32")
    pack(model)
    assert not any(isinstance(module, PackedLinear) for module in model.modules())


def test_an_engine_in_float32_writes_with_packed_layers(tiny_model: str, monkeypatch: pytest.MonkeyPatch):
    seen = []
    forward = PackedLinear.forward
    monkeypatch.setattr(PackedLinear, "forward", lambda self, rows: seen.append(rows.shape) or forward(self, rows))
    engine = TransformersEngine(tiny_model, dtype="float32", device="cpu")
    rows = list(engine.generate([Request(id="a", prompt="one two", seed=1)], Sampling(max_tokens=3), {"a"}))
    assert rows
    assert seen
