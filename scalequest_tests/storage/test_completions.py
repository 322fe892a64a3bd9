import hashlib
import json
import logging
import math
import os
import subprocess
import sys
import textwrap
import threading
import time
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scalequest_assets.engines.base import Choice, Completion, EngineInfo, Progress, Request, RowError, Sampling, Score
from scalequest_assets.errors import EngineError, HomeError
from scalequest_assets.storage import segments as segments_module
from scalequest_assets.storage.completions import COMPLETION_SCHEMA, CompletionStore, _keys
from scalequest_assets.storage.costs import Cost
from scalequest_assets.storage.segments import Segments
from scalequest_assets.storage.turns import Line

SAMPLING = Sampling(temperature=0.7, max_tokens=8)


class BatchEngine:
    """Like the transformers engine: what it writes depends on the whole batch."""

    def __init__(
        self, batch_size: int = 4, fail: Sequence[str] = (), stop_at: str | None = None, stop=KeyboardInterrupt
    ):
        self.batch_size, self.fail, self.stop_at, self.stop = batch_size, set(fail), stop_at, stop
        self.generated: list[str] = []
        self.num_opened = 0

    def open(self) -> AbstractContextManager["BatchEngine"]:
        self.num_opened += 1
        return nullcontext(self)

    def plan(self, requests: Sequence[Request], sampling: Sampling) -> list[list[Request]]:
        by_length = sorted(requests, key=lambda request: (len(request.prompt), request.prompt, request.seed))
        return [by_length[start : start + self.batch_size] for start in range(0, len(by_length), self.batch_size)]

    @property
    def info(self) -> EngineInfo:
        return EngineInfo(name="batch 1", device="gpu", num_devices=2, is_exact=True)

    def generate(
        self, requests: Sequence[Request], sampling: Sampling, missing: Collection[str]
    ) -> Iterator[Completion]:
        for batch in self.plan(requests, sampling):
            if any(request.id in missing for request in batch):
                yield from self.complete(batch, sampling)

    def complete(self, batch: Sequence[Request], sampling: Sampling) -> Iterator[Completion]:
        context = "+".join(f"{request.prompt}#{request.seed}" for request in batch)
        for request in reversed(batch):
            if request.id == self.stop_at:
                raise self.stop("stopped")
            self.generated.append(request.id)
            figures = {"prompt_tokens": len(request.prompt), "engine_s": 0.5}
            if request.id in self.fail:
                error = RowError(kind="timeout", message="30 s")
                yield Completion(id=request.id, text="", finish_reason="error", num_tokens=0, error=error, **figures)
            else:
                text = f"{request.prompt} of {context}"
                yield Completion(id=request.id, text=text, finish_reason="stop", num_tokens=2, **figures)

    def score(self, requests: Sequence[Request], missing: Collection[str]) -> Iterator[Score]:
        for request in requests:
            if request.id in missing:
                self.generated.append(request.id)
                tokens = len(request.prompt)
                yield Score(id=request.id, value=tokens / 7, prompt_tokens=tokens, engine_s=0.25, is_truncated=True)

    def choose(self, requests: Sequence[Request], choice: Choice, missing: Collection[str]) -> Iterator[Score]:
        for request in requests:
            if request.id in missing:
                self.generated.append(request.id)
                value = len(request.prompt) / 100 if choice.this == ("yes",) else math.nan
                yield Score(id=request.id, value=value, prompt_tokens=9, engine_s=0.25)


def asked(*prompts: str, seed: int = 1) -> list[Request]:
    return [Request(id=f"r{row}", prompt=prompt, seed=seed) for row, prompt in enumerate(prompts)]


def texts(result) -> dict[str, str]:
    return dict(result.rows.select("id", "text").iter_rows())


def timeless(cost: Cost) -> Cost:
    assert cost.wall_s >= 0
    return replace(cost, wall_s=0.0)


def no_engine():
    raise AssertionError("the engine must not be opened")


@pytest.fixture
def store(tmp_path):
    return CompletionStore(tmp_path)


REQUESTS = asked(*(f"prompt {row}" for row in range(10)))


