"""Starting a model server's supervisor, asking whether the server answers, and ending it.

Whoever starts or ends a server holds the start lock; see `server_lease`.
"""

import http.client
import json
import logging
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from typing import Any, Final

from scalequest_assets.engines.server.files import Order, ServerFiles, State
from scalequest_assets.errors import EngineError

log = logging.getLogger(__name__)
_SUPERVISOR: Final = "scalequest_assets.engines.server.supervisor"
_POLL_S: Final = 0.2
_REMEDY: Final = (
    "where memory ran out, lower engine.vllm.gpu_memory_utilization or max_model_len; where vLLM does not know the "
    "model, use engine.kind: transformers"
)
_STOP_S: Final = 30.0  # for a supervisor to stop its server: more than its own patience


def start(files: ServerFiles, order: Order, start_s: float) -> State:
    """Start a server and wait until it answers.

    Raises:
        EngineError: It ended before, or took longer than `start_s`.
    """
    log.info("model server: %s is being loaded; log: %s", order.model, files.log)
    files.remove_state()
    files.write_order(order)
    if files.log.exists():
        files.log.replace(files.log.with_suffix(".old.txt"))
    with files.log.open("wb") as out:
        command = [sys.executable, "-m", _SUPERVISOR, str(files.directory)]
        # It returns at once: the supervisor goes on in a process of its own.
        subprocess.run(  # noqa: S603 our own module
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, check=False
        )
    state = await_answer(files, start_s)
    if state is not None:
        return state
    is_late = files.is_alive()
    end(files)
    what = f"was not ready after {start_s:.0f} s" if is_late else "ended while it loaded"
    raise EngineError(
        f"the model server for {order.model} {what}; the end of its log, {files.log}:\n{files.tail()}",
        "give it more time (engine.vllm_server.start_s)" if is_late else _REMEDY,
    )


def await_answer(files: ServerFiles, seconds: float) -> State | None:
    """Wait until a server answers, and return where; None if it ended before, or takes longer."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and files.is_alive():
        state = files.read_state()
        if state is not None and answers(files, state):
            return state
        time.sleep(_POLL_S)
    return None


def answers(files: ServerFiles, state: State) -> bool:
    """Return whether a server is healthy and ours: another program may have got the port."""
    try:
        _get(state, "/health")
        return any(card["id"] == files.name for card in models(state))
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError):
        return False


def models(state: State) -> list[dict[str, Any]]:
    """Return what a server says of the models that it serves, such as `max_model_len`."""
    cards: list[dict[str, Any]] = json.loads(_get(state, "/v1/models"))["data"]
    return cards


def _get(state: State, path: str) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", state.port, timeout=10)  # never through a proxy
    try:
        connection.request("GET", path, headers={"Authorization": f"Bearer {state.api_key}"})
        answer = connection.getresponse()
        if answer.status != http.HTTPStatus.OK:
            raise http.client.HTTPException(f"{path} answers {answer.status}")
        return answer.read()
    finally:
        connection.close()


def end(files: ServerFiles) -> None:
    """Ask a server's supervisor to stop it, wait until nothing is left, and kill what does not go.

    Raises:
        EngineError: It cannot be killed.
    """
    for kill, number in ((os.kill, signal.SIGTERM), (os.killpg, signal.SIGKILL)):
        group = files.group()
        if files.is_alive() and group is not None:
            with suppress(ProcessLookupError):  # a supervisor that was killed; the guard is about to kill the others
                kill(group, number)  # it leads the group
        deadline = time.monotonic() + _STOP_S
        while time.monotonic() < deadline:
            if not files.is_alive():
                return
            time.sleep(_POLL_S)
    raise EngineError(f"a model server of {files.directory} cannot be ended", f"see {files.log}, and end it by hand")
