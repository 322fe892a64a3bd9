# ruff: noqa: RUF001  (signs that look like letters)
import random
import re
from itertools import pairwise
from typing import ClassVar

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scalequest_assets.recipe.contamination import ContaminationIndex
from scalequest_assets.recipe.settings import Overlap
from scalequest_assets.recipe.token_runs import split_tokens
from scalequest_assets.subjects.code.likeness import CodeLikeness
from scalequest_tests.maths import contaminated, index_of
from scalequest_tests.real_data import questions_or_skip

LONG = (
    "A gardener plants 12 rows of tulips with 7 bulbs in each row and then sells 15 of the flowers at the market. "
    "How many flowers are left in the garden after that sunny afternoon?"
)
SHORT = "Evaluate the sum 2 + 2"


def benchmarks(*texts):
    ids = [f"bench/{row:06d}" for row in range(len(texts))]
    return pl.DataFrame({"query_id": ids, "query": texts}, schema={"query_id": pl.String, "query": pl.String})


def match(text, *texts, **changes):
    return index_of(benchmarks(*texts), settings=Overlap(**changes)).match(pl.Series([text], dtype=pl.String)).row(0)


def words(text):
    return text.split()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (LONG, True),
        (LONG.upper().replace(" ", "\n"), True),
        ("Once " + " ".join(words(LONG)[5:18]) + " and nothing more", True),
        ("Once " + " ".join(words(LONG)[5:17]) + " and nothing more", False),
        (" ".join(words(LONG)[:24]), True),
        (LONG.replace("12", "31").replace("7", "88").replace("15", "five"), True),
        ("How many flowers are left in the garden?", False),
        ("", False),
        (None, False),
        ("🙂\x00\u202e", False),
    ],
)
def test_long_benchmark(text, expected):
    assert match(text, LONG)[0] is expected


@pytest.mark.parametrize("heading", ["**Problem:** ", "Question 3. ", "### Exercise 12:\n"])
def test_a_heading_is_no_part_of_a_short_question(heading):
    assert match(heading + SHORT, SHORT)[0]
    assert match(SHORT, heading + SHORT)[0]


def test_evidence():
    assert match(LONG, SHORT, LONG)[1:] == ("bench/000001", 1.0)
    contaminated, matched_id, share = match("He said: " + " ".join(words(LONG)[:9]), LONG)
    assert (contaminated, matched_id) == (False, "bench/000000")
    assert 0 < share < 0.1
    assert match("What is three plus four?", LONG) == (False, None, None)


def test_short_benchmark_counts_only_as_a_whole():
    assert match("evaluate THE sum: 2+2", SHORT) == (True, "bench/000000", 1.0)
    assert match("Evaluate the sum 2 + 3", SHORT)[0] is False
    assert match("Evaluate the sum 2 + 2 + 2", SHORT)[0] is False


TWO_DICE = (
    "Two unfair dice show a sum of 7 with probability 47/288. The probability of face F can be expressed in the form "
    r"$\frac{m}{n}$, where $m$ and $n$ are relatively prime positive integers. Find $m+n$."
)
MARBLES = (
    "A bag holds 5 red and 7 blue marbles, and Lena draws two of them. The probability that both are red can be "
    r"expressed in the form $\frac{m}{n}$, where $m$ and $n$ are relatively prime positive integers. Find $m+n$."
)


@pytest.mark.parametrize(
    ("benchmark", "text"),
    [
        (
            r"Simplify $\frac{\sqrt{18}}{\sqrt{2}} + \frac{3}{4}$.",
            r"Simplify $\dfrac{\sqrt{18}}{\sqrt{2}} + \dfrac{3}{4}$.",
        ),
        (r"What is $(2+3i)(4-i)$?", r"What is $\left(2+3i\right)\left(4-i\right)$?"),
        (r"What is $(2+3i)(4-i)$?", r"WHAT IS \[\bigl( 2 + 3\,i \bigr) (4 - i)\]"),
        (r"Find $\frac12\pi$ of $30^\circ$.", "Find ½π of 30°."),
        (r"Find $x_{1}^{2}$ for $x_1 = 7$.", "find x1² for x1 = 7"),
        (r"Is $\alpha \leq \frac{1}{2}$ if $\alpha=\tfrac{1}{3}$?", "Is α ≤ 1/2 if α = 1/3?"),
    ],
)
def test_dress_hides_no_copy(benchmark, text):
    assert match(text, benchmark)[0]


def test_a_closing_formula_is_no_evidence():
    assert match(MARBLES, TWO_DICE)[0] is False
    assert match("It is late. " + TWO_DICE, TWO_DICE)[0] is True
    assert match(TWO_DICE.replace("7", "9"), TWO_DICE)[0] is True


HUMAN_EVAL = (
    "def has_close_elements(numbers: List[float], threshold: float) -> bool:\n"
    '    """ Check if in given list of numbers, are any two numbers closer to each other than\n'
    "    given threshold.\n    >>> has_close_elements([1.0, 2.8, 3.0], 0.5)\n    False\n"
    '    >>> has_close_elements([1.0, 2.8, 3.0, 4.0, 5.0, 2.0], 0.3)\n    True\n    """\n'
)
DESCRIPTION = "check if in given list of numbers, are any two numbers closer to each other than given threshold"
OTHER_USE = f"Here you {DESCRIPTION}, and return their sum for 3 numbers."


