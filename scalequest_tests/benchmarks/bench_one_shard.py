"""One shard of fifty: what is made again after other questions in it, after the same ones, and how long it takes.

Models are fakes that answer at once, so that what is measured is the product: rendering, stored completions, tables,
Dagster's records, the walk. ONE_SHARD_QUESTIONS is the number of questions of a shard. Seconds are of the processor,
since the machine may be shared.
"""

import os
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

import dagster as dg

from scalequest_assets.orchestration.graph import walk
from scalequest_assets.storage.catalog import Catalog
from scalequest_tests import fakes
from scalequest_tests.benchmarks.question_corpus import questions
from scalequest_tests.conftest import FakeRun

NUM_SHARDS, NUM_QUESTIONS = 50, int(os.environ.get("ONE_SHARD_QUESTIONS", "2000"))
GENERATOR, SHARD = "grade_school", "s0024"


@dataclass
class Made:
    """Partitions made and processor seconds, by asset; the walk's own seconds are under its name."""

    num: Counter[str] = field(default_factory=Counter)
    seconds: Counter[str] = field(default_factory=Counter)


def run() -> list[dict[str, object]]:
    """Return a row per asset that has shards or is made again, one of publishing, one of the walk, and the sums."""
    fakes._CACHE[:] = questions(0)["query"].to_list()
    with tempfile.TemporaryDirectory() as folder:
        home = FakeRun(Path(folder))
        generator = home.profile.generators[GENERATOR].model_dump_json()
        home.use(
            f"generators={{{GENERATOR}: {generator}}}",
            f"num_shards={NUM_SHARDS}",
            f"questions_per_shard={NUM_QUESTIONS}",
            "answers.num_samples=1",
        )
        everything = _make(home)
        _sample_again(home)
        other = _make(home)
        _sample_again(home)
        same = _make(home)
        names = [*home.graph.assets_of_run(), "publishing", "the walk"]
        num = {asset: home.graph.num_partitions(asset) for asset in names[:-2]}
    rows = [_row(name, everything, other, same) for name in names if num.get(name, 2) > 1 or other.num[name]]
    total = {"asset": f"all, {NUM_SHARDS} x {NUM_QUESTIONS} questions"}
    for column, made in (("all", everything), ("other questions", other), ("same questions", same)):
        total |= {f"{column}: made": made.num.total() - made.num["publishing"]}
        total |= {f"{column}: s": round(made.seconds.total() - made.seconds["publishing"], 1)}
    return [*rows, total]


def _row(name: str, everything: Made, other: Made, same: Made) -> dict[str, object]:
    row: dict[str, object] = {"asset": name}
    for column, made in (("all", everything), ("other questions", other), ("same questions", same)):
        row |= {f"{column}: made": made.num[name], f"{column}: s": round(made.seconds[name], 1)}
    return row


def _make(home: FakeRun) -> Made:
    """Make what is missing or stale. Publishing is a part of the asset's seconds, and counted once more by itself."""
    made, publish = Made(), Catalog.publish

    def timed(catalog: Catalog, table: str | None = None) -> Path:
        began = time.process_time()
        published = publish(catalog, table)
        made.num["publishing"] += 1
        made.seconds["publishing"] += time.process_time() - began
        return published

    with patch.object(Catalog, "publish", timed):
        home.use()  # resources hold the method of the time at which they are made
        began = time.process_time()
        for target in walk(home.graph, home.graph.assets_of_run()):
            at = time.process_time()
            home.graph.make(target)
            made.num[target.asset] += 1
            made.seconds[target.asset] += time.process_time() - at
    spent = sum(seconds for name, seconds in made.seconds.items() if name != "publishing")
    made.seconds["the walk"] = time.process_time() - began - spent
    return made


def _sample_again(home: FakeRun) -> None:
    """Make the one shard's questions by its second draw, as its form in the UI does."""
    job = home.defs.resolve_job_def("synthesis_by_shard")
    done = job.execute_in_process(
        partition_key=dg.MultiPartitionKey({"generator": GENERATOR, "shard": SHARD}),
        run_config={"ops": {"synthetic_questions": {"config": {"reroll": 1}}}},
        instance=home.instance,
    )
    assert done.success
