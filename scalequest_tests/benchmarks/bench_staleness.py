"""What is marked, listed and made after each of the usual changes: that they agree, and what asking takes.

Two generators of SCALEQUEST_BENCH_SHARDS shards each (60), fakes that answer at once. Every change is made in two
copies of one home: one catches up by the UI's job, the other by the walk of `scalequest run`. A check's table shows the
first fifty partitions; where more are stale, their number is compared. Seconds are of the processor.
"""

import os
import tempfile
import time
from pathlib import Path

from scalequest_assets.orchestration.catching_up import CATCH_UP, NUM_SHOWN
from scalequest_tests.conftest import FakeRun
from scalequest_tests.orchestration import test_catching_up as changes

NUM_SHARDS = int(os.environ.get("SCALEQUEST_BENCH_SHARDS", "60"))


def run() -> list[dict[str, object]]:
    """Return a row for each change: partitions that it makes stale at once, that follow, and whether all agree."""
    with tempfile.TemporaryDirectory() as folder:
        finished = changes.made_once(Path(folder), f"num_shards={NUM_SHARDS}", "questions_per_shard=8")
        seeds = changes.seed_file(finished)
        before, rows = seeds.read_text(), list[dict[str, object]]()
        for number, name in enumerate(changes.CHANGES):
            rows.append(_row(name, finished, Path(folder) / str(number)))
            seeds.write_text(before)
        return rows


def _row(name: str, finished: FakeRun, folder: Path) -> dict[str, object]:
    by_button, by_command = finished.copied(folder / "button"), finished.copied(folder / "command")
    change = changes.CHANGES[name] if name != "more shards" else changes.setting(f"num_shards={NUM_SHARDS + 1}")
    for home in (by_button, by_command):
        change(home)
    began = time.process_time()
    listed = changes.listed(by_button)
    asked_s = time.process_time() - began
    changes.look(by_button)
    marked = changes.marked(by_button)
    earlier = {run.run_id for run in by_button.instance.get_runs()}
    assert by_button.defs.resolve_job_def(CATCH_UP).execute_in_process(instance=by_button.instance).success
    made = changes.made(by_button, earlier)
    shown = {asset: found for asset, found in listed.items() if len(found) <= NUM_SHOWN}
    agree = {
        "marked as listed": all(marked[asset] == found for asset, found in shown.items())
        and all(len(marked[asset]) == min(len(found), NUM_SHOWN) for asset, found in listed.items()),
        "made alike": made == by_command.make(),
        "fresh then": not any(changes.listed(by_button).values()),
    }
    return {"change": name, "stale": sum(map(len, listed.values())), "made": len(made), **agree, "asking s": asked_s}
