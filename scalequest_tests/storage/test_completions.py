import logging
import math
import os
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scalequest_assets.engines.base import Completion, Progress, Request, Sampling, Score
from scalequest_assets.errors import EngineError
from scalequest_assets.storage import completions
from scalequest_assets.storage.completions import CompletionStore
from scalequest_assets.storage.lake import Cost

SAMPLING = Sampling(temperature=0.7, max_tokens=8)


class BatchEngine:
    """Like the transformers engine: what it writes depends on the whole batch."""

    def __init__(
        self, batch_size: int = 4, fail: Sequence[str] = (), stop_at: str | None = None, stop=KeyboardInterrupt
    ):
        self.batch_size, self.fail, self.stop_at, self.stop = batch_size, set(fail), stop_at, stop
        self.generated: list[str] = []
        self.num_opened = 0

    def open(self) -> "BatchEngine":
        self.num_opened += 1
        return self

    def plan(self, requests: Sequence[Request], sampling: Sampling) -> list[list[Request]]:
        by_length = sorted(requests, key=lambda request: (len(request.prompt), request.prompt, request.seed))
        return [by_length[start : start + self.batch_size] for start in range(0, len(by_length), self.batch_size)]

    def generate(self, batch: Sequence[Request], sampling: Sampling) -> Iterator[Completion]:
        context = "+".join(f"{request.prompt}#{request.seed}" for request in batch)
        for request in reversed(batch):
            if request.id == self.stop_at:
                raise self.stop("stopped")
            self.generated.append(request.id)
            figures = {"prompt_tokens": len(request.prompt), "engine_s": 0.5}
            if request.id in self.fail:
                yield Completion(
                    id=request.id, text="", finish_reason="error", num_tokens=0, error="Timeout: 30 s", **figures
                )
            else:
                text = f"{request.prompt} of {context}"
                yield Completion(id=request.id, text=text, finish_reason="stop", num_tokens=2, **figures)

    def score(self, requests: Sequence[Request]) -> Iterator[Score]:
        for request in requests:
            self.generated.append(request.id)
            yield Score(id=request.id, value=len(request.prompt) / 7, num_tokens=len(request.prompt), engine_s=0.25)


def asked(*prompts: str, seed: int = 1) -> list[Request]:
    return [Request(id=f"r{row}", prompt=prompt, seed=seed) for row, prompt in enumerate(prompts)]


def texts(result) -> dict[str, str]:
    return {name: completion.text for name, completion in result.completions.items()}


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
    assert (first.num_generated, first.num_stored) == (10, 0)
    assert (again.num_generated, again.num_stored) == (0, 10)
    cost = Cost(num_requests=10, prompt_tokens=80, completion_tokens=20, engine_s=5.0, device="cpu")
    assert first.cost("cpu") == again.cost("cpu") == cost


def test_no_requests_open_no_engine(store):
    assert store.complete(no_engine, "m", [], SAMPLING).completions == {}
    assert store.score(no_engine, "m", []).scores == {}


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
    assert store.complete(BatchEngine().open, model, requests, sampling).num_generated == len(requests)


def test_models_with_similar_names_do_not_share_a_folder(store):
    store.complete(BatchEngine().open, "a/b", REQUESTS, SAMPLING)
    store.complete(BatchEngine().open, "a-b", REQUESTS, SAMPLING)
    assert len(list(store.root.iterdir())) == 2
    store.complete(BatchEngine().open, "../..", REQUESTS, SAMPLING)
    assert len(list(store.root.iterdir())) == 3


def test_the_same_row_asked_twice_is_made_once(store):
    requests = asked("x", "y", "x", "x")
    engine = BatchEngine()
    result = store.complete(engine.open, "m", requests, SAMPLING)
    assert engine.generated == ["r1", "r0"]
    assert texts(result)["r0"] == texts(result)["r2"] == texts(result)["r3"] == "x of x#1+y#1"
    assert [result.completions[name].id for name in ("r0", "r2", "r3")] == ["r0", "r2", "r3"]
    assert result.num_generated == 2


def test_ids_must_be_unique(store):
    with pytest.raises(EngineError, match="not unique: r0"):
        store.complete(no_engine, "m", [*asked("x"), *asked("y")], SAMPLING)


