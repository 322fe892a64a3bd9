"""A proxy before an object store that spoils a share of the answers, by a seed: 500, 503, slow, or cut half way."""

import http.client
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KINDS = ("500", "503", "slow", "cut")
DROPPED = ("connection", "keep-alive", "transfer-encoding", "date", "server", "content-length")


class FaultyProxy(ThreadingHTTPServer):
    """Passes requests on to a server on this machine.

    A 500 or 503 comes in half of the cases after the server has done what it was asked, as does every cut: who asked
    cannot know.

    Attributes:
        share: Of the answers, how many are spoilt.
        faults: How often each fault was made.
        requests: How many requests came, by method.
    """

    daemon_threads = True

    def __init__(self, port: int, *, share: float, seed: int, slow_s: float = 0.5) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.target, self.share, self.slow_s = port, share, slow_s
        self.faults, self.requests = Counter[str](), Counter[str]()
        self._random, self._lock = random.Random(seed), threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a client was killed."""

    def draw(self, method: str) -> tuple[str | None, bool]:
        """Return what goes wrong with the next answer, and whether the server gets the request all the same."""
        with self._lock:
            fault = self._random.choice(KINDS) if self._random.random() < self.share else None
            self.requests[method] += 1
            self.faults[fault or "none"] += 1
            return fault, self._random.random() < 0.5


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FaultyProxy

    def log_message(self, *arguments: object) -> None:
        pass

    def handle_any(self) -> None:
        fault, is_done = self.server.draw(self.command)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if fault in ("500", "503"):
            if is_done:
                self._pass_on(body)
            self.send_response(int(fault))
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if fault == "slow":
            time.sleep(self.server.slow_s)
        self._answer(*self._pass_on(body), is_cut=fault == "cut")

    def _pass_on(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.target)
        headers = {name: value for name, value in self.headers.items() if name.lower() != "connection"}
        connection.request(self.command, self.path, body, headers)
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        return answer.status, answer.getheaders(), data

    def _answer(self, status: int, headers: list[tuple[str, str]], data: bytes, *, is_cut: bool) -> None:
        told = {name.lower(): value for name, value in headers}
        length = told.get("content-length", str(len(data))) if self.command == "HEAD" else str(len(data))
        if is_cut and not data:  # nothing to cut in half: the connection ends without an answer
            self.close_connection = True
            return
        self.send_response(status)
        for name, value in headers:
            if name.lower() not in DROPPED:
                self.send_header(name, value)
        self.send_header("Content-Length", length)
        self.end_headers()
        self.wfile.write(data[: len(data) // 2] if is_cut else data)
        self.close_connection = is_cut

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = handle_any  # noqa: N815 - http.server's names


@contextmanager
def faulty_proxy(port: int, *, share: float, seed: int) -> Iterator[FaultyProxy]:
    """Yield a proxy before the server at a port."""
    proxy = FaultyProxy(port, share=share, seed=seed)
    thread = threading.Thread(target=proxy.serve_forever, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        proxy.shutdown()
        proxy.server_close()
