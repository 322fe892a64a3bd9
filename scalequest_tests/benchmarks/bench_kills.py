"""What `kill -9` costs: `responses` with the embedded model, killed at random moments, then run to its end.

A row is lost if the engine had finished it and the next run had to make it again. At the end the rows are compared with
those of a run that nobody disturbed.
"""

import multiprocessing
import os
import random
import signal
import tempfile
import time
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from upath import UPath

from scalequest_assets.engines.base import Completion, Request, Sampling
from scalequest_assets.engines.transformers_ import TransformersEngine
from scalequest_assets.runs import Target
from scalequest_assets.storage.home import Home
from scalequest_assets.storage.lake import Lake
from scalequest_tests.benchmarks.bench_asset import NUM_QUESTIONS, NUM_SAMPLES, PARTITION, prepared

NUM_KILLS, DEADLINE_S = 5, 600.0
NUM_ROWS = NUM_QUESTIONS * NUM_SAMPLES


def run() -> list[dict[str, object]]:
    """Return what each attempt made and left."""
    with tempfile.TemporaryDirectory() as folder:
        whole, killed = Path(folder) / "whole", Path(folder) / "killed"
        whole_s = _attempt(whole, kill_after=None)
        moments = sorted(random.Random(3).sample(range(8, NUM_ROWS - 8), NUM_KILLS))
        rows: list[dict[str, object]] = []
        total_s = 0.0
        for number, moment in enumerate([*moments, None], start=1):
            made_before, began = _num_made(killed), time.perf_counter()
            _attempt(killed, kill_after=moment)
            total_s += time.perf_counter() - began
            stored = _num_stored(killed)
            made = _num_made(killed) - made_before
            rows.append(
                {"attempt": str(number), "killed": moment is not None, "rows made": made, "rows stored": stored}
            )
        equal = _responses(whole).equals(_responses(killed))
        made = _num_made(killed)
    for before, row in zip([0, *(int(str(r["rows stored"])) for r in rows)], rows, strict=False):
        row["lost"] = int(str(row["rows made"])) - (int(str(row["rows stored"])) - before)
    rows.append({"attempt": "all", "killed": None, "rows made": made, "rows stored": NUM_ROWS, "lost": made - NUM_ROWS})
    return [{**row, "equal at the end": equal, "s": total_s, "s undisturbed": whole_s} for row in rows]


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
    import scalequest_assets.engines.transformers_ as module

    CountingEngine.count_file = Path(root) / "made"
    module.TransformersEngine = CountingEngine  # type: ignore[misc]
    graph, _ = prepared(Home(UPath(root)), seed=0)
    graph.make(Target(asset="responses", group="answers", partition=PARTITION, state="missing"))


def _attempt(root: Path, kill_after: int | None) -> float:
    began = time.perf_counter()
    child = multiprocessing.get_context("spawn").Process(target=make_responses, args=(str(root),))
    child.start()
    while kill_after is not None and child.is_alive() and _num_made(root) < kill_after:
        child.join(0.005)
    if kill_after is not None and child.is_alive():
        os.kill(child.pid or 0, signal.SIGKILL)
    child.join(DEADLINE_S)
    return time.perf_counter() - began


def _num_made(root: Path) -> int:
    file = root / "made"
    return file.stat().st_size if file.exists() else 0


def _num_stored(root: Path) -> int:
    import polars as pl

    files = list((root / "completions").rglob("*.parquet"))
    return len({key for file in files for key in pl.read_parquet(file, columns=["key"])["key"]})


def _responses(root: Path):  # type: ignore[no-untyped-def]
    return Lake(Home(UPath(root)).lake).scan("responses", [PARTITION]).collect()
