"""Servers as they are: what those of docs/servers.md answer, and what becomes of it."""

import logging
from typing import Any

import pytest

from scalequest_assets.engines.base import Completion, Message, Request, Sampling
from scalequest_assets.engines.openai.engine import ApiChat, OpenAIEngine
from scalequest_assets.engines.openai.settings import RetryPolicy
from scalequest_assets.errors import EngineError
from scalequest_tests.engines.misbehaving_server import MisbehavingServer, completion

SAMPLING = Sampling(temperature=0.7, top_p=1.0, max_tokens=50)
NEVER_S = 120.0


def requests(num: int) -> list[Request]:
    texts = [f"row {i}" for i in range(num)]
    return [Request(id=t, prompt=ApiChat().render([Message(role="user", content=t)]), seed=3) for t in texts]


def engine(server: MisbehavingServer, **fields: Any) -> OpenAIEngine:
    policy = RetryPolicy(max_retries=3, timeout_s=NEVER_S, outage_s=NEVER_S, first_wait_s=0.002, max_wait_s=0.02)
    return OpenAIEngine(
        "m", base_url=server.base_url, policy=policy, max_concurrency=32, token_limit_field="max_tokens", **fields
    )


def ask(model: OpenAIEngine, num: int) -> list[Completion]:
    return list(model.generate(requests(num), SAMPLING, {row.id for row in requests(num)}))


def ask_one(body: Any, status: int = 200) -> tuple[Completion, int]:
    """Return what becomes of a row that always gets one answer, and how often it was sent."""
    with MisbehavingServer(lambda row, attempt: (status, {}, body)) as server:
        (row,) = ask(engine(server), 1)
    return row, len(server.arrivals)


# Ends under other names


@pytest.mark.parametrize(
    ("name", "meaning"),
    [
        *((n, "stop") for n in ("eos", "eos_token", "EOS", "stop_sequence", "end_turn", "STOP", "COMPLETE")),
        *((n, "length") for n in ("model_length", "MAX_TOKENS", "max_tokens", "maxPredictedTokensReached")),
    ],
)
def test_ends_have_many_names(name: str, meaning: str) -> None:
    row, num_sent = ask_one(completion("It is 4.", name))
    assert (row.text, row.finish_reason, num_sent) == ("It is 4.", meaning, 1)


@pytest.mark.parametrize("name", ["content_filter", "SAFETY", "PROHIBITED_CONTENT", "RECITATION", "sensitive"])
def test_texts_that_are_kept_back_are_refused(name: str) -> None:
    row, num_sent = ask_one(completion("half", name))
    assert (row.error.kind if row.error else None, row.text, num_sent) == ("refused", "", 1)


@pytest.mark.parametrize("name", ["tool_calls", "error", "abort", "userStopped", "FINISH_REASON_UNSPECIFIED", "", None])
def test_a_server_whose_ends_are_unclear_is_asked_for_one_batch_and_named(name: str | None) -> None:
    with MisbehavingServer(lambda row, attempt: (200, {}, completion("half", name))) as server:
        with pytest.raises(EngineError, match=f"finish_reason {name!r}"):
            ask(engine(server), 50)
        assert len(server.arrivals) == 8


# Fields that are refused

SEED = [
    (
        422,
        {},
        {"detail": [{"type": "extra_forbidden", "loc": ["body", "seed"], "msg": "Extra inputs are not permitted"}]},
    ),
    (400, {}, {"error": {"message": "property 'seed' is unsupported", "type": "invalid_request_error"}}),
    (400, {}, {"error": {"message": "not here", "code": "unsupported_parameter", "param": "seed"}}),
    (500, {}, {"error": {"message": "m does not support parameters: {'seed': 3}", "code": 500}}),
    (200, {}, {"error": {"message": "Unrecognized request argument supplied: seed"}}),
    (422, {}, {"object": "error", "message": {"detail": [{"loc": ["body", "seed"], "msg": "no"}]}, "code": None}),
    (400, {}, [{"error": {"code": 400, "message": 'Unknown name "seed": Cannot find field.'}}]),
]


