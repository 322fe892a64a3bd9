import json
import logging
import subprocess
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from scalequest_assets.engines.base import LASTING, Choice, Completion, Message, Request, Sampling
from scalequest_assets.engines.openai import sending
from scalequest_assets.engines.openai.concurrency import Limiter
from scalequest_assets.engines.openai.engine import ApiChat, OpenAIEngine
from scalequest_assets.engines.openai.settings import RetryPolicy
from scalequest_assets.errors import EngineError
from scalequest_tests.engines.misbehaving_server import MisbehavingServer, completion, seeded_faults

KEY = "sk-a-very-secret-key-0123456789"
SAMPLING = Sampling(temperature=0.7, top_p=0.9, max_tokens=50)
NEVER_S = 120.0


def request(text: str, seed: int = 0) -> Request:
    return Request(id=f"id {text}", prompt=ApiChat().render([Message(role="user", content=text)]), seed=seed)


def requests(num: int) -> list[Request]:
    return [request(f"row {i}") for i in range(num)]


def engine(server: MisbehavingServer, max_concurrency: int = 8, key: str | None = None, **policy: Any) -> OpenAIEngine:
    patience = {"max_retries": 30, "timeout_s": NEVER_S, "outage_s": NEVER_S, "first_wait_s": 0.002, "max_wait_s": 0.02}
    return OpenAIEngine(
        "some-model",
        base_url=server.base_url,
        policy=RetryPolicy(**(patience | policy)),
        max_concurrency=max_concurrency,
        token_limit_field="max_tokens",
        key=key,
    )


def one_at_a_time(base_url: str, *, token_limit_field: str = "max_tokens", key_env: str | None = None) -> OpenAIEngine:
    patience = RetryPolicy(max_retries=0, timeout_s=NEVER_S, outage_s=NEVER_S)
    return OpenAIEngine(
        "m",
        base_url=base_url,
        policy=patience,
        max_concurrency=1,
        token_limit_field=token_limit_field,
        key_env=key_env,
    )


def ask(model: OpenAIEngine, rows: Sequence[Request]) -> list[Completion]:
    return list(model.generate(rows, SAMPLING, {row.id for row in rows}))


def ask_one(answer: Any, key: str | None = None, **policy: Any) -> Completion:
    """Return what becomes of a row that always gets one answer: a fault's name, or (status, headers, body)."""
    with MisbehavingServer(lambda row, attempt: answer) as server:
        (row,) = ask(engine(server, key=key, **({"max_retries": 1} | policy)), [request("x")])
        return row


def error_of(row: Completion) -> str:
    assert (row.finish_reason, row.text, row.num_tokens) == ("error", "", 0)
    assert row.error is not None
    return row.error.kind


@pytest.fixture(autouse=True)
def _no_other_credentials(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-another-server")
    monkeypatch.setenv("OPENAI_ADMIN_KEY", "sk-of-another-admin")
    monkeypatch.setenv("OPENAI_ORG_ID", "org-of-another-server")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "project-of-another-server")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "Authorization: Bearer sk-of-another-header")
    yield
    assert not [t for t in threading.enumerate() if t.name.startswith("scalequest")]


# A server that behaves


def test_row_is_sent_and_read() -> None:
    with MisbehavingServer() as server:
        model = engine(server, key=KEY)
        rows = [request("what is 1+1?", seed=2**31 + 5), request("stored already")]
        (row,) = model.generate(rows, SAMPLING, [rows[0].id])
        assert model.info.name == f"openai {model.info.device}"
        assert (model.info.num_devices, model.info.is_exact) == (0, False)
    assert (row.id, row.text, row.finish_reason) == (rows[0].id, "what is 1+1?", "stop")
    assert (row.prompt_tokens, row.num_tokens, row.num_retries, row.error) == (7, 3, 0, None)
    assert row.engine_s > 0
    (arrival,) = server.arrivals
    assert arrival.body == {
        "model": "some-model",
        "messages": [{"role": "user", "content": "what is 1+1?"}],
        "temperature": 0.7,
        "top_p": 0.9,
        "seed": 5,
        "max_tokens": 50,
    }
    assert arrival.headers["authorization"] == f"Bearer {KEY}"


