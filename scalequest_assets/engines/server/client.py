"""A model on a managed server: rows are sent to it, and it is started again once if it dies under them."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from scalequest_assets.engines.base import Request
from scalequest_assets.engines.openai.sending import Failure, Outcome, send_all
from scalequest_assets.engines.openai.settings import RetryPolicy
from scalequest_assets.engines.server.command import vllm_server
from scalequest_assets.engines.server.lease import ServerHandle, ServerSpec, acquire
from scalequest_assets.engines.server.settings import DEFAULT_TIMES, VllmServerSettings
from scalequest_assets.engines.vllm.settings import VllmSettings
from scalequest_assets.errors import EngineError

if TYPE_CHECKING:
    import openai

T = TypeVar("T")
log = logging.getLogger(__name__)
Post = Callable[[str, dict[str, Any]], Awaitable[Any]]
"""Sends a body to a path of the server and returns the answer's JSON; raises `Failure`."""
PATIENCE: Final = RetryPolicy(max_retries=3, timeout_s=3600.0, outage_s=1800.0, first_batch=256)
"""With a server on this machine, which queues what it cannot do at once."""
_NOTICE_S: Final = 1.0  # a supervisor looks twice a second whether its server is there
_SURPLUS: Final = 1.25  # rows sent for each that the server has in work, so that it never waits for the next


@dataclass(frozen=True, kw_only=True)
class Servers:
    """Where managed servers are, and how they are started.

    Attributes:
        root: Directory of all servers, on a local file system.
        settings: How vLLM runs a model.
        times: How long a server may load its model, and be without work.
        policy: When a request is sent again.
        build: Makes the server of a model; arguments as of `vllm_server`.
    """

    root: Path
    settings: VllmSettings
    times: VllmServerSettings = DEFAULT_TIMES
    policy: RetryPolicy = PATIENCE
    build: Callable[..., ServerSpec] = vllm_server


class ServedModel:
    """A model on a server, which is found or started as this is made.

    Attributes:
        context: Tokens of prompt and completion together.
    """

    def __init__(self, spec: ServerSpec, servers: Servers) -> None:
        self._spec, self._servers = spec, servers
        self._handle = self._acquire()
        try:
            self.context = self._handle.max_model_len()
        except BaseException:
            self._handle.close()
            raise

    def outcomes(
        self, requests: Sequence[Request], ask: Callable[[Post, Request], Awaitable[T]]
    ) -> Generator[Outcome[T], None, None]:
        """Send requests and yield what became of each, in any order.

        Raises:
            EngineError: The server died twice.
        """
        left = {request.id: request for request in requests}
        is_second = False
        while left:
            try:
                with closing(self._send(list(left.values()), ask)) as outcomes:
                    for outcome in outcomes:
                        del left[outcome.request.id]
                        yield outcome
            except _ServerDiedError:
                if is_second:
                    raise self._died_again() from None
                is_second = True
                log.warning("the model server for %s died, and is started again", self._spec.model)
                self._handle.close()
                self._handle = self._acquire()

    def close(self) -> None:
        """Give the server back."""
        self._handle.close()

    def _acquire(self) -> ServerHandle:
        times = self._servers.times
        return acquire(self._servers.root, self._spec, idle_s=times.idle_s, start_s=times.start_s)

    def _send(
        self, requests: list[Request], ask: Callable[[Post, Request], Awaitable[T]]
    ) -> Generator[Outcome[T], None, None]:
        num_rows = int(self._servers.settings.max_num_seqs * _SURPLUS) + 1
        client = _client(self._handle, num_rows)
        post = _poster(client, self._handle, self._spec.model)
        return send_all(
            requests,
            lambda request: ask(post, request),
            policy=self._servers.policy,
            max_concurrency=num_rows,
            close=client.close,
        )

    def _died_again(self) -> EngineError:
        return EngineError(
            f"the model server for {self._spec.model} died twice; the end of its log:\n{self._handle.log_tail()}",
            "run again, and what is done is kept; where memory ran out, lower engine.vllm.gpu_memory_utilization, "
            "max_model_len or max_num_seqs",
        )


class _ServerDiedError(Exception):
    """The server is not there any more."""


def _client(handle: ServerHandle, num_rows: int) -> "openai.AsyncOpenAI":
    import httpx2
    import openai

    limits = httpx2.Limits(max_connections=num_rows, max_keepalive_connections=num_rows)
    return openai.AsyncOpenAI(
        api_key=handle.api_key,
        base_url=handle.address,
        max_retries=0,  # `send_all` has its own, and its own deadlines
        timeout=None,
        # Never through a proxy that the environment names: the server is on this machine.
        http_client=httpx2.AsyncClient(limits=limits, timeout=None, trust_env=False),
    )


def _poster(client: "openai.AsyncOpenAI", handle: ServerHandle, model: str) -> Post:
    from scalequest_assets.engines.openai.answers import explain

    async def post(path: str, body: dict[str, Any]) -> Any:
        try:
            return await client.post(path, cast_to=object, body={"model": handle.name, **body})
        except Exception as error:
            explained = explain(error, handle.address, model, handle.api_key)
        if isinstance(explained, Failure):
            if explained.kind == "unreachable":
                await asyncio.sleep(_NOTICE_S)
            if not handle.is_alive():
                raise _ServerDiedError
        raise explained  # out here it is not chained to the client's error, which holds the key

    return post