def test_a_failed_row_is_returned_not_stored_and_tried_again(store):
    first = store.complete(BatchEngine(fail=["r3"]).open, "m", REQUESTS, SAMPLING)
    assert first.num_errors == 1
    assert first.completions["r3"].error == "Timeout: 30 s"
    engine = BatchEngine()
    second = store.complete(engine.open, "m", REQUESTS, SAMPLING)
    assert sorted(engine.generated) == ["r0", "r1", "r2", "r3"], "only the batch of the failed row, and all of it"
    assert (second.num_generated, second.num_stored, second.num_errors) == (1, 9, 0)


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
    assert resumed.cost() == whole.cost()
    assert store.complete(no_engine, "m", requests, SAMPLING).completions == whole.completions


def segments(store) -> list[Path]:
    return sorted(Path(store.root).rglob("*.parquet"))


def test_a_call_leaves_one_segment(store):
    store.complete(BatchEngine(batch_size=2).open, "m", REQUESTS, SAMPLING)
    assert len(segments(store)) == 1
    store.complete(BatchEngine(batch_size=2).open, "m", asked("x", "y", "z"), SAMPLING)
    assert len(segments(store)) == 2


@pytest.mark.parametrize("damage", ["flipped byte", "cut short", "emptied"])
def test_a_damaged_segment_is_made_again_not_believed(store, caplog, damage):
    whole = store.complete(BatchEngine().open, "m", REQUESTS, SAMPLING)
    store.complete(BatchEngine().open, "m", asked("x"), SAMPLING)
    file = max(segments(store), key=lambda segment: segment.stat().st_size)
    data = bytearray(file.read_bytes())
    data[len(data) // 3] ^= 1
    file.write_bytes({"flipped byte": bytes(data), "cut short": bytes(data[:-9]), "emptied": b""}[damage])
    with caplog.at_level(logging.WARNING):
        again = store.complete(BatchEngine().open, "m", REQUESTS, SAMPLING)
    assert f"{file} is damaged" in caplog.text
    assert again.num_generated == 10
    assert texts(again) == texts(whole)
    store.complete(no_engine, "m", REQUESTS, SAMPLING)
    store.complete(no_engine, "m", asked("x"), SAMPLING)


def test_a_run_out_of_disk_leaves_the_old_rows(store, monkeypatch):
    store.complete(BatchEngine().open, "m", REQUESTS, SAMPLING)

    def full_disk(path):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("scalequest_assets.storage.home.sync", full_disk)
    with pytest.raises(OSError, match="No space"):
        store.complete(BatchEngine().open, "m", asked("x"), SAMPLING)
    store.complete(no_engine, "m", REQUESTS, SAMPLING)
    assert not list(Path(store.root).rglob("*.tmp"))


KILLED = """
    import sys
    from scalequest_tests.storage.test_completions import REQUESTS, SAMPLING, BatchEngine
    from scalequest_assets.storage.completions import CompletionStore

    class Stuck(BatchEngine):
        def generate(self, batch, sampling):
            for row, completion in enumerate(super().generate(batch, sampling)):
                if len(self.generated) == 7:
                    print("seven rows", flush=True)
                    sys.stdin.read()
                yield completion

    CompletionStore(sys.argv[1]).complete(Stuck().open, "m", REQUESTS, SAMPLING)
"""


def test_a_kill_loses_at_most_the_batch_in_flight(store, tmp_path):
    command = [sys.executable, "-c", textwrap.dedent(KILLED), str(store.root)]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout.readline() == b"seven rows\n"
        child.kill()
    engine = BatchEngine()
    resumed = store.complete(engine.open, "m", REQUESTS, SAMPLING)
    assert resumed.num_stored == 4
    assert len(engine.generated) == 6
    whole = CompletionStore(tmp_path / "other").complete(BatchEngine().open, "m", REQUESTS, SAMPLING)
    assert texts(resumed) == texts(whole)


def test_rows_are_flushed_by_number_and_by_time(store, monkeypatch):
    """One batch of everything, as vLLM plans it: rows reach the disk while it runs."""
    monkeypatch.setattr(completions, "FLUSH_ROWS", 3)
    seen = []
    engine = BatchEngine(batch_size=100)
    store.complete(engine.open, "m", REQUESTS, SAMPLING, on_progress=lambda _: seen.append(len(segments(store))))
    assert seen == [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3]
    clock = iter(range(0, 1000, 6))
    monkeypatch.setattr(completions.time, "monotonic", lambda: next(clock))
    seen.clear()
    engine = BatchEngine(batch_size=100)
    store.complete(
        engine.open, "m2", asked("x", "y"), SAMPLING, on_progress=lambda _: seen.append(len(segments(store)))
    )
    assert seen == [1, 2, 3]


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
        def generate(self, batch, sampling):
            barrier.wait()
            yield from super().generate(batch, sampling)

    def work():
        results.append(store.complete(Waiting().open, "m", REQUESTS, SAMPLING))

    writers = [threading.Thread(target=work) for _ in range(2)]
    [writer.start() for writer in writers]
    [writer.join() for writer in writers]
    again = store.complete(no_engine, "m", REQUESTS, SAMPLING)
    assert len(again.completions) == 10
    assert [texts(result) for result in results] == [texts(again)] * 2


def test_a_reader_survives_that_segments_are_merged(store, monkeypatch):
    engine = BatchEngine(batch_size=2, stop_at="r9")
    with pytest.raises(KeyboardInterrupt):
        store.complete(engine.open, "m", REQUESTS, SAMPLING)
    (folder,) = {segment.parent for segment in segments(store)}
    rows = completions.Segments(completions.UPath(folder), completions.COMPLETION_SCHEMA)
    listing = rows._files()
    assert len(listing) > 1
    monkeypatch.setattr(rows, "_files", _once(listing, rows._files))
    rows.merge(listing)
    keys = completions._keys(REQUESTS, ["m", "generate", completions.asdict(SAMPLING)])
    assert len(dict(rows.read(keys.values()))) == 8


def _once(first, then):
    pending = [first]
    return lambda: pending.pop() if pending else then()


@pytest.mark.parametrize("answers", [[], ["r0", "r0"], ["r0", "r9"]])
def test_an_engine_that_answers_wrongly_is_an_error(store, answers):
    class Wrong(BatchEngine):
        def generate(self, batch, sampling):
            for name in answers:
                yield Completion(id=name, text="t", finish_reason="stop", prompt_tokens=1, num_tokens=1, engine_s=0.1)

    with pytest.raises(EngineError, match="answer"):
        store.complete(Wrong().open, "m", asked("x", "y"), SAMPLING)


@pytest.mark.parametrize("text", ["\ud800 half a pair", "\ud83d\ude00", "\ufeffx", "\x00", "", "a\r\nb", "日本"])
def test_any_text_is_stored_as_it_was_returned(store, text):
    class Fixed(BatchEngine):
        def generate(self, batch, sampling):
            yield Completion(id="r0", text=text, finish_reason="length", prompt_tokens=1, num_tokens=1, engine_s=0.1)

    first = store.complete(Fixed().open, "m", asked(text), SAMPLING)
    assert store.complete(no_engine, "m", asked(text), SAMPLING).completions == first.completions
    first.completions["r0"].text.encode()
    if "\ud800" not in text and "\ud83d" not in text:
        assert texts(first)["r0"] == text


def test_scores_are_stored_likewise(store):
    engine = BatchEngine()
    first = store.score(engine.open, "m", asked("one", "three", "one"))
    assert engine.generated == ["r0", "r1"]
    assert first.scores["r2"] == Score(id="r2", value=3 / 7, num_tokens=3, engine_s=0.25)
    assert first.cost("cpu") == Cost(num_requests=2, prompt_tokens=8, engine_s=0.5, device="cpu")
    again = store.score(no_engine, "m", asked("one", "three", "one"))
    assert again.scores == first.scores
    more = store.score(engine.open, "m", asked("one", "new"))
    assert (more.num_generated, more.num_stored) == (1, 1)
    assert engine.generated == ["r0", "r1", "r1"]


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_score_that_is_no_number_is_an_error(store, value):
    class Broken(BatchEngine):
        def score(self, requests):
            yield Score(id="r0", value=value, num_tokens=1, engine_s=0.1)

    with pytest.raises(EngineError, match="r0: score is"):
        store.score(Broken().open, "m", asked("x"))
