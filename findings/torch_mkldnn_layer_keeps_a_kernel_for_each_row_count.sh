#!/usr/bin/env bash
# Tested with: torch 2.13.0 (CPU build), x86-64.
#
# Behaviour: a linear layer that `torch.utils.mkldnn.to_mkldnn` converted keeps what oneDNN compiled for every number of
# rows that it was ever given, about 0.4 MB each, whatever the layer's size. A layer of 64 x 64 (16 KB of weights) that has
# seen batches of 1 to 1,500 rows holds 600 MB, and gives none of it back; the layer before it was converted holds nothing.
# Batches whose length differs each time, as texts have it, make a process grow by more than its model.
#
# Output seen (MB of memory, before and after 1,500 batch lengths, and after the same once more):
#   plain: 224 225 225
#   mkldnn: 234 826 826
#
# Common guess: that such a layer takes the memory of its weights, in another order.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check torch==2.13.0 numpy==2.3.4

cat >"$folder/show.py" <<'PYTHON'
import sys

import torch
from torch.utils import mkldnn


def megabytes() -> int:
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) // 1024 for line in status if line.startswith("VmRSS"))


torch.set_num_threads(1)
kind = sys.argv[1]
layer = torch.nn.Linear(64, 64).eval()
layer = mkldnn.to_mkldnn(layer) if kind == "mkldnn" else layer
with torch.no_grad():
    layer(torch.randn(3, 64))
    seen = [megabytes()]
    for _ in range(2):
        for num_rows in range(1, 1501):
            layer(torch.randn(num_rows, 64))
        seen.append(megabytes())
print(f"{kind}: {' '.join(map(str, seen))}")
grown, again = seen[1] - seen[0], seen[2] - seen[1]
assert again < 50, seen
assert grown > 200 if kind == "mkldnn" else grown < 50, seen
PYTHON
"$folder/venv/bin/python" -W ignore "$folder/show.py" plain
"$folder/venv/bin/python" -W ignore "$folder/show.py" mkldnn
