"""The paper's run without its models: processor seconds, memory and disk of everything else, at several sizes.

`engine.kind: simulate` takes profile `paper` from seeds to report. SIMULATED_SIZES names sizes as shards of each of the
two generators x questions of a shard (`2x2000 10x20000`). SIMULATED_HOME keeps the homes there, one a size;
SIMULATED_PROFILES writes a cProfile file of each stage into a folder. Seconds are of the processor, the simulation's
own included, since the machine may be shared; those of commands are what somebody waits, imports included.
"""

import cProfile
import os
import tempfile
import time
from collections import Counter
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from scalequest_assets.definitions import build_defs, build_resources
from scalequest_assets.orchestration.dagster_private import open_instance
from scalequest_assets.orchestration.graph import Graph, walk
from scalequest_assets.storage.home import Home
from scalequest_assets.storage.profiles import use_profile
from scalequest_tests.benchmarks.child_process import command_seconds, in_child
from scalequest_tests.benchmarks.peak_memory import peak_gb

SIZES = os.environ.get("SIMULATED_SIZES", "1x1000 2x1000").split()
SETTINGS = (
    "engine.kind=simulate",
    "seeds.sources=[{kind: families, name: gsm8k, style: grade_school, max_questions: 7473},"
    " {kind: families, name: math, style: competition, max_questions: 7500}]",
    "benchmarks.sources=[{kind: families, name: gsm8k_test, style: grade_school, max_questions: 1319},"
    " {kind: families, name: math_test, style: competition, max_questions: 5000}]",
    "students.evaluation.groups={}",
)
"""Profile `paper` without the hub: as many seeds and benchmark questions, of our families."""
COMMANDS = {
    "funnel": ("sql", "FROM funnel"),
    "why": ("why", "qwen/s0000/000000"),
    "questions": ("sql", "SELECT final_stage, count(*), avg(max_reward) FROM questions GROUP BY ALL"),
    "status": ("status",),
}


def run() -> list[dict[str, object]]:
    """Return for every size a row per stage, the sum, and a row per command."""
    rows: list[dict[str, object]] = []
    for size in SIZES:
        num_shards, num_questions = map(int, size.split("x"))
        with _folder(size) as folder:
            rows += in_child(made, folder, num_shards, num_questions)
            rows += [asked(size, folder, name) for name in COMMANDS]
    return rows


def made(folder: str, num_shards: int, num_questions: int) -> list[dict[str, object]]:
    """Make everything of a size; return a row per stage and the sum."""
    home = Home(Path(folder))
    sizes = (f"num_shards={num_shards}", f"questions_per_shard={num_questions}", "release.mix={}")
    profile, _ = use_profile(home, "paper", (*SETTINGS, *sizes))
    resources = build_resources(home, profile)
    graph = Graph(build_defs(resources), open_instance(home.dagster), resources)
    seconds, num, peaks = Counter[str](), Counter[str](), dict[str, float]()
    profiles = (
        {name: cProfile.Profile() for name in graph.assets_of_run()} if "SIMULATED_PROFILES" in os.environ else {}
    )
    began = last = time.process_time()
    for target in walk(graph, graph.assets_of_run()):
        seconds["the walk"] += time.process_time() - last
        last = time.process_time()
        with profiles.get(target.asset, nullcontext()):
            graph.make(target)
        seconds[target.asset] += time.process_time() - last
        num[target.asset] += 1
        peaks[target.asset] = peak_gb()
        last = time.process_time()
    for name, profiled in profiles.items():
        profiled.dump_stats(Path(os.environ["SIMULATED_PROFILES"]) / f"{name}.prof")
    size, questions = f"{num_shards}x{num_questions}", 2 * num_shards * num_questions
    rows = [_row(size, name, num[name], spent, peaks.get(name), questions) for name, spent in seconds.items()]
    total = _row(size, "all of it", num.total(), time.process_time() - began, peak_gb(), questions)
    return [*rows, total | {"disk GB": _size_gb(home.root)}]


def asked(size: str, folder: str, name: str) -> dict[str, object]:
    """Run a command in a home; return how long it takes."""
    wall, spent = command_seconds(COMMANDS[name], folder)
    return {"size": size, "stage": f"`{name}`", "processor s": round(spent, 2), "wall s": round(wall, 2)}


def _row(size: str, stage: str, num: int, spent: float, peak: float | None, questions: int) -> dict[str, object]:
    row: dict[str, object] = {"size": size, "stage": stage, "partitions": num, "processor s": round(spent, 2)}
    rate = round(questions / spent) if spent >= 0.01 else None
    return row | {"peak GB": peak and round(peak, 2), "questions/s": rate, "disk GB": None, "wall s": None}


def _folder(size: str) -> Any:
    kept = os.environ.get("SIMULATED_HOME")
    return nullcontext(str(Path(kept) / size)) if kept else tempfile.TemporaryDirectory()


def _size_gb(root: Path) -> float:
    return round(sum(path.stat().st_size for path in root.rglob("*") if path.is_file()) / 1e9, 3)
