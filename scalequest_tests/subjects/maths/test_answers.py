"""Final answers, found in solutions."""

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


@pytest.mark.parametrize("char", ["1,", "1 ", "a ", "-", "9", r"\text{", r"\frac", "{", "5 a", "/", "1.", "#", "= "])
def test_long_hostile_answers_are_read(char):
    for text in (char * 50_000, (char * 300)[:300]):
        answers.extract(f"the answer is {text}")


@given(st.text())
def test_never_raises(text):
    answers.extract(text)


def test_series_helper_keeps_order_and_nulls():
    assert answers.extract_all(pl.Series(["#### 3", None])).to_list() == ["3", None]
