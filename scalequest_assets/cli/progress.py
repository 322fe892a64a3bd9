"""Progress of a run that never looks stuck."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from scalequest_assets.cli import console

_MAX_LOG_CHARS = 100


class RunDisplay:
    """Shows a walk through the graph: a bar with a moving clock on a terminal, plain lines elsewhere."""

    def __init__(self, total: int) -> None:
        self._is_live = console.err.is_terminal
        self._bar = Progress(
            SpinnerColumn(),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.description}", markup=False),
            TextColumn("{task.fields[log]}", style="dim", markup=False),
            console=console.err,
            transient=True,
        )
        self._task = self._bar.add_task("", total=total, log="")
        self._began = time.monotonic()

    @contextmanager
    def running(self) -> Iterator["RunDisplay"]:
        """Show progress for the length of a block."""
        if self._is_live:
            with self._bar:
                yield self
        else:
            yield self

    def start(self, name: str, why: str) -> None:
        """A partition is begun."""
        self._began = time.monotonic()
        self._bar.update(self._task, description=name, log=why)
        if not self._is_live:
            console.err.print(Text(f"  {name}: {why}"))

    def log(self, line: str) -> None:
        """The step said something."""
        first = line.strip().split("\n", 1)[0][:_MAX_LOG_CHARS]
        self._bar.update(self._task, log=first)
        if not self._is_live and first:
            console.err.print(Text(f"    {first}"))

    def finish(self, name: str) -> None:
        """A partition is done."""
        seconds = time.monotonic() - self._began
        self._bar.console.print(Text(f"  {name}  {seconds:.1f} s"))
        self._bar.update(self._task, advance=1, log="")

    def skip(self, num: int) -> None:
        """Partitions are up to date, or not wanted."""
        self._bar.update(self._task, advance=num)
