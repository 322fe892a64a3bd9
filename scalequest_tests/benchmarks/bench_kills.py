"""What `kill -9` costs: `responses` with the embedded model, killed at 20 random moments, then run to its end.

A row is made again if the engine had finished it and it was not stored yet; `s beyond` is what an attempt took beyond
its share of an undisturbed run: the batch in flight, and a new process with its model. At the end the rows are compared
with those of the undisturbed run.
"""

import multiprocessing
import os
import random
import tempfile
import time
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import polars as pl

from scalequest_assets.engines.base import Completion, Request, Sampling
from scalequest_assets.engines.transformers.engine import TransformersEngine
from scalequest_assets.orchestration.graph import Target
from scalequest_assets.storage.home import Home
from scalequest_assets.storage.lake import Lake
from scalequest_tests.benchmarks.bench_asset import NUM_QUESTIONS, PARTITION, prepared

NUM_KILLS, DEADLINE_S = 20, 600.0
NUM_SAMPLES, BATCH_SIZE = 6, 8
NUM_ROWS = NUM_QUESTIONS * NUM_SAMPLES
LATEST_S = 2.0
"""A kill comes up to so long after the rows that it waits for, about the time of a batch: in the middle of one."""


def run() -> list[dict[str, object]]:
    """Return what each attempt made and left."""
    with tempfile.TemporaryDirectory() as folder:
        whole, killed = Path(folder) / "whole", Path(folder) / "killed"
        whole_s = _attempt(whole, kill_after=None, delay_s=0.0)
        draw = random.Random(3)
        kills = [(moment, draw.uniform(0, LATEST_S)) for moment in sorted(draw.sample(range(NUM_ROWS), NUM_KILLS))]
        rows: list[dict[str, object]] = []
        stored = total_s = 0.0
        for number, (moment, delay_s) in enumerate([*kills, (None, 0.0)], start=1):
            made_before, stored_before = _num_made(killed), stored
            attempt_s = _attempt(killed, kill_after=moment, delay_s=delay_s)
            total_s += attempt_s
            stored, made = _num_stored(killed), _num_made(killed) - made_before
            new = stored - stored_before
            rows.append(_row(str(number), made, new, attempt_s, whole_s) | {"killed": moment is not None})
        equal = _responses(whole).equals(_responses(killed))
        everything = _row("all", _num_made(killed), stored, total_s, whole_s) | {"killed": None}
    return [{**row, "equal at the end": equal} for row in [*rows, everything]]


def _row(attempt: str, made: int, stored: float, attempt_s: float, whole_s: float) -> dict[str, object]:
    return {
        "attempt": attempt,
        "rows made": made,
        "stored": int(stored),
        "made again": made - int(stored),
        "s": attempt_s,
        "s beyond": attempt_s - whole_s * stored / NUM_ROWS,
    }


class CountingEngine(TransformersEngine):
    """Notes every row that it finishes in a file."""

    count_file: Path

    def generate(
        self, requests: Sequence[Request], sampling: Sampling, missing: Collection[str]
    ) -> Iterator[Completion]:
        """Complete requests; see `TransformersEngine`."""
        file = os.open(self.count_file, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
        for completion in super().generate(requests, sampling, missing):
            os.write(file, b".")
            yield completion


def make_responses(root: str) -> None:
    """Make the partition; the process that is killed."""
    import scalequest_assets.engines.transformers.engine as module

    CountingEngine.count_file = Path(root) / "made"
    module.TransformersEngine = CountingEngine  # type: ignore[misc]
    settings = (f"answers.num_samples={NUM_SAMPLES}", f"engine.batch_size={BATCH_SIZE}")
    graph, _ = prepared(Home(Path(root)), 0, *settings)
    graph.make(Target(asset="responses", group="answers", partition=PARTITION, state="missing"))


def _attempt(root: Path, kill_after: int | None, delay_s: float) -> float:
    began = time.perf_counter()
    child = multiprocessing.get_context("spawn").Process(target=make_responses, args=(str(root),))
    child.start()
    while kill_after is not None and child.is_alive() and _num_made(root) < kill_after:
        child.join(0.005)
    if kill_after is not None:
        child.join(delay_s)
        if child.is_alive():
            child.kill()
    child.join(DEADLINE_S)
    return time.perf_counter() - began


def _num_made(root: Path) -> int:
    file = root / "made"
    return file.stat().st_size if file.exists() else 0


def _num_stored(root: Path) -> int:
    files = list((root / "completions").rglob("*.parquet"))
    return len({key for file in files for key in pl.read_parquet(file, columns=["key"])["key"]})


def _responses(root: Path):  # type: ignore[no-untyped-def]
    return Lake(Home(Path(root)).lake).scan("responses", [PARTITION]).collect()
