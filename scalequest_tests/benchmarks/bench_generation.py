"""Generation: our decode loop against `model.generate`, the same model, prompts and sampling, in turns.

Both draw from the same distribution; the texts differ, so the tokens each one made are counted.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch

from scalequest_assets.engines.base import Request, Sampling
from scalequest_assets.engines.chat import ChatFormat
from scalequest_assets.engines.transformers import gguf
from scalequest_assets.engines.transformers.engine import TransformersEngine

NUM_ROWS, ROUNDS = 64, 3
SAMPLING = Sampling(temperature=1.0, top_p=0.95, max_tokens=64)


def run() -> list[dict[str, object]]:
    """Return tokens/s of both, and ours divided by theirs, round by round."""
    with tempfile.TemporaryDirectory() as folder:
        gguf.convert(gguf.wheel_file(), Path(folder))
        engine = TransformersEngine(folder, batch_size=NUM_ROWS)
        prefix = ChatFormat(folder).question_prefix(None)
        sides: dict[str, Callable[[int], int]] = {
            "this engine": lambda seed: _ours(engine, prefix, seed),
            "model.generate": lambda seed: _theirs(engine, prefix, seed),
        }
        speeds: dict[str, list[float]] = {name: [] for name in sides}
        for seed in range(ROUNDS + 1):
            for name, generate in sides.items():
                started = time.perf_counter()
                num_tokens = generate(seed)
                if seed:  # the first round warms up
                    speeds[name].append(num_tokens / (time.perf_counter() - started))
    ours, theirs = speeds.values()
    ratio = statistics.median(a / b for a, b in zip(ours, theirs, strict=True))
    return [
        {
            "what": name,
            "rows": NUM_ROWS,
            "median tokens/s": statistics.median(values),
            "least": min(values),
            "most": max(values),
        }
        for name, values in speeds.items()
    ] + [
        {"what": "ratio, median of the rounds", "rows": NUM_ROWS, "median tokens/s": ratio, "least": None, "most": None}
    ]


def _ours(engine: TransformersEngine, prefix: str, seed: int) -> int:
    requests = [Request(id=str(row), prompt=prefix, seed=seed * NUM_ROWS + row) for row in range(NUM_ROWS)]
    return sum(done.num_tokens for done in engine.generate(requests, SAMPLING, {request.id for request in requests}))


def _theirs(engine: TransformersEngine, prefix: str, seed: int) -> int:
    model, tokenizer = engine._model, engine._tokenizer
    inputs = tokenizer([prefix] * NUM_ROWS, add_special_tokens=False, return_tensors="pt").to(model.device)
    torch.manual_seed(seed)
    with torch.inference_mode():
        made = model.generate(
            **inputs,
            do_sample=True,
            temperature=SAMPLING.temperature,
            top_p=SAMPLING.top_p,
            top_k=0,
            max_new_tokens=SAMPLING.max_tokens,
            pad_token_id=tokenizer.pad_token_id,
        )
    new = made[:, inputs["input_ids"].shape[1] :]
    return int((new != tokenizer.pad_token_id).sum())