def test_what_is_stored_is_not_made_again_and_opens_no_engine(store):
    first = store.complete(BatchEngine().open, "m@1", REQUESTS, SAMPLING)
    again = store.complete(no_engine, "m@1", REQUESTS, SAMPLING)
    assert texts(again) == texts(first)
    assert (first.num_made, first.num_stored) == (10, 0)
    assert (again.num_made, again.num_stored) == (0, 10)
    cost = Cost(
        num_requests=10, prompt_tokens=80, completion_tokens=20, engine_s=5.0, gpu_s=10.0, device="gpu", model="m"
    )
    assert timeless(first.cost("m")) == timeless(again.cost("m")) == cost
    assert first.rows.equals(again.rows)


def test_no_requests_open_no_engine(store):
    assert store.complete(no_engine, "m", [], SAMPLING).rows.is_empty()
    assert store.score(no_engine, "m", []).rows.is_empty()
    assert store.complete(no_engine, "m", [], SAMPLING).cost() == replace(Cost(), wall_s=pytest.approx(0, abs=60))


@pytest.mark.parametrize(
    ("model", "requests", "sampling"),
    [
        ("m@2", REQUESTS, SAMPLING),
        ("m@1", asked("other prompt"), SAMPLING),
        ("m@1", asked("prompt 0", seed=2), SAMPLING),
        ("m@1", REQUESTS, Sampling(temperature=0.7, max_tokens=9)),
    ],
)
def test_whatever_identifies_a_row_makes_another_row(store, model, requests, sampling):
    store.complete(BatchEngine().open, "m@1", REQUESTS, SAMPLING)
    assert store.complete(BatchEngine().open, model, requests, sampling).num_made == len(requests)


def test_a_store_whose_path_is_a_pattern_finds_its_own_rows(tmp_path):
    """What another process wrote, which has read no keys yet, below a folder that is a pattern for another one."""
    for folder in ("a1xbx", "a[1]*b?"):
        CompletionStore(tmp_path / folder).complete(BatchEngine().open, "m@1", asked(folder), SAMPLING)
    again = CompletionStore(tmp_path / "a[1]*b?").complete(no_engine, "m@1", asked("a[1]*b?"), SAMPLING)
    assert again.num_stored == 1


YES = Choice(this=("yes",), other=("no",))


def test_a_choice_is_stored_by_its_answers_apart_from_scores(store):
    engine = BatchEngine()
    store.score(engine.open, "m@1", REQUESTS)
    first = store.choose(engine.open, "m@1", REQUESTS, YES)
    again = store.choose(no_engine, "m@1", REQUESTS, YES)
    assert (first.num_made, again.num_stored) == (10, 10)
    assert again.rows.equals(first.rows)
    assert first.rows["value"].to_list() == [len(request.prompt) / 100 for request in REQUESTS]
    turned = store.choose(engine.open, "m@1", REQUESTS, Choice(this=("no",), other=("yes",)))
    assert turned.num_made == turned.num_errors == 10
    assert set(turned.rows["error_kind"]) == {"not_finite"}
    assert store.choose(no_engine, "m@1", [], YES).rows.is_empty()


def test_models_with_similar_names_do_not_share_a_folder(store):
    store.complete(BatchEngine().open, "a/b", REQUESTS, SAMPLING)
    store.complete(BatchEngine().open, "a-b", REQUESTS, SAMPLING)
    assert len(list(store.files.local_folder("").iterdir())) == 2
    store.complete(BatchEngine().open, "../..", REQUESTS, SAMPLING)
    assert len(list(store.files.local_folder("").iterdir())) == 3


def test_the_same_row_asked_twice_is_made_once(store):
    requests = asked("x", "y", "x", "x")
    engine = BatchEngine()
    result = store.complete(engine.open, "m", requests, SAMPLING)
    assert engine.generated == ["r1", "r0"]
    assert texts(result)["r0"] == texts(result)["r2"] == texts(result)["r3"] == "x of x#1+y#1"
    assert result.rows["id"].to_list() == ["r0", "r1", "r2", "r3"]
    assert result.cost().num_requests == 2
    assert result.num_made == 2