@pytest.mark.parametrize("answer", SEED, ids=str)
def test_a_seed_that_is_refused_is_left_out(answer: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    with MisbehavingServer(refuses={"seed": answer}) as server:
        model = engine(server)
        rows = ask(model, 40)
        assert {row.finish_reason for row in rows} == {"stop"}
        assert model.info.name.endswith(" without seed")
        assert sum("seed" in arrival.body for arrival in server.arrivals) <= 16
        num = len(server.arrivals)
        ask(model, 3)
        assert not any("seed" in arrival.body for arrival in server.arrivals[num:])
    assert caplog.text.count("omit_fields: [seed]") == 1


def test_of_two_fields_that_exclude_each_other_the_one_that_says_nothing_is_left_out() -> None:
    both = (400, {}, {"error": {"message": "`temperature` and `top_p` cannot both be specified for this model."}})
    with MisbehavingServer(refuses={"top_p": both}) as server:
        model = engine(server)
        assert {row.finish_reason for row in ask(model, 3)} == {"stop"}
        assert model.info.name.endswith(" without top_p")
        assert server.arrivals[-1].body["temperature"] == 0.7


def test_all_optional_fields_may_be_refused() -> None:
    refuses = {name: (400, {}, {"error": f"{name} is not allowed"}) for name in ("seed", "temperature", "top_p")}
    with MisbehavingServer(refuses=refuses) as server:
        model = engine(server)
        assert {row.finish_reason for row in ask(model, 3)} == {"stop"}
        assert model.info.name.endswith(" without seed, temperature, top_p")


def test_fields_can_be_left_out_from_the_beginning() -> None:
    with MisbehavingServer() as server:
        model = engine(server, omit_fields={"seed"})
        ask(model, 3)
    assert not any("seed" in arrival.body for arrival in server.arrivals)
    assert model.info.name.endswith(" without seed")


def test_what_a_model_says_when_it_refuses_is_no_word_on_a_field() -> None:
    said = "I can't help with finding the temperature at which a seed ignites."
    refusal = (200, {}, completion("x", content=None, refusal=said))
    with MisbehavingServer(lambda row, attempt: refusal if row == "row 1" else None) as server:
        rows = ask(engine(server), 3)
        assert {row.id: row.error.kind for row in rows if row.error} == {"row 1": "refused"}
        assert len(server.arrivals) == 3, "it is not asked again without them"


def test_a_refusal_that_only_speaks_of_seeds_changes_nothing() -> None:
    refusal = (400, {}, {"error": {"message": "I do not like 'How many sunflower seeds'; nor the seed of doubt"}})
    with MisbehavingServer(lambda row, attempt: refusal if row == "row 3" else None) as server:
        model = engine(server)
        rows = ask(model, 12)
        assert [row.id for row in rows if row.finish_reason == "error"] == ["row 3"]
        assert "without" not in model.info.name


# Errors in other places


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, {"error": {"message": "Insufficient credits", "code": 402}}),
        (402, {"detail": "Insufficient credits"}),
        (429, {"error": {"message": "Insufficient credits", "type": "insufficient_quota"}}),
        (400, {"type": "error", "error": {"message": "Insufficient credits: your credit balance is too low"}}),
        (200, {"choices": [{"error": {"message": "Insufficient credits", "code": 402}, "finish_reason": "error"}]}),
    ],
)
def test_want_of_credit_ends_the_run(status: int, body: Any) -> None:
    with MisbehavingServer(lambda row, attempt: (status, {}, body)) as server:
        with pytest.raises(EngineError, match="Insufficient credits") as raised:
            ask(engine(server), 50)
        assert "credit" in raised.value.remedy
        assert len(server.arrivals) <= 8


