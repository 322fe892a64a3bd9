"""What the answers and errors of an OpenAI-compatible server mean. Shared by all that talk to one.

This module imports openai, which takes a second: load it only where a server is asked.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx2
import openai

from scalequest_assets.engines.base import ErrorKind, FinishReason
from scalequest_assets.engines.openai import reasons
from scalequest_assets.engines.openai.concurrency import retry_after_s
from scalequest_assets.engines.openai.sending import Failure
from scalequest_assets.errors import EngineError
from scalequest_assets.thinking import spoken

_MAX_MESSAGE: Final = 500  # characters
_TOO_LONG: Final = re.compile(
    r"context[ _](length|window|size)|max_model_len|too long|too many tokens|maximum (input|prompt|number of tokens)",
    re.IGNORECASE,
)
_UNSUPPORTED: Final = frozenset({"unsupported_parameter", "unsupported_value"})
_ENDS: Final = frozenset({"stop", "stopped", "eos", "end", "ended", "complete", "completed", "finished"})
_CUTS: Final = frozenset({"length", "max", "limit", "truncated", "window"})
_KEPT_BACK: Final = frozenset(
    {"filter", "filtered", "safety", "blocklist", "prohibited", "recitation", "refusal", "sensitive", "spii"}
)
_OF_A_ROW: Final = frozenset({400, 413, 422, 451})
_OF_A_FIELD: Final = frozenset({400, 422, 500})  # some proxies make a 500 of it
_OF_ANY_FIELD: Final[frozenset[ErrorKind]] = frozenset({"refused", "server_error", "bad_answer"})
_MAX_DEPTH: Final = 6
_BUSY: Final[dict[int, ErrorKind]] = {408: "timeout", 409: "overloaded", 425: "overloaded", 429: "overloaded"}
_NEVER_THE_ROWS: Final = frozenset({502, 503, 504, 529})  # a gateway's, or a server's that knows that it is overloaded


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A chat completion.

    Attributes:
        text: What the model says, without thinking.
        reasoning: What it thought, in tags, in fields of their own or in parts of the content; None without.
        finish_reason: `stop` or `length`.
        prompt_tokens: As the server counts them; 0 where it does not.
        num_tokens: Of text and thinking; 0 where the server does not count.
    """

    text: str
    reasoning: str | None
    finish_reason: FinishReason
    prompt_tokens: int
    num_tokens: int


