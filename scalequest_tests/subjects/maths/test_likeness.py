# ruff: noqa: RUF001  (signs that look like letters)
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scalequest_assets.subjects.maths.names import are_renamed
from scalequest_assets.subjects.maths.problem_marks import marks, tokens
from scalequest_assets.subjects.maths.subject import SUBJECT

GIVES = "Tom gives Ann 6 of his 20 marbles, and Ann had 5 before. How many marbles does Tom have in the end?"


def are_one(one, other):
    both = SUBJECT.likeness.are_one(np.array([0, 1]), np.array([1, 0]), pl.Series([one, other], dtype=pl.String))
    assert both[0] == both[1]
    return bool(both[0])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Evaluate $2(3+4)$.", "Evaluate $2(3)+4$."),
        ("Compute $(-3)^2$.", "Compute $-3^2$."),
        ("How many integers lie in $[2,9]$?", "How many integers lie in $(2,9)$?"),
        ("How many integers lie in $[2,9]$?", "How many integers lie in $[2,9)$?"),
        ("What is the value of $5!$?", "What is the value of $5$?"),
        ("What is $5!!$?", "What is $5!$?"),
        ("Find $f'(2)$ if $f(x)=x^3$.", "Find $f(2)$ if $f(x)=x^3$."),
        ("Solve $x y''+y'=0$.", "Solve $x y'+y''=0$."),
        ("Find $2^{3^2}$.", "Find ${2^3}^2$."),
        ("Find $x^{2n}$.", "Find $x^2n$."),
        (r"Find $\vec{a}\times\vec{b}$.", r"Find $\vec{a}\cdot\vec{b}$."),
        (r"Find $\mathbf u \times \mathbf v$.", r"Find $\mathbf u \cdot \mathbf v$."),
        (r"Find $A \cup B$.", r"Find $A \cap B$."),
        ("Find A ∪ B.", r"Find $A \cap B$."),
        ("Find $f(g(2))$.", "Find $g(f(2))$."),
        ("Find $5x+3$.", "Find $5+3x$."),
        ("Find $-(a+b)$.", "Find $(-a+b)$."),
        ("Find $|3-5|$.", "Find $3-5$."),
        ("Mix it 2:3 with water.", "Mix it 2 3 with water."),
        (r"Find $\begin{vmatrix}1&2\\3&4\end{vmatrix}$", r"Find $\begin{pmatrix}1&2\\3&4\end{pmatrix}$"),
        (r"Find \frac{1}{23}", r"Find \frac{12}{3}"),
        ("Find the interior angles.", "Find the exterior angles."),
        ("at 6% simple interest", "at 6% compound interest"),
        ("Find the derivative of x.", "Find the integral of x."),
        ("Today is Monday. Which day is in 9 days?", "Today is Friday. Which day is in 9 days?"),
        (GIVES, GIVES.replace("does Tom", "does Ann")),
        (GIVES, GIVES.replace("does Tom", "does he").replace("his", "her")),
        (GIVES, GIVES.replace("Tom", "Bob").replace("does Bob", "does Ann")),
        ("Use the Euler method. It has 3 steps.", "Use the Newton method. It has 3 steps."),
        ("By Euler's method, he is at 3.", "By Newton's method, he is at 3."),
        ("How many letters has Tom, he asks Tom?", "How many letters has Timo, he asks Timo?"),
        ("He buys 3 for $5 each.", "He buys 3 for $5."),
        ("He buys 5 and sells 3.", "He sells 5 and buys 3."),
        ("Find all positive x.", "Find all x."),
        ("How many did he have?", "How many will he have?"),
        ("How many does he have?", "How many did he have?"),
        ("🍎+🍎=4", "🍎+🍌=4"),
        ("⊕ 3", "⊗ 3"),
        ("٣", "٤"),
        ("total - 5", "total 5"),
    ],
)
def test_another_problem(one, other):
    assert not are_one(one, other)
    assert not SUBJECT.rewrites.are_same(pl.Series([one]), pl.Series([other]))[0]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (r"Find $\frac12$.", r"Find $\dfrac{1}{2}$."),
        (r"Find $\frac{1}{2}$.", "Find 1/2."),
        (r"Is $\left(3,4\right]$ closed?", "Is (3,4] closed?"),
        (r"\(x^{2}\) is 4", "x² is 4"),
        (r"$f^{\prime}(2)$", "f'(2)"),
        (r"$f^\prime(2)$", "f'(2)"),
        (r"$90^{\circ}$", "90°"),
        ("90 degrees", "90°"),
        (r"5\%", "5 percent"),
        (r"$A\cup B$", "A∪B"),
        (r"$3\times4\leq 12$", "3 × 4 ≤ 12"),
        (r"$5 \text{ square cm}$", "5 square cm"),
        ("**Problem 3.** Find the 2.", "Find the 2."),
        ("a well-known 5-year-old boy - what **bold** claim", "well known 5 year old boy what bold claim"),
        ("Tom’s dog won!", "Tom's dog won."),
        ("He earns 3 daily.", "He earned 3 each day."),
        ("How many has he in total?", "How many has he?"),
        ("What is the value of x?", "Find x."),
        ("He buys twenty-five.", "He bought 25."),
        (GIVES, GIVES.replace("Tom", "Bob").replace("Ann", "Eve")),
        (GIVES, GIVES.replace("Tom", "Ida").replace("Ann", "Max").replace("his", "her")),
        (None, ""),
    ],
)
def test_the_same_problem(one, other):
    assert are_one(one, other)


