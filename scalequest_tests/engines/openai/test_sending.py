import asyncio
import math
import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalequest_assets.engines.base import ErrorKind, Request
from scalequest_assets.engines.openai import sending
from scalequest_assets.engines.openai.attempts import Attempts
from scalequest_assets.engines.openai.concurrency import Limiter, retry_after_s
from scalequest_assets.engines.openai.sending import Failure, Outcome, send_all
from scalequest_assets.engines.openai.settings import RetryPolicy
from scalequest_assets.errors import EngineError

NEVER_S = 120.0
QUICK = RetryPolicy(max_retries=3, timeout_s=NEVER_S, outage_s=NEVER_S, first_wait_s=0.001, max_wait_s=0.004)


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def requests(num: int) -> list[Request]:
    return [Request(id=f"row{i}", prompt=f"prompt {i}", seed=i) for i in range(num)]


def policy(**changes: Any) -> RetryPolicy:
    return RetryPolicy(**{**vars(QUICK), **changes})


def sending_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("scalequest")]


class FakeServer:
    """Answers with the prompt; `fail` says what a call meets instead."""

    def __init__(self, fail: Any = lambda request, call: None) -> None:
        self.fail, self.num_calls, self.num_out, self.highest = fail, 0, 0, 0
        self.calls: Counter[str] = Counter()
        self.num_cancelled = 0
        self.is_closed = False

    async def send(self, request: Request) -> str:
        self.num_calls += 1
        self.calls[request.id] += 1
        failure = self.fail(request, self.num_calls)
        self.num_out += 1
        self.highest = max(self.highest, self.num_out)
        try:
            for _ in range(5):
                await asyncio.sleep(0)
            if failure == "hang":
                await asyncio.Event().wait()
            if failure is not None:
                raise failure
            return request.prompt
        except asyncio.CancelledError:
            self.num_cancelled += 1
            raise
        finally:
            self.num_out -= 1

    async def close(self) -> None:
        self.is_closed = True

    def ask(self, rows: Any, policy: RetryPolicy = QUICK, max_concurrency: int = 8) -> list[Outcome[str]]:
        return list(send_all(rows, self.send, policy=policy, max_concurrency=max_concurrency, close=self.close))


def kinds(outcomes: list[Outcome[str]]) -> Counter[str]:
    return Counter(outcome.error.kind if outcome.error else "done" for outcome in outcomes)


# The limiter, on a clock of our own


def limiter(maximum: int, clock: Clock | None = None) -> Limiter:
    return Limiter(maximum, clock=clock or Clock(), first_wait_s=1.0, max_wait_s=60.0)


@given(
    maximum=st.integers(1, 300),
    events=st.lists(
        st.tuples(st.sampled_from(["send", "ok", "overload", "end", "later"]), st.floats(0, 1)), max_size=200
    ),
)
def test_bound_is_never_passed(maximum: int, events: list[tuple[str, float]]) -> None:
    clock = Clock()
    limits = limiter(maximum, clock)
    out: list[int] = []
    for event, draw in events:
        if event == "later":
            clock.now += 100 * draw
        elif event == "send":
            while limits.wait_s() == 0:
                out.append(limits.sent())
        elif out:
            number = out.pop(int(draw * (len(out) - 1)))
            before = limits.limit
            if event == "ok":
                limits.succeeded(number)
                assert limits.limit >= before
            elif event == "overload":
                limits.overloaded(number, 5.0 if draw > 0.5 else None)
                assert limits.limit >= before // 2
            else:
                limits.ended()
        assert 1 <= limits.limit <= maximum
        assert limits.num_in_flight == len(out) <= maximum


def fill(limits: Limiter) -> list[int]:
    numbers = []
    while limits.wait_s() == 0:
        numbers.append(limits.sent())
    return numbers


def test_starts_modestly_and_grows_to_the_maximum() -> None:
    limits = limiter(32)
    assert limits.limit == 8
    for _ in range(20):
        for number in fill(limits):
            limits.succeeded(number)
    assert limits.limit == 32
    sizes = [limit for _, limit in limits.trace]
    assert sizes == sorted(sizes)


def test_cuts_once_a_round_trip() -> None:
    limits = limiter(64)
    first = fill(limits)
    assert len(first) == limits.limit == 16
    for number in first:
        limits.overloaded(number)
    assert limits.limit == 8
    for number in fill(limits):
        limits.overloaded(number)
    assert limits.limit == 4


def test_answers_to_requests_from_before_a_cut_do_not_grow_the_limit() -> None:
    limits = limiter(64)
    first = fill(limits)
    limits.overloaded(first[0])
    for number in first[1:]:
        limits.succeeded(number)
    assert limits.limit == 8


