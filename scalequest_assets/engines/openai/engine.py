"""The engine of `api` models: chat models behind an OpenAI-compatible server that somebody else runs."""

import functools
import json
import logging
import os
import ssl
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, NoReturn
from urllib.parse import urlsplit

from scalequest_assets.engines.base import (
    Choice,
    Completion,
    EngineInfo,
    Message,
    Request,
    Sampling,
    Score,
)
from scalequest_assets.engines.openai.sending import Failure, Outcome, send_all
from scalequest_assets.engines.openai.settings import RetryPolicy
from scalequest_assets.errors import EngineError

if TYPE_CHECKING:
    import openai

    from scalequest_assets.engines.openai.answers import Answer

log = logging.getLogger(__name__)
_CONNECT_S: Final = 30.0
_SECRET_LENGTH: Final = 16  # characters from which on a key is one, and no placeholder such as EMPTY
_NO_QUESTIONS: Final = "an api model cannot be a question generator: its server wraps all text in a chat of its own"
_NAME_ANOTHER: Final = "name a model with weights (kind hub, path, gguf or wheel) as generators.*.base"
_TEMPLATE: Final = "chat_template_kwargs"


class ApiChat:
    """What a chat is to a server that renders chats itself: the list of its messages, as JSON.

    With `enable_thinking` it is an object: `messages`, and `chat_template_kwargs` for the template (vLLM, SGLang).
    """

    def render(self, messages: Sequence[Message], *, enable_thinking: bool | None = None) -> str:
        """Return a chat as the prompt of a request to `OpenAIEngine`."""
        chat: Any = [{"role": message.role, "content": message.content} for message in messages]
        if enable_thinking is not None:
            chat = {"messages": chat, _TEMPLATE: {"enable_thinking": enable_thinking}}
        return json.dumps(chat, ensure_ascii=False)

    def question_prefix(self, system: str | None) -> NoReturn:
        """Raise `EngineError`: what precedes a question is the server's."""
        raise EngineError(_NO_QUESTIONS, _NAME_ANOTHER)

    def question_end(self) -> NoReturn:
        """Raise `EngineError`: what ends a question is the server's."""
        raise EngineError(_NO_QUESTIONS, _NAME_ANOTHER)

    def answer_end(self) -> NoReturn:
        """Raise `EngineError`: what ends an answer is the server's."""
        raise EngineError(_NO_QUESTIONS, _NAME_ANOTHER)

    def count_tokens(self, texts: Sequence[str]) -> NoReturn:
        """Raise `EngineError`: the tokenizer is the server's."""
        raise EngineError(_NO_QUESTIONS, _NAME_ANOTHER)


