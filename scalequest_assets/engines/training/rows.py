"""From the training file to rows of token ids.

We tokenize and TRL does not: it would append an EOS of its own to texts that end otherwise, and let the tokenizer add
a second BOS to texts that have one.
"""

import json
from pathlib import Path
from typing import Any, Final

from scalequest_assets.engines.base import TrainingJob
from scalequest_assets.engines.chat import encode
from scalequest_assets.errors import TrainingError

_COLUMNS: Final = {
    "sft": [{"text"}, {"prefix", "text"}, {"prompt", "completion"}],
    "dpo": [{"prompt", "chosen", "rejected"}],
    "reward": [{"chosen", "rejected"}],
    "regression": [{"text", "label"}],
}


def read_rows(job: TrainingJob) -> list[dict[str, Any]]:
    """Return the rows of the training file.

    Raises:
        TrainingError: If there are none, or one has not the columns of the task.
    """
    allowed = _COLUMNS[job.task]
    wanted = " or ".join(str(sorted(columns)) for columns in allowed)
    rows: list[dict[str, Any]] = []
    with Path(job.train_file).open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            row = _parsed(line)
            if set(row) not in allowed or (rows and set(row) != set(rows[0])):
                raise TrainingError(
                    f"{job.train_file}:{number} has the columns {sorted(row)}, none of them null",
                    f"{job.task} takes {wanted}, the same in all rows",
                )
            rows.append(row)
    if not rows:
        raise TrainingError(f"{job.train_file} has no rows", f"{job.task} takes rows of {wanted}")
    return rows


def _parsed(line: str) -> dict[str, Any]:
    """Return the columns of a line that hold something; of a line that is no JSON object, none."""
    try:
        row = json.loads(line)
    except json.JSONDecodeError:
        return {}
    return {key: value for key, value in row.items() if value is not None} if isinstance(row, dict) else {}


def tokenized(job: TrainingJob, rows: list[dict[str, Any]], tokenizer: Any) -> list[dict[str, Any]]:
    """Return rows of token ids as the trainers take them, with a `length` for batches of like length.

    Rows over `max_length` are cut (sft, regression) or dropped (dpo, reward).

    Raises:
        TrainingError: If no row is left.
    """
    if job.task == "regression":
        made = [_regression_row(ids, row, job) for ids, row in zip(_column(tokenizer, rows, "text"), rows, strict=True)]
    elif job.task == "reward":  # whole texts, as they are scored
        chosen, rejected = (_column(tokenizer, rows, name) for name in ("chosen", "rejected"))
        made = [{"chosen_ids": c, "rejected_ids": r} for c, r in zip(chosen, rejected, strict=True)]
    elif set(rows[0]) == {"text"}:
        made = [_text_row([], {"text": ids}) for ids in _column(tokenizer, rows, "text")]
    else:
        prompts = _column(tokenizer, rows, "prefix" if "prefix" in rows[0] else "prompt")
        ends = [name for name in ("text", "completion", "chosen", "rejected") if name in rows[0]]
        # Each part is tokenized by itself: that is how a prompt is met when a completion is sampled from it.
        columns = [tokenizer([row[name] for row in rows], add_special_tokens=False)["input_ids"] for name in ends]
        parts = [dict(zip(ends, row, strict=True)) for row in zip(*columns, strict=True)]
        build = {"text": _text_row, "completion": _completion_row, "chosen": _dpo_row}[ends[0]]
        made = [build(prompt, part) for prompt, part in zip(prompts, parts, strict=True)]
    return _fitting(job, made)


def _column(tokenizer: Any, rows: list[dict[str, Any]], name: str) -> list[list[int]]:
    return encode(tokenizer, [row[name] for row in rows])


def _regression_row(ids: list[int], row: dict[str, Any], job: TrainingJob) -> dict[str, Any]:
    return {"input_ids": ids[: job.hyperparameters.max_length], "labels": float(row["label"])}


def _text_row(prefix: list[int], part: dict[str, list[int]]) -> dict[str, Any]:
    """Return a row of which all is learned, the prefix too."""
    return {"input_ids": prefix + part["text"], "labels": prefix + part["text"]}


def _completion_row(prompt: list[int], part: dict[str, list[int]]) -> dict[str, Any]:
    return {"input_ids": prompt + part["completion"], "labels": [-100] * len(prompt) + part["completion"]}


def _dpo_row(prompt: list[int], part: dict[str, list[int]]) -> dict[str, Any]:
    return {"prompt_ids": prompt, "chosen_ids": part["chosen"], "rejected_ids": part["rejected"]}


def _fitting(job: TrainingJob, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Cut (sft) or drop (dpo, reward) what is over `max_length`, and note each row's length."""
    limit, kept = job.hyperparameters.max_length, []
    for row in rows:
        if job.task == "sft":
            row = {name: ids[:limit] for name, ids in row.items()}
            if all(label == -100 for label in row["labels"]):
                continue  # the prompt alone fills it
        ids = [len(value) for value in row.values() if isinstance(value, list)]
        length = ids[0] + max(ids[1:]) if job.task == "dpo" else max(ids)
        if 1 < length <= limit:
            kept.append(row | {"length": length})
    if not kept:
        raise TrainingError(
            f"none of the {len(rows)} rows of {job.train_file} fits max_length {limit}", "raise max_length"
        )
    return kept
