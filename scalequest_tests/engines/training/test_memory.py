"""What memory a training needs, and what is said where it is too little."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from scalequest_assets.engines.base import Hyperparameters, TrainingJob
from scalequest_assets.engines.footprint import Memory
from scalequest_assets.engines.training import memory
from scalequest_assets.engines.training.memory import Setup, Shape, choose, estimate, must_be_sharded, shape_of
from scalequest_assets.errors import TrainingError
from scalequest_tests.engines.training.test_training import fit, make_job

QWEN_7B = Shape(
    num_parameters=7_600_000_000,
    lora_parameters=2_500_000,
    num_layers=28,
    hidden_size=3584,
    intermediate_size=18944,
    vocab_size=152_064,
)


def job(base: str = "unused", task: Any = "sft", **hyper: Any) -> TrainingJob:
    settings = Hyperparameters(learning_rate=1e-5, **hyper)
    return TrainingJob(task=task, base_dir=base, train_file="rows", output_dir="out", hyperparameters=settings, seed=1)


def test_the_shape_is_read_without_weights(tiny_model: str, tmp_path: Path) -> None:
    from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification

    without_weights = tmp_path / "model"
    without_weights.mkdir()
    (without_weights / "config.json").write_text((Path(tiny_model) / "config.json").read_text())
    shape = shape_of(job(str(without_weights)))
    whole = AutoModelForCausalLM.from_pretrained(tiny_model)
    assert shape.num_parameters == whole.num_parameters()
    assert (shape.num_layers, shape.hidden_size, shape.intermediate_size) == (2, 32, 64)
    scorer = shape_of(job(str(without_weights), "reward"))
    assert scorer.vocab_size == 1
    scoring = AutoModelForSequenceClassification.from_pretrained(tiny_model, num_labels=1)
    assert scorer.num_parameters == scoring.num_parameters()


def test_adapter_parameters_are_those_that_are_trained(tiny_model: str) -> None:
    import peft
    from transformers import AutoModelForCausalLM

    lora = peft.LoraConfig(r=4, target_modules="all-linear", task_type="CAUSAL_LM")
    adapted = peft.get_peft_model(AutoModelForCausalLM.from_pretrained(tiny_model), lora)
    trained, _ = adapted.get_nb_trainable_parameters()
    assert 4 * shape_of(job(tiny_model)).lora_parameters == trained


def test_full_training_holds_sixteen_bytes_a_weight() -> None:
    need = estimate(job(micro_batch_size=1), QWEN_7B, Setup(), num_tokens=256, is_bfloat16=True)
    assert need.weights + need.gradients + need.optimizer == 16 * QWEN_7B.num_parameters
    assert str(need).startswith(f"{need.total / 1e9:.1f} GB (weights 30.4, gradients 30.4, optimizer 60.8, ")


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"lora_rank": 16}, "optimizer"),
        ({"micro_batch_size": 1}, "activations"),
        ({"setup": Setup(is_checkpointing=True)}, "activations"),
        ({"setup": Setup(num_devices=8, is_sharded=True)}, "weights"),
    ],
)
def test_what_saves_memory(change: dict[str, Any], part: str) -> None:
    setup = change.pop("setup", Setup())
    before = estimate(job(micro_batch_size=8), QWEN_7B, Setup(), num_tokens=256, is_bfloat16=True)
    hyper = {"micro_batch_size": 8, **change}
    after = estimate(job(**hyper), QWEN_7B, setup, num_tokens=256, is_bfloat16=True)
    assert getattr(after, part) < getattr(before, part) / 2
    assert after.total < before.total


@pytest.mark.parametrize(
    ("task", "rank", "frozen", "is_bfloat16", "expected"),
    [
        ("sft", None, "int8", True, "float32"),
        ("sft", 16, "auto", True, "bfloat16"),
        ("dpo", 16, "int8", True, "bfloat16"),
        ("dpo", 16, "int8", False, "int8"),
        ("reward", 16, "int8", True, "int8"),
        ("reward", 16, "auto", True, "float32"),
        ("sft", 16, "auto", False, "float32"),
    ],
)
def test_frozen_weights_are_held_in_what_trains_fastest(
    task: str,
    rank: int | None,
    frozen: str,
    is_bfloat16: bool,
    expected: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(memory, "is_supported", lambda: True)
    asked = dataclasses.replace(job(task=task, lora_rank=rank), frozen_dtype=frozen)
    assert memory.weights_dtype(asked, is_bfloat16=is_bfloat16) == expected
    monkeypatch.setattr(memory, "is_supported", lambda: False)
    assert memory.weights_dtype(asked, is_bfloat16=is_bfloat16) == expected.replace("int8", "float32")


def test_activations_are_recomputed_only_where_they_must_be(tiny_model: str) -> None:
    shape, asked = shape_of(job(tiny_model)), job(tiny_model, batch_size=64, micro_batch_size=64)
    needs = [
        estimate(asked, shape, Setup(is_checkpointing=again), num_tokens=256, is_bfloat16=False).total
        for again in (False, True)
    ]
    assert needs[1] < needs[0]
    monkey = pytest.MonkeyPatch()
    with monkey.context() as patch:
        patch.setattr(memory, "is_fast_in_bfloat16", lambda: False)
        assert not choose(asked, Setup(), num_tokens=256, free=needs[0]).is_checkpointing
        assert choose(asked, Setup(), num_tokens=256, free=needs[1]).is_checkpointing
        with pytest.raises(TrainingError, match="needs about"):
            choose(asked, Setup(), num_tokens=256, free=needs[1] - 1)


def test_too_little_memory_names_numbers_and_a_way_out(
    tiny_model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before a weight is loaded: the model's file is not even there."""
    asked = make_job(tmp_path, tiny_model, "sft")
    monkeypatch.setattr(memory, "available", lambda: 1_000_000_000)
    with pytest.raises(TrainingError, match=r"needs about 1\.2 GB \(weights .* on cpu.*1\.0 GB are free") as raised:
        fit(asked)
    assert "smaller base model" in raised.value.remedy


def test_the_way_out_is_one_that_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "shape_of", lambda job: QWEN_7B)
    monkeypatch.setattr(memory, "is_fast_in_bfloat16", lambda: True)
    monkeypatch.setattr(memory, "best_device", lambda: "cuda")
    with pytest.raises(TrainingError) as raised:
        choose(job(micro_batch_size=4), Setup(), num_tokens=256, free=40_000_000_000)
    assert "lora_rank: 16 (" in raised.value.remedy
    assert "4 GPUs" in raised.value.remedy
    assert "micro_batch_size: 1 (" not in raised.value.remedy.partition("lora")[0]  # 121 GB with it
    lora = job().hyperparameters.model_copy(update={"lora_rank": 16, "micro_batch_size": 4})
    choose(dataclasses.replace(job(), hyperparameters=lora), Setup(), num_tokens=256, free=40_000_000_000)


def test_a_model_that_fits_no_device_is_spread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "shape_of", lambda job: QWEN_7B)
    monkeypatch.setattr(memory, "available", lambda: 80_000_000_000)
    assert must_be_sharded(job(micro_batch_size=1), 8)
    assert not must_be_sharded(job(micro_batch_size=1), 1)
    assert not must_be_sharded(job(micro_batch_size=1, lora_rank=16), 8)


def test_available_is_what_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "memory_here", lambda: Memory(total=456, free=123))
    monkeypatch.setattr(memory, "best_device", lambda: "cpu")
    assert memory.available() == 123