def test_ids_must_be_unique(store):
    with pytest.raises(EngineError, match="not unique: r0"):
        store.complete(no_engine, "m", [*asked("x"), *asked("y")], SAMPLING)


def test_a_failed_row_is_returned_not_stored_and_tried_again(store):
    first = store.complete(BatchEngine(fail=["r3"]).open, "m", REQUESTS, SAMPLING)
    assert first.num_errors == 1
    assert first.rows.filter(id="r3").row(0, named=True)["error"] == "timeout: 30 s"
    assert (first.cost().num_errors, first.cost().num_passing_errors) == (1, 1)
    engine = BatchEngine()
    second = store.complete(engine.open, "m", REQUESTS, SAMPLING)
    assert sorted(engine.generated) == ["r0", "r1", "r2", "r3"], "only the batch of the failed row, and all of it"
    assert (second.num_made, second.num_stored, second.num_errors) == (1, 9, 0)


@pytest.mark.parametrize("stop", [KeyboardInterrupt, GeneratorExit, EngineError, SystemExit])
def test_an_interrupted_run_ends_as_an_uninterrupted_one(store, tmp_path, stop):
    stop_with = (lambda text: stop(text, "run again")) if stop is EngineError else stop
    with pytest.raises(stop):
        store.complete(BatchEngine(stop_at="r5", stop=stop_with).open, "m", REQUESTS, SAMPLING)
    engine = BatchEngine()
    resumed = store.complete(engine.open, "m", REQUESTS, SAMPLING)
    assert resumed.num_stored == 6, "the first batch, and what came before the failure in the second"
    assert sorted(set(engine.generated)) == ["r4", "r5", "r6", "r7", "r8", "r9"]
    whole = CompletionStore(tmp_path / "other").complete(BatchEngine().open, "m", REQUESTS, SAMPLING)
    assert texts(resumed) == texts(whole)


@settings(max_examples=25, deadline=None)
@given(
    prompts=st.lists(st.text(max_size=6), min_size=1, max_size=14),
    stop_at=st.integers(0, 13),
    fail=st.sets(st.integers(0, 13)),
    batch_size=st.integers(1, 5),
)
def test_however_it_was_interrupted_the_rows_are_the_same(tmp_path_factory, prompts, stop_at, fail, batch_size):
    requests, root = asked(*prompts), tmp_path_factory.mktemp("completions")
    store = CompletionStore(root / "a")
    try:
        engine = BatchEngine(batch_size, fail=[f"r{row}" for row in fail], stop_at=f"r{stop_at}")
        store.complete(engine.open, "m", requests, SAMPLING)
    except KeyboardInterrupt:
        pass
    resumed = store.complete(BatchEngine(batch_size).open, "m", requests, SAMPLING)
    whole = CompletionStore(root / "b").complete(BatchEngine(batch_size).open, "m", requests, SAMPLING)
    assert texts(resumed) == texts(whole)
    assert timeless(resumed.cost()) == timeless(whole.cost())
    assert store.complete(no_engine, "m", requests, SAMPLING).rows.equals(whole.rows)


def segments(store) -> list[Path]:
    return sorted(Path(store.files.local_folder("")).rglob("*.parquet"))


def test_a_call_leaves_one_segment(store):
    store.complete(BatchEngine(batch_size=2).open, "m", REQUESTS, SAMPLING)
    assert len(segments(store)) == 1
    store.complete(BatchEngine(batch_size=2).open, "m", asked("x", "y", "z"), SAMPLING)
    assert len(segments(store)) == 2


