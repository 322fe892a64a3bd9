import threading

import pytest

from scalequest_assets.errors import EngineError
from scalequest_assets.steps.loaded import Loaded


class Engine:
    def __init__(self, name: str) -> None:
        self.name, self.is_closed = name, False

    def close(self) -> None:
        self.is_closed = True


def in_a_thread(work) -> threading.Thread:
    thread = threading.Thread(target=work)
    thread.start()
    return thread


def fail_with(loaded: Loaded, key: str, load, before=lambda: None) -> None:
    """Use an engine, which fails."""
    with loaded.using() as user:
        user.opened(key, load)
        before()
        raise EngineError("it broke", "mend it")


def test_one_engine_is_used_by_several_and_another_model_waits_for_them():
    loaded, entered, may_leave, loads = Loaded(), threading.Barrier(3, timeout=60), threading.Event(), []

    def load(name):
        loads.append(Engine(name))
        return loads[-1]

    def use():
        with loaded.using() as user:
            user.opened("a", lambda: load("a"))
            entered.wait()
            assert may_leave.wait(60)

    users = [in_a_thread(use) for _ in range(2)]
    entered.wait()

    def use_other():
        with loaded.using() as user:
            assert user.opened("b", lambda: load("b")).name == "b"
            assert loads[0].is_closed

    other = in_a_thread(use_other)
    assert [engine.name for engine in loads] == ["a"]
    may_leave.set()
    [thread.join() for thread in (*users, other)]
    assert [engine.name for engine in loads] == ["a", "b"]
    loaded.close()
    assert loads[1].is_closed


def test_an_engine_that_failed_is_closed_after_its_last_user_and_the_next_gets_a_new_one():
    loaded, first, second = Loaded(), Engine("first"), Engine("second")
    with loaded.using() as user:
        user.opened("a", lambda: first)
        with pytest.raises(EngineError):
            fail_with(loaded, "a", lambda: second)
        assert not first.is_closed
    assert first.is_closed
    with loaded.using() as user:
        assert user.opened("a", lambda: second) is second
    assert not second.is_closed


def test_an_error_before_the_engine_was_opened_leaves_it_open():
    loaded, engine = Loaded(), Engine("a")
    with loaded.using() as user:
        user.opened("a", lambda: engine)
    with pytest.raises(EngineError), loaded.using():
        raise EngineError("ids are not unique", "name each row once")
    with loaded.using() as user:
        assert user.opened("a", lambda: Engine("new")) is engine


def test_nobody_begins_after_an_interrupt():
    loaded, engine = Loaded(), Engine("a")
    with pytest.raises(KeyboardInterrupt):
        fail_with(loaded, "a", lambda: engine, loaded.interrupt)
    assert engine.is_closed
    with pytest.raises(KeyboardInterrupt), loaded.using():
        pass
