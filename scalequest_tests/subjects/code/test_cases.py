"""The normal form of what a function does: writing and reading it, tests as data sets have them, what equals what."""

import json

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalequest_assets.sandbox.runs import Raised, Returned
from scalequest_assets.subjects.code import cases, gold
from scalequest_assets.subjects.code.literals import literal
from scalequest_assets.subjects.code.subject import SUBJECT

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.tuples(inner, inner) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)


@given(st.lists(PLAIN, min_size=1, max_size=3), PLAIN)
def test_lines_read_back_as_what_was_called(arguments: list[object], value: object):
    for result in (Returned(value), Raised("IndexError")):
        line = cases.line("f", arguments, result)
        assert line is not None
        assert "\n" not in line
        found = cases.calls(line)
        assert found is not None
        assert (found.function, list(found.arguments[0])) == ("f", arguments)


def test_equal_values_are_equal_texts_and_true_is_not_one():
    assert literal(2.0) == literal(2) == "2"
    assert literal(0.1 + 0.2) == literal(0.3)
    assert literal(3486784401.0) == literal(3486784401.0000005) == literal(3486784401) == "3486784401"
    assert literal(2.0**53 - 1) == str(2**53 - 1)
    assert literal(-12345678901.0) == "-12345678901"
    assert literal(1e16) == literal(1.0000000000000002e16) == literal(10**16)
    assert literal(123456789.4) == literal(123456789.3) != literal(123456790.4)
    assert literal(1e300) == "1e+300"
    assert literal({"b": 1, "a": 2}) == literal({"a": 2, "b": 1})
    assert literal({3, 1, 2}) == literal({2, 3, 1})
    assert literal(set()) == "set()"
    assert literal((1,)) == "(1,)"
    assert literal((1, 2)) != literal([1, 2])
    assert literal(True) != literal(1)
    assert literal(float("nan")) is literal([float("inf")]) is literal(object()) is None


def test_long_values_are_told_by_their_hash():
    line = cases.line("f", [1], Returned("x" * 1000))
    other = cases.line("f", [1], Returned("x" * 999 + "y"))
    assert line is not None
    assert line.startswith("# f(1) returns sha256 ")
    assert line != other
    assert cases.calls(line) == cases.Calls("f", ((1,),))


@pytest.mark.parametrize(
    "text",
    [
        "assert f(2) == 4\nassert f('a', [1]) == True",
        "assert f(2)==4, 'twice'\nassert f('a', [1])",
        '["assert f(2) == 4", "assert f(\'a\', [1]) is True"]',
        json.dumps({"function": "f", "cases": [{"args": [2], "returns": 4}, {"args": ["a", [1]], "returns": True}]}),
        json.dumps({"entry_point": "f", "cases": [{"args": [2], "returns": 4}, {"args": ["a", [1]], "returns": True}]}),
        "def check(candidate):\n    assert candidate(2) == 4\n    assert candidate('a', [1]) == True\n",
        "import math\nassert f(2) == 4\nassert f(1) == (1 == 1)\nassert f('a', [1]) == True\nassert f(math.pi) == 3",
    ],
)
def test_tests_as_data_sets_have_them(text: str):
    assert cases.stated(text, "f") == "assert f(2) == 4\nassert f('a', [1]) == True"


@pytest.mark.parametrize(
    "text", ["", "4", "def f(x): return x", "assert x == 3", "[1, 2]", "{}", "assert f(2) == 4\nassert g(1) == 2"]
)
def test_what_has_no_tests_states_none(text: str):
    assert cases.stated(text) is None


def test_what_equals_gold():
    wanted = "assert f(1) == 2\nassert f(2) == 3"
    assert cases.same(wanted, wanted) is True
    assert cases.same(wanted, "assert f(2) == 3\nassert f(1) == 2\nassert f(5) == 6") is True
    assert cases.same(wanted, "assert f(1) == 2\nassert f(2) == 9") is False
    assert cases.same(wanted, "assert f(1) == 2\n# f(2) raises KeyError") is False
    assert cases.same(wanted, None) is False
    assert cases.same(None, wanted) is None
    assert cases.same(wanted, "assert f(1) == 2") is None, "it was not tried on all of gold's calls"
    assert cases.same("nonsense", wanted) is None


def test_gold_is_tests_or_what_a_program_does():
    query = "Write a function `double(x: int) -> int` that doubles `x`. For example, `double(2)` returns `4`."
    chat = "Multiply by two.\n```python\ndef double(x):\n    return 2 * x\n```"
    texts = ["assert double(2) == 4", chat, "It is easy.", None, "def check(candidate):\n    assert candidate(3) == 6"]
    found = gold.read(texts, [query] * 5)
    tests, ran, none, empty, checked = found["answer"]
    assert (tests, checked) == ("assert double(2) == 4", "assert double(3) == 6")
    assert ran.splitlines()[0] == "assert double(2) == 4"
    assert len(ran.splitlines()) == 8
    assert none is empty is None
    assert found["solution"].to_list() == [None, chat, None, None, None]


def test_answers_of_the_subject_are_compared_by_what_programs_do():
    query = "Write a function `double(x: int) -> int` that doubles `x`. `double(2)` gives `4`."
    bodies = ["return x + x", "return 2 * x", "return x * x", "import sys; sys.exit(0)", "return x +", "return None"]
    texts = pl.Series([f"```python\ndef double(x):\n    {body}\n```" for body in bodies] + [None, "no code"])
    answers = SUBJECT.answers
    found = answers.extract(texts, pl.Series([query] * 8))
    groups = answers.groups(pl.Series(["q"] * 8), found)
    assert groups[0] == groups[1]
    assert len(set(groups.drop_nulls())) == 3
    assert found.is_null().to_list() == [False, False, False, True, True, False, True, True]
    tests = pl.Series(["assert double(5) == 10\nassert double(0) == 0"] * 8)
    against = answers.extract(texts, pl.Series([query] * 8), tests)
    assert answers.check(tests, against).to_list() == [True, True, False, False, False, False, False, False]
    recomputed = answers.recompute(texts, pl.Series([query] * 8), found).struct
    assert recomputed.field("num_equalities").to_list() == [1, 1, 1, 0, 0, 1, None, 0]
    wrong = recomputed.field("false_equalities").to_list()
    assert wrong == [[], [], [], [], [], ["double(2) == 4"], None, []]


def test_another_name_counts_only_where_the_question_names_none():
    text = pl.Series(["```python\ndef other(x):\n    return 2 * x\n```"])
    tests = pl.Series(["assert double(2) == 4"])
    for query, is_right in (("Write a function to double a number.", True), ("Write `double(x)`, please.", False)):
        found = SUBJECT.answers.extract(text, pl.Series([query]), tests)
        assert SUBJECT.answers.check(tests, found).to_list() == [is_right]