@pytest.mark.parametrize("damage", ["flipped byte", "flipped key", "cut short", "emptied"])
@pytest.mark.parametrize("is_known", [True, False])
def test_a_damaged_segment_is_made_again_not_believed(store, caplog, damage, is_known):
    whole = store.complete(BatchEngine().open, "m", REQUESTS, SAMPLING)
    store.complete(BatchEngine().open, "m", asked("x"), SAMPLING)
    file = max(segments(store), key=lambda segment: segment.stat().st_size)
    data = bytearray(file.read_bytes())
    data[30 if damage == "flipped key" else len(data) // 2] ^= 1
    file.write_bytes({"cut short": bytes(data[:-9]), "emptied": b""}.get(damage, bytes(data)))
    reader = store if is_known else CompletionStore(store.files.local_folder(""))
    with caplog.at_level(logging.WARNING):
        again = reader.complete(BatchEngine().open, "m", REQUESTS, SAMPLING)
    assert f"{file} is damaged" in caplog.text
    assert again.num_made == 10
    assert texts(again) == texts(whole)
    store.complete(no_engine, "m", REQUESTS, SAMPLING)
    store.complete(no_engine, "m", asked("x"), SAMPLING)


def test_a_run_out_of_disk_leaves_the_old_rows_and_goes_on_when_there_is_space(store, monkeypatch):
    store.complete(BatchEngine().open, "m", REQUESTS, SAMPLING)

    def full_disk(path):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("scalequest_assets.storage.files.sync", full_disk)
        with pytest.raises(HomeError, match="disk is full"):
            store.complete(BatchEngine().open, "m", asked("x"), SAMPLING)
    store.complete(no_engine, "m", REQUESTS, SAMPLING)
    assert not list(Path(store.files.local_folder("")).rglob("*.tmp"))
    assert store.complete(BatchEngine().open, "m", asked("x"), SAMPLING).num_made == 1


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="mounting needs root")
def test_a_disk_that_is_really_full(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk], capture_output=True).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        store = CompletionStore(disk)
        store.complete(BatchEngine().open, "m", REQUESTS, SAMPLING)
        noise = [os.urandom(4000).hex() for _ in range(20)]
        with pytest.raises(HomeError, match="disk is full"):
            store.complete(BatchEngine().open, "m", asked(*noise), SAMPLING)
        store.complete(no_engine, "m", REQUESTS, SAMPLING)
        assert all(segment.suffix == ".parquet" for segment in disk.rglob("*") if segment.is_file())
        subprocess.run(["mount", "-o", "remount,size=4m", disk], check=True)
        assert len(store.complete(BatchEngine().open, "m", asked(*noise), SAMPLING).rows) == 20
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


KILLED = """
    import sys
    from scalequest_tests.storage.test_completions import REQUESTS, SAMPLING, BatchEngine
    from scalequest_assets.storage.completions import CompletionStore
    from scalequest_assets.storage import segments

    class Stuck(BatchEngine):
        def complete(self, batch, sampling):
            for row, completion in enumerate(super().complete(batch, sampling)):
                if len(self.generated) == 7:
                    print("seven rows", flush=True)
                    sys.stdin.read()
                yield completion

    segments.FLUSH_ROWS, segments.FLUSH_GAP_S = 3, 0.0
    CompletionStore(sys.argv[1]).complete(Stuck().open, "m", REQUESTS, SAMPLING)
"""


def test_a_kill_loses_at_most_the_batch_in_flight_and_what_was_not_flushed(store, tmp_path):
    command = [sys.executable, "-c", textwrap.dedent(KILLED), str(store.files.local_folder(""))]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout.readline() == b"seven rows\n"
        child.kill()
    engine = BatchEngine()
    resumed = store.complete(engine.open, "m", REQUESTS, SAMPLING)
    assert resumed.num_stored == 6
    assert len(engine.generated) == 6, "the second batch whole, for the two rows it lacked, and the third"
    whole = CompletionStore(tmp_path / "other").complete(BatchEngine().open, "m", REQUESTS, SAMPLING)
    assert texts(resumed) == texts(whole)


def test_rows_are_flushed_by_number(store, monkeypatch):
    """One batch of everything, as vLLM takes it: rows reach the disk while it runs."""
    monkeypatch.setattr(segments_module, "FLUSH_ROWS", 3)
    monkeypatch.setattr(segments_module, "FLUSH_GAP_S", 0.0)
    seen = []
    engine = BatchEngine(batch_size=100)
    store.complete(engine.open, "m", REQUESTS, SAMPLING, on_progress=lambda _: seen.append(len(segments(store))))
    assert seen == [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3]


