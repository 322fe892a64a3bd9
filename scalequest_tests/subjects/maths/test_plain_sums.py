"""The quick way through sums says what the long way says, or nothing."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scalequest_assets.subjects.maths import arithmetic
from scalequest_assets.subjects.maths.arithmetic_tokens import cleaned
from scalequest_assets.subjects.maths.equality.reading import exact_number
from scalequest_assets.subjects.maths.plain_sums import holding, plain_value

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
    *("and", "about", "3*4 = 12", "30-26 = 4", "8/2 = 4"),
)


@given(st.lists(st.sampled_from(_PIECES), max_size=14), st.sampled_from(["", " "]))
@settings(max_examples=300)
def test_what_is_counted_quickly_is_what_is_read_at_length(pieces, space):
    text = space.join(pieces)
    stated = [one for one in arithmetic.equalities(text) if one.holds is not None]
    [found] = arithmetic.recompute(pl.Series([text])).to_list()
    assert found["num_equalities"] == len(stated)
    assert found["false_equalities"] == [one.text for one in stated if not one.holds]


@given(st.lists(st.integers(0, 999), min_size=1, max_size=5), st.data())
@settings(max_examples=60)
def test_a_plain_sum_is_the_number_that_answers_are_read_as(numbers, data):
    signs = [data.draw(st.sampled_from([" + ", " - ", " * ", "*"])) for _ in numbers[1:]]
    text = str(numbers[0]) + "".join(sign + str(number) for sign, number in zip(signs, numbers[1:], strict=True))
    assert plain_value(text) == exact_number(text)


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
    ],
)
def test_what_is_counted_quickly(text, num):
    assert holding(cleaned(text))[0] == num
