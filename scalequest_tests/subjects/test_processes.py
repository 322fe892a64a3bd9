import polars as pl
import pytest

from scalequest_assets.errors import ScalequestError
from scalequest_assets.subjects import processes
from scalequest_assets.subjects.maths import arithmetic


def test_texts_shared_out_are_read_as_by_one_process(monkeypatch):
    texts = pl.Series("response", ["3 + 4 = 7 apples", None, "2*3 = 5, so 5 + 1 = 6", "", "no sum"])
    expected = arithmetic.recompute(texts)
    monkeypatch.setattr(processes, "WORTH_A_PROCESS", 2)
    monkeypatch.setattr(processes.pl, "thread_pool_size", lambda: 2)
    made = processes.on_all_cores(arithmetic.recompute, texts)
    assert made.to_list() == expected.to_list()
    assert made.dtype == expected.dtype


def test_few_texts_start_no_process(monkeypatch):
    monkeypatch.setattr(processes, "_in_process", lambda *_: pytest.fail("a process was started"))
    texts = pl.Series(["1 + 1 = 2"] * 10)
    assert processes.on_all_cores(arithmetic.recompute, texts).len() == 10


def test_a_process_that_fails_says_so(monkeypatch):
    monkeypatch.setattr(processes, "WORTH_A_PROCESS", 1)
    monkeypatch.setattr(processes.pl, "thread_pool_size", lambda: 2)
    with pytest.raises(ScalequestError, match="test_processes"):
        processes.on_all_cores(lambda texts: texts, pl.Series(["a", "b"]))
