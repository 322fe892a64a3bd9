import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalequest_assets.subjects.maths.gold import stated
from scalequest_tests.real_data import records_or_skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("72", "72"),
        (" 72 \n", "72"),
        ("So she has 5.\n#### 5", "5"),
        (r"Hence \boxed{\frac{1}{2}}.", r"\frac{1}{2}"),
        ("The answer is 5.", "5"),
        ("no solution", "no solution"),
        ("infinitely many solutions", "infinitely many solutions"),
        ("concave up when $x<0$, concave down when $x>0$", "concave up when $x<0$, concave down when $x>0$"),
        (r"\text{Evelyn}", r"\text{Evelyn}"),
        ("x = 2 or x = -2", "x = 2 or x = -2"),
        ("undefined", "undefined"),
        (r"\emptyset", r"\emptyset"),
        ("∅", "∅"),
        ("∞", "∞"),
        ("{}", "{}"),
        (r"\{\}", r"\{\}"),
        ("()", "()"),
        ("n - a", "n - a"),
        ("proofs: 3", "proofs: 3"),
        ("3 p.m.", "3 p.m."),
        ("0", "0"),
        ("prove", "prove"),
        ("Seen", "Seen"),
    ],
)
def test_what_can_be_compared_is_a_gold_answer(text, expected):
    assert stated(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        *(
            "proof",
            "Proof.",
            "notfound",
            "See solution.",
            "see the figure above",
            "TBD",
            "To be determined",
            "Answers may vary",
            "Answers will vary.",
            "Q.E.D.",
            r"\blacksquare",
            "Prove that x = y.",
            "not found",
            "NotFound",
            "NaN",
            "nan",
            "N/A",
            "n/a",
            "None",
            "null",
            "unknown",
        ),
        *("", "  ", "-", "--", "—", "?", "...", "…", "\\text{proof}", "$\\text{None}$", "[None]", '"NaN"', "**N/A**"),
        *("#### NaN", r"The proof follows. \boxed{\text{proof}}", "Not available", "no answer"),
        "The limit does not exist since both sides differ.",
        "5000 pens should be produced for a cost of $\\$ 200$.",
        "It grows without bound as the number of steps gets larger and larger",
        "Both of them are right!",
        "We add the two numbers.\nThen we divide by the number of days in a week and round down",
        "1" * 301,
    ],
)
def test_markers_and_sentences_are_none(text):
    assert stated(text) is None


@given(st.text(max_size=400))
def test_any_text_is_read(text):
    assert stated(text) is None or stated(text).strip()


@pytest.mark.parametrize("name", ["gsm8k/test", "math500/test"])
def test_no_gold_answer_of_a_benchmark_is_lost(name):
    assert [row["answer"] for row in records_or_skip(name) if stated(row["answer"]) is None] == []
