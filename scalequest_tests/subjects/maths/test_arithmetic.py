r"""Equalities that a text states, recomputed: what holds, what does not, and what nobody can say from the text."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalequest_assets.recipe.parts import RECOMPUTED
from scalequest_assets.subjects.maths.arithmetic import equalities, recompute


def verdicts(text: str) -> list[bool | None]:
    return [one.holds for one in equalities(text)]


TRUE = [
    r"Term number $49$ is $-8 + (49 - 1) \cdot 2 = 88$.",
    "3 + 4 = 7 apples",
    "He pays 3 * $4 = $12.",
    r"$\frac{12}{4} = 3$",
    r"We get $3 \cdot 12 = 36$.",
    r"\[ 2(3 + 4)^2 = 98 \]",
    "5! = 120",
    "That is 3+4 = 7!",
    "20% of 50 = 10",
    "20/100 = 20%",
    "1/2 cup + 1/4 cup = 3/4 cup",
    "$5/hour * 3 hours = $15",
    "12 eggs / 4 eggs per box = 3 boxes of eggs",
    "1,200 + 300 = 1,500",
    r"10{,}000 - 1 = 9{,}999",
    "3 \u00d7 4 = 12 and 12 ÷ 4 = 3",
    "3 x 4 = 12",
    "3 times 4 = 12",
    "2**5 = 32",
    "10/3 = 3.33",
    "2/3 = 0.67",
    "100/3 ≈ 33",
    "100/3 = 33 boxes, rounded down",
    "7/2 = 3 remainder 1",
    r"30^\circ + 60^\circ = 90^\circ",
    "- 3 + 4 = 7",
    "1. 3 + 4 = 7",
    "5 - 7 = -2",
    r"\sqrt{16} + 1 = 5",
    r"\boxed{3 + 4 = 7}",
    r"3 + 4 = \boxed{7}",
    r"1 - \frac{1}{4} = \boxed{\frac{3}{4}}",
    "48/2 = <<48/2=24>>24 clips",
    "(30/70) * 100 = 42.86%",
    "500/6 = 83.33%",
    "5/6 * 100 ≈ 83.33%",
    "((90 - 65)/65) * 100 = 38.46%",
    "1/300 = 0.33%",
    "50 / 8 = 6 full rows",
    "50 / 8 = 6 boxes and has 2 pens left",
    "17/5 = 3, leaving 2",
    "17 ÷ 5 = 3 R2",
]
FALSE = [
    "27*6 = 196",
    "2*(11-17) = 5",
    "3 + 4 = 8 apples.",
    r"\frac{12}{4} = 4",
    "The sum is 2 + 2 = 5.",
    "10/3 = 3.34",
    "100/3 = 33",
    "so x = 3 + 4 = 8",
    "204 + 160 + 330 = 794",
    "20% of 50 = 20",
    r"So $3 + 4 = \boxed{8}$.",
    "5! = 100",
    "**Step 2:** 12 - 5 = 8",
    r"\begin{align*} 3 \cdot 4 &= 13 \end{align*}",
    "9 apples - 4 apples = 6 apples",
    "7 + 8 = 14, so 14 are left",
    "3 apples + 4 oranges = 8 fruits",
    "75 people - 25 children = 20 parents",
    "20 cans * 2 oz per can = 43 oz",
    "$26 total spending - $8 spending on drinks = $14",
    "$1200 / 6 people = $100 each",
    "He goes hunting 3*6 = 12 times a year",
    "She saves 90,000/15,000 = 5 years",
    "He walks 2 more than 5 miles, or 5+2 = 8 miles",
    "5/6 = 83.40%",
    "1/6*100 = 17.6%",
    "1/300 = 0.4%",
    "5% + 3% = 9%",
    "12 - 5 = 8 left",
    "27*6 = 196. That is not much.",
    "there are 14 - 8 = 7 pupils who are not in the room",
    "he got 2*6 = 13 questions wrong",
    "5 - 7 = 2",
    "The left side is 15/2 = 8",
    "A full tank has 55/2 = 28 liters",
    "100/7 = 15 full boxes",
    "A complete set costs 7.5 * 5 = 37",
    "She has $10 - $2.50 = $8 left.",
    "Leaving at noon he walks 7.5 * 3 = 22 miles",
    "17.6 + 2 = 20, an integer",
    "A triangle with base 8 and height 5 has area 1/2 * 8 * 5 = 21.",
    "The sum of the multiples of 5 is 5 + 10 + 15 = 35",
    "For 5 questions answered incorrectly, she loses 5 * 2 = 12 points.",
    "If he mistakenly bought 3 * 4 = 13 pens",
    "It is a mistake to forget it, so 3 + 4 = 8",
    "3 * 7 = 22, which doesn't match any of the options.",
    "3 * 7 = 22 and there is no contradiction",
    "Since 3*4 = 13 and it is impossible to cut pens, he has 13.",
    "Is 3 + 4 = 8? Yes.",
    "The difference between the numbers is 3 - 10 = 7",
    "200 + 8% = 300",
    "It is 3 + 5% = 9",
    "Total is 6 * 15 = 91 minutes 2. Then it goes on",
    "3 + 4 = 8 cars in 60 minutes",
]
OPEN = [
    "6 more than 2*3 = 12",
    "half of 4 + 4 = 6",
    "12 inches * 3 = 3 feet",
    "2 hours + 30 minutes = 150 minutes",
    "5 feet + 6 inches = 66 inches",
    "2 boxes + 3 pencils = 27 pencils",
    "12 eggs + 12 eggs = 2 boxes",
    "50 cents + 50 cents = $1",
    "2*3 = 2 times the 3 of before, 3 + 4 = 8 times as many",
    "0900 - 0130 = 0730",
    "1 hour 20 minutes = 60 + 20 minutes",
    "25 / 1/3 = 75",
    "3 * 4 = 1 dozen",
    "10:30 + 2 = 12:30",
    "25 pupils + her 1 teacher + 1 herself = 27 people",
    "20 + his 5 + 3 = 28",
    "$100 - another $20 - $5 = $75",
    "60 minutes + an extra 15 minutes + 5 minutes = 80 minutes",
    "66 feet = 66 * 12 inches",
    "Does 2(3) + 1 = 8? No.",
    "But 4 + 5 = 10 is impossible",
    r"This gives $4 + 1 = 6$, a contradiction.",
    r"$\sqrt{4} = -2$, which is false",
    "2(1) + 3 = 9 is not satisfied",
    "A common mistake is 3 + 4 * 2 = 14.",
    "100 / 60 = 1 minute 40 seconds",
    "66 / 12 = 5 feet 6 inches",
    "Modulo 7, 3 * 5 = 1.",
    r"In $\mathbb{Z}_7$, $3 \cdot 5 = 1$",
    "In base 8, 7 + 1 = 10.",
    "8 + 5 = 1 on a 12-hour clock",
    "$200 + 8% = $216",
    "$200 - 25% discount = $150",
    "5 tens + 3 ones = 53",
    "3 hundreds + 5 tens = 350",
    "Numbers 10-99 = 90",
]
NONE = [
    "",
    "x = 3",
    "2x + 3 = 7",
    "f(3) = 9",
    "12 = 12",
    "60 minutes = 1 hour",
    r"\pi r^2 = 3",
    r"101_2 + 1 = 6",
    "a + 4 = 7",
    "(3, 4 + 1) = (3, 5)",
    r"\sin 30 + 1 = 1.5",
    "3 + 4 \\neq 8",
    "3 + 4 <= 8",
    "= 7",
    "3 + = 7",
    "the cost + 4 = 7",
    "|3 - 4| = 1",
    "7 apples",
]


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        (r"3 - 5 = -2 \boxed{-2}", [True]),
        (r"$3 - 5 = -2$ $\boxed{-2}$", [True]),
        (r"$3 - 5 = -2$ \boxed{-2}", [True]),
        (r"3 - 5 = -2 $\boxed{-2}$", [True]),
        (r"\[3 - 5 = -2\] \[\boxed{-2}\]", [True]),
        (r"3 - 5 = **-2** \quad \boxed{-2}", [True]),
        (r"3 - 5 = -2\text{ dollars} \boxed{-2}", [True]),
        (r"60 * 2 = 120 $\boxed{120}$", [True]),
        (r"\frac{12}{4} = 3 \boxed{3}", [True]),
        (r"3 - 5 = -3 \boxed{-2}", [False]),
        (r"3 - 5 = \boxed{-2}", [True]),
        (r"3 - 5 = $\boxed{-2}$", [True]),
        (r"2 \cdot \boxed{3} = 6", [True]),
        (r"2 + \boxed{3} = 6", [False]),
        (r"6 \boxed{+} 3 = 9", [True]),
        (r"12 \boxed{-} 5 = 8", [False]),
        (r"5 + 3 \boxed{= 9}", [False]),
        (r"$5 + 3$ $\boxed{= 9}$", [False]),
        (r"4\boxed{7} + 2 = 49", []),
        (r"2 + \frac{1}{2} = 2\boxed{\frac{1}{2}}", [True]),
    ],
)
def test_an_answer_behind_its_number_says_it_again(text: str, verdict: list[bool]) -> None:
    assert verdicts(text) == verdict


@pytest.mark.parametrize("text", TRUE)
def test_what_holds_is_true(text: str) -> None:
    assert verdicts(text)
    assert set(verdicts(text)) == {True}


@pytest.mark.parametrize("text", FALSE)
def test_what_does_not_hold_is_false(text: str) -> None:
    assert False in verdicts(text)


@pytest.mark.parametrize("text", OPEN)
def test_what_the_words_around_may_change_is_left_open(text: str) -> None:
    assert False not in verdicts(text)
    assert True not in verdicts(text)


@pytest.mark.parametrize("text", NONE)
def test_what_states_no_arithmetic_is_none(text: str) -> None:
    assert verdicts(text) == []


def test_a_chain_is_compared_link_by_link() -> None:
    assert verdicts("2 * 3 + 4 = 6 + 4 = 11") == [True, False]
    assert verdicts("We have\n2 * 3 + 4\n= 6 + 4\n= 10") == [True, True]


def test_a_chain_may_go_on_in_another_unit() -> None:
    assert verdicts("3 + 2 = 5 feet = 5 * 12 = 60 inches") == [True, None, True]
    assert verdicts("6 * 15 = 90 minutes = 90/60 = 1.5 hours") == [True, None, True]
    assert verdicts("3 + 2 = 5 = 5 * 12 = 60") == [True, False, True]


def test_a_text_says_what_is_false_as_it_stands() -> None:
    (one,) = equalities("First, 27*6 = 196 pens.")
    assert one.text == "27 * 6 = 196"


def test_a_column_is_counted() -> None:
    found = recompute(pl.Series(["3 + 4 = 7 and 1 + 1 = 3", "no sums", None]))
    assert found.dtype == RECOMPUTED
    assert found.to_list() == [
        {"num_equalities": 2, "false_equalities": ["1 + 1 = 3"]},
        {"num_equalities": 0, "false_equalities": []},
        None,
    ]


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.sampled_from("+-*"), st.integers(-3, 3))
def test_sums_of_python_are_right_and_others_wrong(a: int, b: int, sign: str, slip: int) -> None:
    right = {"+": a + b, "-": a - b, "*": a * b}[sign]
    assert verdicts(f"So {a} {sign} {b} = {right + slip} things.") == [slip == 0]


@given(st.text(alphabet="0123456789+-*/=()$%.,! \n\\{}^xab&|<>:", max_size=80))
def test_any_text_is_read_or_left(text: str) -> None:
    for one in equalities(text):
        assert one.text


PROGRAM = "```python\nprint(2021 * 2022)\n```\n"


@pytest.mark.parametrize(
    ("text", "false"),
    [
        (f"{PROGRAM}```output\n408846\n```\nSo it is 408846.", ["408846"]),
        (f"{PROGRAM}\n```\n4086462\n```", ["4086462"]),
        (f"{PROGRAM}```output\n1\n```\nThen {PROGRAM}```output\n2\n3\n```", ["1", "2 3"]),
        (f"{PROGRAM}It prints a number, which is 4086462.", []),
        ("```output\n5\n```", []),
        (f"{PROGRAM}```output\nnever closed", []),
    ],
)
def test_outputs_of_programs_that_nobody_ran_are_no_evidence(text: str, false: list[str]):
    found = recompute(pl.Series([text]))[0]
    assert found["false_equalities"] == [f"program that nobody ran = {output}" for output in false]
    assert found["num_equalities"] >= len(false)
