"""Partitions side by side on a Ray cluster beside the same ones one after another: seconds, and how much less.

Two workers on this machine, with an engine that takes a tenth of a second for a row: what is measured is how busy they
are kept, not a model. One after another is the same code with room for one. It needs the extra `ray`.
"""

import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any
from unittest import mock

import polars as pl

from scalequest_assets.engines.opening import ModelHandle
from scalequest_assets.orchestration import side_by_side
from scalequest_tests.conftest import fake_model
from scalequest_tests.extras.clusters import cluster_of
from scalequest_tests.extras.counting import BATCH
from scalequest_tests.extras.side_by_side import CountedOnRay, made, opened, prepared

ROUNDS, ROW_S, NUM_PARTITIONS = 3, 0.1, 8
HANDLE = ModelHandle(name="tiny", path="none", version="1")
NUM_QUESTIONS = {"three batches a shard": 3 * BATCH, "nine batches a shard": 9 * BATCH}


class _Kept(CountedOnRay):
    """Opens the engine once for all rounds."""

    _engine: Any = None

    def generation(self, handle: ModelHandle) -> Any:
        if _Kept._engine is None:
            _Kept._engine = super().generation(handle)
        return _Kept._engine


def run() -> list[dict[str, object]]:
    """Return seconds of each way and their ratio, round by round, by size of a shard."""
    with cluster_of(2):
        return [_row(what, num) for what, num in NUM_QUESTIONS.items()]


def _row(what: str, num_questions: int) -> dict[str, object]:
    seconds: dict[str, list[float]] = {"one": [], "several": []}
    for number in range(ROUNDS + 1):
        for name in list(seconds)[:: 1 if number % 2 else -1]:  # who goes first changes
            took = _seconds(num_questions, most=1 if name == "one" else side_by_side.MOST)
            if number:  # the first round warms up
                seconds[name].append(took)
    ratios = [several / one for one, several in zip(seconds["one"], seconds["several"], strict=True)]
    return {
        "what": what,
        "workers alone, s": NUM_PARTITIONS * num_questions * ROW_S / 2,
        "one after another, s": statistics.median(seconds["one"]),
        "side by side, s": statistics.median(seconds["several"]),
        "ratio": statistics.median(ratios),
    }


def _seconds(num_questions: int, *, most: int) -> float:
    with tempfile.TemporaryDirectory() as folder, mock.patch.object(side_by_side, "MOST", most):
        root = Path(folder)
        model = str(fake_model(root / "model"))
        home, profile = prepared(root / "home", model, "engine.kind=ray", num_questions=num_questions)
        graph = opened(home, profile, _Kept(profile, Path(os.devnull), row_s=ROW_S))
        graph.models._factory.generation(HANDLE)  # not its start: the workers are there
        began = time.perf_counter()
        made(graph, "responses")
        took = time.perf_counter() - began
        assert graph._lake.scan("responses", graph._lake.partitions("responses")).select(pl.len()).collect().item() == (
            NUM_PARTITIONS * num_questions
        )
        graph.instance.dispose()
        return took
