"""Packed linear layers: what torch's layers give, but for rounding, and the same each time."""

import platform
import weakref

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification, MambaConfig

from scalequest_assets.engines import frozen
from scalequest_assets.engines.base import Request, Sampling
from scalequest_assets.engines.frozen import PackedLinear, pack, rounded_up
from scalequest_assets.engines.loading import load_model
from scalequest_assets.engines.transformers.engine import TransformersEngine, TransformersScorer

is_here = torch.backends.mkldnn.is_available() and platform.machine() in ("x86_64", "AMD64")
pytestmark = pytest.mark.skipif(not is_here, reason="an x86 processor, and a build of torch with oneDNN, are needed")
IDS = torch.arange(1, 60)[None]


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


def test_its_weights_can_be_read():
    linear = torch.nn.Linear(64, 32)
    assert torch.equal(PackedLinear(linear).weight, linear.weight)


def test_many_rows_are_cut_and_each_part_padded():
    linear = torch.nn.Linear(64, 32)
    packed, rows = PackedLinear(linear), given(600, 64)
    for num in (9, 33, 255, 257, 600):
        torch.testing.assert_close(packed(rows[:num]), linear(rows[:num]).detach(), rtol=1e-5, atol=1e-5)


def test_few_numbers_of_rows_are_compiled_for():
    """oneDNN keeps a kernel for each: with all that occur a process grew by more than a gigabyte."""
    rounded = [rounded_up(num) for num in range(1, 257)]
    assert len(set(rounded)) == 28
    assert rounded[:10] == [1, 2, 3, 4, 5, 6, 7, 8, 10, 10]
    assert all(num <= more <= 1.25 * num for num, more in enumerate(rounded, 1))


def test_no_gradient_is_lost_unnoticed():
    packed = PackedLinear(torch.nn.Linear(64, 32))
    with pytest.raises(RuntimeError, match="no gradients"):
        packed(given(3, 64).requires_grad_())


def linears(model: torch.nn.Module) -> list[torch.nn.Module]:
    return [module for module in model.modules() if type(module) is torch.nn.Linear]


def test_layers_in_float32_are_packed_and_no_others(tiny_model: str, tiny_scorer: str):
    model = load_model(tiny_model, "causal", dtype="float32")
    num = len(linears(model))
    pack(model)
    assert not linears(model)
    assert sum(isinstance(module, PackedLinear) for module in model.modules()) == num > 0
    scorer = AutoModelForSequenceClassification.from_pretrained(tiny_scorer)
    pack(scorer)
    assert linears(scorer) == [scorer.score]
    half = load_model(tiny_model, "causal", dtype="bfloat16")
    pack(half)
    assert not any(isinstance(module, PackedLinear) for module in half.modules())


@pytest.mark.parametrize("is_tied", [True, False])
def test_a_packed_model_gives_the_same_logits(tiny_model: str, is_tied: bool):
    model = load_model(tiny_model, "causal", dtype="float32")
    words = model.get_input_embeddings().weight
    output = model.get_output_embeddings()
    output.weight = words if is_tied else torch.nn.Parameter(torch.randn_like(words))
    before = words.detach().clone()
    with torch.inference_mode():
        right = model(input_ids=IDS).logits
        pack(model)
        torch.testing.assert_close(model(input_ids=IDS).logits, right, rtol=1e-4, atol=1e-4)
    assert torch.equal(model.get_input_embeddings().weight, before)


def test_a_model_that_reads_its_weights_itself_gives_the_same_logits():
    torch.manual_seed(2)
    config = MambaConfig(vocab_size=64, hidden_size=32, num_hidden_layers=2, state_size=8, time_step_rank=16)
    model = AutoModelForCausalLM.from_config(config).eval()
    with torch.inference_mode():
        right = model(input_ids=IDS).logits
        pack(model)
        assert any(isinstance(module, PackedLinear) for module in model.modules())
        torch.testing.assert_close(model(input_ids=IDS).logits, right, rtol=1e-4, atol=1e-4)


def test_weights_are_there_twice_of_one_layer_at_most(monkeypatch: pytest.MonkeyPatch):
    model = torch.nn.Sequential(*(torch.nn.Linear(32, 32) for _ in range(4)))
    alive = [weakref.ref(layer) for layer in model]
    num_alive: list[int] = []

    class Watched(PackedLinear):
        def __init__(self, linear: torch.nn.Linear) -> None:
            num_alive.append(sum(layer() is not None for layer in alive))
            super().__init__(linear)

    monkeypatch.setattr(frozen, "PackedLinear", Watched)
    pack(model)
    assert num_alive == [4, 3, 2, 1]


def test_a_layer_with_two_names_stays_one():
    model = torch.nn.Sequential(torch.nn.Linear(32, 32), torch.nn.Sequential(torch.nn.Linear(32, 32)))
    model.again, model[1].again = model[1][0], model[1][0]
    pack(model)
    assert isinstance(model[1][0], PackedLinear)
    assert model.again is model[1].again is model[1][0]
    assert model[0] is not model[1][0]


@pytest.mark.parametrize("lacking", ["oneDNN", "an operator", "the processor"])
def test_a_machine_without_the_kernels_keeps_torchs_layers(
    lacking: str, tiny_model: str, monkeypatch: pytest.MonkeyPatch
):
    def no_operator(*_: str) -> bool:
        raise RuntimeError("operator does not exist")

    if lacking == "oneDNN":
        monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: False)
    elif lacking == "an operator":
        monkeypatch.setattr(torch._C, "_dispatch_has_kernel_for_dispatch_key", no_operator)
    else:
        monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    model = load_model(tiny_model, "causal", dtype="float32")
    pack(model)
    assert not any(isinstance(module, PackedLinear) for module in model.modules())


def test_engines_in_float32_write_and_score_with_packed_layers(
    tiny_model: str, tiny_scorer: str, monkeypatch: pytest.MonkeyPatch
):
    asked = [Request(id=str(i), prompt="Tom has 3 apples. " * (i + 1), seed=1) for i in range(3)]

    def answers() -> tuple[dict[str, str], list[float | None]]:
        engine = TransformersEngine(tiny_model, dtype="float32", device="cpu")
        scorer = TransformersScorer(tiny_scorer, dtype="float32", device="cpu")
        assert bool(linears(engine._model)) is (PackedLinear not in map(type, engine._model.modules()))
        rows = engine.generate(asked, Sampling(max_tokens=8), {"0", "1", "2"})
        return {row.id: row.text for row in rows}, [row.value for row in scorer.score(asked, {"0", "1", "2"})]

    texts, scores = answers()
    monkeypatch.setattr(frozen, "pack", lambda model: None)
    plain_texts, plain_scores = answers()
    assert texts == plain_texts
    assert scores == pytest.approx(plain_scores, abs=1e-4)
