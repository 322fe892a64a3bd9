"""Final answers: found in solutions, and read as exact numbers."""

from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalequest_assets.subjects.maths import answers


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (r"so \boxed{\frac{1}{2}}.", r"\frac{1}{2}"),
        (r"\boxed{3} and then \boxed{4}", "4"),
        (r"\boxed{3} and \boxed{4", "3"),
        (r"put it in \boxed{}: #### 5", "5"),
        (r"\boxed 5.", "5"),
        (r"\boxed{\left\{1,2\right.}", r"\left\{1,2\right."),
        ("72 clips\n#### 1,200", "1,200"),
        ("The answer is: 42.", "42"),
        ("as desired.The answer is: 5", "5"),
        ("the answer is $3.50. Thanks", "$3.50"),
        ("The final answer is\n\n$$42$$", "$$42$$"),
        ("The answer is 1. No: the answer is **2**.", "2"),
        ("#### Step 2\nThe answer is 7.", "7"),
        ("####", None),
        ("I do not know", None),
        ("", None),
        (None, None),
    ],
)
def test_extract(text, answer):
    assert answers.extract(text) == answer


@pytest.mark.parametrize(
    ("answer", "value"),
    [
        ("72", 72),
        ("1,234,567", 1234567),
        ("1{,}234", 1234),
        (r"10,\!000", 10000),
        ("$18.00", 18),
        (r"-\$5", -5),
        ("18 dollars", 18),
        ("50%", 50),
        (r"\frac{1}{2}", "1/2"),
        (r"\dfrac12", "1/2"),
        (r"3\frac{1}{2}", "7/2"),
        ("3 1/2", "7/2"),
        (r"-\frac{3}{4}", "-3/4"),
        (r"\frac{-3}{4}", "-3/4"),
        (".5", "1/2"),
        ("5.", 5),
        ("x = -5", -5),
        (r"5\text{ cm}^2", 5),
        (r"$20 \mathrm{~m} / \mathrm{s}$", 20),
        ("5cm", 5),
        ("20 km/h", 20),
        (r"90^\circ", 90),
        ("90°", 90),
        (r"3 \times 10^{5}", 300000),
        ("3e5", 300000),
        (r"\text{5}", 5),
        ("**42**", 42),
        ("\u22123", -3),
        ("six", 6),
    ],
)
def test_number(answer, value):
    assert answers.number(answer) == Fraction(value)


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "$",
        "x",
        "5x",
        "5 x",
        "5 pi",
        "5 squared",
        "2 million",
        "5 or 6",
        "1,2",
        "(3,4)",
        "10:30",
        "1/0",
        "5$6",
        "1_000",
        "100000000!",
        "9^{9^{9}}",
        "1e999999999",
        "10^{999999999}",
        "9" * 301,
        r"\sqrt{2}",
        "1011_2",
        r"7 \text{ or } 8",
    ],
)
def test_not_a_number(answer):
    assert answers.number(answer) is None
    answers.key(answer)


@pytest.mark.parametrize("char", ["1,", "1 ", "a ", "-", "9", r"\text{", r"\frac", "{", "5 a", "/", "1.", "#", "= "])
def test_long_hostile_answers_are_read(char):
    for text in (char * 50_000, (char * 300)[:300]):
        answers.key(text)
        answers.extract(f"the answer is {text}")


@given(st.text())
def test_never_raises(text):
    answers.extract(text)
    key = answers.key(text)
    assert answers.same(key, key) is True
    for other in ("#1/2", "#50%", "words", ""):
        assert answers.same(key, other) == answers.same(other, key)


@given(st.fractions(), st.fractions())
def test_same_is_symmetric_and_exact_on_numbers(left, right):
    keys = answers.key(str(left)), answers.key(str(right))
    assert answers.same(*keys) == answers.same(*reversed(keys)) == (left == right)


@given(st.integers(-(10**12), 10**12))
def test_dress_does_not_change_a_number(value):
    dressed = (f"{value:,}", f"{value}.00", f"${value}$", f"{value} apples", f"\\text{{{value}}}", f"x = {value}")
    assert {answers.key(text) for text in dressed} == {f"#{value}"}


def test_same_on_percentages_and_words():
    assert answers.same(answers.key("50%"), answers.key("0.5")) is True
    assert answers.same(answers.key("50%"), answers.key("50")) is True
    assert answers.same(answers.key("0.333"), answers.key("1/3")) is False
    assert answers.same(answers.key("No solution"), answers.key("5")) is False
    assert answers.same(answers.key("twenty-five"), answers.key("25")) is None
    assert answers.same(answers.key("Friday"), answers.key(r"\text{friday}")) is True
    assert answers.same(answers.key("(B)"), answers.key("B")) is True


def test_texts_that_differ_keep_different_keys():
    assert answers.key("2*3") != answers.key("23")
    assert answers.key("x 1") != answers.key("x1")


def test_series_helpers_keep_order_name_and_nulls():
    series = pl.Series("a", ["1.0", None, "1", "x"])
    assert answers.keys(series).to_list() == ["#1", None, "#1", "x"]
    assert answers.keys(series).name == "a"
    assert answers.keys(pl.Series("a", [], dtype=pl.String)).dtype == pl.String
    assert answers.extract_all(pl.Series(["#### 3", None])).to_list() == ["3", None]
