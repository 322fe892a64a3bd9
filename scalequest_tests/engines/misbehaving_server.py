"""An OpenAI-compatible server on localhost that fails as real ones do, by a script drawn from a seed."""

import asyncio
import json
import random
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Self

FAULTS = ("429", "429 with Retry-After", "500", "503", "reset", "drip", "truncated", "empty choices")
_NO_LINGER = struct.pack("ii", 1, 0)


def seeded_faults(seed: int, share: float = 0.3) -> Callable[[str, int], str | None]:
    """Return a script: which fault the n-th request of a row meets, if any; the same in whatever order they come."""

    def fault(row: str, attempt: int) -> str | None:
        draw = random.Random(f"{seed}/{row}/{attempt}")
        return draw.choice(FAULTS) if draw.random() < share else None

    return fault


@dataclass
class Arrival:
    """A request as it came in."""

    at: float
    num_in_flight: int
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def row(self) -> str:
        return str(self.body["messages"][-1]["content"])


@dataclass
class MisbehavingServer:
    """A server in a thread; a context manager.

    Attributes:
        script: Returns the fault of a row's n-th request (from 0): one of `FAULTS`, None for a good answer, or
            `(status, headers, body)` for an answer to the letter.
        refuses: Fields of a request that it does not take, each with `(status, headers, body)` of what it says then.
        answer_s: How long a good answer takes.
        drip_s: How long a slow drip goes on.
        down_after: Requests after which the server is down, once.
        down_s: Seconds for which it is down, at least; half of the requests meet a 503 then, the others a closed
            connection.
        down_requests: Requests that meet it down, at least.
    """

    script: Callable[[str, int], Any] = lambda row, attempt: None
    refuses: dict[str, tuple[int, dict[str, str], Any]] = field(default_factory=dict)
    answer_s: float = 0.005
    drip_s: float = 5.0
    down_after: int | None = None
    down_s: float = 0.0
    down_requests: int = 0
    arrivals: list[Arrival] = field(default_factory=list)
    downtime: list[float] = field(default_factory=list)
    num_in_flight: int = 0

    @property
    def highest(self) -> int:
        """Most requests at the same time."""
        return max(arrival.num_in_flight for arrival in self.arrivals)

    def __enter__(self) -> Self:
        self._attempts: Counter[str] = Counter()
        self._is_up_again = False
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="misbehaving-server")
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, *error: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    async def _run(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._connection, "127.0.0.1", 0)
        self.base_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        self._ready.set()
        await self._stop.wait()
        server.close()

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while True:
                headers, body = await _read(reader)
                for _ in range(4):  # connections that were closed before this request came are counted off before it
                    await asyncio.sleep(0)
                self.num_in_flight += 1
                self.arrivals.append(Arrival(time.monotonic(), self.num_in_flight, headers, body))
                try:
                    await self._answer(reader, writer)
                finally:
                    self.num_in_flight -= 1
                await writer.drain()
        writer.transport.abort()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        row = self.arrivals[-1].row
        if refused := [answer for name, answer in self.refuses.items() if name in self.arrivals[-1].body]:
            _write(writer, *refused[0])
            return
        attempt = self._attempts[row]
        self._attempts[row] += 1
        fault = "down" if self._is_down() else self.script(row, attempt)
        if isinstance(fault, tuple):
            _write(writer, *fault)
        elif fault == "reset" or (fault == "down" and len(self.arrivals) % 2):
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
            raise ConnectionError
        elif fault == "drip":
            await self._drip(reader, writer)
        elif fault in ("429", "500", "503", "down"):
            _write(writer, int(fault.replace("down", "503")), {}, {"error": {"message": "not now"}})
        elif fault == "429 with Retry-After":
            _write(writer, 429, {"Retry-After": "0.02"}, {"error": {"message": "slow down"}})
        elif fault == "empty choices":
            _write(writer, 200, {}, {"choices": []})
        elif fault == "truncated":
            _write(writer, 200, {}, json.dumps(completion(row))[:-20])
        else:
            await asyncio.sleep(self.answer_s)
            _write(writer, 200, {}, completion(row))

    def _is_down(self) -> bool:
        if self.down_after is None or len(self.arrivals) <= self.down_after or self._is_up_again:
            return False
        self.downtime.append(time.monotonic())
        is_long_enough = self.downtime[-1] - self.downtime[0] >= self.down_s
        self._is_up_again |= is_long_enough and len(self.downtime) > self.down_requests
        return not self._is_up_again

    async def _drip(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Write a byte now and then, until the client has hung up."""
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n{")
        hung_up = asyncio.ensure_future(reader.read(1))
        end = time.monotonic() + self.drip_s
        while not hung_up.done() and time.monotonic() < end:
            writer.write(b" ")
            await asyncio.wait({hung_up}, timeout=0.02)
        hung_up.cancel()
        raise ConnectionError


def completion(row: str, finish_reason: str | None = "stop", **message: Any) -> dict[str, Any]:
    """Return the body of a good answer."""
    return {
        "id": "x",
        "object": "chat.completion",
        "choices": [
            {"index": 0, "finish_reason": finish_reason, "message": {"role": "assistant", "content": row, **message}}
        ],
        "usage": {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10},
    }


async def _read(reader: asyncio.StreamReader) -> tuple[dict[str, str], dict[str, Any]]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")[1:]
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in head) if name}
    return headers, json.loads(await reader.readexactly(int(headers["content-length"])))


def _write(writer: asyncio.StreamWriter, status: int, headers: dict[str, str], body: Any) -> None:
    content = (body if isinstance(body, str) else json.dumps(body)).encode()
    lines = [f"HTTP/1.1 {status} Status", "Content-Type: application/json", f"Content-Length: {len(content)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    writer.write("\r\n".join([*lines, "", ""]).encode() + content)
