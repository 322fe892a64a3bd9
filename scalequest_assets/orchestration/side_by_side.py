"""Partitions of one asset, made one after another, or side by side where the engine has room for more.

Each is a run of its own, in a thread of its own. A further one begins once those before it have asked for their rows,
and the engine would soon have nothing to do: so the first ones end first, and few lie in memory.
"""

import queue
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

import dagster as dg

from scalequest_assets.orchestration.dagster_private import make_log_handlers
from scalequest_assets.orchestration.graph import Graph, Target
from scalequest_assets.storage.turns import Line, Turn

MOST: Final = 8
"""Partitions at work at a time, at most: their rows lie in this process, whose processor their steps share."""
_LOOK_S: Final = 0.1

Make = Callable[[Target], None]
Begin = Callable[[Target], object]
Ended = Callable[[Target, Exception | None], bool]
"""Is told what became of a partition; says whether others may be begun."""
_End = tuple[threading.Thread, Target, BaseException | None]


def make_all(graph: Graph, targets: Sequence[Target], make: Make, begin: Begin, ended: Ended) -> None:
    """Make partitions of one asset; all that were begun are brought to an end.

    Args:
        graph: The graph.
        targets: The partitions, in their order.
        make: Makes one.
        begin: Is told before one is made, in this thread.
        ended: Is told when one is made or failed, in this thread, in the order in which they end.

    Raises:
        KeyboardInterrupt: The user interrupted it. What models were at is given up; what they had finished is stored.
        Exception: `begin` or `ended` raised it. Partitions that are at work beside are interrupted.
    """
    if len(targets) > 1 and graph.takes_several(targets[0].asset):
        make_log_handlers(graph.instance)
        return _SideBySide(graph, targets, make, begin, ended).run()
    for target in targets:
        begin(target)
        try:
            make(target)
        except Exception as error:
            if not ended(target, error):
                return None
        else:
            if not ended(target, None):
                return None
    return None


class _SideBySide:
    def __init__(self, graph: Graph, targets: Sequence[Target], make: Make, begin: Begin, ended: Ended) -> None:
        self._models, self._make, self._begin, self._ended = graph.models, make, begin, ended
        self._waiting, self._line = deque(targets), Line()
        self._last: Turn | None = None
        self._ends = queue.Queue[_End]()
        self._at_work = set[threading.Thread]()
        self._is_given_up = False

    def run(self) -> None:
        """Make all; in the main thread, a signal to end interrupts it. No thread is at work afterwards."""
        try:
            with dg.raise_execution_interrupts():
                while self._waiting or self._at_work:
                    while self._waiting and self._has_room():
                        self._start(self._waiting.popleft())
                    self._take_in()
        except BaseException as error:
            self._give_up()
            if isinstance(error, dg.DagsterExecutionInterruptedError):
                raise KeyboardInterrupt from error
            raise

    def _give_up(self) -> None:
        """Interrupt what is at work, and wait for its end."""
        self._is_given_up = True
        self._models.interrupt()
        for thread in self._at_work:
            with suppress(RuntimeError):  # a signal came before it was started
                thread.join()

    def _has_room(self) -> bool:
        if not self._at_work:
            return True
        has_asked = self._last is None or self._last.has_claimed
        return len(self._at_work) < MOST and has_asked and self._models.has_room

    def _start(self, target: Target) -> None:
        self._begin(target)
        turn = self._last = self._line.turn()
        thread = threading.Thread(target=self._work, args=(target, turn), name=str(target), daemon=True)
        self._at_work.add(thread)
        thread.start()

    def _work(self, target: Target, turn: Turn) -> None:
        found: BaseException | None = None
        try:
            with turn.taken():
                if not self._is_given_up:
                    self._make(target)
        except BaseException as error:  # also what ends the process: it is raised where that is decided
            found = error
        self._ends.put((threading.current_thread(), target, found))

    def _take_in(self) -> None:
        """Wait until a partition ends, or there may be room for one."""
        try:
            thread, target, error = self._ends.get(timeout=_LOOK_S if self._waiting else None)
        except queue.Empty:
            return
        self._at_work.remove(thread)
        if error is not None and not isinstance(error, Exception):
            raise error
        if not self._ended(target, error):
            self._waiting.clear()
