"""Examples that questions state of their function, and programs that contradict them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalequest_assets.subjects.code.examples import contradicted, stated
from scalequest_assets.subjects.code.families.drawing import tasks

ASKS = "Write a Python function `f(x: int) -> int` that adds 1 to `x`. "


@pytest.mark.parametrize(
    ("says", "found"),
    [
        ("`f(2)` gives `3`.", {"f(2)": "3"}),
        ("For example, `f(2)` returns `3`. `f(-1)` is `0`.", {"f(2)": "3", "f(-1)": "0"}),
        ("f(2) should return 3.", {"f(2)": "3"}),
        ("f(2) == 3 and f(4) == 5", {"f(2)": "3", "f(4)": "5"}),
        ("`f(2) == 3`", {"f(2)": "3"}),
        ("f(2) -> 3", {"f(2)": "3"}),
        ("f(2)  # 3", {"f(2)": "3"}),
        (">>> f(2)\n3\n>>> f(3)\n4", {"f(2)": "3", "f(3)": "4"}),
        ("`f([1, 2])` gives `{'a': [1.0, (2,)]}`.", {"f([1, 2])": "{'a': [1, (2,)]}"}),
        ("f('a.b') returns 'c. d'", {"f('a.b')": "'c. d'"}),
        ("f(2) is 3.5. It is odd.", {"f(2)": "3.5"}),
        ("`f(2)` is `True`.", {"f(2)": "True"}),
        ("`f(4)` returns True, `f(3)` returns False.", {"f(4)": "True", "f(3)": "False"}),
        ("f(3) is 6, f(4) is 8, `f(5)` is 10.", {"f(3)": "6", "f(4)": "8", "f(5)": "10"}),
        ('assert f(3) == 6, "wrong"', {"f(3)": "6"}),
        ("`assert f(3) == 'a, b', 'wrong, really'`", {"f(3)": "'a, b'"}),
        ("f(2) is 3, since 2 + 1 is 3.", {"f(2)": "3"}),
        ("f(2) == (1, 2), f(3) == [1, 2], `f(4)` is 'a, b'", {"f(2)": "(1, 2)", "f(3)": "[1, 2]", "f(4)": "'a, b'"}),
        ("f(2) returns 1, 2.", {"f(2)": "(1, 2)"}),
        ("f(2) returns True, False.", {"f(2)": "(True, False)"}),
        (
            "`f(2)` is `(3,)`, f(3) is (4,), f(4) is 1, 2, f(5) is 1",
            {"f(2)": "(3,)", "f(3)": "(4,)", "f(4)": "(1, 2)", "f(5)": "1"},
        ),
        ("f(2) is 3, 4 or 5.", {}),
        ("f(2) is 3, or more.", {}),
        ("assert f(3) == 6, f'{x} is wrong'\nassert f(4) == 8", {"f(3)": "6", "f(4)": "8"}),
        ("assert f(3) == (6, 7), 'wrong'", {"f(3)": "(6, 7)"}),
        ("assert f(3) == [6, 7]", {"f(3)": "[6, 7]"}),
        ("assert f(3) == x, 6", {}),
        ("f(7) returns 3, 1, f(9) returns 4, 1.", {"f(7)": "(3, 1)", "f(9)": "(4, 1)"}),
        ("`f(2)` is not `3`.", {}),
        ("`f(2)` is 3 more than f(1).", {}),
        ("`f(2)` is even.", {}),
        ("`f(2)` raises `ValueError`.", {}),
        ("`f(2)` gives `x + 1`.", {}),
        ("`g(2)` gives `3`.", {}),
        ("`f(y)` gives `3`.", {}),
        ("f(2) returns " + "[" * 500, {}),
    ],
)
def test_what_a_question_states_of_its_function_is_read(says: str, found: dict[str, str]):
    assert dict(stated(ASKS + says)) == found


def test_a_question_without_a_function_states_nothing():
    assert stated("What is f?") == stated("") == ()
    assert contradicted(None, "assert f(2) == 3") == contradicted(ASKS, None) == (0, [])


def test_a_program_contradicts_examples_that_it_was_tried_on():
    query = ASKS + "`f(2)` gives `3`. `f(5)` gives `7`. `f(9)` gives `10`."
    assert contradicted(query, "assert f(2) == 3\nassert f(5) == 6") == (2, ["f(5) == 7"])
    assert contradicted(query, "# f(2) raises TypeError\nassert f(5) == 7") == (2, ["f(2) == 3"])
    assert contradicted(query, "assert f(2) == True") == (1, ["f(2) == 3"])


@pytest.mark.parametrize("style", ["first_functions", "functions"])
def test_the_families_own_examples_are_read_and_agree_with_their_tests(style: str):
    read = [(task, contradicted(task.query, task.tests)) for task in tasks(style, 120, 3)]
    assert all(not wrong for _, (_, wrong) in read)
    shown = sum("gives" in task.query or "returns `" in task.query or "Example" in task.query for task, _ in read)
    assert sum(num > 0 for _, (num, _) in read) > shown / 2 > 0


@given(st.text(alphabet="f(1)`=># \n.,[]'rgivesn", max_size=80))
def test_no_text_breaks_the_reading(text: str):
    assert isinstance(stated(ASKS + text), tuple)
