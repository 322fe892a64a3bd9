#!/usr/bin/env bash
# Tested with: lm-eval 0.4.13, datasets 5.2.0.
#
# Behaviour: of the task `gsm8k`'s two filters neither reads an answer as most instruction models mark it. `strict-match`
# finds nothing without `####`. `flexible-extract` takes the last run of digits, dollar signs, commas and points: of
# `$\boxed{72}$.` that is `$.`. What is read is compared as text without commas, dollars and a last point, so 72.0 is not
# 72. The harness reports both shares; nothing says which kind of mistake they count.
#
# Output seen (gold is 72):
#   The answer is 72.              strict [invalid]  0   flexible 72.   1
#   The answer is $\boxed{72}$.    strict [invalid]  0   flexible $.    0
#   The answer is \boxed{72}.      strict [invalid]  0   flexible 72    1
#   #### 72.0                      strict 72.0       0   flexible 72.0  0
#
# Common guess: that `flexible-extract` finds the number of a boxed answer whatever stands around it, and that equal
# numbers are equal.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check lm-eval==0.4.13 datasets==5.2.0

cat >"$folder/show.py" <<'PYTHON'
from datasets import Dataset
from lm_eval.api.model import LM
from lm_eval.evaluator import evaluate
from lm_eval.tasks import TaskManager

TEXTS = ["The answer is 72.", "The answer is $\\boxed{72}$.", "The answer is \\boxed{72}.", "#### 72.0"]
ROWS = Dataset.from_list([{"question": text, "answer": "72"} for text in TEXTS])
TASK = {
    "task": "gsm8k",
    "num_fewshot": 0,
    "dataset_path": "ours",
    "dataset_name": None,
    "custom_dataset": lambda **_: {"test": ROWS},
    "training_split": None,
    "fewshot_split": None,
    "doc_to_text": "{{question}}",
}


class Echo(LM):
    def generate_until(self, requests):
        return [request.args[0] for request in requests]

    def loglikelihood(self, requests):
        raise NotImplementedError

    def loglikelihood_rolling(self, requests):
        raise NotImplementedError


tasks = TaskManager().load([{"group": "one", "task": [TASK]}])
rows = evaluate(Echo(), tasks, log_samples=True, bootstrap_iters=0)["samples"]["gsm8k"]
read = {(row["doc"]["question"], row["filter"]): (row["filtered_resps"][0], int(row["exact_match"])) for row in rows}
for text in TEXTS:
    (strict, is_strict), (flexible, is_flexible) = (read[text, name] for name in ("strict-match", "flexible-extract"))
    print(f"{text:29}  strict {strict:9}  {is_strict}   flexible {flexible:4}  {is_flexible}")
assert read[TEXTS[1], "flexible-extract"] == ("$.", 0), "it reads a boxed answer"
assert read[TEXTS[3], "strict-match"] == ("72.0", 0), "it compares numbers"
assert [read[text, "strict-match"][1] for text in TEXTS] == [0, 0, 0, 0]
assert read[TEXTS[0], "flexible-extract"][1] == read[TEXTS[2], "flexible-extract"][1] == 1
PYTHON
HF_HUB_OFFLINE=1 "$folder/venv/bin/python" -W ignore "$folder/show.py" 2>/dev/null
