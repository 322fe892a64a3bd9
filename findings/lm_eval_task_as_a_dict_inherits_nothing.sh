#!/usr/bin/env bash
# Tested with: lm-eval 0.4.13, datasets 5.2.0.
#
# Behaviour: a task that is loaded as a dict with the name of a registered task and some changes gets nothing of that task:
# no filters, no rules of comparison, no end strings, no version. No error or warning says so. The same dict as the member
# of a group changes the registered task, which keeps all that the dict does not name. So one answer to one question of
# `gsm8k` with the prompt changed is wrong when the dict is loaded alone, and right in a group of one.
#
# Output seen:
#   alone       filters ['none']                                versions {'gsm8k': 'Yaml'}  right [0.0]
#   in a group  filters ['strict-match', 'flexible-extract']    versions {'gsm8k': 3.0}     right [1.0, 1.0]
#
# Common guess: that `{"task": "gsm8k", "num_fewshot": 0, …}` means gsm8k with those changes wherever it stands, as it does
# in a group's list.
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

ROWS = Dataset.from_list([{"question": "How much is 70 and 2?", "answer": "72"}])
CHANGED = {
    "task": "gsm8k",
    "num_fewshot": 0,
    "dataset_path": "ours",
    "dataset_name": None,
    "custom_dataset": lambda **_: {"test": ROWS},
    "training_split": None,
    "fewshot_split": None,
    "test_split": "test",
    "output_type": "generate_until",
    "doc_to_text": "{{question}}",
    "doc_to_target": "{{answer}}",
}


class Writer(LM):
    def generate_until(self, requests):
        return ["70 and 2 is 72.\n#### 72"] * len(requests)

    def loglikelihood(self, requests):
        raise NotImplementedError

    def loglikelihood_rolling(self, requests):
        raise NotImplementedError


def shown(spec):
    found = evaluate(Writer(), TaskManager().load([spec]), log_samples=True, bootstrap_iters=0)
    rows = found["samples"]["gsm8k"]
    return [row["filter"] for row in rows], {"gsm8k": found["versions"]["gsm8k"]}, [float(row["exact_match"]) for row in rows]


alone, grouped = shown(dict(CHANGED)), shown({"group": "one", "task": [dict(CHANGED)]})
for name, (filters, versions, right) in {"alone": alone, "in a group": grouped}.items():
    print(f"{name:10}  filters {filters!s:38}  versions {versions!s:18}  right {right}")
assert alone == (["none"], {"gsm8k": "Yaml"}, [0.0]), "a dict alone inherits"
assert grouped == (["strict-match", "flexible-extract"], {"gsm8k": 3.0}, [1.0, 1.0]), "a group's member does not inherit"
PYTHON
HF_HUB_OFFLINE=1 "$folder/venv/bin/python" -W ignore "$folder/show.py" 2>/dev/null
