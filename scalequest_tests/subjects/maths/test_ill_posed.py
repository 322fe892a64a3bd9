"""Questions without one definite answer, told by their words: plain cases go, doubtful ones stay."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scalequest_assets.subjects.maths import families, ill_posed
from scalequest_tests.real_data import questions_or_skip

GOOD = "Tom has 3 apples and buys 5 more. How many apples does he have?"


def found(text):
    rows = pl.DataFrame({"query": [text]}, schema={"query": pl.String}).select(**ill_posed.RULES)
    return [name for name, holds in rows.row(0, named=True).items() if holds]


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        "Ann thinks of a number. She doubles it, and the answer is 12. What is her number?",
        "The answer is 12. What could the question be?",
        "Find the general solution: $4 y'' - y = 0$.",
        'How many times must the teacher ask, "Who is there?" if each of 3 pupils answers twice?',
        "What number stands for the mark in ? + 3 = 5?",
        "How many digits has 2^10? Explain why.",
        "Is 7 a prime? Why or why not?",
        "Which is larger: (A) $2^3$ or (B) $3^2$?",
        "A graph has 5 vertices. How many edges has the graph at most?",
        "Find the distance between the origin and the graph of $y = x^2 - 9$.",
        "A picture is 8 inches wide and hangs on the wall above a table. How wide is its frame?",
        "The table below shows the rides.\nMonday | 3\nTuesday | 5\nHow many rides are there?",
        "The chart below has three bars: 3, 5 and 7. What is their sum?",
        "What is the area of the triangle shown below?\n[asy]\ndraw((0,0)--(3,0)--(0,4)--cycle);\n[/asy]",
        "As shown, it is small. \\begin{tikzpicture}\\draw (0,0) circle (2);\\end{tikzpicture} Find its area.",
        "Jane wants to exercise 1 hour on each of 5 days. How many hours is that?",
        "Chapter 3 of a book has 12 pages and chapter 4 has 20. How many pages is that?",
        "The last problem of a test is worth 5 points, each of 9 others 3. How many points is that?",
        "For parts (a) and (b) of a test: (a) has 3 items and (b) has 4 items. How many items is that?",
        "He buys 3 apples. He buys 5 apples. How many apples has he bought?",
        "There are 7 trucks that have 20 boxes. There are 5 trucks that have 12 boxes. How many boxes are there?",
        "Ann has 3 pens. Ben has 4 pens. How many pens are there?",
        "Ann buys 3 pens. Ann buys 3 pens. How many pens does she buy?",
        "Ann has 3 pens. Tom has 3 pens. How many pens are there?",
        "A pen costs $3 and Tom buys 5. Ann has $20. What does Tom pay?",
        "Tom has 5 pens. His sister has 3. How many pens does Ann have?",
        "A box holds 5 pens. Tom fills 3 boxes. How much does he get if 4 boxes belong to Ann?",
        "Tom has 5 pens. A pen costs $2. How many dollars does Ann pay for 3 pens?",
        "Tom has 5 pens, TOM buys 2. How many pens does Tom have?",
        "There are 5 pens in a box. How many pens does Ann have?",
        "Tom has 5 pens. He gives 2 away. How many pens does Ann have now?",
        "Ann buys a hat. The price is $20. Ann buys a shirt. The price is $20. How much does Ann pay?",
        "Ann rolls a die twice. It is 4. It is 4. What is the sum of both?",
        "Ann throws twice. Ann has 3 points. She starts again. Ann has 3 points. How many points has Ann in both?",
        "Members get 10% off. A ticket costs $20. How much does Ann pay as a member?",
        "Nobody gets more than 5 points. How many points can Ann get at most?",
        "Cows give 20 liters of milk a day. How many liters will Bessie give in a week?",
        "Someone bought a shirt at half its price and paid $10. How much does Ann pay at full price?",
        "Tom baked 24 pies. Four people share the pies. How many pies does Ann get?",
        "Tom walks his dog 3 miles a day. How far does Rex walk in a week?",
        "Tom walks 3 miles an hour, for 2 hours. How far away is Springfield by foot?",
        "It has 5 rooms of 3 beds. How many beds does Ann make?",
        "Lunch was $20, shared equally by four. How much does Ann pay?",
        "Tom runs 5 miles. What time is Easter?",
        "Ann has 3 pens while Ben has 4 more pens than Ann. How many pens has Ben?",
        "Tim is as old as Ann and has 4 fewer pens than Ann. How many is that less?",
        "Ann has 3 pens and Tom has 4. How many pens do Ann and Tom have together?",
        "How many pens do Ann and Tom have together? Tom has 4 pens, Ann has 3.",
        "Each child has 3 pens. How many pens do Ann and Tom have together?",
        "Each child gets 3 pens. Tom gets 2 more than that. How many pens do Ann and Tom get together?",
        "Five friends each eat 2 slices, but Ann eats 3. How many slices do Ann and Tom eat in total?",
        "Ann and her brother have 4 pens each. How many pens do Ann and Tom have together?",
        "Ann has 4 pens. Her mom has 5 pens. How many pens do Ann and Mom have together?",
        "TOM has 5 pens. Ann has 3. How many pens do Ann and Tom have together?",
        "_Tom_ has 5 pens. Ann has 3. How many pens do Ann and Tom have together?",
        "Ann has 3 pens. Tom's box holds 4 pens. How many pens do Ann and Tom have together?",
        "Ann has 3 pens, and he has 4. How many pens do Ann and Tom have together?",
        "If x is five then what is the value of $6x + 6$?",
        "Let $x = 5$. What is the value of $6x + 6$?",
        "What is the value of $6x - 6x + 2$?",
        r"What is the value of $2\pi + 1$?",
        "What is the value of $2i^2$?",
        "Evaluate $(7 + 4m) - (5m + 1)$.",
        "What is the minimum value of $x^2 + 5$?",
        "Find the least possible value of $(x - 1)^2 + 5$.",
        "What is the value of $12 x 5$?",
        "What is the value of $x^0 + 3$?",
        "What is the value of $0x + 3$?",
        "Can you find two even numbers in a row whose product is 168? What is the smaller one?",
        "Did you know that a sloth crawls 4 meters a minute? How far does it crawl in an hour?",
        "On a map 1 cm stands for 20 km. If the distance shown on the map is 4 cm, how far is it?",
        "A triangle is drawn on the grid with corners (0,0), (6,0) and (0,2). What is its area?",
        r"Solve $x^2 = 2x + 1$ for the larger $x$. The answer is to be written as $a + \sqrt{b}$.",
        "Find the mean of 4, 6 and 11. The answer is a whole number.",
        "Leo solves each exercise from problem 3 to problem 17. How many does he solve?",
        "In question 4 of a quiz 30% of 50 pupils were right. How many pupils were wrong?",
        "Sam buys a cap. It costs $12. He buys a scarf, too. It costs $15. How much does he pay?",
        "There are two boxes. One contains 4 balls. One contains 9 balls. How many balls are there?",
        "",
        None,
    ],
)
def test_what_may_have_an_answer_stays(text):
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (GOOD + " The answer is 8.", "leaked_answer"),
        (GOOD + " So, the final answer is $8$ apples", "leaked_answer"),
        (GOOD + "\n#### 8", "leaked_answer"),
        (GOOD + "\n\n**Solution:** He has 3 + 5 of them.", "leaked_answer"),
        (GOOD + " Answer: 8", "leaked_answer"),
        (GOOD + r" $\boxed{8}$", "leaked_answer"),
        (GOOD + " How many are left if he eats two?", "asks_several"),
        ("Let $f(x) = x^2$. (a) Find $f(3)$. (b) Determine $f(-1)$.", "asks_several"),
        ("Take 7 and 9.\n1. What is their sum?\n2. What is their product?", "asks_several"),
        ("As shown in the figure, a circle touches a square. What is its radius?", "undefined_figure"),
        ("In the diagram, $AB = 5$. What is $BC$?", "undefined_figure"),
        ("What is the area of the shaded region in the figure shown below?", "undefined_figure"),
        ("How many rides are shown in the table below?", "undefined_figure"),
        ("Use the accompanying diagram to find $x$.", "undefined_figure"),
        ("The picture to the right. What is the area of it?", "undefined_figure"),
        ("Find the mean of 4, 6 and 11. The answer is a 7.", "leaked_answer"),
        ("Find the mean of 4, 6 and 11. The answer is a whole number, 7.", "leaked_answer"),
        ("Find the mean of 4, 6 and 11. The answer is 7. The answer is an integer.", "leaked_answer"),
        ("Can you find the area of a circle of radius 3? What is its perimeter?", "asks_several"),
        ("Do you know how many primes are below 10? What is their sum?", "asks_several"),
        ("From Problem 4 on page 12, what is the value of $x$?", "missing_text"),
        ("In Exercise 5 of the last chapter x was 4. What is $2x$?", "missing_text"),
        ("Tom buys a cap. It costs $12. It costs $15. How much does he pay?", "contradiction"),
        ("How far is it between the towns shown on the map?", "undefined_figure"),
        ("What is the perimeter of the polygon drawn on the grid?", "undefined_figure"),
        ("How many dots are shown on the chart?", "undefined_figure"),
        ("How far is it, as drawn on the map below?", "undefined_figure"),
        ("Do the same as in problem 5 for $n = 3$. What comes out?", "missing_text"),
        ("Did you know that Ann has 3 pens? How many has Tom? How many has Ann?", "asks_several"),
        ("Using the result of the previous problem, find $x$.", "missing_text"),
        ("How old is the man in the passage above?", "missing_text"),
        ("Repeat Exercise 12 for $n = 5$.", "missing_text"),
        ("Use Equation 6.5 to find the mass after 3 years.", "missing_text"),
        ("Using your answer to part (a), find the slope.", "missing_text"),
        ("There are 6 bags. There are 7 bags. 3 of them are empty. How many bags are there?", "contradiction"),
        ("A pen costs $2. Ann buys 3. A pen costs $1,000.50. What does she pay?", "contradiction"),
        ("Ann has 7 pens. Ann has 4 pens more than Ann. How many pens has Ann?", "self_comparison"),
        ("There are 7 bags. There are 7 bags. 4 of them are sold. How many bags are left?", "repeated_statement"),
        ("Ann has 3 pens! Ann has 3 pens. She buys 2. How many pens has she?", "repeated_statement"),
        ("Tom has 5 pens. Tom gives 2 away. How many pens does Ann have now?", "unknown_person"),
        ("Ann is 9 years old. How old will Tom be in a year?", "unknown_person"),
        ("A pen costs $3. Ann buys 5 pens. How much does Tom pay?", "unknown_person"),
        ("Ann is 9 years old. How old is Tom?", "unknown_person"),
        ("Ann picks 5 plums. Ann eats 2 plums. How many plums does Tom have?", "unknown_person"),
        ("Ann is 3 years older than Ann; how old is she?", "self_comparison"),
        ("Ann has 4 pens. How many pens do Ann and Ann have together?", "self_comparison"),
        ("What is the value of $6x + 6$?", "unbound_letter"),
        ("What is the value of $10x + 0.5$?", "unbound_letter"),
        (r"Find the value of $\frac{n}{2} \cdot 3$.", "unbound_letter"),
        ("Ann has 4 pens. How many pens do Tom and Ann have together?", "unknown_partner"),
        ("Ann wins 4 rounds! Then how many points did Ann and Tom get in this game in all?", "unknown_partner"),
        ("A player gets 2 points a round. Ann wins 4. How many points do Tom and Ann get in all?", "unknown_partner"),
        ("A player gets 2 points a round. Ann wins 4 rounds. How many points does Tom have?", "unknown_person"),
        ("One gets 2 pens for each round. Ann wins 4. How many pens do Tom and Ann have together?", "unknown_partner"),
    ],
)
def test_plain_cases_have_a_reason(text, reason):
    assert found(text) == [reason]


@pytest.mark.parametrize(
    "part",
    [
        "?",
        "is ?",
        "(a)",
        "answer is ",
        "\\boxed",
        "| ",
        "[asy",
        "figure ",
        "\x00\n",
        "$? how ",
        "Ann has more than ",
        "is 1. ",
        ". How do Ann and Tom have ",
        ". How does Ann ",
        "Ann has ",
        "value of $6x",
    ],
)
def test_long_and_hostile_texts_take_no_time(part):
    rows = pl.DataFrame({"query": [part * (60_000 // len(part)), None]})
    assert rows.select(**ill_posed.RULES).height == 2


@settings(deadline=None)
@given(st.lists(st.one_of(st.none(), st.text(max_size=80)), max_size=5))
def test_any_text_has_an_outcome(texts):
    rows = pl.DataFrame({"query": texts}, schema={"query": pl.String}).select(**ill_posed.RULES)
    assert rows.height == len(texts)
    assert set(rows.dtypes) == {pl.Boolean()}


def test_our_own_families_are_well_posed():
    styles = ("first_stories", "first_formulas", "grade_school", "competition")
    queries = [p.query for style in styles for p in families.generate(style, 300, seed=11)]
    assert not pl.DataFrame({"query": queries}).select(pl.any_horizontal(*ill_posed.RULES.values())).to_series().any()


@pytest.mark.parametrize(
    ("name", "most"),
    [("gsm8k/train", 0.0005), ("gsm8k/test", 0.001), ("math500/test", 0.005), ("college_math/test", 0.02)],
)
def test_real_questions_stay(name, most):
    queries = questions_or_skip(name)
    dropped = pl.DataFrame({"query": queries}).select(pl.any_horizontal(*ill_posed.RULES.values())).to_series()
    assert (dropped.mean() or 0) <= most