class OpenAIEngine:
    """A chat model behind an OpenAI-compatible server. Implements `GenerationEngine`.

    What is sent is what is said here: credentials in the variables that the openai package reads by itself
    (`OPENAI_API_KEY`, `OPENAI_ORG_ID`, …) go nowhere.

    Args:
        model: Its name on the server.
        base_url: Of the server; ends in `/v1` for most.
        policy: When to try again, and when to give up.
        max_concurrency: Most requests at the same time.
        token_limit_field: How the server calls the bound on generated tokens.
        omit_fields: Of `seed`, `temperature` and `top_p`, those that are not sent.
        key_env: Environment variable that holds the key, read now; None for a server without a key.
        key: The key itself, where it is not in the environment.

    Raises:
        EngineError: If there is no key in the variable, or no header can hold it, or the URL holds one.
    """

    def __init__(
        self,
        model: str,
        *,
        base_url: str,
        policy: RetryPolicy,
        max_concurrency: int,
        token_limit_field: str,
        omit_fields: Collection[str] = (),
        key_env: str | None = None,
        key: str | None = None,
    ) -> None:
        self.model = model
        self._base_url, self._server = base_url, _host(base_url)
        self._policy, self._max_concurrency = policy, max_concurrency
        self._token_limit_field = token_limit_field
        self._key = _checked(key) if key_env is None else _read_key(key_env)
        self._omitted = set(omit_fields)
        self._info = EngineInfo(name=f"openai {self._server}", device=self._server, num_devices=0, is_exact=False)

    @property
    def info(self) -> EngineInfo:
        """Return which server is asked, and which fields it is asked without."""
        without = f" without {', '.join(sorted(self._omitted))}" if self._omitted else ""
        return replace(self._info, name=self._info.name + without)

    def generate(
        self, requests: Sequence[Request], sampling: Sampling, missing: Collection[str]
    ) -> Iterator[Completion]:
        """Complete those requests that are missing, yielding rows as they finish.

        Args:
            requests: Prompts are of `ApiChat.render`.
            sampling: How tokens are drawn; the server gets a row's seed modulo 2**31, and may not heed it.
            missing: Ids of those to send.

        Raises:
            EngineError: The server does not take the key, knows no such model, wants to be paid, or did none of the
                first rows.
        """
        wanted = frozenset(missing)
        rows = (request for request in requests if request.id in wanted)
        client = self._client()
        outcomes = send_all(
            rows,
            self._sender(client, sampling),
            policy=self._policy,
            max_concurrency=self._max_concurrency,
            has_worked=len(wanted) < len(requests),
            close=client.close,
        )
        with closing(outcomes):
            for outcome in outcomes:
                yield self._completion(outcome)

    def choose(self, requests: Sequence[Request], choice: Choice, missing: Collection[str]) -> Iterator[Score]:
        """Raise `EngineError`: such a server begins the model's turn itself, and its first word is no answer yet."""
        raise EngineError(
            f"{self._server} is not asked how probable an answer is",
            "leave `probability` out of solvability.evidence (`votes` ask any model), or name a judge with weights",
        )

    def close(self) -> None:
        """Do nothing: connections last as long as a call of `generate`."""

    def _client(self) -> "openai.AsyncOpenAI":
        import httpx2
        import openai

        limits = httpx2.Limits(max_connections=self._max_concurrency, max_keepalive_connections=self._max_concurrency)
        # The deadline is the policy's, around all of a request; the client's own timeouts begin again with each byte.
        timeout = httpx2.Timeout(None, connect=min(_CONNECT_S, self._policy.timeout_s))
        return openai.AsyncOpenAI(
            api_key="none",  # the header is written by ourselves, below
            base_url=self._base_url,
            max_retries=0,
            timeout=timeout,
            http_client=httpx2.AsyncClient(limits=limits, timeout=timeout, verify=_tls()),
        )

    def _sender(self, client: "openai.AsyncOpenAI", sampling: Sampling) -> "Callable[[Request], Awaitable[Answer]]":
        from openai import omit

        from scalequest_assets.engines.openai.answers import explain, read_answer, refused_field

        headers = {
            "Authorization": f"Bearer {self._key}" if self._key else omit,
            "OpenAI-Organization": omit,
            "OpenAI-Project": omit,
        }
        settings: dict[str, Any] = {"model": self.model, self._token_limit_field: sampling.max_tokens}
        drawn: dict[str, Any] = {"temperature": sampling.temperature, "top_p": sampling.top_p}

        async def send(request: Request) -> "Answer":
            messages, template = _chat_of(request)
            optional = {"seed": request.seed % 2**31, **drawn}
            sent = {name: value for name, value in optional.items() if name not in self._omitted}
            while True:  # as often as there are fields to leave out
                try:
                    raw = await client.chat.completions.with_raw_response.create(
                        **settings, **sent, messages=messages, extra_headers=headers, extra_body=template
                    )
                    answer = read_answer(raw.http_response.content, self._server, self.model, self._key)
                except Exception as error:
                    is_told = isinstance(error, (Failure, EngineError))
                    explained = error if is_told else explain(error, self._server, self.model, self._key)
                    refused = refused_field(error, sent)
                else:
                    self._leave_out(optional.keys() - sent.keys())
                    return answer
                if refused is None:
                    raise explained  # out here it is not chained to the client's error, which holds the key
                del sent[refused]

        return send

    def _leave_out(self, fields: Collection[str]) -> None:
        """Ask without some fields from now on: a row was refused with them, and answered without."""
        if new := sorted({*fields} - self._omitted):
            self._omitted |= {*new}
            log.warning(
                "%s does not take %s: left out from now on, so that it draws as it likes. To have it so from the "
                "beginning: engine.servers.*.omit_fields: [%s]",
                *(self._server, " and ".join(new), ", ".join(sorted(self._omitted))),
            )

    def _completion(self, outcome: "Outcome[Answer]") -> Completion:
        answer, error = outcome.answer, outcome.error
        return Completion(
            id=outcome.request.id,
            text=self._without_key(answer.text) if answer else "",
            reasoning=self._without_key(answer.reasoning) if answer and answer.reasoning else None,
            finish_reason=answer.finish_reason if answer else "error",
            prompt_tokens=answer.prompt_tokens if answer else 0,
            num_tokens=answer.num_tokens if answer else 0,
            engine_s=outcome.engine_s,
            num_retries=outcome.num_retries,
            error=error,
        )

    def _without_key(self, text: str) -> str:
        """Guard the data set against a server that repeats what it is sent."""
        return text.replace(self._key, "<key>") if self._key and len(self._key) >= _SECRET_LENGTH else text


def _chat_of(request: Request) -> tuple[list[Any], dict[str, Any] | None]:
    """Return the chat in a prompt, as a list of `{role, content}`, and the options of its template, if any."""
    from scalequest_assets.engines.openai.answers import without_surrogates

    try:
        read = json.loads(request.prompt)
        template = {_TEMPLATE: read[_TEMPLATE]} if isinstance(read, dict) else None
        chat = [
            {"role": message["role"], "content": without_surrogates(message["content"])}
            for message in (read["messages"] if template else read)
        ]
    except (ValueError, TypeError, KeyError, AttributeError):
        raise EngineError(
            f"row {request.id}: the prompt of a request to an api model is a list of messages as JSON, not this",
            "render prompts with ApiChat",
        ) from None
    if not any(message["content"].strip() for message in chat):
        raise Failure("empty_prompt", "nothing to answer")
    return chat, template


@functools.cache
def _tls() -> ssl.SSLContext:
    import httpx2

    return httpx2.create_ssl_context()  # reads all root certificates: once is enough


def _host(base_url: str) -> str:
    parts = urlsplit(base_url)
    if parts.username or parts.password or not parts.hostname:
        raise EngineError(
            "the base_url of a server holds a user name, a password or no host",
            "write http(s)://host/v1, and put the key into the variable that key_env names",
        )
    return parts.netloc


def _read_key(name: str) -> str | None:
    key = os.environ.get(name, "").strip()  # a line end is easily caught with it
    if not key:
        raise EngineError(
            f"the environment variable {name} is empty, and the profile says that it holds a server's key",
            f"export {name}=…, or set engine.servers.*.key_env to null if the server wants no key",
        )
    return _checked(key, name)


def _checked(key: str | None, name: str = "of a server's key") -> str | None:
    if key and not (key.isascii() and key.isprintable() and " " not in key):  # no header can hold it
        raise EngineError(f"the variable {name} holds something that is no key", "set it to the key alone")
    return key
