#!/usr/bin/env bash
# Tested with: transformers 5.24.0, accelerate 1.15.0, torch 2.13.0.
#
# Behaviour: a decoder with a head for regression or classes (`LlamaForSequenceClassification` and those made like it),
# trained by `Trainer`, has a loss and gradients as many times too large as batches are accumulated. `Trainer` hands the
# number of items to every model whose forward pass takes keywords, and leaves the division by the accumulated batches to
# it; these take keywords, and their loss is the mean of the one batch. The same decoder that predicts the next token looks
# at the number, and the same rows give the same loss however they are shared out. No warning says so: a smaller micro
# batch, meant to save memory, multiplies the learning rate.
#
# Output seen:
#   regression     8 rows at once   loss 1.0 x   gradient 1.0 x
#   regression     4 rows, twice    loss 2.0 x   gradient 2.0 x
#   regression     2 rows, 4 times  loss 4.0 x   gradient 4.0 x
#   classes        8 rows at once   loss 1.0 x   gradient 1.0 x
#   classes        4 rows, twice    loss 2.0 x   gradient 2.0 x
#   classes        2 rows, 4 times  loss 4.0 x   gradient 4.0 x
#   next token     8 rows at once   loss 1.0 x   gradient 1.0 x
#   next token     4 rows, twice    loss 1.0 x   gradient 1.0 x
#   next token     2 rows, 4 times  loss 1.0 x   gradient 1.0 x
#
# Common guess: that accumulating gradients changes memory and time, and nothing that is learned.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check torch==2.13.0 numpy
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check transformers==5.24.0 accelerate==1.15.0

cat >"$folder/show.py" <<'PYTHON'
import sys

import torch
from transformers import LlamaConfig, LlamaForCausalLM, LlamaForSequenceClassification, Trainer, TrainingArguments

SIZES = dict(vocab_size=50, hidden_size=16, intermediate_size=32, num_hidden_layers=1, num_attention_heads=2)
WAYS = {8: "8 rows at once", 4: "4 rows, twice", 2: "2 rows, 4 times"}
SCORER = LlamaForSequenceClassification
KINDS = {
    "regression": (SCORER, dict(problem_type="regression", num_labels=1), lambda i: float(i % 2)),
    "classes": (SCORER, dict(problem_type="single_label_classification", num_labels=2), lambda i: i % 2),
    "next token": (LlamaForCausalLM, {}, lambda i: [1 + i, 7, 9, 3]),
}


def measured(model_class, options, label, rows_at_once):
    torch.manual_seed(0)
    model = model_class(LlamaConfig(**SIZES, pad_token_id=0, **options))
    rows = [{"input_ids": [1 + i, 7, 9, 3], "attention_mask": [1] * 4, "labels": label(i)} for i in range(8)]
    arguments = TrainingArguments(
        output_dir=sys.argv[1], per_device_train_batch_size=rows_at_once, gradient_accumulation_steps=8 // rows_at_once,
        max_steps=1, learning_rate=0.0, max_grad_norm=1e9, logging_steps=1, report_to=[], use_cpu=True, disable_tqdm=True,
    )  # fmt: skip
    trainer = Trainer(model=model, args=arguments, train_dataset=rows)
    trainer.train()
    first = trainer.state.log_history[0]
    return first["loss"], first["grad_norm"]


for kind, (model_class, options, label) in KINDS.items():
    found = {rows: measured(model_class, options, label, rows) for rows in WAYS}
    for rows, (loss, norm) in found.items():
        times = [round(loss / found[8][0], 1), round(norm / found[8][1], 1)]
        print(f"{kind:14} {WAYS[rows]:16} loss {times[0]} x   gradient {times[1]} x")
        expected = 1.0 if kind == "next token" else 8 / rows
        assert times == [expected, expected], times
PYTHON
"$folder/venv/bin/python" "$folder/show.py" "$folder/out" 2>/dev/null | grep -E "^(regression|classes|next token)"