def test_nothing_of_the_environment_is_sent() -> None:
    with MisbehavingServer() as server:
        ask(engine(server), [request("x")])
    assert "another" not in str(server.arrivals[0].headers)
    assert "authorization" not in server.arrivals[0].headers


def test_token_limit_goes_by_the_name_that_the_server_knows() -> None:
    with MisbehavingServer() as server:
        model = one_at_a_time(server.base_url, token_limit_field="max_completion_tokens")
        ask(model, [request("x")])
    assert server.arrivals[0].body["max_completion_tokens"] == 50
    assert "max_tokens" not in server.arrivals[0].body


def test_engine_can_be_asked_again() -> None:
    with MisbehavingServer() as server:
        model = engine(server)
        assert [ask(model, [request(text)])[0].text for text in ("a", "b")] == ["a", "b"]
        model.close()


def test_it_is_not_asked_how_probable_an_answer_is() -> None:
    model = one_at_a_time("http://127.0.0.1:9/v1")
    with pytest.raises(EngineError, match="is not asked how probable"):
        model.choose([request("x")], Choice(this=("Yes",), other=("No",)), {"x"})


@pytest.mark.parametrize(
    ("body", "text", "reason", "num_tokens"),
    [
        (completion("cut", "length"), "cut", "length", 3),
        (completion("", "stop"), "", "stop", 3),
        ({**completion("x"), "usage": None}, "x", "stop", 0),
        ({**completion("x"), "usage": {"completion_tokens": "many"}}, "x", "stop", 0),
        (completion("x", "length", content=None), "", "length", 3),
        (json.dumps(completion("SURROGATES")).replace("SURROGATES", r"\ud83d\ude00 \ud800"), "😀 �", "stop", 3),
    ],
)
def test_answers_are_read(body: Any, text: str, reason: str, num_tokens: int) -> None:
    row = ask_one((200, {}, body))
    assert (row.text, row.finish_reason, row.num_tokens) == (text, reason, num_tokens)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "null",
        "[1]",
        '"text"',
        "{",
        "<html>",
        "[" * 100_000,
        {},
        {"choices": None},
        {"choices": [None]},
        {"choices": [{"message": "x", "finish_reason": "stop"}]},
        completion("x", "stop", content=None),
        completion("x", "stop", content=["parts"]),
        completion("x", None),
        completion("x", "tool_calls", content=None),
    ],
    ids=lambda body: str(body)[:60],
)
def test_answers_without_sense_are_asked_for_again(body: Any) -> None:
    row = ask_one((200, {}, body))
    assert error_of(row) == "bad_answer"
    assert row.num_retries == 1


@pytest.mark.parametrize(
    ("status", "error", "kind"),
    [
        (400, {"message": "no", "code": "context_length_exceeded"}, "too_long"),
        (400, {"message": "This model's maximum context length is 8 tokens"}, "too_long"),
        (422, {"message": "the prompt is too long"}, "too_long"),
        (413, {"message": "no"}, "refused"),
        (400, {"message": "this is not nice"}, "refused"),
        (400, None, "refused"),
        (200, completion("x", "content_filter"), "refused"),
        (200, completion("x", content=None, refusal="I will not"), "refused"),
        (403, {"message": "Your input was flagged", "metadata": {"reasons": ["x"], "flagged_input": "y"}}, "refused"),
        (200, {"error": {"code": 403, "message": "no", "metadata": {"flagged_input": "y"}}}, "refused"),
        (403, {"message": "The request has been flagged by moderation"}, "refused"),
    ],
)
def test_rows_that_are_refused_are_not_sent_again(status: int, error: Any, kind: str) -> None:
    row = ask_one((status, {}, error if status == 200 else {"error": error}))
    assert error_of(row) == kind
    assert row.num_retries == 0


