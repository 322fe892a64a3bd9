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
        self._began: dict[str, float] = {}
        self._beside = set[str]()  # what was at work while something else was

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
        self._began[name] = time.monotonic()
        if not self._is_alone():
            self._beside.update(self._began)
        self._describe(why)
        if not self._is_live:
            console.err.print(Text(f"  {name}: {why}"))

    def log(self, name: str, line: str) -> None:
        """A partition's step said something; several may do so from threads of their own."""
        first = line.strip().split("\n", 1)[0][:_MAX_LOG_CHARS]
        said = f"{name}: {first}" if first and not self._is_alone() else first
        self._bar.update(self._task, log=said)
        if not self._is_live and first:
            console.err.print(Text(f"    {said}"))

    def finish(self, name: str) -> None:
        """A partition is done."""
        seconds = time.monotonic() - self._began.pop(name)
        self._beside.discard(name)
        self._bar.console.print(Text(f"  {name}  {seconds:.1f} s"))
        self._bar.update(self._task, advance=1)
        self._describe("")

    def fail(self, name: str, error: Exception) -> None:
        """A partition failed; why is said at once where others were at work beside: each fails for its own reason."""
        del self._began[name]
        if name in self._beside:
            self._beside.remove(name)
            more = "; others go on" if self._began else ""
            console.err.print(Text(f"  {name}  failed{more}: {console.one_line(error)}"))
        self._describe("")

    def _is_alone(self) -> bool:
        return len(self._began) == 1

    def _describe(self, log: str) -> None:
        first, *others = self._began or [""]
        more = f", {len(others)} more" if others else ""
        self._bar.update(self._task, description=f"{first}{more}", log=log)

    def skip(self, num: int) -> None:
        """Partitions are up to date, or not wanted."""
        self._bar.update(self._task, advance=num)
