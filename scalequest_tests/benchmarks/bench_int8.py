"""Models in int8 against float32, on this CPU: the same prompts, greedy, in turns.

"As torch has it" is float32 without packed weights (`engines.frozen`). The model is that of profile `embedded`, or a
GGUF file that the environment variable `SCALEQUEST_BENCH_GGUF` names; `SCALEQUEST_BENCH_ROWS` prompts (32), in one
batch.
"""

import os
import statistics
import tempfile
import time
from pathlib import Path
from unittest import mock

from scalequest_assets.engines import frozen
from scalequest_assets.engines.base import Message, Request, Sampling
from scalequest_assets.engines.chat import ChatFormat
from scalequest_assets.engines.transformers import gguf
from scalequest_assets.engines.transformers.engine import TransformersEngine
from scalequest_assets.subjects.maths.families import generate

NUM_ROWS, ROUNDS = int(os.environ.get("SCALEQUEST_BENCH_ROWS", "32")), 3
SAMPLING = Sampling(temperature=0.0, max_tokens=64)
_PLAIN = "float32, as torch has it"
PROMPT = "{}\nPlease reason step by step, and put your final answer within \\boxed{{}}."


def run() -> list[dict[str, object]]:
    """Return, for each way, tokens/s written, then those and the texts beside float32 as torch has it."""
    named = os.environ.get("SCALEQUEST_BENCH_GGUF")
    with tempfile.TemporaryDirectory() as folder:
        gguf.convert(Path(named) if named else gguf.wheel_file(), Path(folder))
        chat = ChatFormat(folder)
        asked = [
            Request(id=str(i), prompt=chat.render([Message(role="user", content=PROMPT.format(problem.query))]), seed=i)
            for i, problem in enumerate(generate("grade_school", NUM_ROWS, seed=1))
        ]
        with mock.patch.object(frozen, "pack"):
            engines = {_PLAIN: TransformersEngine(folder, dtype="float32", device="cpu", batch_size=NUM_ROWS)}
        for dtype in ("float32", "int8"):
            engines[dtype] = TransformersEngine(folder, dtype=dtype, device="cpu", batch_size=NUM_ROWS)
        speeds: dict[str, list[float]] = {dtype: [] for dtype in engines}
        texts: dict[str, list[str]] = {}
        for _ in range(ROUNDS):
            for dtype, engine in engines.items():
                started = time.perf_counter()
                rows = list(engine.generate(asked, SAMPLING, {request.id for request in asked}))
                speeds[dtype].append(sum(row.num_tokens for row in rows) / (time.perf_counter() - started))
                texts[dtype] = [row.text for row in sorted(rows, key=lambda row: int(row.id))]
    return [
        {
            "dtype": dtype,
            "median tokens/s": statistics.median(values),
            "least": min(values),
            "most": max(values),
            "speed, of the first": statistics.median(b / a for a, b in zip(speeds[_PLAIN], values, strict=True)),
            "first 40 characters alike": sum(a[:40] == b[:40] for a, b in zip(texts[_PLAIN], texts[dtype], strict=True))
            / NUM_ROWS,
        }
        for dtype, values in speeds.items()
    ]
