#!/usr/bin/env bash
# Tested with: torch 2.13.0 on x86 (kernels of fbgemm).
#
# Behaviour: a linear layer made by `torch.ao.quantization.quantize_dynamic` has one scale for its whole input, chosen
# anew at each call from the smallest and largest value in the batch. So what comes out for a row depends on the rows
# beside it: beside one that is 100 times as large, which is ordinary for hidden states of language models, nothing is
# left of it, and no warning is given. Weights are scaled for each output, which is what the documentation stresses.
#
# Output seen:
#   error of the row alone:    1.2%
#   error of the row beside a row 1 times as large:    1.2%
#   error of the row beside a row 10 times as large:   10.5%
#   error of the row beside a row 100 times as large:  101.3%
#   error of the row beside a row 1000 times as large:   99.6%
#
# Common guess: that "dynamic" means a scale for each row (as torchao's int8 dynamic activations have), and that rows of
# a batch, in a model without batch normalisation, do not influence one another.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check torch==2.13.0

cat >"$folder/show.py" <<'PYTHON'
import warnings

import torch

warnings.simplefilter("ignore")
torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Linear(256, 64))
quantized = torch.ao.quantization.quantize_dynamic(model, {torch.nn.Linear}, dtype=torch.qint8)
row, neighbour = torch.randn(1, 256), torch.randn(1, 256)


def error(found):
    """The first row's error as a share of its float32 output."""
    right = model(row)[0]
    return float((found[0] - right).norm() / right.norm())


found = {}
with torch.inference_mode():
    found["alone"] = error(quantized(row))
    for factor in (1, 10, 100, 1000):
        found[f"beside a row {factor} times as large"] = error(quantized(torch.cat([row, factor * neighbour])))
for name, share in found.items():
    print(f"error of the row {name}: {100 * share:6.1f}%")
assert found["alone"] < 0.03
assert found["beside a row 100 times as large"] > 0.5
PYTHON
"$folder/venv/bin/python" "$folder/show.py"
