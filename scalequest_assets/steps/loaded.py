"""The one engine of a process: opened once, used by several threads, closed before another model is loaded."""

import threading
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar, cast

from scalequest_assets.engines.base import GenerationEngine, ScoringEngine, Shared
from scalequest_assets.errors import EngineError

LoadedEngine = TypeVar("LoadedEngine", GenerationEngine, ScoringEngine)


@dataclass(eq=False)
class _Place:
    """A place in the line of those who wait for an engine."""

    key: Hashable


class Loaded:
    """The engine that is loaded, if one is. Who wants another model waits, in line, until nobody uses this one.

    Who wants the model that is in use passes by the line. Whoever the line lets in takes along all in it who want the
    same model, so that it is loaded once for them.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._key: Hashable = None
        self._engine: GenerationEngine | ScoringEngine | None = None
        self._line: list[_Place] = []
        self._num_users = 0
        self._is_broken = self._is_interrupted = False

    @property
    def has_room(self) -> bool:
        """Whether the engine could do with another call now; none but one that several may use ever could.

        Not while somebody waits for another model: that has its turn first.
        """
        engine = self._engine
        return not self._line and isinstance(engine, Shared) and engine.has_room

    @contextmanager
    def using(self, key: Hashable, load: Callable[[], LoadedEngine]) -> Iterator[LoadedEngine]:
        """Yield the engine of a key, loaded where it is not; it is this thread's until the block ends.

        The block must not wait for another thread that may want an engine. An engine that fails in it is closed once
        nobody uses it, so that who asks next gets one that works.

        Raises:
            KeyboardInterrupt: The process is to end.
            EngineError: The model cannot be loaded.
        """
        engine = self._enter(key, load)
        try:
            yield engine
        except EngineError:
            self.check()
            with self._changed:
                self._is_broken = self._is_broken or self._engine is engine
            raise
        finally:
            self._leave()

    def close(self) -> None:
        """Give back the memory of the engine, whoever uses it."""
        with self._changed:
            if engine := self._engine:
                self._key = self._engine = None
                self._is_broken = False
                engine.close()
            self._changed.notify_all()

    def interrupt(self) -> None:
        """End what the engine has at work, and let nobody begin more: all who use it or ask for it are interrupted."""
        self._is_interrupted = True
        self.close()

    def check(self) -> None:
        """Raise `KeyboardInterrupt` if the process is to end."""
        if self._is_interrupted:
            raise KeyboardInterrupt

    def _enter(self, key: Hashable, load: Callable[[], LoadedEngine]) -> LoadedEngine:
        """Return the engine of a key, loaded where it is not, for one user more."""
        place = _Place(key)
        with self._changed:
            self._line.append(place)
            try:
                self._let_in()
                self._changed.wait_for(lambda: self._is_interrupted or place not in self._line)
                self.check()
                if self._engine is None:
                    self._engine, self._key = load(), key
            except BaseException:
                if place in self._line:
                    self._line.remove(place)
                    self._let_in()
                else:
                    self._leave()
                raise
            return cast(LoadedEngine, self._engine)

    def _leave(self) -> None:
        with self._changed:
            self._num_users -= 1
            try:
                if self._is_broken and not self._num_users:
                    self.close()
            finally:
                self._let_in()

    def _let_in(self) -> None:
        """Take from the line all who want the model in use; where none is, the first, and who wants the same."""
        if self._line and not self._num_users:
            if self._key != self._line[0].key:
                self.close()
            self._key = self._line[0].key
        passing = [] if self._is_broken else [place for place in self._line if place.key == self._key]
        self._line = [place for place in self._line if place not in passing]
        self._num_users += len(passing)
        self._changed.notify_all()
