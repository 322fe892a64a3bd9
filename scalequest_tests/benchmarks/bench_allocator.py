"""tcmalloc preloaded into child processes on a CPU: a training and a generation, with and without, in turns."""

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from scalequest_assets.engines.allocator import find_tcmalloc, preload
from scalequest_assets.engines.transformers import gguf

ROUNDS = 3
GENERATE = """
import sys, time
from scalequest_assets.engines.base import Request, Sampling
from scalequest_assets.engines.chat import ChatFormat
from scalequest_assets.engines.transformers.engine import TransformersEngine
engine = TransformersEngine(sys.argv[1], dtype="auto")
prefix = ChatFormat(sys.argv[1]).question_prefix(None)
requests = [Request(id=str(i), prompt=prefix, seed=i) for i in range(64)]
sampling = Sampling(temperature=1.0, top_p=0.95, max_tokens=64)
list(engine.complete(requests[:8], sampling))
began = time.perf_counter()
print(sum(row.num_tokens for row in engine.complete(requests, sampling)) / (time.perf_counter() - began))
"""
TRAIN = """
import json, sys
from pathlib import Path
from scalequest_assets.engines.base import Hyperparameters, TrainingJob
from scalequest_assets.engines.training.worker import train
folder = Path(sys.argv[2])
text = "Tom has 12 apples and buys 30 more. How many apples has he in all, and how many if he eats 4 of them? "
(folder / "rows.jsonl").write_text("".join(json.dumps({"text": text * 3 + str(i)}) + chr(10) for i in range(64)))
hyper = Hyperparameters(learning_rate=1e-5, batch_size=8, micro_batch_size=8, max_length=128)
job = TrainingJob(task="sft", base_dir=sys.argv[1], train_file=str(folder / "rows.jsonl"),
                  output_dir=str(folder / "out"), hyperparameters=hyper, seed=1)
result = train(job, print)
print(result.num_tokens / result.train_s)
"""


def run() -> list[dict[str, object]]:
    """Return tokens/s of both kinds of work with and without, and the ratio of the medians."""
    library = find_tcmalloc()
    if library is None:
        return [{"what": "tcmalloc was not found", "plain": None, "tcmalloc": None, "ratio": None}]
    variants = {"plain": {}, "tcmalloc": preload(library)}
    rows: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as folder:
        gguf.convert(gguf.wheel_file(), Path(folder))
        for what, script in (("generation, tokens/s", GENERATE), ("training, tokens/s", TRAIN)):
            speeds: dict[str, list[float]] = {name: [] for name in variants}
            for _ in range(ROUNDS):
                for name, variables in variants.items():
                    speeds[name].append(_speed(script, folder, variables))
            plain, preloaded = (statistics.median(speeds[name]) for name in variants)
            rows.append({"what": what, "plain": plain, "tcmalloc": preloaded, "ratio": preloaded / plain})
    return rows


def _speed(script: str, model: str, variables: dict[str, str]) -> float:
    environment = {**os.environ, "OMP_WAIT_POLICY": "PASSIVE", **variables}
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", script, model, folder]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])
