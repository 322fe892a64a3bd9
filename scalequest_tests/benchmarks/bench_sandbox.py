"""Programs that the sandbox runs in a second, by the layers that contain them: two workers, a new process a program.

Each is the answer to a task of our families, called eight times. Memory is that of both workers together, as the kernel
shares it out (`pss`).
"""

import time

import psutil

from scalequest_assets.sandbox.limits import LAYERS, Layer
from scalequest_assets.sandbox.pool import Sandbox
from scalequest_assets.sandbox.runs import Job, Returned
from scalequest_assets.subjects.code import cases
from scalequest_assets.subjects.code.families.drawing import tasks

NUM_PROGRAMS, NUM_WORKERS = 2000, 2
TIERS: tuple[tuple[Layer, ...], ...] = (LAYERS, ("filter",), ("namespaces",), ())


def run() -> list[dict[str, object]]:
    """Return seconds to start, programs a second and memory, by tier."""
    jobs = []
    for task in tasks("functions", NUM_PROGRAMS, 1):
        found = cases.calls(task.tests)
        assert found is not None
        jobs.append(Job(task.program, found.function, found.arguments))
    return [_measured(layers, jobs) for layers in TIERS]


def _measured(layers: tuple[Layer, ...], jobs: list[Job]) -> dict[str, object]:
    began = time.perf_counter()
    with Sandbox(layers=layers, num_workers=NUM_WORKERS) as sandbox:
        start_s = time.perf_counter() - began
        sandbox.run(jobs[:NUM_WORKERS])
        began = time.perf_counter()
        found = sandbox.run(jobs)
        seconds = time.perf_counter() - began
        workers = psutil.Process().children(recursive=True)
        memory = sum(worker.memory_full_info().pss for worker in workers)
        holds = sandbox.holds
    assert all(isinstance(result, Returned) for done in found for result in done.results)
    return {
        "layers": ", ".join((*holds, "limits")),
        "first_start_s": round(start_s, 2),
        "programs_per_s": round(len(jobs) / seconds),
        "calls_per_s": round(sum(len(job.calls) for job in jobs) / seconds),
        "memory_mb": round(memory / 2**20),
    }
