"""One engine for several threads; and calls that want each other's rows, which must not wait for ever."""

import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from scalequest_assets.engines.base import Request, Score
from scalequest_assets.engines.opening import ModelHandle
from scalequest_assets.errors import EngineError
from scalequest_assets.steps.loaded import Loaded
from scalequest_assets.steps.models import Models
from scalequest_assets.storage.home import Home
from scalequest_assets.storage.profiles import use_profile
from scalequest_assets.storage.turns import Line
from scalequest_tests.fakes import FakeEngine, FakeFactory


class Engine:
    """One that several may use, and that has room."""

    has_room = True

    def __init__(self, name: str) -> None:
        self.name, self.is_closed = name, False

    def close(self) -> None:
        self.is_closed = True


def in_a_thread(work) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def end(threads: Sequence[threading.Thread]) -> None:
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)


def fail_with(loaded: Loaded, key: str, load, before=lambda: None) -> None:
    """Use an engine, which fails."""
    with loaded.using(key, load):
        before()
        raise EngineError("it broke", "mend it")


def test_one_engine_is_used_by_several_and_another_model_waits_for_them():
    loaded, entered, may_leave, loads = Loaded(), threading.Barrier(3, timeout=60), threading.Event(), []

    def load(name):
        loads.append(Engine(name))
        return loads[-1]

    def use():
        with loaded.using("a", lambda: load("a")):
            entered.wait()
            assert may_leave.wait(60)

    users = [in_a_thread(use) for _ in range(2)]
    entered.wait()

    def use_other():
        with loaded.using("b", lambda: load("b")) as engine:
            assert engine.name == "b"
            assert loads[0].is_closed

    other = in_a_thread(use_other)
    assert [engine.name for engine in loads] == ["a"]
    may_leave.set()
    end([*users, other])
    assert [engine.name for engine in loads] == ["a", "b"]
    loaded.close()
    assert loads[1].is_closed


def test_who_waits_for_other_models_has_them_in_the_order_of_asking_each_loaded_once_for_all():
    loaded, loads = Loaded(), []

    def load(name):
        loads.append(name)
        return Engine(name)

    def use(name):
        with loaded.using(name, lambda: load(name)):
            pass

    others = []
    with loaded.using("a", lambda: load("a")):
        assert loaded.has_room
        for number, name in enumerate(("b", "c", "b"), start=1):
            others.append(in_a_thread(lambda name=name: use(name)))
            with loaded._changed:
                assert loaded._changed.wait_for(lambda number=number: len(loaded._line) == number, timeout=60)
        assert not loaded.has_room
    use("a")
    end(others)
    assert loads == ["a", "b", "c", "a"]


def test_an_engine_that_failed_is_closed_after_its_last_user_and_the_next_gets_a_new_one():
    loaded, first, second = Loaded(), Engine("first"), Engine("second")
    with loaded.using("a", lambda: first):
        with pytest.raises(EngineError):
            fail_with(loaded, "a", lambda: second)
        assert not first.is_closed
    assert first.is_closed
    with loaded.using("a", lambda: second) as engine:
        assert engine is second
    assert not second.is_closed


def test_an_engine_that_cannot_be_loaded_is_not_in_the_way():
    loaded, engine = Loaded(), Engine("a")

    def fail():
        raise EngineError("there are no weights", "name others")

    with pytest.raises(EngineError), loaded.using("a", fail):
        pass
    with loaded.using("a", lambda: engine):
        pass
    with pytest.raises(EngineError), loaded.using("b", fail):
        pass
    assert engine.is_closed
    with loaded.using("b", lambda: Engine("b")) as other:
        assert other.name == "b"


def test_nobody_begins_after_an_interrupt():
    loaded, engine = Loaded(), Engine("a")
    with pytest.raises(KeyboardInterrupt):
        fail_with(loaded, "a", lambda: engine, loaded.interrupt)
    assert engine.is_closed
    with pytest.raises(KeyboardInterrupt), loaded.using("a", lambda: engine):
        pass


class Together(FakeEngine):
    """Its first one: `first` ends, as `ending` says, after the two others have made what they alone want."""

    def __init__(self, handle: ModelHandle, factory: "TogetherFactory") -> None:
        super().__init__(handle, factory)
        self._meeting, self._ending = factory.meeting, factory.ending
        self._is_first, self.closed = factory.loads[handle.name] == 1, threading.Event()

    def score(self, requests: Sequence[Request], missing: Collection[str]) -> Iterator[Score]:
        if self._is_first and requests[0].id == "first":
            self._meeting.wait()
            self._ending(self)
        yield from super().score(requests, missing)
        if self._is_first:
            self._meeting.wait()

    def close(self) -> None:
        self.closed.set()


class TogetherFactory(FakeFactory):
    def __init__(self, meeting: threading.Barrier, ending: Callable[[Together], object]) -> None:
        super().__init__()
        self.meeting, self.ending = meeting, ending

    def scoring(self, handle: ModelHandle) -> Together:
        self.loads[handle.name] += 1
        return Together(handle, self)


def three_that_want_the_same(
    root: Path, meeting: threading.Barrier, ending: Callable[[Together], object]
) -> tuple[Models, TogetherFactory, dict[str, Any], list[threading.Thread]]:
    """Begin three partitions; `first` makes a text that the others want too, besides one of their own."""
    home = Home(root)
    profile, _ = use_profile(home, "embedded", [])
    factory = TogetherFactory(meeting, ending)
    models, line, found = Models(home, profile, factory), Line(), dict[str, Any]()

    def work(name, turn):
        texts = ["shared"] if name == "first" else [name, "shared"]
        try:
            with turn.taken():
                requests = [Request(id=name if text == name else "first", prompt=text, seed=0) for text in texts]
                found[name] = models.score(ModelHandle(name="m", path="none", version="1"), requests, None)
        except BaseException as error:
            found[name] = error

    turns = {name: line.turn() for name in ("first", "second", "third")}
    threads = [in_a_thread(lambda name=name, turn=turn: work(name, turn)) for name, turn in turns.items()]
    return models, factory, found, threads


def test_an_interrupt_ends_calls_that_wait_for_a_row_of_one_that_is_interrupted(tmp_path: Path):
    meeting = threading.Barrier(4, timeout=60)

    def ending(engine):
        assert engine.closed.wait(60)
        raise EngineError("the engine is closed", "open it again")

    models, factory, found, threads = three_that_want_the_same(tmp_path, meeting, ending)
    meeting.wait()
    models.interrupt()
    end(threads)
    assert {name: type(error) for name, error in found.items()} == dict.fromkeys(
        ("first", "second", "third"), KeyboardInterrupt
    )
    assert factory.loads == {"m": 1}


def test_calls_that_wait_for_a_row_of_one_whose_engine_broke_make_it_with_a_new_one(tmp_path: Path):
    def ending(engine):
        raise EngineError("it broke", "mend it")

    _, factory, found, threads = three_that_want_the_same(tmp_path, threading.Barrier(3, timeout=60), ending)
    end(threads)
    assert isinstance(found["first"], EngineError)
    for name in ("second", "third"):
        assert (found[name].rows.height, found[name].num_errors) == (2, 0)
    assert factory.loads == {"m": 2}
    assert factory.calls == {"m": 3}