def test_rows_that_come_fast_are_flushed_together(store, monkeypatch):
    monkeypatch.setattr(segments_module, "FLUSH_ROWS", 3)
    monkeypatch.setattr(segments_module, "MOST_ROWS", 8)
    monkeypatch.setattr(segments_module, "FLUSH_GAP_S", 60.0)
    seen = []
    store.complete(
        BatchEngine(batch_size=100).open,
        "m",
        REQUESTS,
        SAMPLING,
        on_progress=lambda _: seen.append(len(segments(store))),
    )
    assert seen == [0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1]


def test_rows_enough_for_a_segment_do_not_wait_for_longer_than_its_gap(store, monkeypatch):
    monkeypatch.setattr(segments_module, "FLUSH_ROWS", 2)
    monkeypatch.setattr(segments_module, "FLUSH_GAP_S", 0.05)
    monkeypatch.setattr(segments_module, "FLUSH_S", 60.0)

    class Slow(BatchEngine):
        def complete(self, batch, sampling):
            rows = list(super().complete(batch, sampling))
            yield from rows[:4]
            deadline = time.monotonic() + 30
            while len(segments(store)) < 2 and time.monotonic() < deadline:
                time.sleep(0.01)
            assert len(segments(store)) == 2, "the third and fourth row are on disk before the engine goes on"
            yield from rows[4:]

    store.complete(Slow(batch_size=100).open, "m", REQUESTS, SAMPLING)


def test_a_row_is_flushed_in_time_though_the_next_one_is_slow(store, monkeypatch):
    monkeypatch.setattr(segments_module, "FLUSH_S", 0.01)

    class Slow(BatchEngine):
        def complete(self, batch, sampling):
            first, *rest = super().complete(batch, sampling)
            yield first
            deadline = time.monotonic() + 30
            while not segments(store) and time.monotonic() < deadline:
                time.sleep(0.01)
            assert segments(store), "the row is on disk before the engine goes on"
            yield from rest

    store.complete(Slow(batch_size=100).open, "m", REQUESTS, SAMPLING)


def test_progress_counts_rows_and_new_tokens(store):
    store.complete(BatchEngine().open, "m", REQUESTS[:4], SAMPLING)
    seen: list[Progress] = []
    store.complete(BatchEngine().open, "m", REQUESTS, SAMPLING, on_progress=seen.append)
    assert seen[0] == Progress(done=4, total=10, num_tokens=0, seconds=0.0)
    assert seen[-1] == Progress(done=10, total=10, num_tokens=12, seconds=3.0)
    assert [progress.done for progress in seen] == list(range(4, 11))


def test_two_writers_at_once_end_with_the_same_rows(store):
    barrier, results = threading.Barrier(2), []

    class Waiting(BatchEngine):
        def complete(self, batch, sampling):
            if not self.generated:
                barrier.wait()
            yield from super().complete(batch, sampling)

    def work():  # as two processes do, each with a store of its own
        results.append(CompletionStore(store.files).complete(Waiting().open, "m", REQUESTS, SAMPLING))

    writers = [threading.Thread(target=work) for _ in range(2)]
    [writer.start() for writer in writers]
    [writer.join() for writer in writers]
    again = store.complete(no_engine, "m", REQUESTS, SAMPLING)
    assert again.rows.height == again.num_stored == 10
    assert [texts(result) for result in results] == [texts(again)] * 2


def test_what_another_thread_is_making_is_waited_for_and_made_by_who_wants_it_where_that_failed(store):
    is_making, may_end = threading.Event(), threading.Event()
    first, second = BatchEngine(1, fail=["r0"]), BatchEngine(1)
    results = {}

    def opened_first():
        is_making.set()
        assert may_end.wait(60)
        return first.open()

    def opened_second():
        may_end.set()
        return second.open()

    def work(name, opened, requests):
        results[name] = store.complete(opened, "m", requests, SAMPLING)

    shared, own = asked("x0", "x1", "x2", "x3"), Request(id="own", prompt="y", seed=9)
    one = threading.Thread(target=work, args=("one", opened_first, shared))
    one.start()
    assert is_making.wait(60)
    work("two", opened_second, [*shared, own])
    one.join()
    assert (first.generated, second.generated) == (["r0", "r1", "r2", "r3"], ["own", "r0"])
    assert (results["one"].num_made, results["one"].num_errors) == (4, 1)
    assert (results["two"].num_made, results["two"].num_stored, results["two"].num_errors) == (2, 3, 0)
    again = store.complete(no_engine, "m", [*shared, own], SAMPLING)
    assert texts(again) == texts(results["two"])