@pytest.mark.parametrize("status", [500, 501, 502, 503, 504, 529, 408, 409, 425, 429])
def test_failures_of_the_server_are_sent_again(status: int) -> None:
    answer = (status, {}, {"error": {"message": "no"}})
    kinds = {408: "timeout", 409: "overloaded", 425: "overloaded", 429: "overloaded"}
    assert error_of(ask_one(answer, max_retries=0, outage_s=0.01)) == kinds.get(status, "server_error")
    with MisbehavingServer(lambda row, attempt: answer if attempt < 2 else None) as server:
        (row,) = ask(engine(server, max_retries=2), [request("x")])
    assert (row.text, row.num_retries) == ("x", 2)


def test_lost_connections_are_unreachable() -> None:
    assert error_of(ask_one("reset", outage_s=0.01)) == "unreachable"
    with MisbehavingServer() as server:
        model = engine(server, outage_s=0.01)
    (row,) = ask(model, [request("x")])  # nobody listens any more
    assert error_of(row) == "unreachable"


def test_slow_drip_does_not_escape_the_deadline() -> None:
    assert error_of(ask_one("drip", timeout_s=0.1, outage_s=0.05)) == "timeout"


@pytest.mark.parametrize("prompt", ["[]", '[{"role": "user", "content": " "}]'])
def test_empty_chats_are_not_sent(prompt: str) -> None:
    with MisbehavingServer() as server:
        (row,) = ask(engine(server), [Request(id="a", prompt=prompt, seed=0)])
    assert error_of(row) == "empty_prompt"
    assert not server.arrivals


@pytest.mark.parametrize("prompt", ["plain text", "3", '["x"]', '[{"role": "user"}]'])
def test_other_prompts_are_a_mistake(prompt: str) -> None:
    with MisbehavingServer() as server, pytest.raises(EngineError, match="ApiChat"):
        ask(engine(server), [Request(id="a", prompt=prompt, seed=0)])


def test_surrogates_can_be_sent() -> None:
    with MisbehavingServer() as server:
        (row,) = ask(engine(server), [request("half \ud800 pair")])
    assert row.text == "half � pair"


@pytest.mark.parametrize(
    ("status", "error", "remedy"),
    [
        (401, {"message": "Incorrect API key"}, "key_env"),
        (403, {"message": "no"}, "key_env"),
        (403, {"message": "Your account was flagged for suspicious activity"}, "key_env"),
        (404, {"message": "no such page"}, "base_url"),
        (400, {"message": "no such model", "code": "model_not_found"}, "some-model"),
        (429, {"message": "You exceeded your quota", "code": "insufficient_quota"}, "credit"),
        (402, {"message": "pay"}, "credit"),
        (400, {"message": "use 'max_completion_tokens'", "code": "unsupported_parameter"}, "token_limit_field"),
        (307, {"message": "elsewhere"}, "base_url"),
    ],
)
def test_what_concerns_all_rows_ends_the_run(status: int, error: Any, remedy: str) -> None:
    with MisbehavingServer(lambda row, attempt: (status, {}, {"error": error})) as server:
        with pytest.raises(EngineError) as raised:
            ask(engine(server, max_concurrency=2), requests(50))
        assert remedy in raised.value.remedy
        assert error["message"] in raised.value.what
        assert len(server.arrivals) <= 4


# A server that does not


