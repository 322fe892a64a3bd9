#!/usr/bin/env bash
# Tested with: trl 1.16.0, transformers 5.24.0, torch 2.13.0.
#
# Behaviour: `SFTTrainer` and `DPOTrainer` do not call the model's output layer. They multiply the last hidden states by
# `lm_head.weight` themselves. An output layer with a forward pass of its own (one that scales its logits, has quantized
# weights, or forward hooks) is trained with as if it were the plain product, without an error or a warning, while the
# same model called outside the trainer uses it. TRL does refuse a PEFT adapter on `lm_head`, for this very reason.
#
# Output seen:
#   sft    head as it was      15.8231  calls of its forward 0
#   sft    head that scales    15.8231  calls of its forward 0
#   dpo    head as it was     -28.0229  calls of its forward 0
#   dpo    head that scales   -28.0229  calls of its forward 0
#   model  head as it was      15.8231  calls of its forward 0
#   model  head that scales   462.9306  calls of its forward 1
#
# Common guess: that a trainer computes its loss from what the model's forward pass returns, so that a module put in the
# place of `lm_head` takes part in the training.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check torch==2.13.0
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check trl==1.16.0 transformers==5.24.0

cat >"$folder/show.py" <<'PYTHON'
import tempfile

import torch
from datasets import Dataset
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast
from trl import DPOConfig, DPOTrainer, SFTConfig, SFTTrainer


class Scaled(torch.nn.Linear):
    """An output layer whose forward pass is not the plain product: it scales its logits, and counts its calls."""

    calls = 0

    def forward(self, states):
        Scaled.calls += 1
        return 30.0 * super().forward(states)


def tokenizer():
    words = {word: i for i, word in enumerate(["<pad>", "<eos>", "two", "and", "three", "make", "five", "six"])}
    plain = Tokenizer(models.WordLevel(words, unk_token="<pad>"))
    plain.pre_tokenizer = pre_tokenizers.Whitespace()
    return PreTrainedTokenizerFast(tokenizer_object=plain, pad_token="<pad>", eos_token="<eos>")


def model(scaled):
    torch.manual_seed(0)
    config = LlamaConfig(vocab_size=8, hidden_size=32, intermediate_size=32, num_hidden_layers=1,
                         num_attention_heads=2, pad_token_id=0, eos_token_id=1, tie_word_embeddings=False)
    made = LlamaForCausalLM(config)
    torch.nn.init.normal_(made.lm_head.weight)
    if scaled:
        head = Scaled(32, 8, bias=False)
        head.weight = made.lm_head.weight
        made.lm_head = head
    return made


def settings(folder, kind):
    return kind(output_dir=folder, use_cpu=True, bf16=False, max_steps=1, logging_steps=1, learning_rate=0.0,
                report_to="none", save_strategy="no", disable_tqdm=True)


def measured(trainer):
    """The loss of the first step; of preferences, where it would be ln 2, the log-probability of what is chosen."""
    trainer.train()
    logs = trainer.state.log_history[0]
    return logs.get("logps/chosen", logs["loss"])


def sft(scaled, folder):
    rows = Dataset.from_list([{"text": "two and three make five"}] * 8)
    return SFTTrainer(model(scaled), settings(folder, SFTConfig), train_dataset=rows, processing_class=tokenizer())


def dpo(scaled, folder):
    rows = Dataset.from_list([{"prompt": "two and three make", "chosen": " five", "rejected": " six"}] * 8)
    return DPOTrainer(model(scaled), ref_model=model(scaled), args=settings(folder, DPOConfig), train_dataset=rows, processing_class=tokenizer())


with tempfile.TemporaryDirectory() as folder:
    found = {}
    for make in (sft, dpo):
        for scaled in (False, True):
            Scaled.calls = 0
            found[make.__name__, scaled] = (round(measured(make(scaled, folder)), 4), Scaled.calls)
    ids = torch.tensor([[2, 3, 4, 5, 6, 1]])
    for scaled in (False, True):
        found["model", scaled] = (round(float(model(scaled)(input_ids=ids, labels=ids).loss), 4), Scaled.calls)
for (name, scaled), (loss, calls) in found.items():
    print(f"{name:5}  head {'that scales' if scaled else 'as it was  '}  {loss:9.4f}  calls of its forward {calls}")
for task in ("sft", "dpo"):
    assert found[task, True] == found[task, False], "the trainer calls the output layer"
    assert found[task, True][1] == 0
assert found["model", True][0] != found["model", False][0]
PYTHON
"$folder/venv/bin/python" -W ignore "$folder/show.py" 
