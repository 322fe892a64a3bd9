"""What the UI's pages and the commands that read records take on a large home.

Two generators of SCALEQUEST_BENCH_SHARDS shards each (20), made by fakes that answer at once. Pages, by a clock, until
they show what they are opened for: as the first one that a fresh server shows, and again, by a browser that keeps
nothing. Commands, in processes of their own. SCALEQUEST_BENCH_HOME names a folder that keeps the home.
"""

import os
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, expect

from scalequest_tests.benchmarks.child_process import command_seconds
from scalequest_tests.conftest import FakeRun
from scalequest_tests.e2e.browser import chromium, served
from scalequest_tests.orchestration import test_catching_up as changes

NUM_SHARDS = int(os.environ.get("SCALEQUEST_BENCH_SHARDS", "20"))
TIMEOUT_MS = 60_000
PAGES = {
    "all groups": ("asset-groups", "screening"),
    "an asset's overview": ("assets/screened_questions?view=overview", "Latest materialization"),
    "its partitions": ("assets/screened_questions?view=partitions", "competition"),
    "its checks": ("assets/screened_questions?view=checks", "up_to_date"),
    "lineage of release_manifest": ("assets/release_manifest?view=lineage", "qa_pairs"),
    "runs": ("runs", "Success"),
    "all assets": ("assets", "benchmark_questions"),
}
COMMANDS = (["status"], ["stale"], ["sql", "FROM funnel"], ["why", "competition/s0000/000000"], ["--help"])


def run() -> list[dict[str, object]]:
    """Return a row for each page and each command."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(os.environ.get("SCALEQUEST_BENCH_HOME", temporary))
        there = (folder / "home").exists()
        made = FakeRun.opened(folder) if there else changes.made_once(folder, f"num_shards={NUM_SHARDS}")
        if made.profile.num_shards != NUM_SHARDS:
            raise SystemExit(f"{folder} has {made.profile.num_shards} shards, SCALEQUEST_BENCH_SHARDS is {NUM_SHARDS}")
        rows = [_command(made, command) for command in COMMANDS]
        with chromium() as browser:
            rows += [_page(browser, made, name, Path(temporary)) for name in PAGES]
    return rows


def _command(made: FakeRun, arguments: list[str]) -> dict[str, object]:
    wall, spent = command_seconds(arguments, str(made.home.root))
    return {"what": f"scalequest {' '.join(arguments)}", "first": wall, "again": None, "cpu": spent}


def _page(browser: Browser, made: FakeRun, name: str, folder: Path) -> dict[str, object]:
    with served(made.home, "scalequest_tests.fake_location", folder) as url:
        first, again = (_seconds(browser, url, name) for _ in range(2))
    return {"what": name, "first": first, "again": again, "cpu": None}


def _seconds(browser: Browser, url: str, name: str) -> float:
    path, text = PAGES[name]
    page = browser.new_page(viewport={"width": 1680, "height": 1400})
    began = time.perf_counter()
    page.goto(f"{url}/{path}")
    expect(page.get_by_text(text, exact=True).first).to_be_visible(timeout=TIMEOUT_MS)
    took = time.perf_counter() - began
    page.close()
    return took