def test_all_rows_come_through_a_server_that_fails_a_third_of_the_time() -> None:
    with MisbehavingServer(seeded_faults(1)) as server:
        rows = requests(60)
        done = ask(engine(server, timeout_s=0.4), rows)
    assert Counter(row.id for row in done) == Counter(row.id for row in rows)
    assert {row.finish_reason for row in done} == {"stop"}
    assert all(row.id == f"id {row.text}" for row in done)
    assert sum(row.num_retries for row in done) >= 12


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("429", "overloaded"),
        ("429 with Retry-After", "overloaded"),
        ("500", "server_error"),
        ("503", "server_error"),
        ("reset", "unreachable"),
        ("drip", "timeout"),
        ("truncated", "bad_answer"),
        ("empty choices", "bad_answer"),
    ],
)
def test_a_row_that_fails_where_others_do_not_becomes_an_error_of_its_kind(fault: str, kind: str) -> None:
    """One at a time, the bad one first: it is charged when it fails again after another was answered."""
    with MisbehavingServer(lambda row, attempt: fault if row == "row 0" else None) as server:
        rows = requests(4)
        done = ask(engine(server, 1, timeout_s=0.3, max_retries=0), rows)
    assert Counter(row.id for row in done) == Counter(row.id for row in rows)
    assert {row.id: error_of(row) for row in done if row.finish_reason == "error"} == {"id row 0": kind}


def test_rows_without_retries_are_all_accounted_for() -> None:
    with MisbehavingServer(seeded_faults(2)) as server:
        rows = requests(60)
        done = ask(engine(server, timeout_s=0.3, max_retries=0), rows)
    assert Counter(row.id for row in done) == Counter(row.id for row in rows)
    kinds = {error_of(row) for row in done if row.finish_reason == "error"}
    assert kinds <= {"overloaded", "server_error", "unreachable", "timeout", "bad_answer"} - LASTING


def test_outage_of_ten_minutes_is_survived(monkeypatch: pytest.MonkeyPatch) -> None:
    """All waits are a 600th of those of the profile's defaults: 1 s stands for ten minutes."""
    limiters: list[Limiter] = []

    class KeptLimiter(Limiter):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            limiters.append(self)

    monkeypatch.setattr(sending, "Limiter", KeptLimiter)
    with MisbehavingServer(down_after=60, down_s=1.0, down_requests=40) as server:
        rows = requests(160)
        done = ask(engine(server, 16, max_retries=2, first_wait_s=1 / 600, max_wait_s=60 / 600), rows)
    assert Counter(row.id for row in done) == Counter(row.id for row in rows)
    assert {row.finish_reason for row in done} == {"stop"}
    assert len(server.downtime) < 100
    sizes = [limit for _, limit in limiters[0].trace]
    lowest = sizes.index(1)
    assert max(sizes[:lowest]) > 4
    assert max(sizes[lowest:]) > 4
    assert max(server.highest, *sizes) <= 16


def test_outage_beyond_the_budget_ends_in_error_rows() -> None:
    with MisbehavingServer(down_after=20, down_s=1e9) as server:
        done = ask(engine(server, outage_s=0.3, max_wait_s=0.1), requests(1000))
    assert len({row.id for row in done}) == len(done) == 1000
    failed = [row for row in done if row.finish_reason == "error"]
    assert {error_of(row) for row in failed} <= {"unreachable", "server_error"}
    assert "answered nothing for" in str(failed[-1].error)
    assert len(server.arrivals) < 150


def test_retry_after_is_kept_by_all() -> None:
    told: list[float] = []

    def script(row: str, attempt: int) -> Any:
        if told:
            return None
        told.append(time.monotonic())
        return (429, {"Retry-After": "0.5"}, {})

    with MisbehavingServer(script) as server:
        done = ask(engine(server, max_concurrency=1), requests(5))
    assert {row.finish_reason for row in done} == {"stop"}
    assert min(a.at for a in server.arrivals[1:]) - told[0] >= 0.5


def test_early_close_leaves_nothing() -> None:
    with MisbehavingServer() as server:
        before = set(threading.enumerate())
        stream = engine(server).generate(requests(1000), SAMPLING, {row.id for row in requests(1000)})
        next(stream)
        stream.close()  # type: ignore[attr-defined]
        assert set(threading.enumerate()) <= before
    assert len(server.arrivals) < 100