def test_threads_in_a_line_take_rows_in_its_order_whoever_is_faster(store):
    line, engine, order, begins = Line(), BatchEngine(), [], threading.Event()
    turns = [line.turn() for _ in range(3)]

    def work(number):
        with turns[number].taken():
            if number == 0:
                assert begins.wait(60)
            result = store.score(engine.open, "m", asked("a", f"b{number}"))
            order.append((number, result.num_made, result.num_stored))
            store.score(engine.open, "m", asked("c", f"d{number}"))

    threads = [threading.Thread(target=work, args=[number]) for number in (2, 1, 0)]
    [thread.start() for thread in threads]
    assert not turns[2].has_claimed
    begins.set()
    [thread.join() for thread in threads]
    assert sorted(order) == [(0, 2, 0), (1, 1, 1), (2, 1, 1)]
    assert Counter(engine.generated) == {"r0": 2, "r1": 6}
    assert all(turn.has_claimed for turn in turns)


def test_a_call_that_fails_before_it_asks_gives_its_rows_back(store):
    def fail(progress):
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        store.complete(no_engine, "m", REQUESTS, SAMPLING, on_progress=fail)
    results = []
    other = threading.Thread(
        target=lambda: results.append(store.complete(BatchEngine().open, "m", REQUESTS, SAMPLING)), daemon=True
    )
    other.start()
    other.join(60)
    assert [result.num_made for result in results] == [10]


def test_scores_that_nobody_takes_any_more_are_ended(store):
    class Held(BatchEngine):
        def score(self, requests, missing):
            self.answers = super().score(requests, missing)
            return self.answers

    def fail(cost):
        raise BrokenPipeError

    engine = Held()
    with pytest.raises(BrokenPipeError):
        store.score(engine.open, "m", REQUESTS, on_made=fail)
    assert engine.answers.gi_frame is None


def test_a_reader_survives_that_segments_are_merged(store, monkeypatch):
    engine = BatchEngine(batch_size=2, stop_at="r9")
    with pytest.raises(KeyboardInterrupt):
        store.complete(engine.open, "m", REQUESTS, SAMPLING)
    (folder,) = {segment.parent for segment in segments(store)}
    rows = Segments(store.files, folder.relative_to(store.files.local_folder("")).as_posix(), COMPLETION_SCHEMA)
    keys = rows.read(_keys(REQUESTS, ["m", "generate", SAMPLING.model_dump()]).values())["key"]
    whole = rows.whole(rows.files()[0])
    rows.append(whole.rows())
    listing = rows.files()
    monkeypatch.setattr(rows, "files", _once(listing, rows.files))
    rows.merge(listing)
    assert sorted(rows.read(keys)["key"]) == sorted(keys)


def test_thinking_is_stored_apart_and_stores_of_earlier_releases_have_none(store):
    class Thinking(BatchEngine):
        def generate(self, requests, sampling, missing):
            for done in super().generate(requests, sampling, missing):
                yield replace(done, reasoning="so \ud800")

    made = store.complete(Thinking().open, "m", REQUESTS, SAMPLING).rows
    assert set(made["reasoning"]) == {"so �"}
    assert not made["text"].str.contains("so").any()
    again = store.complete(no_engine, "m", REQUESTS, SAMPLING).rows
    assert again["reasoning"].to_list() == made["reasoning"].to_list()
    (folder,) = {segment.parent for segment in segments(store)}
    old = Segments(
        store.files,
        folder.relative_to(store.files.local_folder("")).as_posix(),
        {name: dtype for name, dtype in COMPLETION_SCHEMA.items() if name != "reasoning"},
    )
    old.rewrite(old.files(), old.whole(old.files()[0]))
    rows = CompletionStore(store.files).complete(no_engine, "m", REQUESTS, SAMPLING).rows
    assert rows["text"].to_list() == made["text"].to_list()
    assert rows["reasoning"].null_count() == rows.height


