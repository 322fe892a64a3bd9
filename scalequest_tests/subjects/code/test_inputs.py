"""Signatures in questions, and inputs that follow from them."""

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
