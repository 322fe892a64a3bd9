import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scalequest_assets.subjects.maths.decisive_words import is_turned, words

tokens = st.lists(
    st.sampled_from(["buys", "sells", "purchases", "earns", "left", "right", "remain", "day", "week", "3", ".5"]),
    max_size=8,
)


def found(text):
    return words(pl.Series([text], dtype=pl.String)).to_list()[0]


def turned(one, other):
    return is_turned(found(one), found(other))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, []),
        ("", []),
        ("He BUYS twenty-five\u00a0apples a day.", ["buys", "25", "day"]),
        ("5km in 1,000 s", ["5", "km", "1000"]),
        ("a non-negative and a non positive number", ["nonnegative", "nonpositive"]),
        (r"$\left(x\right)\square$, \textbf{left}", ["left"]),
        (r"$3\text{ feet}\,5$", ["3", "feet", "5"]),
        ("leftover lastly abuse", []),
    ],
)
def test_words(text, expected):
    assert found(text) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("He buys 3.", "He sells 3."),
        ("He earns 3.", "He spends 3."),
        ("He earns 3.", "He saves 3."),
        ("He won 3.", "He lost 3."),
        ("He gives 3.", "He takes 3."),
        ("3 days", "3 weeks"),
        ("3km", "3cm"),
        ("3 cents", "3 dollars"),
        ("the area", "the perimeter"),
        ("Turn left.", "Turn right."),
        ("How many are left?", "How many in total?"),
        ("at least 3", "at most 3"),
        ("at least 3", "exactly 3"),
        ("a third of it", "a fifth of it"),
        ("with replacement", "without replacement"),
        ("a non-negative number", "a negative number"),
        ("He buys 5 and sells 3.", "He sells 5 and buys 3."),
        ("3 days and 2 weeks", "3 weeks and 2 days"),
        ("5 days a day", "5 weeks a day"),
    ],
)
def test_contraries_make_another_problem(one, other):
    assert turned(one, other)
    assert turned(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("He buys 3.", "He purchased 3."),
        ("He earns 3.", "He gains 3."),
        ("the smallest one", "the least one"),
        ("the greatest one", "the biggest one"),
        ("How many are left?", "How many remain?"),
        ("It is not 3.", "It is never 3."),
        ("the average", "the mean"),
        ("3 feet", "3 foot"),
        ("3 cents", "3 pennies"),
        ("How many does he buy in total?", "How many does he buy each week?"),
        ("He earns 3 each day.", "He gains 3 a day."),
        ("They buy and give.", "They give and buy."),
        ("Each day for a week", "For a week each day"),
        ("He buys 3 at 2 dollars each.", "He buys 3 at $2. How much in total?"),
        ("3 hours on the left", "3 feet on the left"),
        (r"\left(3\right)", r"\bigl(3\square)"),
        (r"$\left(3$", "turn right 3"),
        (None, "He sells 3 in a week."),
    ],
)
def test_the_same_in_other_words(one, other):
    assert not turned(one, other)
    assert not turned(other, one)


def test_texts_of_unequally_many_numbers_are_compared_as_a_whole():
    assert turned("He buys 3 and 4.", "He sells 7.")
    assert not turned("He buys 3 and sells 4.", "He sells 3 and buys some.")


@given(tokens, tokens)
def test_both_ways(one, other):
    assert is_turned(one, other) == is_turned(other, one)
    assert not is_turned(one, one)


@given(tokens, st.data())
def test_what_only_lacks_decides_nothing(text, data):
    numbers = {"3", ".5"}
    kept = [token for token in text if token in numbers or data.draw(st.booleans())]
    assert not is_turned(text, kept)


@settings(deadline=None)  # the first call compiles a kernel
@given(st.lists(st.text(max_size=20), max_size=5))
def test_any_text(texts):
    series = pl.Series(texts, dtype=pl.String)
    assert words(series).len() == len(texts)
    assert words(series).dtype == pl.List(pl.String)