def test_probes_wait_longer_and_longer_until_one_is_answered() -> None:
    clock = Clock()
    limits = limiter(1, clock)
    waits = []
    for _ in range(10):
        limits.overloaded(limits.sent())
        waits.append(limits.wait_s())
        clock.now += limits.wait_s()
    for i, wait in enumerate(waits):
        assert min(60, 2**i) / 2 <= wait <= min(60, 2**i)
    limits.succeeded(limits.sent())
    limits.overloaded(limits.sent())
    assert limits.wait_s() <= 1


def test_retry_after_stops_all() -> None:
    clock = Clock()
    limits = limiter(32, clock)
    first, second, *_ = fill(limits)
    limits.overloaded(first, 30.0)
    limits.overloaded(second, 10.0)  # the longer one stays, although this one was sent before the cut
    for number in range(3, 9):
        limits.succeeded(number)
    assert limits.wait_s() == 30
    clock.now += 30
    assert limits.wait_s() == 0


def test_jitter_is_seeded() -> None:
    assert [limiter(4).backoff_s(n) for n in (1, 5, 2000)] == [limiter(4).backoff_s(n) for n in (1, 5, 2000)]


NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "17"}, 17.0),
        ({"retry-after": " 0.5 "}, 0.5),
        ({"retry-after": "Sun, 01 Mar 2026 12:00:30 GMT"}, 30.0),
        ({"retry-after": "Sun, 01 Mar 2026 11:00:00 GMT"}, 0.0),
        ({"retry-after": "Sun, 01 Mar 2026 12:00:30 GMT", "date": "Sun, 01 Mar 2026 12:00:20 GMT"}, 10.0),
        ({"retry-after": "Sun, 01 Mar 2026 12:00:30 -0000"}, 30.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-3"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": ""}, None),
    ],
)
def test_retry_after_is_read(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after_s(headers, NOW) == seconds


@given(st.text())
def test_any_retry_after_is_read(value: str) -> None:
    seconds = retry_after_s({"retry-after": value, "date": value})
    assert seconds is None or 0 <= seconds < math.inf


# Sending


def test_each_row_comes_once() -> None:
    server = FakeServer()
    outcomes = server.ask(requests(300))
    assert sorted(o.request.id for o in outcomes) == sorted(r.id for r in requests(300))
    assert all(o.answer == o.request.prompt and o.error is None and o.num_retries == 0 for o in outcomes)
    assert server.highest == 8
    assert server.is_closed
    assert not sending_threads()


def test_no_rows() -> None:
    assert FakeServer().ask([]) == []


def test_shares_add_up_to_no_more_than_the_time() -> None:
    started = time.monotonic()
    outcomes = FakeServer().ask(requests(200))
    assert 0 < sum(o.engine_s for o in outcomes) <= time.monotonic() - started


def test_requests_are_pulled_as_they_are_sent() -> None:
    pulled = 0

    def million() -> Iterator[Request]:
        nonlocal pulled
        for pulled in range(1_000_000):
            yield Request(id=str(pulled), prompt="x", seed=0)

    stream = send_all(million(), FakeServer().send, policy=QUICK, max_concurrency=4)
    for _ in range(10):
        next(stream)
    stream.close()
    assert pulled <= 10 + 4 + 2 * 4 + 1  # read, buffered, held, and one ahead
    assert not sending_threads()


@pytest.mark.parametrize("kind", ["empty_prompt", "too_long", "refused"])
def test_lasting_failures_are_not_tried_again(kind: ErrorKind) -> None:
    server = FakeServer(lambda request, call: Failure(kind, "no") if request.id == "row3" else None)
    outcomes = server.ask(requests(6))
    assert kinds(outcomes) == {"done": 5, kind: 1}
    assert set(server.calls.values()) == {1}


@pytest.mark.parametrize("kind", ["overloaded", "server_error", "unreachable", "timeout", "bad_answer"])
def test_row_that_fails_while_others_are_answered_uses_its_retries_up(kind: ErrorKind) -> None:
    server = FakeServer(lambda request, call: Failure(kind, "broken") if request.id == "row0" else None)
    is_over = threading.Event()

    def rows() -> Iterator[Request]:
        for i in range(10_000_000):  # others keep coming until the row is given up
            if is_over.is_set():
                return
            yield Request(id=f"row{i}", prompt="x", seed=0)

    errors = []
    for outcome in send_all(rows(), server.send, policy=QUICK, max_concurrency=4):
        if outcome.error:
            errors.append(outcome)
            is_over.set()
    assert [(str(o.error), o.num_retries >= 3) for o in errors] == [(f"{kind}: broken", True)]
    assert server.calls["row0"] == errors[0].num_retries + 1


@pytest.mark.parametrize("kind", ["server_error", "bad_answer"])
def test_lone_row_that_may_be_at_fault_uses_its_retries_up(kind: ErrorKind) -> None:
    server = FakeServer(lambda request, call: Failure(kind, "broken"))
    (outcome,) = server.ask(requests(1))
    assert str(outcome.error) == f"{kind}: broken"
    assert outcome.num_retries == 3
    assert server.num_calls == 4


@pytest.mark.parametrize(
    "failure",
    [
        Failure("unreachable", "refused connection"),
        Failure("overloaded", "429"),
        Failure("server_error", "503", is_servers=True),
    ],
)
def test_lone_row_that_is_not_at_fault_waits_for_the_server(failure: Failure) -> None:
    back = FakeServer(lambda request, call: failure if call <= 40 else None)
    (outcome,) = back.ask(requests(1))
    assert (outcome.answer, outcome.num_retries) == ("prompt 0", 40)
    (outcome,) = FakeServer(lambda request, call: failure).ask(requests(1), policy(outage_s=0.1))
    assert outcome.error is not None
    assert outcome.error.kind == failure.kind
    assert "answered nothing for the 0.1 s" in outcome.error.message


@pytest.mark.parametrize("kind", ["unreachable", "server_error"])
def test_outage_uses_no_retries_up(kind: ErrorKind) -> None:
    server = FakeServer(lambda request, call: Failure(kind, "down") if call <= 150 else None)
    outcomes = server.ask(requests(30), policy(max_retries=0))
    assert kinds(outcomes) == {"done": 30}
    assert sum(o.num_retries for o in outcomes) == 150


def test_outage_in_the_middle_loses_no_row() -> None:
    server = FakeServer(lambda request, call: Failure("unreachable", "down") if 20 < call <= 170 else None)
    assert kinds(server.ask(requests(60), policy(max_retries=2))) == {"done": 60}


def test_outage_beyond_its_budget_gives_up_without_hammering() -> None:
    server = FakeServer(lambda request, call: Failure("unreachable", "down"))
    outcomes = server.ask(requests(2000), policy(outage_s=0.2, first_wait_s=0.02, max_wait_s=0.05))
    assert kinds(outcomes) == {"unreachable": 2000}
    assert len({o.request.id for o in outcomes}) == 2000
    assert server.num_calls < 100
    assert sum("answered nothing for" in str(o.error) for o in outcomes) >= 2000 - 16


def test_server_that_wants_days_is_gone() -> None:
    failure = Failure("overloaded", "come back next week", retry_after_s=600_000.0)
    server = FakeServer(lambda request, call: failure if call == 3 else None)
    outcomes = server.ask(requests(100), policy(outage_s=0.1, max_retries=0), max_concurrency=4)
    assert len(outcomes) == 100
    assert set(kinds(outcomes)) == {"done", "overloaded"}


def test_time_in_which_the_reader_holds_all_up_is_no_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    skipped_s = 0.0

    class SkippingTime:
        @staticmethod
        def monotonic() -> float:
            return time.monotonic() + skipped_s

    monkeypatch.setattr(sending, "time", SkippingTime)
    fails_first = FakeServer(
        lambda request, call: Failure("bad_answer", "once") if fails_first.calls[request.id] == 1 and call > 1 else None
    )

    async def read() -> list[Outcome[str]]:
        nonlocal skipped_s
        outcomes = []
        sender = sending._Sender(requests(10), Attempts(fails_first.send, NEVER_S), policy(outage_s=100.0), 4)
        async for outcome in sender.outcomes():
            outcomes.append(outcome)
            skipped_s += 1000.0
        return outcomes

    assert kinds(asyncio.run(read())) == {"done": 10}


def test_deadline_is_kept() -> None:
    server = FakeServer(lambda request, call: "hang" if request.id == "row1" and call < 20 else None)
    outcomes = server.ask(requests(3), policy(timeout_s=0.05))
    assert kinds(outcomes) == {"done": 3}
    hanging = FakeServer(lambda request, call: "hang")
    (outcome,) = hanging.ask(requests(1), policy(timeout_s=0.02, outage_s=0.1))
    assert outcome.error is not None
    assert outcome.error.kind == "timeout"
    assert hanging.num_cancelled == hanging.num_calls


def test_concurrency_goes_down_and_comes_back() -> None:
    out_at_call: list[int] = []

    def fail(request: Request, call: int) -> Failure | None:
        out_at_call.append(server.num_out + 1)
        return Failure("overloaded", "429") if 400 < call <= 520 else None

    server = FakeServer(fail)
    assert kinds(server.ask(requests(1200), max_concurrency=32)) == {"done": 1200}
    assert max(out_at_call[:400]) == 32
    assert max(out_at_call[500:520]) <= 2
    assert max(out_at_call[520:]) == 32
    assert server.highest == 32


@pytest.mark.parametrize("error", [EngineError("wrong key", "check it"), ZeroDivisionError(), asyncio.CancelledError()])
def test_other_errors_end_the_whole(error: BaseException) -> None:
    server = FakeServer(lambda request, call: error if call == 10 else "hang" if call == 9 else None)
    with pytest.raises(type(error)) as raised:
        server.ask(requests(50))
    assert raised.value is error or isinstance(error, asyncio.CancelledError)
    assert server.is_closed
    assert server.num_out == 0
    assert not sending_threads()


def test_errors_of_the_requests_come_out() -> None:
    def rows() -> Iterator[Request]:
        yield from requests(5)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        FakeServer().ask(rows())
    assert not sending_threads()


@pytest.mark.parametrize("is_thrown", [False, True])
def test_early_end_leaves_nothing(is_thrown: bool) -> None:
    server = FakeServer(lambda request, call: "hang" if call > 3 else None)
    stream = send_all(requests(100), server.send, policy=QUICK, max_concurrency=8, close=server.close)
    next(stream)
    assert sending_threads()
    if is_thrown:
        with pytest.raises(KeyboardInterrupt):
            stream.throw(KeyboardInterrupt())
    else:
        stream.close()
    assert not sending_threads()
    assert server.num_out == 0
    assert server.is_closed


def test_stream_that_is_never_read_starts_nothing() -> None:
    stream = send_all(requests(3), FakeServer().send, policy=QUICK, max_concurrency=8)
    assert not sending_threads()
    stream.close()


# The first batch


@pytest.mark.parametrize("kind", ["bad_answer", "refused", "no_text", "timeout"])
@pytest.mark.parametrize(("num_rows", "num_sent"), [(2, 2), (5, 5), (8, 8), (1000, 8)])
def test_nothing_is_sent_twice_where_each_row_of_the_first_batch_fails(
    kind: ErrorKind, num_rows: int, num_sent: int
) -> None:
    server = FakeServer(lambda request, call: Failure(kind, "I speak no English"))
    with pytest.raises(EngineError, match=f"first {num_sent} rows all failed.*I speak no English"):
        server.ask(requests(num_rows), policy(), 32)
    assert server.num_calls == num_sent
    assert not sending_threads()


def test_rows_of_a_first_batch_are_sent_again_once_one_was_done() -> None:
    server = FakeServer(lambda request, call: Failure("bad_answer", "what?") if call <= 7 else None)
    assert kinds(server.ask(requests(50))) == {"done": 50}
    assert server.num_calls == 57


def test_outage_says_nothing_about_the_first_batch() -> None:
    server = FakeServer(
        lambda request, call: (
            Failure("bad_answer", "what?")
            if request.id == "row0"
            else Failure("unreachable", "down")
            if call < 60
            else None
        )
    )
    assert kinds(server.ask(requests(20))) == {"done": 19, "bad_answer": 1}
    gone = FakeServer(lambda request, call: Failure("bad_answer" if request.id == "row0" else "unreachable", "down"))
    assert kinds(gone.ask(requests(20), policy(outage_s=0.05))) == {"unreachable": 20}


def test_rows_too_long_say_nothing_about_the_server() -> None:
    server = FakeServer(lambda request, call: Failure("too_long", "9 tokens") if request.id != "row19" else None)
    assert kinds(server.ask(requests(20))) == {"too_long": 19, "done": 1}


@pytest.mark.parametrize("kind", ["refused", "no_text"])
def test_rows_left_over_may_all_be_refused(kind: ErrorKind) -> None:
    server = FakeServer(lambda request, call: Failure(kind, "not this one"))
    stream = send_all(requests(30), server.send, policy=QUICK, max_concurrency=8, has_worked=True)
    assert kinds(list(stream)) == {kind: 30}
    assert server.num_calls == 30


def test_a_few_rows_left_over_that_cannot_be_read_use_their_retries_up() -> None:
    server = FakeServer(lambda request, call: Failure("bad_answer", "what?"))
    stream = send_all(requests(3), server.send, policy=QUICK, max_concurrency=8, has_worked=True)
    assert kinds(list(stream)) == {"bad_answer": 3}
    assert server.num_calls <= 3 * (QUICK.max_retries + 1)
