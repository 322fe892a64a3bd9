"""An asynchronous stream, read by code that is not asynchronous."""

import asyncio
import queue
import threading
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import aclosing
from typing import Generic, TypeVar

T = TypeVar("T")


def in_background(make: Callable[[], AsyncGenerator[T, None]], *, buffer_size: int) -> Generator[T, None, None]:
    """Run a stream in an event loop of its own, in a thread, and yield what it yields.

    The thread is there from the first `next` until this generator ends, raises or is closed, and is joined by then;
    where the generator ends early the stream is cancelled where it stands.

    Args:
        make: Makes the stream; called in the loop.
        buffer_size: How many items the stream may be ahead of its reader.

    Raises:
        Exception: What the stream raises.
    """
    worker = _Worker(make, buffer_size)
    worker.thread.start()
    try:
        yield from worker.items()
    finally:
        worker.stop()


class _End:
    """The end of a stream, and the error that ended it."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


class _Worker(Generic[T]):
    """The thread, and the queue between it and the reader."""

    def __init__(self, make: Callable[[], AsyncGenerator[T, None]], buffer_size: int) -> None:
        self._make = make
        # The queue needs no bound of its own: the stream takes a slot, in its loop, before it puts an item in.
        self._queue: queue.SimpleQueue[T | _End] = queue.SimpleQueue()
        self._slots = asyncio.Semaphore(buffer_size)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._is_ready = threading.Event()
        self.thread = threading.Thread(target=self._run, name="scalequest-sending", daemon=True)

    def items(self) -> Generator[T, None, None]:
        """Yield items until the stream ends."""
        while not isinstance(item := self._queue.get(), _End):
            self._call(self._slots.release)
            yield item
        if item.error is not None:
            raise item.error

    def stop(self) -> None:
        """Cancel the stream, unless it is over, and join the thread."""
        self._is_ready.wait()
        if self._task is not None:
            self._call(self._task.cancel)
        self.thread.join()

    def _call(self, function: Callable[[], object]) -> None:
        assert self._loop is not None, "items come out of a loop"
        try:
            self._loop.call_soon_threadsafe(function)
        except RuntimeError:  # the loop is closed: nothing is left to do
            return

    def _run(self) -> None:
        error: BaseException | None = None
        try:
            asyncio.run(self._pump())
        except BaseException as raised:  # goes to the reader, whatever it is
            error = raised
        finally:
            self._is_ready.set()
            self._queue.put(_End(error))

    async def _pump(self) -> None:
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        self._is_ready.set()
        async with aclosing(self._make()) as stream:
            async for item in stream:
                await self._slots.acquire()
                self._queue.put(item)
