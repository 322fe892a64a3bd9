"""What the answers and errors of an OpenAI-compatible server mean. Shared by all that talk to one.

This module imports openai, which takes a second: load it only where a server is asked.
"""

import json
import re
from dataclasses import dataclass
from typing import Any, Final

import httpx2
import openai

from scalequest_assets.engines.base import ErrorKind, FinishReason
from scalequest_assets.engines.openai.concurrency import retry_after_s
from scalequest_assets.engines.openai.sending import Failure
from scalequest_assets.errors import EngineError

_MAX_MESSAGE: Final = 500  # characters
_TOO_LONG: Final = re.compile(
    r"context[ _](length|window|size)|max_model_len|too long|too many tokens|maximum (input|prompt|number of tokens)",
    re.IGNORECASE,
)
_NO_CREDIT: Final = frozenset({"insufficient_quota", "billing_hard_limit_reached", "insufficient_balance"})
_UNSUPPORTED: Final = frozenset({"unsupported_parameter", "unsupported_value"})
_OF_A_ROW: Final = frozenset({400, 413, 422, 451})
_BUSY: Final[dict[int, ErrorKind]] = {408: "timeout", 409: "overloaded", 425: "overloaded", 429: "overloaded"}
_NEVER_THE_ROWS: Final = frozenset({502, 503, 504, 529})  # a gateway's, or a server's that knows that it is overloaded


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A chat completion.

    Attributes:
        text: What the model wrote.
        finish_reason: `stop` or `length`.
        prompt_tokens: As the server counts them; 0 where it does not.
        num_tokens: Of the text; 0 where the server does not count.
    """

    text: str
    finish_reason: FinishReason
    prompt_tokens: int
    num_tokens: int


def read_answer(content: bytes, key: str | None) -> Answer:
    """Return the chat completion in the body of an answer.

    Args:
        content: The body.
        key: Removed from messages wherever the server repeats it.

    Raises:
        Failure: `bad_answer` if it holds none, `refused` if the server kept it back.
    """
    try:
        body = json.loads(content)
        choice = body["choices"][0]
        message, reason = choice["message"], choice["finish_reason"]
        text, refusal = message.get("content"), message.get("refusal")
        usage = body.get("usage")
    except (ValueError, RecursionError) as error:
        raise Failure("bad_answer", f"the answer is no JSON: {type(error).__name__}") from None
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise Failure("bad_answer", f"the answer is no chat completion: {error!r}") from None
    if reason == "content_filter" or (text is None and refusal):
        raise Failure("refused", redacted(str(refusal or "kept back by the server's content filter"), key))
    if text is None and reason == "length":
        text = ""  # all tokens went into reasoning that the server does not show
    if not isinstance(text, str) or reason not in ("stop", "length"):
        what = f"no text, or no end: finish_reason {reason!r}, content {type(text).__name__}"
        raise Failure("bad_answer", redacted(what, key))
    return Answer(
        text=without_surrogates(text),
        finish_reason=reason,
        prompt_tokens=_count(usage, "prompt_tokens"),
        num_tokens=_count(usage, "completion_tokens"),
    )


def explain(error: Exception, server: str, model: str, key: str | None) -> Exception:
    """Return what an error of the client means: a `Failure` of the row, or an `EngineError`.

    Args:
        error: What the client raised. It must not be chained to what is returned: it holds the key.
        server: Its name, for messages.
        model: The model that was asked for.
        key: Removed wherever the server repeats it.
    """
    if isinstance(error, openai.APITimeoutError):
        if isinstance(error.__cause__, httpx2.ConnectTimeout):
            return Failure("unreachable", f"no connection to {server}")
        return Failure("timeout", f"no answer from {server}")
    if isinstance(error, openai.APIStatusError):
        return _explain_status(error, server, model, key)
    if isinstance(error, (openai.APIConnectionError, httpx2.TransportError, OSError)):
        return Failure("unreachable", redacted(f"{server}: {(error.__cause__ or error)!r}", key))
    if isinstance(error, (openai.APIError, httpx2.HTTPError, ValueError)):
        return Failure("bad_answer", redacted(f"{server}: {error!r}", key))
    return EngineError(
        redacted(f"asking {server} for model {model!r} failed: {error!r}", key), "report this: it is not expected"
    )


def redacted(text: str, key: str | None) -> str:
    """Return a message for a person, short and without the key."""
    text = without_surrogates(text)
    if key:
        text = text.replace(key, "<key>")  # before it is cut: half a key is too much
    return text if len(text) <= _MAX_MESSAGE else text[: _MAX_MESSAGE - 1] + "…"


def without_surrogates(text: str) -> str:
    """Return a text that can be encoded: each half of a surrogate pair that stands alone becomes U+FFFD."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _explain_status(error: openai.APIStatusError, server: str, model: str, key: str | None) -> Exception:
    status = error.status_code
    codes = {str(code) for code in (error.code, error.type) if code}
    message = redacted(f"{server} answers {status}: {_text(error)}", key)
    if codes & _NO_CREDIT or status == 402:
        return EngineError(message, "add credit to the account, or raise its limit, and run again")
    if "model_not_found" in codes:
        return EngineError(message, f"check that the server has a model {model!r} (`models.*.id`)")
    if codes & _UNSUPPORTED:
        return EngineError(message, "set engine.servers.*.token_limit_field and the role's sampling to what it takes")
    if status in _BUSY or status >= 500:
        wanted_s = retry_after_s(error.response.headers)
        kind = _BUSY.get(status, "server_error")
        return Failure(kind, message, retry_after_s=wanted_s, is_servers=status in _BUSY or status in _NEVER_THE_ROWS)
    if status in _OF_A_ROW:
        is_too_long = "context_length_exceeded" in codes or _TOO_LONG.search(message)
        return Failure("too_long" if is_too_long else "refused", message)
    return EngineError(message, _REMEDIES.get(status, "check engine.servers.*.base_url; it ends in /v1 for most"))


_REMEDIES: Final = {
    401: "check the key in the variable that engine.servers.*.key_env names",
    403: "check that the key (engine.servers.*.key_env) may use this model",
    404: "check engine.servers.*.base_url (it ends in /v1 for most) and the model's name on the server (`models.*.id`)",
}


def _text(error: openai.APIStatusError) -> str:
    body: Any = error.body
    message = body.get("message") if isinstance(body, dict) else body
    return str(message or "no reason given")


def _count(usage: Any, name: str) -> int:
    count = usage.get(name) if isinstance(usage, dict) else None
    return count if isinstance(count, int) and 0 < count < 2**31 else 0
