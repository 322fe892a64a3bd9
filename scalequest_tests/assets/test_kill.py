"""`kill -9` at twenty random moments of `responses`: nothing is lost, twice, or made again."""

import os
import random
import signal
import time
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import polars as pl

from scalequest_assets.engines.base import Completion, Request, Sampling
from scalequest_assets.engines.opening import ModelHandle
from scalequest_assets.orchestration.graph import Target
from scalequest_assets.storage import segments
from scalequest_tests.conftest import FakeRun
from scalequest_tests.fakes import FakeEngine, FakeFactory
from scalequest_tests.forks import FORKS

PARTITION = {"generator": "grade_school", "shard": "s0000"}
NUM_QUESTIONS, NUM_SAMPLES, NUM_KILLS = 2600, 5, 20
NUM_ROWS = NUM_QUESTIONS * NUM_SAMPLES
FLUSH_ROWS = 32
"""In place of 256, so that twenty kills cost as large a share of these few rows as they would of 104,000.

Most kills cost all of them: this engine is so fast that nearly all time is spent writing them to disk.
"""
DEADLINE_S = 120.0


class CountingEngine(FakeEngine):
    """Notes every row that it makes in a file, which survives a kill."""

    def __init__(self, handle: ModelHandle, factory: "CountingFactory") -> None:
        super().__init__(handle, factory)
        self._file = os.open(factory.count_file, os.O_CREAT | os.O_WRONLY | os.O_APPEND)

    def generate(
        self, requests: Sequence[Request], sampling: Sampling, missing: Collection[str]
    ) -> Iterator[Completion]:
        for completion in super().generate(requests, sampling, missing):
            os.write(self._file, b".")
            yield completion


class CountingFactory(FakeFactory):
    def __init__(self, count_file: Path) -> None:
        super().__init__()
        self.count_file = count_file

    def generation(self, handle: ModelHandle) -> CountingEngine:
        return CountingEngine(handle, self)


def prepared(root: Path) -> FakeRun:
    """Return a home that has everything `responses` reads, and an engine that counts."""
    run = FakeRun(root)
    run.factory = CountingFactory(root / "made")
    settings = ("roles.responder.model=tiny", f"answers.num_samples={NUM_SAMPLES}")
    run.use(*settings)
    if not run.lake.exists("deduplicated_questions", PARTITION):
        run.lake.write("deduplicated_questions", PARTITION, questions())
    return run


def questions() -> pl.DataFrame:
    rows = pl.DataFrame({"row": range(NUM_QUESTIONS)})
    return rows.select(
        query_id=pl.format("grade_school/s0000/{}", pl.col("row").cast(pl.String).str.zfill(6)),
        generator=pl.lit("grade_school"),
        shard=pl.lit("s0000"),
        query=pl.format("Tom has {} apples and buys {} more. How many has he?", "row", pl.col("row") % 7),
        difficulty=pl.lit(0.5),
        keep=pl.lit(True),
        drop_reason=pl.lit(None, pl.String),
        survivor_id=pl.lit(None, pl.String),
        jaccard=pl.lit(None, pl.Float64),
        relation=pl.lit(None, pl.String),
    )


def make_responses(root: str) -> None:
    """Make the partition; the process that is killed."""
    segments.FLUSH_ROWS, segments.FLUSH_GAP_S = FLUSH_ROWS, 0.0
    prepared(Path(root)).graph.make(Target(asset="responses", group="answers", partition=PARTITION, state="missing"))


def num_made(root: Path) -> int:
    file = root / "made"
    return file.stat().st_size if file.exists() else 0


def test_twenty_kills_cost_at_most_what_was_in_flight(tmp_path: Path) -> None:
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    prepared(killed)
    moments = sorted(random.Random(1).sample(range(1, NUM_ROWS), NUM_KILLS))
    num_killed = 0
    for moment in moments:
        child = FORKS.Process(target=make_responses, args=(str(killed),))
        child.start()
        deadline = time.monotonic() + DEADLINE_S
        while child.is_alive() and num_made(killed) < moment and time.monotonic() < deadline:
            child.join(0.0005)
        num_killed += child.is_alive()
        os.kill(child.pid or 0, signal.SIGKILL)
        child.join()
    assert num_killed >= NUM_KILLS - 2, "nearly all moments were in the middle of the work"
    make_responses(str(killed))
    make_responses(str(whole))
    assert num_made(whole) == NUM_ROWS
    assert num_made(killed) <= NUM_ROWS + NUM_KILLS * FLUSH_ROWS <= 1.05 * NUM_ROWS
    rows, expected = (prepared(root).lake.scan("responses", [PARTITION]).collect() for root in (killed, whole))
    assert rows.height == NUM_ROWS == rows.select("query_id", "sample_idx").n_unique()
    assert rows.equals(expected)
    cost, expected_cost = (prepared(root).lake.read_cost("responses", PARTITION) for root in (killed, whole))
    assert (cost.num_requests, cost.completion_tokens) == (NUM_ROWS, expected_cost.completion_tokens)