PARTS = (
    *(
        "Tom",
        "Mary",
        "he",
        "she",
        "has",
        "buys",
        "buy",
        "the",
        "a",
        "apples",
        "marbles",
        "Monday",
        "how many",
        "letters",
    ),
    *("twenty", "five", "-five", "hundred", "seventeen", "non", "non-zero", "Problem 3.", "question", "in", "total"),
    *(
        "5",
        "3.5",
        "1,000",
        "$5$",
        "1/2",
        "2:3",
        ":",
        "!",
        "x",
        "x/2",
        "f'(2)",
        "Tom's",
        "**",
        "- dog",
        "dog -",
        "daily",
    ),
    *(r"\frac", r"\frac{1}{2}", r"\text{ square big }", r"\hspace{5 cm wide", "{", "}", r"\times", r"\vec{a}", "x^{2}"),
    *("é", "½", "\u200b", "\u0301", "°", "İ"),
)
SPACES = st.sampled_from([" ", " ", " ", "", "  ", "\n", ". ", "-"])


@settings(deadline=None, max_examples=200)
@given(st.data(), st.lists(st.tuples(st.sampled_from(PARTS), SPACES), min_size=1, max_size=12))
def test_pairs_are_told_apart_by_an_excerpt_as_by_their_tokens(data, parts):
    at = data.draw(st.integers(0, len(parts) - 1))
    new = data.draw(st.lists(st.tuples(st.sampled_from(PARTS), SPACES), max_size=2))
    texts = ["".join(map("".join, told)) for told in (parts, [*parts[:at], *new, *parts[at + 1 :]])]
    one, other = tokens(pl.Series(texts)).to_list()
    are_words = all(
        len(word) > 1 and word[:2].isalpha() for a, b in zip(one, other, strict=False) if a != b for word in (a, b)
    )
    expected = one == other or (are_words and are_renamed(one, other, (texts[0], texts[1])))
    assert are_one(*texts) == expected


@settings(deadline=None)  # the first call compiles a kernel
@given(st.lists(st.one_of(st.none(), st.text(max_size=30), st.text("ab'!- *()fA.1:$\\{}^/", max_size=30)), max_size=5))
def test_any_text_is_read_by_itself(texts):
    series = pl.Series(texts, dtype=pl.String)
    found = tokens(series)
    assert found.dtype == pl.List(pl.String)
    assert found.to_list() == [tokens(pl.Series([text], dtype=pl.String)).to_list()[0] for text in texts]
    rows = np.arange(len(texts))
    assert SUBJECT.likeness.are_one(rows, rows, series).all()
    assert marks(series).null_count() == 0
