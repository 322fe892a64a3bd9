"""Peak memory of trainings against what is estimated for them before a weight is loaded, and tokens/s (SmolLM2-135M).

Each variant trains three steps in a process of its own, as the worker does, with tcmalloc. The peak is the largest
resident set that the system saw of that process; on an NVIDIA GPU, what PyTorch had allocated there at most. Of three
steps the first counts too, so that the speed is a lower bound.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from scalequest_assets.engines.base import Hyperparameters, TrainingJob, TrainingTask
from scalequest_assets.engines.chat import ChatFormat
from scalequest_assets.engines.loading import is_fast_in_bfloat16
from scalequest_assets.engines.training.client import environment
from scalequest_assets.engines.training.memory import Setup, estimate, shape_of
from scalequest_assets.engines.transformers import gguf

STEPS = 3
VARIANTS: list[tuple[TrainingTask, int | None, int, int, bool]] = [
    # task, LoRA rank, rows at a time, tokens a row, whether activations are computed again
    ("sft", None, 8, 128, False),
    ("sft", None, 8, 512, False),
    ("sft", None, 8, 512, True),
    ("sft", None, 1, 2048, False),
    ("sft", 16, 8, 128, False),
    ("sft", 16, 8, 512, False),
    ("dpo", None, 4, 128, False),
    ("dpo", None, 4, 512, False),
    ("dpo", 16, 4, 512, False),
    ("reward", None, 4, 128, False),
    ("reward", None, 4, 512, False),
    ("regression", None, 8, 512, False),
]
TRAIN = """
import dataclasses, json, pathlib, sys
from scalequest_assets.engines.training import worker
from scalequest_assets.engines.training.client import parse_job

# What is chosen depends on what is free now; here the variant says it.
worker.choose = lambda job, setup, **known: dataclasses.replace(setup, is_checkpointing=sys.argv[2] == "True")
made = worker.train(parse_job(json.loads(pathlib.Path(sys.argv[1]).read_text())), print)
speed = made.num_tokens / made.train_s
on_gpu = worker.torch.cuda.max_memory_allocated() if worker.torch.cuda.is_available() else None
pathlib.Path(sys.argv[1]).with_name("measured.json").write_text(json.dumps([made.device, speed, on_gpu]))
"""


def run() -> list[dict[str, object]]:
    """Return estimate and measured peak of each variant, in GB, and their ratio: below 1 the estimate is too low."""
    rows: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as model:
        gguf.convert(gguf.wheel_file(), Path(model))
        for task, rank, micro_batch_size, num_tokens, is_checkpointing in VARIANTS:
            with tempfile.TemporaryDirectory() as folder:
                job = _job(Path(folder), model, task, rank, micro_batch_size, num_tokens)
                setup = Setup(is_checkpointing=is_checkpointing)
                need = estimate(job, shape_of(job), setup, num_tokens=num_tokens, is_bfloat16=is_fast_in_bfloat16())
                peak, speed, device = _measured(job, Path(folder), is_checkpointing)
            rows.append(
                {
                    "training": task + (f", LoRA {rank}" if rank else "") + (", recomputing" * is_checkpointing),
                    "rows x tokens": f"{micro_batch_size} x {num_tokens}",
                    "device": device,
                    "tokens/s": round(speed),
                    "estimate_gb": round(need.total / 1e9, 2),
                    "measured_gb": round(peak / 1e9, 2),
                    "ratio": round(need.total / peak, 2),
                }
            )
            print(rows[-1], need, file=sys.stderr)
    return rows


def _job(
    folder: Path, model: str, task: TrainingTask, rank: int | None, micro_batch_size: int, num_tokens: int
) -> TrainingJob:
    """Return a job of a few steps on rows of exactly so many tokens."""
    word = " apple"  # a token
    text, head, tail = word * num_tokens, word * 8, word * (num_tokens - 8)
    assert ChatFormat(model).count_tokens([text]) == [num_tokens]
    columns: dict[str, dict[str, object]] = {
        "sft": {"text": text},
        "dpo": {"prompt": head, "chosen": tail, "rejected": tail},
        "reward": {"chosen": text, "rejected": text},
        "regression": {"text": text, "label": 0.5},
    }
    lines = [json.dumps(columns[task]) + "\n"] * (STEPS * micro_batch_size)
    (folder / "rows.jsonl").write_text("".join(lines))
    hyper = Hyperparameters(
        learning_rate=1e-5,
        batch_size=micro_batch_size,
        micro_batch_size=micro_batch_size,
        max_length=num_tokens,
        lora_rank=rank,
    )
    return TrainingJob(
        task=task,
        base_dir=model,
        train_file=str(folder / "rows.jsonl"),
        output_dir=str(folder / "out"),
        hyperparameters=hyper,
        seed=1,
    )


def _measured(job: TrainingJob, folder: Path, is_checkpointing: bool) -> tuple[int, float, str]:
    """Return the bytes that the training had at most, its tokens/s and its device."""
    file = folder / "job.json"
    file.write_text(json.dumps(job.document()))
    command = [sys.executable, "-c", TRAIN, str(file), str(is_checkpointing)]
    with (folder / "log").open("w+") as log:
        child = subprocess.Popen(command, env={**os.environ, **environment()}, stdout=log, stderr=log)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            log.seek(0)
            raise RuntimeError(f"the training failed: {log.read()[-2000:]}")
    device, speed, on_gpu = json.loads((folder / "measured.json").read_text())
    resident = usage.ru_maxrss * (
        1 if sys.platform == "darwin" else 1024
    )  # the manual: bytes there, kilobytes elsewhere
    return on_gpu or resident, speed, device
