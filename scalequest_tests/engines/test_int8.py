"""Linear layers in int8: near what they stand for, whatever the size of features, whoever is in the batch."""

from pathlib import Path

import pytest
import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification

from scalequest_assets.engines import int8
from scalequest_assets.engines.base import Request, Sampling
from scalequest_assets.engines.int8 import Int8Linear, is_supported, to_int8
from scalequest_assets.engines.loading import load_model
from scalequest_assets.engines.transformers.engine import TransformersEngine, TransformersScorer
from scalequest_tests.engines.conftest import make_model

pytestmark = pytest.mark.skipif(not is_supported(), reason="torch has no int8 kernels for this processor")


def layer(num_inputs: int, num_outputs: int, *, bias: bool = False) -> torch.nn.Linear:
    torch.manual_seed(num_inputs)
    return torch.nn.Linear(num_inputs, num_outputs, bias=bias)


def rows(num: int, width: int) -> torch.Tensor:
    return torch.randn(num, width, generator=torch.Generator().manual_seed(num + width))


def error(found: torch.Tensor, right: torch.Tensor) -> float:
    """Return the error's size as a share of the right values'."""
    return float((found - right).detach().norm() / right.detach().norm())


@pytest.mark.parametrize("num_inputs", [128, 96, 320, 77])
@pytest.mark.parametrize("bias", [True, False])
def test_it_is_near_the_layer_that_it_stands_for(num_inputs: int, bias: bool):
    linear, given = layer(num_inputs, 48, bias=bias), rows(5, num_inputs)
    found = Int8Linear(linear)(given)
    assert found.dtype == torch.float32
    assert error(found, linear(given)) < 0.02


def test_a_feature_that_is_a_hundred_times_larger_spoils_no_other(monkeypatch: pytest.MonkeyPatch):
    linear, given = layer(128, 64), rows(6, 128)
    given[:, 3] *= 100
    with torch.no_grad():
        linear.weight[:, 3] = 0  # what is large counts for nothing here, and what is left is small
    right = linear(given)
    rotated = error(Int8Linear(linear)(given), right)
    monkeypatch.setattr(int8, "_MAX_BLOCK", 1)
    assert rotated < error(Int8Linear(linear)(given), right) / 3


@pytest.mark.parametrize("num", [1, 7, 1030])
def test_a_row_is_what_it_is_alone(num: int):
    linear = Int8Linear(layer(64, 32))
    given = rows(num, 64) * torch.logspace(-3, 3, num)[:, None]
    assert torch.equal(linear(given)[0], linear(given[:1])[0])
    assert torch.equal(linear(given)[-1], linear(given[-1:])[0])


def test_rows_of_zeros_give_the_bias():
    linear = layer(64, 32, bias=True)
    assert torch.equal(Int8Linear(linear)(torch.zeros(2, 3, 64))[1, 2], linear.bias)


def test_gradients_go_through_it():
    linear, given = layer(96, 48), rows(9, 96)
    wanted, found = given.clone().requires_grad_(), given.clone().requires_grad_()
    linear(wanted).square().sum().backward()
    Int8Linear(linear, with_backward=True)(found).square().sum().backward()
    assert error(found.grad, wanted.grad) < 0.03
    assert not Int8Linear(linear)(given.clone().requires_grad_()).requires_grad, "without its weights transposed"


def test_what_it_holds_in_place_of_weights_is_no_number():
    linear = Int8Linear(layer(64, 32))
    assert linear.weight.shape == (32, 64)
    assert linear.weight.isnan().all()
    assert linear.weight.untyped_storage().nbytes() == 4


def test_a_model_writes_nearly_the_same(tiny_model: str):
    model = load_model(tiny_model, "causal", dtype="float32")
    small = load_model(tiny_model, "causal", dtype="int8")
    ids = torch.arange(1, 40)[None]
    with torch.inference_mode():
        assert error(small(input_ids=ids).logits, model(input_ids=ids).logits) < 0.1
    kinds = {type(module) for module in small.modules()}
    assert Int8Linear in kinds
    assert torch.nn.Linear not in kinds
    assert not any(weights.requires_grad for weights in small.parameters())


def test_rows_are_the_same_alone_and_in_a_batch(tiny_model: str):
    engine = TransformersEngine(tiny_model, dtype="int8", device="cpu")
    asked = [Request(id=str(i), prompt="Tom has 3 apples. " * (i + 1), seed=i) for i in range(6)]
    sampling = Sampling(temperature=1.0, top_p=0.95, max_tokens=16)
    together = {row.id: row.text for row in engine.generate(asked, sampling, {r.id for r in asked})}
    alone = {row.id: row.text for r in asked for row in engine.generate([r], sampling, {r.id})}
    assert together == alone


def test_a_checkpoint_in_bfloat16_is_computed_with_in_float32(tmp_path: Path):
    folder = make_model(tmp_path / "a")
    AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16).save_pretrained(tmp_path / "b")
    model = load_model(str(tmp_path / "b"), "causal", dtype="int8")
    with torch.inference_mode():
        assert model(input_ids=torch.tensor([[5, 6]])).logits.dtype == torch.float32
    assert model.get_input_embeddings().weight.dtype == torch.bfloat16, "as it is stored"


def test_an_adapter_is_merged_before_it_is_rounded(tiny_model: str, tmp_path: Path):
    model = AutoModelForCausalLM.from_pretrained(tiny_model)
    adapted = get_peft_model(model, LoraConfig(r=2, target_modules="all-linear", init_lora_weights=False))
    adapted.save_pretrained(tmp_path)
    ids = torch.arange(1, 40)[None]
    with torch.inference_mode():
        right = load_model(str(tmp_path), "causal", dtype="float32")(input_ids=ids).logits
        assert error(load_model(str(tmp_path), "causal", dtype="int8")(input_ids=ids).logits, right) < 0.1


def test_a_head_that_scores_stays_whole(tmp_path: Path):
    folder = make_model(tmp_path)
    model = AutoModelForSequenceClassification.from_pretrained(folder, num_labels=1)
    model.save_pretrained(folder)
    asked = [Request(id="a", prompt="Tom has 3 apples.", seed=0)]
    scores = {
        dtype: next(TransformersScorer(str(folder), dtype=dtype, device="cpu").score(asked, {"a"})).value
        for dtype in ("float32", "int8")
    }
    to_int8(model)
    assert type(model.score) is torch.nn.Linear
    assert scores["int8"] == pytest.approx(scores["float32"], abs=0.05)


def test_elsewhere_it_is_as_if_auto_was_said(tiny_model: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(int8, "is_supported", lambda: False)
    model = load_model(tiny_model, "causal", dtype="int8")
    assert Int8Linear not in {type(module) for module in model.modules()}