@pytest.mark.parametrize(
    "body",
    [
        {"detail": "the model is not served here"},
        {"detail": [{"loc": ["body", "messages"], "msg": "the model is not served here"}]},
        {"error": "the model is not served here"},
        {"error": {"message": "Provider returned error", "metadata": {"raw": "the model is not served here"}}},
        {"object": "error", "message": "the model is not served here"},
    ],
)
@pytest.mark.parametrize("status", [200, 400])
def test_the_servers_reason_reaches_the_user_at_once(status: int, body: Any) -> None:
    with MisbehavingServer(lambda row, attempt: (status, {}, body)) as server:
        with pytest.raises(EngineError, match="the model is not served here"):
            ask(engine(server), 50)
        assert len(server.arrivals) == 8


def test_an_overload_inside_an_answer_is_waited_out() -> None:
    busy = (200, {}, {"error": {"message": "Provider returned error", "code": 429}})
    with MisbehavingServer(lambda row, attempt: busy if attempt < 2 else None) as server:
        assert {row.finish_reason for row in ask(engine(server), 20)} == {"stop"}


# Contents in other forms


@pytest.mark.parametrize(
    ("message", "text", "reasoning"),
    [
        ({"content": [{"type": "text", "text": "It is "}, {"type": "text", "text": "4."}]}, "It is 4.", None),
        (
            {
                "content": [
                    {"type": "thinking", "thinking": [{"type": "text", "text": "2 and 2"}]},
                    {"type": "text", "text": "It is 4."},
                ]
            },
            "It is 4.",
            "2 and 2",
        ),
        ({"content": [{"type": "thinking", "thinking": "2 and 2"}, {"type": "text", "text": "4"}]}, "4", "2 and 2"),
        ({"content": "It is 4.", "reasoning_content": "2 and 2"}, "It is 4.", "2 and 2"),
        ({"content": "It is 4.", "reasoning": "2 and 2", "reasoning_content": "2 and 2"}, "It is 4.", "2 and 2"),
        ({"content": "4", "reasoning_details": [{"type": "reasoning.text", "text": "2 and 2"}]}, "4", "2 and 2"),
        ({"content": "<think>2 and 2</think>It is 4."}, "It is 4.", "2 and 2"),
        ({"content": "It is 4.</s>"}, "It is 4.", None),
    ],
)
def test_text_is_apart_from_thinking(message: dict[str, Any], text: str, reasoning: str | None) -> None:
    row, num_sent = ask_one(completion("", "stop", **message))
    assert (row.text, row.reasoning, row.finish_reason, num_sent) == (text, reasoning, "stop", 1)


def test_thinking_that_was_cut_is_an_empty_text() -> None:
    for message in ({"content": None, "reasoning_content": "2 and"}, {"content": "<think>2 and"}):
        row, num_sent = ask_one(completion("", "length", **message))
        assert (row.text, row.reasoning, row.finish_reason, num_sent) == ("", "2 and", "length", 1)


@pytest.mark.parametrize("content", [None, "", [], "\n"])
def test_thinking_without_a_text_is_an_error_that_says_so(content: Any) -> None:
    answer = completion("", "stop", content=content, reasoning_content="2 and 2")
    row, num_sent = ask_one(answer)
    assert row.error is not None
    assert (row.error.kind, num_sent) == ("no_text", 1)
    assert "reasoning and no text" in row.error.message
    with MisbehavingServer(lambda row, attempt: (200, {}, answer)) as server:
        with pytest.raises(EngineError, match="no_text") as raised:
            ask(engine(server), 50)
        assert "max_tokens" in raised.value.remedy
        assert len(server.arrivals) == 8


def test_tokens_of_thinking_are_counted_wherever_the_server_counts_them() -> None:
    usage = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 60}  # in the total alone
    row, _ = ask_one({**completion("4"), "usage": usage})
    assert (row.prompt_tokens, row.num_tokens) == (7, 53)