def _once(first, then):
    pending = [first]
    return lambda: pending.pop() if pending else then()


@pytest.mark.parametrize("answers", [[], ["r0", "r0"], ["r0", "r9"]])
def test_an_engine_that_answers_wrongly_is_an_error(store, answers):
    class Wrong(BatchEngine):
        def generate(self, requests, sampling, missing):
            for name in answers:
                yield Completion(id=name, text="t", finish_reason="stop", prompt_tokens=1, num_tokens=1, engine_s=0.1)

    with pytest.raises(EngineError, match="answer"):
        store.complete(Wrong().open, "m", asked("x", "y"), SAMPLING)


@pytest.mark.parametrize("text", ["\ud800 half a pair", "\ud83d\ude00", "\ufeffx", "\x00", "", "a\r\nb", "日本"])
def test_any_text_is_stored_as_it_was_returned(store, text):
    class Fixed(BatchEngine):
        def generate(self, requests, sampling, missing):
            yield Completion(id="r0", text=text, finish_reason="length", prompt_tokens=1, num_tokens=1, engine_s=0.1)

    first = store.complete(Fixed().open, "m", asked(text), SAMPLING)
    assert store.complete(no_engine, "m", asked(text), SAMPLING).rows.equals(first.rows)
    texts(first)["r0"].encode()
    if "\ud800" not in text and "\ud83d" not in text:
        assert texts(first)["r0"] == text


def test_scores_are_stored_likewise(store):
    engine = BatchEngine()
    first = store.score(engine.open, "m", asked("one", "three", "one"))
    assert engine.generated == ["r0", "r1"]
    row = first.rows.filter(id="r2").row(0, named=True)
    assert (row["value"], row["prompt_tokens"], row["is_truncated"], row["error"]) == (3 / 7, 3, True, None)
    assert timeless(first.cost()) == Cost(num_requests=2, prompt_tokens=8, engine_s=0.5, gpu_s=1.0, device="gpu")
    again = store.score(no_engine, "m", asked("one", "three", "one"))
    assert again.rows.equals(first.rows)
    more = store.score(engine.open, "m", asked("one", "new"))
    assert (more.num_made, more.num_stored) == (1, 1)
    assert engine.generated == ["r0", "r1", "r1"]


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_score_that_is_no_number_is_an_error_row(store, value):
    class Broken(BatchEngine):
        def score(self, requests, missing):
            yield Score(id="r0", value=value, prompt_tokens=1, engine_s=0.1)

    row = store.score(Broken().open, "m", asked("x")).rows.row(0, named=True)
    assert (row["value"], row["error"]) == (None, f"not_finite: the score is {value}")


def test_a_score_that_could_not_be_had_is_not_stored(store):
    class Refusing(BatchEngine):
        def score(self, requests, missing):
            error = RowError(kind="too_long", message="9 tokens")
            yield Score(id="r0", value=None, prompt_tokens=0, engine_s=0.1, error=error)

    result = store.score(Refusing().open, "m", asked("x"))
    assert result.rows.row(0, named=True)["error"] == "too_long: 9 tokens"
    assert (result.num_errors, result.cost().num_passing_errors) == (1, 0)
    assert store.score(BatchEngine().open, "m", asked("x")).num_made == 1


def test_keys_are_the_hash_of_one_json_list():
    """Stored completions are found by them: they must not change."""
    (key,) = _keys([Request(id="a", prompt='say "é"', seed=7)], ["m@1", "generate", SAMPLING.model_dump()]).values()
    text = json.dumps(["m@1", "generate", SAMPLING.model_dump(), 'say "é"', 7], sort_keys=True)
    assert key == hashlib.sha256(text.encode()).hexdigest()[:32]
