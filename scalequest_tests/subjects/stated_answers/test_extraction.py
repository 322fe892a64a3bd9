"""Final answers, found in solutions."""

import re
from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalequest_assets.subjects.stated_answers import extraction
from scalequest_assets.subjects.stated_answers.phrases import PHRASES


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (r"so \boxed{\frac{1}{2}}.", r"\frac{1}{2}"),
        (r"\boxed{3} and then \boxed{4}", "4"),
        (r"\boxed{3} and \boxed{4", "3"),
        (r"put it in \boxed{}: #### 5", "5"),
        ("So it is $\\boxed{12}$.\n\nThe answer is reasonable.", "12"),
        ("So it is $\\boxed{12}$.\n\nThe answer is positive, as expected.", "12"),
        ("#### 12\n\nThe final answer is verified.", "12"),
        ("\\boxed{12}\n\nThe answer is 3 times the number of before.", "12"),
        ("\\boxed{12}\n\nNo, the answer is 13 apples.", "13 apples"),
        ("The answer is yes.", "yes"),
        ("\\boxed{12} The answer is 100% correct.", "12"),
        ("\\boxed{12} The answer is 2 digits long.", "12"),
        (r"$\boxed{\text{The answer is } 5}$", r"\text{The answer is } 5"),
        ("**Answer:** The trains meet at 4:15 PM.", "4:15 PM"),
        ("**Answer:** She needs 3 1/2 cups of milk.", "3 1/2"),
        ("**Answer:** The walk takes 2 hours and 40 minutes.", "2 hours and 40 minutes"),
        ("**Answer:** It is between 2 and 40.", "It is between 2 and 40"),
        (r"\boxed 5.", "5"),
        (r"\boxed{\left\{1,2\right.}", r"\left\{1,2\right."),
        ("72 clips\n#### 1,200", "1,200"),
        ("The answer is: 42.", "42"),
        ("as desired.The answer is: 5", "5"),
        ("the answer is $3.50. Thanks", "$3.50"),
        ("The final answer is\n\n$$42$$", "42"),
        ("The answer is 1. No: the answer is **2**.", "2"),
        ("#### Step 2\nThe answer is 7.", "7"),
        ("<answer>The answer is 42.</answer>", "42"),
        ("The correct choice is **(D)** 12", "(D) 12"),
        ("The answer is 2**3", "2**3"),
        ("The final answer is:\n\n1. 5\n2. 7\n", "5, 7"),
        ("The final answer is:\n\n3. So it is.", "3"),
        ("Final answer → 7", "7"),
        ("The final answer is 7 🎉", "7"),
        (r"The answer is $\sqrt{2}$, i.e. about 1.41.", r"$\sqrt{2}$"),
        ("The answer is 2/3, or approximately 0.67.", "2/3"),
        ("The answer is 5 ft. 6 in.", "5 ft. 6 in"),
        ("####", None),
        ("I do not know", None),
        ("", None),
        (None, None),
    ],
)
def test_extract(text, answer):
    assert extraction.extract(text) == answer


@given(st.text())
def test_never_raises(text):
    extraction.extract(text)


def test_series_keep_order_and_nulls():
    assert extraction.extract_all(pl.Series(["#### 3", None])).to_list() == ["3", None]


WORKED = "There are 4 boxes of 18, so 4 * 18 = 72, plus one: 73."
DRESS = [
    "The answer is 73.",
    "So the answer is $\\boxed{73}$.",
    "**Final Answer: 73**",
    "**Answer:** 73",
    "### Final Answer\n\n73",
    "## Answer\n$$73$$",
    "The answer is:\n\n\\[\n73\n\\]",
    "Final Answer: The final answer is $73$. I hope it is correct.",
    "<answer>73</answer>",
    '{"reasoning": "72 + 1", "answer": 73}',
    "#### 73",
    "#### 73\n\nQuestion: another one\n#### 3",
    "The answer is 73.\n\nLet me know if the answer is unclear!",
    "\\boxed{73} (I used \\boxed as you asked)",
    "\\boxed{73}<|im_end|>",
    "<think>Or \\boxed{7}? No.</think>The answer is 73.",
    "7 or so? No.</think>The answer is 73.",
    "My final answer is **73**.",
]


