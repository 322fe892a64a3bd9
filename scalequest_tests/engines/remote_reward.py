"""A directory with a tiny reward model that brings code of its own, as InternLM2-Reward does: `AutoModel`, a `v_head`,
and a score that is read at a token which must end every text."""

import json
from pathlib import Path

from scalequest_tests.engines.conftest import make_model

REWARD_TOKEN = 7
CONFIGURATION = """
from transformers import LlamaConfig


class TinyRewardConfig(LlamaConfig):
    model_type = "tiny_reward"
"""
MODELING = """
import pathlib

import torch
from torch import nn
from transformers import LlamaModel, LlamaPreTrainedModel
from transformers.modeling_outputs import SequenceClassifierOutputWithPast

from .configuration_tiny import TinyRewardConfig

pathlib.Path("MARK").write_text("the model's code has run")


class TinyForRewardModel(LlamaPreTrainedModel):
    config_class = TinyRewardConfig

    def __init__(self, config):
        super().__init__(config)
        self.model = LlamaModel(config)
        self.v_head = nn.Linear(config.hidden_size, 1, bias=False)
        self.reward_token_id = config.reward_token_id
        self.post_init()

    def forward(self, input_ids=None, attention_mask=None, **kwargs):
        ends = attention_mask.sum(dim=1, keepdim=True) - 1
        assert (input_ids.gather(1, ends) == self.reward_token_id).all(), "the last token must be the reward token"
        hidden = self.model(input_ids=input_ids, attention_mask=attention_mask)[0]
        return SequenceClassifierOutputWithPast(logits=self.v_head(hidden).squeeze(-1).gather(1, ends).squeeze(1))
"""


def make_remote_reward(directory: Path, *, seed: int = 0, context: int = 256) -> Path:
    """Write the model; the file `mark` beside it appears when its code runs."""
    from safetensors.torch import load_file, save_file

    make_model(directory, head="score", seed=seed, context=context)
    weights = load_file(directory / "model.safetensors")
    weights["v_head.weight"] = weights.pop("score.weight")
    save_file(weights, directory / "model.safetensors", metadata={"format": "pt"})
    config = json.loads((directory / "config.json").read_text())
    for key in ("id2label", "label2id"):
        config.pop(key, None)
    config |= {
        "model_type": "tiny_reward",
        "architectures": ["TinyForRewardModel"],
        "reward_token_id": REWARD_TOKEN,
        "auto_map": {
            "AutoConfig": "configuration_tiny.TinyRewardConfig",
            "AutoModel": "modeling_tiny.TinyForRewardModel",
        },
    }
    (directory / "config.json").write_text(json.dumps(config))
    (directory / "configuration_tiny.py").write_text(CONFIGURATION)
    (directory / "modeling_tiny.py").write_text(MODELING.replace("MARK", str(directory / "mark")))
    return directory
