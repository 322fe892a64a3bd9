"""Models in int8 against float32, on this CPU: the same prompts, greedy, in turns.

The model is that of profile `embedded`, or a GGUF file that the environment variable `SCALEQUEST_BENCH_GGUF` names.
"""

import os
import statistics
import tempfile
import time
from pathlib import Path

from scalequest_assets.engines.base import Message, Request, Sampling
from scalequest_assets.engines.chat import ChatFormat
from scalequest_assets.engines.transformers import gguf
from scalequest_assets.engines.transformers.engine import TransformersEngine
from scalequest_assets.subjects.maths.families import generate

NUM_ROWS, ROUNDS = 32, 3
SAMPLING = Sampling(temperature=0.0, max_tokens=64)
PROMPT = "{}\nPlease reason step by step, and put your final answer within \\boxed{{}}."


def run() -> list[dict[str, object]]:
    """Return, for each dtype, tokens/s written and the share of texts that begin alike; and the ratio of the speeds."""
    named = os.environ.get("SCALEQUEST_BENCH_GGUF")
    with tempfile.TemporaryDirectory() as folder:
        gguf.convert(Path(named) if named else gguf.wheel_file(), Path(folder))
        chat = ChatFormat(folder)
        asked = [
            Request(id=str(i), prompt=chat.render([Message(role="user", content=PROMPT.format(problem.query))]), seed=i)
            for i, problem in enumerate(generate("grade_school", NUM_ROWS, seed=1))
        ]
        engines = {
            dtype: TransformersEngine(folder, dtype=dtype, device="cpu", batch_size=NUM_ROWS)
            for dtype in ("float32", "int8")
        }
        speeds: dict[str, list[float]] = {dtype: [] for dtype in engines}
        texts: dict[str, list[str]] = {}
        for _ in range(ROUNDS):
            for dtype, engine in engines.items():
                started = time.perf_counter()
                rows = list(engine.generate(asked, SAMPLING, {request.id for request in asked}))
                speeds[dtype].append(sum(row.num_tokens for row in rows) / (time.perf_counter() - started))
                texts[dtype] = [row.text for row in sorted(rows, key=lambda row: int(row.id))]
    ratio = statistics.median(b / a for a, b in zip(*speeds.values(), strict=True))
    alike = sum(a[:40] == b[:40] for a, b in zip(*texts.values(), strict=True)) / NUM_ROWS
    table: list[dict[str, object]] = [
        {"dtype": dtype, "median tokens/s": statistics.median(values), "least": min(values), "most": max(values)}
        for dtype, values in speeds.items()
    ]
    return [
        *table,
        {"dtype": "int8 / float32", "median tokens/s": ratio, "least": None, "most": None},
        {"dtype": "first 40 characters alike", "median tokens/s": alike, "least": None, "most": None},
    ]
