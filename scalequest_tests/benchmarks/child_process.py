"""Work in a process of its own, so that its peak of memory is its own."""

import multiprocessing
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from typing import Any


def in_child(function: Callable[..., Any], *arguments: object, threads: int | None = None) -> Any:
    """Return a function's result in a process of its own; `threads` is Polars' number, and so ours."""
    before = os.environ.get("POLARS_MAX_THREADS")
    if threads:
        os.environ["POLARS_MAX_THREADS"] = str(threads)
    try:
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            return pool.apply(function, arguments)
    finally:
        os.environ.pop("POLARS_MAX_THREADS", None)
        if before is not None:
            os.environ["POLARS_MAX_THREADS"] = before


def command_seconds(arguments: Iterable[str], home: str) -> tuple[float, float]:
    """Run a command of `scalequest` in a home; return what it takes by the clock, and of the processor."""
    command = [sys.executable, "-m", "scalequest_assets", *arguments]
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run(command, env={**os.environ, "SCALEQUEST_HOME": home}, check=True, stdout=subprocess.DEVNULL)
    wall, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def for_sizes(
    sizes: Iterable[int], write: Callable[[str, int], None], measure: Callable[[str, int], dict[str, Any]]
) -> list[dict[str, object]]:
    """Return what is measured of each size, in a folder that was written for it, both in processes of their own."""
    rows = list[dict[str, object]]()
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            in_child(write, folder, size)
            rows.append(in_child(measure, folder, size))
    return rows
