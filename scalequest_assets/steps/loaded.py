"""The one engine of a process: opened once, used by several threads, closed before another model is loaded."""

import threading
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import TypeVar, cast

from scalequest_assets.engines.base import GenerationEngine, ScoringEngine, Shared
from scalequest_assets.errors import EngineError

LoadedEngine = TypeVar("LoadedEngine", GenerationEngine, ScoringEngine)


class Loaded:
    """The engine that is loaded, if one is. Who wants another model waits until nobody uses this one."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._key: Hashable = None
        self._engine: GenerationEngine | ScoringEngine | None = None
        self._num_users = 0
        self._is_broken = self._is_interrupted = False

    @property
    def has_room(self) -> bool:
        """Whether the engine could do with another call now; none but one that several may use ever could."""
        engine = self._engine
        return isinstance(engine, Shared) and engine.has_room

    @contextmanager
    def using(self) -> Iterator["User"]:
        """Yield what opens the engine, which is this thread's until the block ends.

        An engine that failed is closed once nobody uses it, so that who asks next gets one that works.

        Raises:
            KeyboardInterrupt: The process is to end.
        """
        user = User(self)
        try:
            self._check()
            yield user
        except EngineError:
            self._check()
            self._is_broken = self._is_broken or user.is_using
            raise
        finally:
            user.leave()

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

    def _check(self) -> None:
        if self._is_interrupted:
            raise KeyboardInterrupt

    def _enter(self, key: Hashable, load: Callable[[], LoadedEngine]) -> LoadedEngine:
        """Return the engine of a key, loaded where it is not, for one user more."""
        with self._changed:
            self._changed.wait_for(lambda: self._num_users == 0 or (self._key == key and not self._is_broken))
            self._check()
            if self._key != key or self._is_broken:
                self.close()
            if self._engine is None:
                self._engine, self._key = load(), key
            self._num_users += 1
            return cast(LoadedEngine, self._engine)

    def _leave(self) -> None:
        with self._changed:
            self._num_users -= 1
            if self._is_broken and not self._num_users:
                self.close()
            self._changed.notify_all()


class User:
    """Who uses the engine for the length of a call.

    Attributes:
        is_using: Whether it was opened.
    """

    def __init__(self, loaded: Loaded) -> None:
        self._loaded, self.is_using = loaded, False

    def opened(self, key: Hashable, load: Callable[[], LoadedEngine]) -> LoadedEngine:
        """Return the engine of a key; asked again, the same."""
        self.leave()
        engine = self._loaded._enter(key, load)
        self.is_using = True
        return engine

    def leave(self) -> None:
        """Let go of the engine."""
        if self.is_using:
            self.is_using = False
            self._loaded._leave()