@pytest.mark.parametrize("dress", DRESS)
def test_an_answer_is_found_in_any_dress(dress):
    found = extraction.extract(f"{WORKED}\n\n{dress}" if "think>" not in dress else dress)
    assert found is not None
    assert found.strip("$") == "73"


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (r"Hence the roots are $\boxed{3}$ and $\boxed{5}$.", "3, 5"),
        (r"First $\boxed{3}$. Then, with that, we go on for long and find another value. $\boxed{5}$", "5"),
        ("The answer is $5! = 120$.", "$5! = 120$"),
        ("The answer is 5!", "5"),
        ("The answer is (3, 4].", "(3, 4]"),
        ("The answer is 3.5 meters.", "3.5 meters"),
        (r"The answer is \boxed{}", None),
        ("<think>The answer is 7", None),
        ("Is the answer clear?", None),
    ],
)
def test_what_belongs_to_an_answer(text, answer):
    assert extraction.extract(text) == answer


@given(
    st.lists(
        st.sampled_from([*DRESS, "<think>", "</think>", "\n", "Problem:", "$", "\\boxed{", "}", "is", "."]), max_size=8
    )
)
def test_an_answer_is_never_empty(pieces):
    found = extraction.extract("".join(pieces))
    assert found is None or found.strip()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1. Add.\n2. **Answer**: 12", "12"),
        ("1) Answer: 5", "5"),
        ("∴ Answer: 12", "12"),
        ("🎯 Answer: 12", "12"),
        (r"\textbf{Answer: } $12$", "$12$"),
        ("Answer is 12.", "12"),
        ("The correct option is (D).", "(D)"),
        ("The correct choice is B.", "B"),
        ("The answer is as follows:\n\n12", "12"),
        ("The final answer, in dollars, is the following:\n\n$$x = 3$$", "x = 3"),
        ("The answers are as follows:\n\n- x = 1\n- x = 2", "x = 1, x = 2"),
        ("The answer is x = 2; y = 3.", "x = 2; y = 3"),
        ("Final Answer: (a) 3; (b) 5", "(a) 3; (b) 5"),
        ("The answer is 5; this is prime.", "5"),
        ("The answer is 5; I am sure.", "5"),
    ],
)
def test_answers_in_lists_and_behind_an_announcement(text, expected):
    assert extraction.extract(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("**Final Answer:** The bakery sold **36** loaves in 3 days.", "36"),
        ("**Answer:** After 2 weeks, Tom has **$45** left.", "$45"),
        ("**Answer:** **36** loaves of bread were sold by the bakery in 3 days.", "36"),
        ("**Answer:** **Tom** has **5 apples** after 3 days.", "5 apples"),
        ("**Answer:** Of 40 pupils **12** walk, so **12** it was.", "12"),
        ("**Answer:** The numbers are **4 and 6**.", "4 and 6"),
        ("**Answer:** **36** loaves", "36 loaves"),
        ("**Answer:** She needs **3** cups of flour and **2** eggs.", "She needs 3 cups of flour and 2 eggs"),
        ("**Answer:** It costs **3** or 4 euros.", "It costs 3 or 4 euros"),
        ("**Answer:** She needs at least **5** days for 3 walls.", "She needs at least 5 days for 3 walls"),
        ("**Answer:** It lies between **2** and 40.", "It lies between 2 and 40"),
        ("**Answer:** Tom has 5 apples **left** after 3 days.", "Tom has 5 apples left after 3 days"),
        ("**Answer:** In step **2:** it took 5 days to sell 3.", "In step 2: it took 5 days to sell 3"),
        ("**Answer: The bakery sold 36 loaves in 3 days.**", "The bakery sold 36 loaves in 3 days"),
    ],
)
def test_the_only_number_in_bold_is_what_a_sentence_is_about(text, expected):
    assert extraction.extract(text) == expected


def test_bounds_of_a_number_in_bold_are_those_of_the_language():
    german = PHRASES["de"]
    assert extraction.extract("**Antwort:** Anna hat noch **12** Äpfel nach 3 Tagen.", german) == "12"
    least = "Anna hat mindestens 12 Äpfel nach 3 Tagen"
    assert extraction.extract("**Antwort:** Anna hat mindestens **12** Äpfel nach 3 Tagen.", german) == least


_SAID = (
    *("The ", "answer", "ANSWER", "Ans", "an\u017fwers", "means", " is ", ": ", "correct ", "option", "Choice", "# "),
    *("Die ", "Antwort", "L\u00f6sung", "ergebnis", " ist ", "La ", "respuesta", "\u017foluci\u00f3n", " es "),
    *("5", "\n", ". ", "(", "\u00e9", "\\text{", "**"),
)


@given(st.lists(st.sampled_from(_SAID), max_size=10), st.sampled_from(sorted(PHRASES)))
def test_no_line_with_a_phrase_is_passed_over(pieces, language):
    text, phrases = "".join(pieces), PHRASES[language]
    assert extraction.extract(text, phrases) == extraction.extract(text, replace(phrases, word=re.compile("")))
