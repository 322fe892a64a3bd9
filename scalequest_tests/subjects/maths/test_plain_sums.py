"""The quick ways through sums say what the long way says, or nothing."""

import re

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scalequest_assets.subjects.maths import arithmetic
from scalequest_assets.subjects.maths.arithmetic_tokens import cleaned, put_behind_number, signs_of_equality
from scalequest_assets.subjects.maths.equality.reading import exact_number
from scalequest_assets.subjects.maths.plain_sums import holding, plain_value, states_nothing

_PIECES = (
    *(
        "The cost is",
        "x",
        "a",
        "I",
        "\\pi",
        "dollars",
        "apples",
        "half of",
        "than",
        "6 more",
        "minutes",
        "feet",
        "inches",
    ),
    *("3*4", "12", "7", "5 - 9", "40/4", "6/2*3", "0", "007", "1,000", "2.5", "^2", "%", "!", "remainder 1", "10:30"),
    *("=", " = ", "==", "<=", "\n", "\n= ", ". ", ", ", ",", ".", "...", ";", "(", ")", "-", "+", "*", "$", "\\cdot"),
    *("and", "about", "3*4 = 12", "30-26 = 4", "8/2 = 4", "50-7.50 = 42.50", "80*20/100 = 16", "3.5*2", "1.5"),
    *(
        "f(x)",
        "2x",
        "x1",
        "n_1",
        "xy",
        "x-5",
        "it's",
        "\u00e9",
        "7n + 15",
        "= 2x + 1",
        "= 3(2 - x)",
        "x + y",
        "kg) ",
        "} ",
    ),
    *("\\frac{12}{4}", "\\sqrt{16}", "\\approx", "\\ldots", "\\le", "\\text{ cm}", "\\boxed{12}", "{", "}", "than 5."),
    *(
        "times",
        "multiplied by",
        "divided by",
        "\u00d7",
        "\u00f7",
        "5 per hour",
        "km/h",
        "3 x 4",
        "3/4 of 8",
        "Half a box. ",
    ),
)


@given(st.lists(st.sampled_from(_PIECES), max_size=14), st.sampled_from(["", " "]))
@settings(max_examples=300)
def test_what_is_counted_quickly_is_what_is_read_at_length(pieces, space):
    text = space.join(pieces)
    stated = [one for one in arithmetic.equalities(text) if one.holds is not None]
    [found] = arithmetic.recompute(pl.Series([text])).to_list()
    assert found["num_equalities"] == len(stated)
    assert found["false_equalities"] == [one.text for one in stated if not one.holds]


@given(st.lists(st.sampled_from(_PIECES), max_size=14), st.sampled_from(["", " "]))
@settings(max_examples=300)
def test_a_part_of_a_text_says_of_its_signs_what_the_whole_text_says(pieces, space):
    text = space.join(pieces)
    parts = arithmetic.equalities(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(arithmetic, "parts_around", lambda text, signs: [(0, len(text))] if signs else [])
        assert arithmetic.equalities(text) == parts


@given(st.lists(st.sampled_from(_PIECES), max_size=14), st.sampled_from(["", " "]))
@settings(max_examples=300)
def test_what_is_put_behind_numbers_is_what_a_look_back_finds(pieces, space):
    text = space.join(pieces)
    for pattern in (r"(?:times|\u00d7|\\cdot\b)\s*(?=[\d(.])", r"per(?<=\sper)\s+[A-Za-z]+|/\s*[A-Za-z]{2,}"):
        assert put_behind_number(pattern, " * ", ends=")")(text) == re.sub(rf"(?<=[\d)])\s*(?:{pattern})", " * ", text)


@given(st.lists(st.integers(0, 999), min_size=1, max_size=5), st.data())
@settings(max_examples=60)
def test_a_plain_sum_is_the_number_that_answers_are_read_as(numbers, data):
    signs = [data.draw(st.sampled_from([" + ", " - ", " * ", "*"])) for _ in numbers[1:]]
    text = str(numbers[0]) + "".join(sign + str(number) for sign, number in zip(signs, numbers[1:], strict=True))
    assert plain_value(text) == exact_number(text)


_DECIMAL = st.decimals("0", "9999", places=2).map(lambda value: f"{value:f}")


@given(st.lists(_DECIMAL | st.integers(0, 999).map(str), min_size=1, max_size=5), st.data())
@settings(max_examples=100)
def test_decimals_and_quotients_are_the_numbers_that_answers_are_read_as(numbers, data):
    signs = [data.draw(st.sampled_from([" + ", "-", "*", " / "])) for _ in numbers[1:]]
    text = numbers[0] + "".join(sign + number for sign, number in zip(signs, numbers[1:], strict=True))
    assert plain_value(text) in (exact_number(text), None)


@pytest.mark.parametrize(
    ("text", "num"),
    [
        ("The number of cups is 3*12 = 36. So 36*5 = 180 cups.", 2),
        ("Then 3 + 4 = 7 = 2 + 5 apples in all.", 2),
        ("x = 3*4 = 12", 0),
        ("It is 3*4 = 13.", 0),
        ("It is 3 = 3.", 0),
        ("It is 6/2*3 = 9.", 0),
        ("It is 3*4 = 12.5", 0),
        ("It is 3*4 = 12.\\pi", 0),
        ("It is 50-7.50 = 42.50. So 80*20/100 = 16.", 2),
        ("It is 93.60/5 = 18.72 dollars.", 1),
    ],
)
def test_what_is_counted_quickly(text, num):
    assert holding(cleaned(text))[0] == num


@pytest.mark.parametrize(
    "text", ["f(x) = 2x + 1", "Let x = 5.", "7n + 15 = 29", "x_{n} = 3", "3 = (2 - x)/4", "2 =\n3"]
)
def test_formulas_state_nothing(text):
    [place] = signs_of_equality(text)
    assert states_nothing(text, place)


@pytest.mark.parametrize("text", ["3 = 2 + 1", "3 apples = 3", "3 kg = 3", "2 = (1 + 1)", "4 = \\sqrt{16}", "3 = 3 cm"])
def test_numbers_may_state_something(text):
    [place] = signs_of_equality(text)
    assert not states_nothing(text, place)