def test_a_description_before_examples_with_numbers_is_evidence():
    def is_copy(text, *texts):
        return ContaminationIndex.build(benchmarks(*texts), CodeLikeness().normalise).match(pl.Series([text]))[0, 0]

    query = f"Write a function `close(numbers: list, threshold: float)`: {DESCRIPTION}."
    assert is_copy(query, HUMAN_EVAL)
    assert is_copy(query, HUMAN_EVAL, MARBLES, HUMAN_EVAL), "the same question twice is one"
    assert not is_copy(query.replace("check if in", "see if of the").replace("than given", "than"), HUMAN_EVAL)
    assert not is_copy(query, HUMAN_EVAL, OTHER_USE), "two questions have it"
    assert not is_copy(query, f"Take 3 numbers and {DESCRIPTION}; then say what you found and where it was, at last")


def test_what_many_benchmark_questions_say_is_no_evidence():
    closing = "Find the remainder when this number of ways is divided by 1000 and write it with 3 digits."
    texts = [f"In how many ways can {n} {name} sit at {n + 2} round tables? {closing}" for n, name in
             enumerate(("guests", "judges", "clowns", "robots"), 11)]  # fmt: skip
    other = f"A ladder has 40 steps and a cat climbs one or two at once. {closing}"
    assert match(other, texts[0])[0] is True
    assert match(other, *texts)[0] is False
    assert match(texts[2], *texts)[:2] == (True, "bench/000002")
    assert match(texts[2], *[texts[2]] * 9)[0] is True


def test_contaminated_names_question_and_benchmark():
    rows = pl.DataFrame({"query_id": ["a", "b"], "query": ["What is three plus four?", LONG]})
    assert contaminated(rows, benchmarks(SHORT, LONG)).rows() == [("b", "bench/000001")]
    assert contaminated(rows, benchmarks()).is_empty()


def test_masked_pass_spares_short_phrases_and_can_be_off():
    phrase = "Find the remainder when 24 to the power 50 is divided by 13."
    assert match(phrase.replace("24", "31").replace("13", "7").replace("50", "8"), phrase)[0] is False
    renumbered = re.sub(r"\d+", "99", LONG)
    assert match(renumbered, LONG, masked=True, max_share=1.0, ngram=30)[0] is True
    assert match(renumbered, LONG, masked=False, max_share=1.0, ngram=30)[0] is False


def test_thirteen_tokens_from_two_benchmarks_are_none():
    other = "we saw a gardener plants 12 rows of tulips with 7 bulbs once more today in town"
    joined = " ".join(words(LONG)[:10]) + " " + " ".join(words(other)[-3:])
    assert match(joined, LONG, other)[0] is False


def test_empty_benchmarks_and_questions():
    index = index_of(benchmarks())
    assert index.match(pl.Series([LONG, None])).rows() == [(False, None, None)] * 2
    index = index_of(benchmarks(LONG, None, "", "🙂"))
    assert index.match(pl.Series([], dtype=pl.String)).height == 0
    assert index.match(pl.Series(["", "🙂"])).rows() == [(False, None, None)] * 2


def test_tie_goes_to_the_first_benchmark():
    assert match(LONG, LONG, LONG)[1] == "bench/000000"


def test_settings_that_cannot_be():
    with pytest.raises(ValueError, match="ngram"):
        Overlap(ngram=7)
    with pytest.raises(ValueError, match="share"):
        Overlap(masked_share=0.0)


class Short(Overlap):
    """Runs of two tokens."""

    cover_ngram: ClassVar[int] = 2
    min_masked_words: ClassVar[int] = 1
    ngram: int = 3


alphabet = st.text("ab 1,.é", max_size=60)


@settings(deadline=None)  # the first call compiles a kernel
@given(st.lists(alphabet, max_size=4), alphabet, st.booleans())
def test_kernel_finds_what_the_sets_find(texts, query, masked):
    index = index_of(benchmarks(*texts), settings=Short(masked=masked))
    for one in index._passes:
        found = one.match(query.encode(), index.settings) is not None
        assert bool(one.table.holders_of_any(pl.Series([query]), 2, masked=one.masked)[0]) == found


@settings(deadline=None)  # the first call compiles a kernel
@given(alphabet)
def test_masked_tokens_have_one_number_in_a_row(text):
    found = split_tokens(text.encode(), masked=True)
    assert not any(a == b == b"0" for a, b in pairwise(found))


def test_real_questions():
    train, test = (pl.Series(questions_or_skip(f"gsm8k/{split}")) for split in ("train", "test"))
    index = index_of(benchmarks(*test))
    assert index.match(train)["is_contaminated"].mean() < 0.002
    assert index.match(test)["is_contaminated"].all()
    draw = random.Random(0)
    renumbered = pl.Series([re.sub(r"\d+", lambda _: str(draw.randint(2, 999)), text) for text in test])
    assert index.match(renumbered)["is_contaminated"].mean() > 0.98
