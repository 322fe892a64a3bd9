"""Functions that read texts one by one in Python, on all cores: each part of the texts in a process of its own.

`python -m scalequest_assets.subjects.processes module:function` reads a column of texts (Arrow IPC) from standard input
and writes what the function makes of it to standard output. A process costs a second or two to start, so that only many
texts are shared out. A forked one would inherit locks of Polars' threads, a spawned one would run the user's script.
"""

import importlib
import io
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final

import polars as pl

from scalequest_assets.errors import ScalequestError

WORTH_A_PROCESS: Final = 10_000
"""Texts that take longer to read than a process takes to start."""


def on_all_cores(function: Callable[[pl.Series], pl.Series], texts: pl.Series) -> pl.Series:
    """Return `function(texts)`, made in several processes where the texts are many.

    Args:
        function: A function of a module, row by row: what it makes of a text depends on no other.
        texts: String.

    Raises:
        ScalequestError: A process failed.
    """
    num = min(pl.thread_pool_size(), len(texts) // WORTH_A_PROCESS)
    if num < 2:
        return function(texts)
    size = -(-len(texts) // num)
    parts = [texts.slice(start, size) for start in range(0, len(texts), size)]
    with ThreadPoolExecutor(len(parts)) as threads:  # they wait for pipes
        made = list(threads.map(partial(_in_process, f"{function.__module__}:{function.__qualname__}"), parts))
    return pl.concat(made)


def _in_process(name: str, texts: pl.Series) -> pl.Series:
    command = [sys.executable, "-m", __name__, name]
    done = subprocess.run(command, input=_written(texts), capture_output=True, check=False)  # noqa: S603 - ours
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines() or ["no message"]
        raise ScalequestError(
            f"{name}: a process that read texts ended with {done.returncode}: {said[-1]}", "run again"
        )
    return _read(done.stdout)


def _written(values: pl.Series) -> bytes:
    buffer = io.BytesIO()
    pl.DataFrame({"values": values}).write_ipc(buffer, compression="uncompressed")
    return buffer.getvalue()


def _read(data: bytes) -> pl.Series:
    return pl.read_ipc(data)["values"]


def main() -> None:
    """Read texts from standard input, and write what the named function makes of them."""
    module, _, name = sys.argv[1].partition(":")
    function = getattr(importlib.import_module(module), name)
    made = function(_read(sys.stdin.buffer.read()))
    sys.stdout.buffer.write(_written(made))


if __name__ == "__main__":
    main()
