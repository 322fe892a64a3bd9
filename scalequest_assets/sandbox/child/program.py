"""Inside a program's own process: define, call, send back what is returned. Verdicts are made elsewhere.

The program can change all that is here. It gains nothing: it does not know what is expected.
"""

import json
import os
import sys
import types
from typing import Any

from scalequest_assets.sandbox.values import UnreadableError, decode, encode


def serve(request: bytes, results: int) -> None:
    """Run a program's definitions and its calls; write one line for each call as soon as it has returned.

    Args:
        request: What `runs.request_of` wrote.
        results: File descriptor for the lines.
    """
    asked = json.loads(request)
    module = types.ModuleType("program")
    sys.modules[module.__name__] = module  # where dataclasses look up what an annotation that is a text means
    namespace = vars(module)
    try:
        exec(compile(asked["program"], "program", "exec"), namespace)  # noqa: S102  (this process is the sandbox)
        function = namespace.get(asked["function"])
    except BaseException as error:
        return _send(results, "stopped", type(error).__name__)
    if not callable(function):
        return _send(results, "stopped", "NoFunction")
    for arguments in asked["calls"]:
        try:
            kind, said = "value", encode(function(*map(decode, arguments)))
        except UnreadableError:
            kind, said = "error", "Unreadable"
        except BaseException as error:
            kind, said = "error", type(error).__name__
        _send(results, kind, said)
    return None


def _send(results: int, kind: str, said: Any) -> None:
    line = json.dumps({kind: said}).encode() + b"\n"
    while line:
        line = line[os.write(results, line) :]
