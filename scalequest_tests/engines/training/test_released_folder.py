"""TRL's trainers take a released folder as it is."""

from pathlib import Path
from typing import Any

import datasets
import pytest
from trl.trainer.dpo_config import DPOConfig
from trl.trainer.dpo_trainer import DPOTrainer
from trl.trainer.grpo_config import GRPOConfig
from trl.trainer.grpo_trainer import GRPOTrainer
from trl.trainer.sft_config import SFTConfig
from trl.trainer.sft_trainer import SFTTrainer

from scalequest_assets.verifier import answer_reward
from scalequest_tests.release.released import release


def rows(config: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> datasets.Dataset:
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    return datasets.load_dataset(release(tmp_path), config, split="train", cache_dir=str(tmp_path / "cache"))


def arguments(tmp_path: Path) -> dict[str, Any]:
    """What keeps a training here small and silent; nothing that says how a row is read."""
    size = {"per_device_train_batch_size": 2, "max_steps": 1, "save_strategy": "no"}
    return {"output_dir": str(tmp_path / "student"), "use_cpu": True, "bf16": False, "report_to": "none", **size}


def test_sft(tiny_model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = SFTConfig(**arguments(tmp_path))
    trainer = SFTTrainer(tiny_model, config, train_dataset=rows("sft", tmp_path, monkeypatch))
    assert trainer.train().training_loss > 0


def test_dpo(tiny_model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = DPOConfig(**arguments(tmp_path))
    trainer = DPOTrainer(tiny_model, args=config, train_dataset=rows("preference", tmp_path, monkeypatch))
    assert trainer.train().training_loss > 0


def test_grpo(tiny_model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = GRPOConfig(**arguments(tmp_path), num_generations=2, max_completion_length=8, logging_steps=1)
    given = rows("rlvr", tmp_path, monkeypatch)
    trainer = GRPOTrainer(tiny_model, reward_funcs=answer_reward, args=config, train_dataset=given)
    trainer.train()
    assert trainer.state.log_history[0]["rewards/answer_reward/mean"] == 0.0
