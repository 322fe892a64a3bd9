"""Stored completions: what storing one costs, and what looking a million up takes.

The engine answers at once, so that what is measured is the store. Memory is that of a process of its own.
"""

import statistics
import tempfile
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import polars as pl

from scalequest_assets.engines.base import Completion, EngineInfo, Request, Sampling
from scalequest_assets.storage.completions import COMPLETION_SCHEMA, CompletionStore, _keys, _slug
from scalequest_assets.storage.files import store_at
from scalequest_assets.storage.segments import Segments
from scalequest_tests.benchmarks.child_process import in_child
from scalequest_tests.benchmarks.peak_memory import peak_gb

SAMPLING, MODEL, ROUNDS = Sampling(temperature=1.0, max_tokens=256), "model@1", 3
NUM_MADE, NUM_STORED, PER_SEGMENT = 50_000, 1_000_000, 20_000
TEXT = "Each box holds 12 pencils, so 7 boxes hold 7 * 12 = 84 pencils. The answer is \\boxed{84}. " * 4
FOLDER_RECIPE: list[object] = [MODEL, "generate", {"max_tokens": 256, "temperature": 1.0, "top_p": 1.0}]


class InstantEngine:
    """Answers before it is asked."""

    info = EngineInfo(name="instant", device="cpu", num_devices=0, is_exact=True)

    def generate(
        self, requests: Sequence[Request], sampling: Sampling, missing: Collection[str]
    ) -> Iterator[Completion]:
        """Yield the same text for all."""
        for request in requests:
            if request.id in missing:
                yield Completion(
                    id=request.id, text=TEXT, finish_reason="stop", prompt_tokens=60, num_tokens=110, engine_s=0.01
                )

    def close(self) -> None:
        """Do nothing."""


def run() -> list[dict[str, object]]:
    """Return microseconds for storing a completion, and seconds and memory for looking a million up."""
    with tempfile.TemporaryDirectory() as folder:
        storing = [_storing(Path(folder) / f"store{number}") for number in range(ROUNDS)]
        root = f"{folder}/million"
        _fill(root)
        some = [in_child(_look_up, root, PER_SEGMENT) for _ in range(ROUNDS)]
        million = [in_child(_look_up, root, NUM_STORED) for _ in range(ROUNDS)]
        base = in_child(_look_up, root, 1)["peak_gb"]
    return [
        {"what": f"storing {NUM_MADE} rows", "per row, µs": statistics.median(storing), "s": None, "peak GB": None},
        *(
            {
                "what": f"looking {count} up in {NUM_STORED}",
                "per row, µs": statistics.median(m["s"] for m in measured) / count * 1e6,
                "s": statistics.median(m["s"] for m in measured),
                "peak GB": statistics.median(m["peak_gb"] for m in measured),
            }
            for count, measured in ((PER_SEGMENT, some), (NUM_STORED, million))
        ),
        {"what": "the same process, looking one up", "per row, µs": None, "s": None, "peak GB": base},
    ]


def _storing(root: Path) -> float:
    """Return microseconds a row, over those of the engine alone."""
    requests, engine = _requests(NUM_MADE), InstantEngine()
    ids = {request.id for request in requests}
    started = time.perf_counter()
    for _ in engine.generate(requests, SAMPLING, ids):
        pass
    bare_s = time.perf_counter() - started
    started = time.perf_counter()
    CompletionStore(root).complete(lambda: nullcontext(engine), MODEL, requests, SAMPLING)
    return (time.perf_counter() - started - bare_s) / NUM_MADE * 1e6


def _fill(root: str) -> None:
    segments = Segments(store_at(root), f"{_slug(MODEL)}/{_sampling_folder()}", COMPLETION_SCHEMA)
    keys = list(_keys(_requests(NUM_STORED), FOLDER_RECIPE).values())
    for start in range(0, NUM_STORED, PER_SEGMENT):
        part = keys[start : start + PER_SEGMENT]
        segments.append([(key, f"{key} {TEXT}", "stop", 60, 110, 0.01, 0, "instant", "cpu", 0, True) for key in part])


def _sampling_folder() -> str:
    with tempfile.TemporaryDirectory() as folder:
        store = CompletionStore(folder)
        return store.complete(lambda: nullcontext(InstantEngine()), MODEL, _requests(1), SAMPLING).folder.split("/")[1]


def _look_up(root: str, count: int) -> dict[str, float]:
    requests = _requests(count)
    started = time.perf_counter()
    result = CompletionStore(root).complete(_no_engine, MODEL, requests, SAMPLING)
    seconds = time.perf_counter() - started
    assert result.num_stored == count
    assert result.rows["text"].dtype == pl.String
    return {"s": seconds, "peak_gb": peak_gb()}


def _no_engine() -> Any:
    raise AssertionError("all rows are stored")


def _requests(count: int) -> list[Request]:
    return [Request(id=f"g/s0000/{row:07d}#0", prompt="<|im_start|>user\n", seed=row) for row in range(count)]