# The key


@pytest.mark.parametrize(
    "answer",
    [
        (401, {}, {"error": {"message": f"Incorrect API key provided: {KEY}", "code": KEY}}),
        (400, {}, {"error": {"message": f"{'x' * 480}{KEY}"}}),
        (500, {}, f"<html>Authorization: Bearer {KEY}</html>"),
        (200, {}, completion("x", f"because of {KEY}")),
        (200, {}, completion("x", content=None, refusal=f"I do not like {KEY}")),
        (200, {}, completion(f"you sent {KEY}")),
        (200, {}, KEY),
        "reset",
    ],
    ids=str,
)
def test_key_is_nowhere(answer: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with MisbehavingServer(lambda row, attempt: answer) as server:
        model = engine(server, key=KEY, max_retries=0, outage_s=0.05)
        seen, chained = [repr(model), str(model.info)], (None, None)
        try:
            seen += [repr(row) for row in ask(model, [request("x")])]
        except EngineError as error:
            seen += [str(error), *traceback.format_exception(error)]
            chained = (error.__cause__, error.__context__)
        assert server.arrivals[0].headers["authorization"] == f"Bearer {KEY}"
    assert chained == (None, None)
    assert not [text for text in (*seen, caplog.text) if KEY[:12] in text]


def test_key_is_read_from_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_KEY", f"{KEY}\n")
    with MisbehavingServer() as server:
        model = one_at_a_time(server.base_url, key_env="SOME_KEY")
        monkeypatch.delenv("SOME_KEY")
        ask(model, [request("x")])
    assert server.arrivals[0].headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize("value", [None, "", "  ", "two words", "ключ"])
def test_variable_without_a_key_is_an_error(value: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOME_KEY", raising=False)
    if value is not None:
        monkeypatch.setenv("SOME_KEY", value)
    with pytest.raises(EngineError, match="SOME_KEY") as raised:
        one_at_a_time("http://localhost/v1", key_env="SOME_KEY")
    assert not (value or "").strip() or str(value) not in str(raised.value)


def test_url_with_a_password_is_refused() -> None:
    with pytest.raises(EngineError, match="password") as raised:
        one_at_a_time(f"http://user:{KEY}@localhost/v1")
    assert KEY not in str(raised.value)


# Chats


def test_chat_is_json() -> None:
    chat = [Message(role="system", content="Sei kurz."), Message(role="user", content='Was ist "π"?')]
    text = ApiChat().render(chat)
    assert json.loads(text) == [{"role": message.role, "content": message.content} for message in chat]
    assert "π" in text


@pytest.mark.parametrize("enable_thinking", [True, False])
def test_the_template_of_a_server_is_told_of_thinking(enable_thinking: bool) -> None:
    chat = ApiChat().render([Message(role="user", content="x")], enable_thinking=enable_thinking)
    with MisbehavingServer() as server:
        ask(one_at_a_time(server.base_url), [Request(id="x", prompt=chat, seed=1), request("y")])
    told, untold = sorted(server.arrivals, key=lambda arrival: arrival.body["messages"][0]["content"])
    assert told.body["chat_template_kwargs"] == {"enable_thinking": enable_thinking}
    assert "chat_template_kwargs" not in untold.body


def test_api_models_generate_no_questions() -> None:
    with pytest.raises(EngineError, match="question generator"):
        ApiChat().question_prefix(None)
    with pytest.raises(EngineError, match="question generator"):
        ApiChat().question_end()


def test_openai_is_loaded_when_it_is_needed() -> None:
    slow = "{'openai', 'httpx2', 'polars'}"
    code = f"import sys; import scalequest_assets.engines.openai.engine; print({slow} & {{*sys.modules}})"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "set()"
