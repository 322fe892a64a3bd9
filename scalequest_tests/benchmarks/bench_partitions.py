"""What a partition costs where models answer at once, and asking for all states: processor seconds.

Two generators of SCALEQUEST_BENCH_SHARDS shards each (20), of twenty questions a shard: the recipe has next to nothing
to do, so that what is measured is Dagster, the records, the tables and the catalog.
"""

import os
import tempfile
import time
from pathlib import Path

from scalequest_tests.conftest import FakeRun

NUM_SHARDS = int(os.environ.get("SCALEQUEST_BENCH_SHARDS", "20"))


def run() -> list[dict[str, object]]:
    """Return one row: partitions, seconds for making all, for one of them, for asking all, for one."""
    with tempfile.TemporaryDirectory() as folder:
        home = FakeRun(Path(folder))
        home.use(f"num_shards={NUM_SHARDS}", "questions_per_shard=20")
        began = time.process_time()
        num = len(home.make())
        made_s = time.process_time() - began
        home.use()
        began = time.process_time()
        assert home.make() == []
        asked_s = time.process_time() - began
    seconds = {"all s": made_s, "each s": made_s / num, "asking all s": asked_s, "asking each ms": asked_s / num * 1000}
    return [{"partitions": num, **{what: round(took, 3) for what, took in seconds.items()}}]
