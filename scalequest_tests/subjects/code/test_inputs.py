"""Signatures in questions, and inputs that follow from them."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalequest_assets.subjects.code.inputs import NUM_INPUTS, calls_of
from scalequest_assets.subjects.code.signature import read


@pytest.mark.parametrize(
    ("query", "name", "annotations", "num_examples"),
    [
        ("Write `f(x: int) -> int` that doubles x.", "f", ("int",), 0),
        ("def f(x, y=2):\n    '''Adds. f(1) is 3.'''", "f", (None,), 1),
        ("Write a function f(a: list[int], b: str) for me.", "f", ("list[int]", "str"), 0),
        ("Implement is_even so that is_even(4) is True and is_even(3) is False.", "is_even", (None,), 2),
        ("The item(s) are sorted by `order(items: dict[str, list[int]])`.", "order", ("dict[str, list[int]]",), 0),
        ("Given that `len(nums)` is at least 2, write a function `max_gap(nums)` that works.", "max_gap", (None,), 0),
        ("`len(nums)` is at least 2; `max_gap(nums)` works.", "max_gap", (None,), 0),
        ("Without using the built-in function `sum(x)`, write a function `total(nums)`.", "total", (None,), 0),
        ("Euclid's rule is `gcd(a, b) = gcd(b, a % b)`. Write a function `my_gcd(a, b)`.", "my_gcd", (None, None), 0),
        ("We define `g(n)` as n + 1. Write a function named `h(n: int)`.", "h", ("int",), 0),
        (
            "def is_prime(n):\n    ...\nImplement `next_prime(n: int) -> int`, which calls it.",
            "next_prime",
            ("int",),
            0,
        ),
        ("Implement the built-in function `sum(x)` without a loop; `add(a, b)` is given.", "sum", (None,), 0),
        ("Write a function that uses `len(x)`: `size(x: list)`.", "size", ("list",), 0),
        ("Write `f(a)`. Then write a function `g(a, b)`.", "f", (None,), 0),
        ("Use the function `f(a)`; it doubles.", "f", (None,), 0),
        ("Write a solution without the function `sum(x)`: `total(nums: list)`.", "total", ("list",), 0),
        ("Use `sorted(x)`.\ndef order(x: str):\n    ...", "order", ("str",), 0),
        ("Write a function `sum(x)`; `add(a, b)` is given.", "sum", (None,), 0),
        ("Write a recursive function named `sum(x)`, with `add(a, b)`.", "sum", (None,), 0),
        ("Implement the built-in function `max(x)` with `larger(a, b)`.", "max", (None,), 0),
        ("def pow(a: int, b: int):\n    ...\nIt may use `times(a, b)`.", "pow", ("int", "int"), 0),
        ("The function `abs(x)` has no sign.", "abs", (None,), 0),
        ("Use `f(a)`. Then write `g(a, b)`.", "g", (None, None), 0),
        ("Given `text`, `f(text: str) -> str` works: `f('a)')` gives 'b'.", "f", ("str",), 1),
    ],
)
def test_signatures_are_read(query: str, name: str, annotations: tuple[str | None, ...], num_examples: int):
    found = read(query)
    assert found is not None
    assert (found.name, found.annotations, len(found.examples)) == (name, annotations, num_examples)


@pytest.mark.parametrize(
    "query", ["", "Write a function that doubles a number.", "Sort the item(s).", "f(", "(((((" * 500]
)
def test_a_question_without_a_function_has_none(query: str):
    assert read(query) is None
    assert calls_of(query) is None


@pytest.mark.parametrize(
    ("parameters", "kinds"),
    [
        ("x: int, y: float, z: bool", (int, float, bool)),
        ("x: str", (str,)),
        ("x: list[int], y: List[str]", (list, list)),
        ("x: dict[str, int]", (dict,)),
        ("x: tuple[int, str]", (tuple,)),
        ("x: tuple[int, ...]", (tuple,)),
        ("x: set[int]", (set,)),
        ("x: Optional[int]", (int,)),
        ("x: int | None", (int,)),
        ("x: list[list[int]]", (list,)),
        ("x: list", (list,)),
    ],
)
def test_inputs_are_of_the_annotated_kinds(parameters: str, kinds: tuple[type, ...]):
    found = calls_of(f"Write `f({parameters})`.")
    assert found is not None
    assert 2 <= len(found.arguments) <= NUM_INPUTS
    assert all(tuple(map(type, arguments)) == kinds for arguments in found.arguments)


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ("whether `t` has an equal number of `{` and `}`", "{}"),
        ("whether the brackets ( and ) in `t` are balanced: each (, too", "()"),
        ("`t` with every 'a' replaced by a \"*\"", "*"),
    ],
)
@pytest.mark.parametrize("annotation", ["str", "list[str]"])
def test_texts_have_the_signs_that_a_question_names(annotation: str, said: str, named: str):
    found = calls_of(f"Implement `f(t: {annotation})`: it returns {said}.")
    assert found is not None
    assert {sign for (value,) in found.arguments for text in value for sign in text} > set(named), "beside others"


def test_a_sign_that_no_example_shows_is_drawn_beside_those_that_one_does():
    found = calls_of("Implement `f(t: str)`: it returns how many '{' and '}' are in `t`: `f('{a')` is 1.")
    assert found is not None
    assert set("".join(text for (text,) in found.arguments)) > set("{}")


@pytest.mark.parametrize(
    "said",
    [
        "the sum of `a` and `b`",
        "it's the boys' text (of `t`), the key's value's end",
        "no 'ab','cd' nor ['ab', 'cd','e']",
        "as grade 'B', 'A' or `C`",
    ],
)
def test_what_names_no_sign_changes_no_input(said: str):
    """Variables, apostrophes, what stands between two words, letters."""
    assert calls_of(f"Write `f(t: str)`: {said}.") == calls_of("Write `f(t: str)`.")


@pytest.mark.parametrize("shown", ["`f('(a)')` is 2", 'f(["(ab","b)"]) is 2'])
def test_signs_that_an_example_shows_are_drawn_as_often_as_there(shown: str):
    assert calls_of(f"Write `f(t)`: {shown}. It counts '(' and ')'.") == calls_of(f"Write `f(t)`: {shown}.")


def test_inputs_begin_with_the_examples_and_stay_near_them():
    found = calls_of("Write `f(x, names)`: `f(3, ['Ann'])` is 1, `f(12, ['Bob', 'Cy'])` is 2.")
    assert found is not None
    assert found.arguments[:2] == ((3, ["Ann"]), (12, ["Bob", "Cy"]))
    assert len(found.arguments) == NUM_INPUTS
    assert all(0 < number <= 24 and 1 <= len(names) <= 4 for number, names in found.arguments)
    negative = calls_of("Write `f(x)`: `f(-30)` is 30, `f(4)` is 4.")
    assert negative is not None
    assert any(number < 0 for (number,) in negative.arguments[2:])


def drawn(said: str) -> list[tuple[Any, ...]]:
    """Return the calls of a question beyond those that it shows."""
    found, asked = calls_of(said), read(said)
    assert found is not None
    assert asked is not None
    return list(found.arguments[len(asked.examples) :])


def test_rows_that_are_of_one_length_are_drawn_so():
    tables = [table for (table,) in drawn("Write `f(m)`: `f([[1, 2, 3], [4, 5, 6]])` is 2, `f([[1, 2]])` is 1.")]
    assert all(len(set(map(len, table))) == 1 for table in tables)
    assert {len(table[0]) for table in tables} == {2, 3}
    squares = [table for (table,) in drawn("Write `f(m)`: `f([[1, 2], [3, 4]])` is 1.")]
    assert all([len(row) for row in table] == [2, 2] for table in squares)
    records = [row for (rows,) in drawn('Write `f(r)`: `f([["Ann", 3], ["Bob", 5], ["Cy", 4]])` is 1.') for row in rows]
    assert all(isinstance(name, str) and isinstance(number, int) for name, number in records)
    ragged = [table for (table,) in drawn("Write `f(m)`: `f([[1, 2, 3], [4]])` is 2.")]
    assert any(len(set(map(len, table))) > 1 for table in ragged)


@pytest.mark.parametrize(
    ("shown", "is_order"),
    [
        (["[1, 3, 7]"], True),
        (["[1, 2, 3, 4]"], True),
        (["[1, 4]", "[2, 9]"], True),
        (["['ab', 'cd', 'xy']"], True),
        (["[[1, 3], [2, 6], [8, 10]]"], True),
        (["[1, 2, 3]"], False),
        (["[1, 9]"], False),
        (["[3]", "[4]"], False),
        (["[4, 4, 4, 4]"], False),
        (["[1, 3, 7]", "[4, 2]"], False),
        (["[(1, None), (2, 'a'), (7, None), (9, 3)]"], None),
    ],
)
def test_lists_are_in_order_where_all_shown_are_and_it_is_no_chance(shown: list[str], is_order: bool | None):
    calls = drawn("Write `f(x)`: " + ", ".join(f"`f({one})` is 1" for one in shown) + ".")
    assert calls
    if is_order is not None:
        assert all(value == sorted(value) for (value,) in calls) == is_order
    if shown[0].startswith("[["):
        assert all(row == sorted(row) for (value,) in calls for row in value)


def test_a_type_alone_shows_no_order():
    for annotation in ("list[int]", "list[float]", "list", "list[list[int]]", "list[str]"):
        assert any(value != sorted(value) for (value,) in drawn(f"Write `f(x: {annotation})`.")), annotation


def test_lists_of_one_length_in_every_example_are_drawn_so():
    shown = "`f([1, 9], [3, 4])` is 1, `f([5, 2, 6], [7, 1, 2])` is 2"
    assert all(len(left) == len(right) for left, right in drawn(f"Write `f(a, b)`: {shown}."))
    shown += ", `f([1], [2, 8])` is 3"
    assert any(len(left) != len(right) for left, right in drawn(f"Write `f(a, b)`: {shown}."))
    assert any(len(left) != len(right) for left, right in drawn("Write `f(a: list[int], b: list[int])`."))


@pytest.mark.parametrize(
    ("shown", "form"),
    [
        ("2024-11-25", r"(1\d|20)\d\d-1[01]-(1\d|2[0-5])"),
        ("09:05", r"0[1-9]:0[1-5]"),
        ("ann_lee@web.org", r"[a-z]+_[a-z]+@[a-z]+\.[a-z]+"),
        ("Hello, World!", r"[HW][a-z]+, [HW][a-z]+!"),
        ("3 + 4", r"[123] \+ [1-4]"),
    ],
)
def test_signs_of_a_text_stay_at_their_places(shown: str, form: str):
    texts = [text for (text,) in drawn(f"Write `f(t)`: `f('{shown}')` is 1.")]
    assert len(texts) > 2
    assert all(re.fullmatch(form, text) for text in texts), texts


def test_brackets_of_a_text_change_their_places():
    texts = {re.sub(r"[^()]", "", text) for (text,) in drawn("Write `f(t)`: `f('(a)(b c)')` is 1.")}
    assert len(texts) > 3


def test_no_number_is_larger_than_the_shown_where_these_are_large():
    assert all(1 <= number <= 25 for (number,) in drawn("Write `fib(n)`: `fib(25)` is 75025, `fib(3)` is 2."))
    assert any(number > 4 for (number,) in drawn("Write `fib(n)`: `fib(4)` is 3."))
    assert all(number <= 90 for (numbers,) in drawn("Write `f(x)`: `f([70, 90, 3])` is 1.") for number in numbers)


def test_inputs_follow_from_signature_examples_and_named_signs():
    one = calls_of("Write `f(x: int)` that doubles x. `f(2)` is 4.")
    other = calls_of("Please implement the function `f(x: int)`, which gives twice x: `f(2)` is 4.")
    assert one == other
    assert one != calls_of("Write `f(x: int)` that doubles x. `f(3)` is 6.")


def test_without_types_and_examples_there_are_no_inputs():
    assert calls_of("Write `f(x)` that doubles x.") is None
    assert calls_of("Write `f(x: Shape)`.") is None


@given(st.text(alphabet="`f(x:int)[]{},'->def \n1") | st.text())
def test_no_text_fails(query: str):
    found = calls_of(query)
    assert found is None or found.arguments
