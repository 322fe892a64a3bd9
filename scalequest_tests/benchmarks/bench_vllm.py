"""Rows through the store and the vLLM engine against vLLM's own loop: one engine, the same prompts, in turns.

`vLLM` is what `LLM.generate` does: hand all requests over, step until none is left. `stored` is the same engine behind
`CompletionStore.complete`: rows streamed, keys made, segments written. It runs where vLLM is: in the
environment of `make setup-extras`.
"""

import statistics
import tempfile
import time
from contextlib import nullcontext
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from scalequest_assets.engines.base import Message, Request, Sampling
from scalequest_assets.engines.chat import ChatFormat
from scalequest_assets.engines.transformers import gguf
from scalequest_assets.storage.completions import CompletionStore
from scalequest_assets.subjects.maths import families
from scalequest_assets.subjects.maths.prompts import solve

if TYPE_CHECKING:
    from scalequest_assets.engines.vllm.engine import VllmEngine

NUM_ROWS, ROUNDS = 96, 4
SAMPLING = Sampling(temperature=0.7, top_p=0.95, max_tokens=48)


def run() -> list[dict[str, object]]:
    """Return tokens/s of both, and ours divided by theirs, round by round."""
    if find_spec("vllm") is None:
        return [{"what": "not run: vLLM is not installed here", "tokens/s, median": None, "stored / vLLM": None}]
    from scalequest_assets.engines.vllm.engine import VllmEngine
    from scalequest_assets.engines.vllm.settings import VllmSettings

    speeds: dict[str, list[float]] = {"stored": [], "vLLM": []}
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "model"
        model.mkdir()
        gguf.convert(gguf.wheel_file(), model)
        engine = VllmEngine(str(model), dtype="auto", settings=VllmSettings(max_model_len=1024))
        try:
            for seed in range(ROUNDS + 1):
                requests = _requests(str(model), seed)
                store, name = CompletionStore(f"{folder}/store"), f"model@{seed}"
                sides = {
                    "stored": partial(_stored, store, engine, name, requests),
                    "vLLM": partial(_bare, engine, requests),
                }
                for what in list(sides)[:: 1 if seed % 2 else -1]:  # who goes first changes
                    began = time.perf_counter()
                    speed = sides[what]() / (time.perf_counter() - began)
                    if seed:  # the first round warms up
                        speeds[what].append(speed)
        finally:
            engine.close()
    ratio = statistics.median(a / b for a, b in zip(speeds["stored"], speeds["vLLM"], strict=True))
    return [
        {
            "what": name,
            "tokens/s, median": statistics.median(values),
            "stored / vLLM": ratio if name == "stored" else None,
        }
        for name, values in speeds.items()
    ]


def _requests(model: str, seed: int) -> list[Request]:
    chat = ChatFormat(model)
    problems = families.generate("grade_school", NUM_ROWS, seed=5)
    prompts = [chat.render([Message(role="user", content=solve.prompt(p.query, "compact"))]) for p in problems]
    return [Request(id=str(row), prompt=prompt, seed=seed * 10_000 + row) for row, prompt in enumerate(prompts)]


def _stored(store: CompletionStore, engine: "VllmEngine", name: str, requests: list[Request]) -> int:
    return int(store.complete(lambda: nullcontext(engine), name, requests, SAMPLING).rows["num_tokens"].sum())


def _bare(engine: "VllmEngine", requests: list[Request]) -> int:
    assert engine._process
    llm = engine._process.llm
    for request, ids in engine._encoded(requests, {request.id for request in requests}):
        params = engine._params(request, len(ids), SAMPLING)
        llm.add_request(f"bare-{request.seed}", {"type": "token", "prompt_token_ids": ids}, params)
    num_tokens = 0
    while llm.has_unfinished_requests():
        num_tokens += sum(len(output.outputs[0].token_ids) for output in llm.step() if output.finished)
    return num_tokens