def read_answer(content: bytes, server: str, model: str, key: str | None) -> Answer:
    """Return the chat completion in the body of an answer.

    Args:
        content: The body.
        server: Its name, for messages.
        model: The model that was asked for.
        key: Removed from messages wherever the server repeats it.

    Raises:
        Failure: `bad_answer` if it holds none, `no_text` if it holds thinking alone, `refused` if the server kept the
            text back; that of its status if it holds an error.
        EngineError: It holds an error that concerns all rows.
    """
    try:
        body = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise Failure("bad_answer", f"the answer is no JSON: {type(error).__name__}") from None
    if inside := _error_inside(body):
        raise _explain_body(reasons.status_of(inside), inside, {}, server, model, key)
    try:
        choice = body["choices"][0]
        message, reason = choice["message"], choice["finish_reason"]
        written, shown = _parts(message.get("content"))
        refusal, shown = message.get("refusal"), shown + _shown(message)
        usage = body.get("usage")
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise Failure("bad_answer", redacted(f"the answer is no chat completion: {error!r}", key)) from None
    said = spoken(without_surrogates(written or ""), shown=without_surrogates("\n\n".join(shown)))
    finish_reason = _finish_reason(reason)
    if finish_reason == "error" or (written is None and refusal):
        text = str(refusal or f"kept back by the server: finish_reason {reason}")
        raise Failure("refused", redacted(text, key), is_said=True)
    if finish_reason == "stop" and said.reasoning and not said.text.strip():
        raise Failure("no_text", "the model thought and said nothing: the answer has reasoning and no text")
    if finish_reason is None or (written is None and finish_reason != "length"):  # cut: all went into hidden thinking
        what = f"no text, or no end: finish_reason {reason!r}, content {type(message.get('content')).__name__}"
        raise Failure("bad_answer", redacted(what, key))
    prompt_tokens, num_tokens = _count(usage, "prompt_tokens"), _count(usage, "completion_tokens")
    if num_tokens:  # some count thinking in the total alone (Gemini, Grok)
        num_tokens = max(num_tokens, _count(usage, "total_tokens") - prompt_tokens)
    return Answer(
        text=said.text,
        reasoning=said.reasoning,
        finish_reason=finish_reason,
        prompt_tokens=prompt_tokens,
        num_tokens=num_tokens,
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


def refused_field(error: Exception, fields: Mapping[str, Any]) -> str | None:
    """Return which of some fields of the request a server says that it does not take; None where it names none.

    Args:
        error: What the client raised, or `read_answer`.
        fields: Those that may be left out, with their values. Where several are named, one that changes nothing
            (1.0) comes first.
    """
    if isinstance(error, openai.APIStatusError) and error.status_code in _OF_A_FIELD:
        body: Any = error.body
    elif isinstance(error, Failure) and error.kind in _OF_ANY_FIELD and not error.is_said:
        body = error.message
    else:
        return None
    named = [name for name in fields if reasons.names_field(body, name)]
    return min(named, key=lambda name: fields[name] != 1.0, default=None)


def _explain_status(error: openai.APIStatusError, server: str, model: str, key: str | None) -> Exception:
    return _explain_body(error.status_code, error.body, error.response.headers, server, model, key)


def _explain_body(
    status: int | None, body: Any, headers: Mapping[str, str], server: str, model: str, key: str | None
) -> Exception:
    """Return what an error means that came with a status, or inside of an answer, which may name one or not."""
    codes = reasons.codes(body)
    message = redacted(f"{server} answers {status or 'with an error'}: {reasons.reason(body)}", key)
    if status == 402 or ((status or 400) < 500 and reasons.is_for_want_of_credit(body)):
        return EngineError(message, "add credit to the account, or raise its limit, and run again")
    if "model_not_found" in codes:
        return EngineError(message, f"check that the server has a model {model!r} (`models.*.id`)")
    if codes & _UNSUPPORTED:
        return EngineError(
            message,
            "set engine.servers.*.token_limit_field and the role's sampling to what it takes, or leave fields out "
            "with engine.servers.*.omit_fields",
        )
    if status is None:
        return Failure("too_long" if _TOO_LONG.search(message) else "bad_answer", message)
    if status in _BUSY or status >= 500:
        wanted_s = retry_after_s(headers)
        kind = _BUSY.get(status, "server_error")
        return Failure(kind, message, retry_after_s=wanted_s, is_servers=status in _BUSY or status in _NEVER_THE_ROWS)
    if status in _OF_A_ROW or (status == 403 and reasons.is_flagged(body)):
        is_too_long = "context_length_exceeded" in codes or _TOO_LONG.search(message)
        return Failure("too_long" if is_too_long else "refused", message)
    return EngineError(message, _REMEDIES.get(status, "check engine.servers.*.base_url; it ends in /v1 for most"))


_REMEDIES: Final = {
    401: "check the key in the variable that engine.servers.*.key_env names",
    403: "check that the key (engine.servers.*.key_env) may use this model",
    404: "check engine.servers.*.base_url (it ends in /v1 for most) and the model's name on the server (`models.*.id`)",
}


def _error_inside(body: Any) -> Any:
    """Return the error in the body of an answer that was to be a completion; None where there is none."""
    if not isinstance(body, dict):
        return None
    choices = body.get("choices")
    if choices:
        first = choices[0] if isinstance(choices, list) else None
        return first.get("error") if isinstance(first, dict) else None
    said = body.get("error") or body.get("detail") or body.get("errors")
    return said or (body if body.get("object") == "error" else None)


def _parts(content: Any) -> tuple[str | None, list[str]]:
    """Return the text of a message's content and the thinking in it: a string, or a list of parts.

    Raises:
        TypeError: It is neither.
    """
    if content is None or isinstance(content, str):
        return content, []
    if not isinstance(content, list) or not all(isinstance(part, dict) for part in content):
        raise TypeError(f"content is {type(content).__name__}")
    texts = [part["text"] for part in content if not _is_thinking(part) and isinstance(part.get("text"), str)]
    return "".join(texts) if texts else None, [
        text for part in content if _is_thinking(part) for text in _strings(part)
    ]


def _is_thinking(part: dict[str, Any]) -> bool:
    return any(word in str(part.get("type")).lower() for word in ("think", "reason", "thought"))


def _shown(message: dict[str, Any]) -> list[str]:
    """Return the thinking that stands in fields of its own beside the content; the same in two fields once."""
    fields = ("reasoning_content", "reasoning", "thinking")
    found = [text for name in fields for text in _strings(message.get(name))]
    return list(dict.fromkeys(found or _strings(message.get("reasoning_details"))))


def _strings(value: Any, depth: int = 0) -> list[str]:
    """Return the texts of a part: itself, or what stands under the names that servers give them."""
    if isinstance(value, str):
        return [value] if value.strip() else []
    if depth > _MAX_DEPTH:
        return []
    if isinstance(value, dict):
        names = ("text", "thinking", "reasoning", "reasoning_content", "content", "summary")
        value = [value.get(name) for name in names]
    return [text for item in value for text in _strings(item, depth + 1)] if isinstance(value, list) else []


def _finish_reason(name: Any) -> FinishReason | None:
    """Return what a server means by a reason, whatever it calls it; `error` if it kept the text back, None if unclear.

    Names are read word by word: `eos_token`, `STOP`, `stop_sequence`, `end_turn`, `COMPLETE`; `model_length`,
    `MAX_TOKENS`, `maxPredictedTokensReached`; `content_filter`, `PROHIBITED_CONTENT`.
    """
    if not isinstance(name, str):
        return None
    words = {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)}
    if words & _KEPT_BACK:
        return "error"
    if words & _CUTS:
        return "length"
    return "stop" if words & _ENDS and "user" not in words else None


def _count(usage: Any, name: str) -> int:
    count = usage.get(name) if isinstance(usage, dict) else None
    return count if isinstance(count, int) and 0 < count < 2**31 else 0
