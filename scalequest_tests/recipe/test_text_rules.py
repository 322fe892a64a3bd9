import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scalequest_assets.recipe.settings import TextRules
from scalequest_assets.recipe.text_rules import RULES, measure_repetition
from scalequest_assets.schemas import polars_schema
from scalequest_tests.maths import WORDING, index_of, screen
from scalequest_tests.real_data import questions_or_skip

GOOD = "Tom has 3 apples and buys 5 more apples. How many apples does he have?"
BENCHMARK = "A gardener plants 12 rows of tulips with 7 bulbs in each row. How many bulbs does she plant in all?"


def questions(texts, num_tokens=40, finish_reason="stop"):
    schema = polars_schema("synthetic_questions")
    rows = [
        (f"g/s0000/{row:06d}", "g", "s0000", text, num_tokens, finish_reason, row, None, "fake", True)
        for row, text in enumerate(texts)
    ]
    return pl.DataFrame(rows, schema=schema, orient="row")


def benchmarks(*texts):
    rows = [(f"b/{row:06d}", "b", text, "1") for row, text in enumerate(texts)]
    return pl.DataFrame(rows, schema=polars_schema("benchmark_questions"), orient="row")


def failed(text, num_tokens=40, finish_reason="stop", **changes):
    found = screen(
        questions([text], num_tokens, finish_reason), index_of(benchmarks(BENCHMARK)), settings=TextRules(**changes)
    )
    return found["failed_rules"][0].to_list()


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        "Solve for x: x + 3 = 5.",
        r"Let $f(x) = \frac{x}{2}$. Determine $f(4)$ and simplify.",
        "Prove that the sum of two odd numbers is even.",
        "Here is how to mix paint: 3 parts red. How many parts are blue if all are 5?",
        "To solve a riddle, Ann needs 3 hints. How many hints do four girls need?",
        "Here are the first terms of a sequence: 4, 9, 14, 19. Find the 30th term.",
        "Here is a list of prices: 3, 8 and 13 dollars. Find their mean.",
        "Step 1 of a ladder is 20 cm high, each other 25 cm. How high is step 9?",
        "A polygon's angles sum to 720 degrees. The number of its sides is ____.",
        r"The solution set of $|y - 2| < 5$ is \underline{\qquad}.",
        r"$\sin 45^\circ + \cos 45^\circ =$",
        "The value of 7 times 8 minus 9 is ( ). A. 45 B. 47 C. 49",
    ],
)
def test_questions_pass(text):
    assert failed(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["empty"]),
        (None, ["empty"]),
        (" \n\t", ["empty"]),
        ("\u200b\x00\u202e", ["empty"]),
        ("The cat sat on the mat.", ["not_a_question"]),
        ("Sure, here is a question: what is 2+2?", ["not_a_question"]),
        ("**Certainly!** What is 2+2?", ["not_a_question"]),
        ("Hello! How can I help you today?", ["not_a_question"]),
        ("Here's a problem about apples: how many are there?", ["not_a_question"]),
        ("To solve this problem, what do we need?", ["not_a_question"]),
        ("Here are the steps: what do we add first?", ["not_a_question"]),
        ("Here is a rewritten version of it: what is 2+2?", ["not_a_question"]),
        ("Let's solve $x^2 = 4$. What is $x$?", ["not_a_question"]),
        ("**Step 1** Add 3 and 4. What is it?", ["not_a_question"]),
        ("This prints __init__ and f().", ["not_a_question"]),
        ("Here is your new and very interesting word problem: what is 2+2?", ["not_a_question"]),
        ("Step 1: find what 2+2 is.", ["not_a_question"]),
        ("Solution: we find that x is 3.", ["not_a_question"]),
        ("What is 2+2? " * 30, ["repetition"]),
        ("What is 2+2" + "!" * 40, ["repetition"]),
        ("What is " + "a" * 60_000, ["repetition", "language"]),
        ("¿Cuántas manzanas tiene Juan si compra tres y come una?", ["language"]),
        ("كم تفاحة مع أحمد؟", ["language"]),
        (BENCHMARK, ["contamination"]),
        (BENCHMARK.replace("12", "21"), ["contamination"]),
    ],
)
def test_drop_reasons(text, expected):
    found = failed(text)
    assert found[: len(expected)] == expected or found == expected[:1]


def test_outcome_of_the_generation():
    assert failed(GOOD, finish_reason="length") == ["truncated"]
    assert failed(GOOD, num_tokens=7) == ["too_short"]
    assert failed(GOOD, num_tokens=513) == ["too_long"]
    assert failed(None, num_tokens=None, finish_reason="error") == ["engine_error", "empty"]


def test_all_failed_rules_are_listed_and_the_first_is_the_reason():
    found = screen(questions(["The cat sat."], 2, "length"), index_of(benchmarks()), settings=TextRules())
    assert found["failed_rules"][0].to_list() == ["truncated", "too_short", "not_a_question"]
    assert found["drop_reason"].to_list() == ["truncated"]
    assert found["keep"].to_list() == [False]


def test_plainly_ill_posed_questions_go_unless_the_profile_lets_them_stay():
    text = "In the figure below, a square has side 3. How long is the shaded side? What is its area?"
    assert failed(text) == ["asks_several", "undefined_figure"]
    assert failed(text, ill_posed=False) == []
    assert failed(BENCHMARK + " The answer is 84.") == ["contamination", "leaked_answer"]


def test_ascii_rule_is_the_papers():
    text = "An angle of 30\u00b0 is halved. What is left?"
    assert failed(text, language="ascii") == ["language"]
    assert failed(text, language="langid") == failed(text, language="off") == []
    assert failed("¿Cuántas manzanas tiene Juan?", language="off") == []


def test_unknown_language_rule():
    with pytest.raises(ValueError, match="klingon"):
        TextRules(language="klingon")


def test_all_rows_stay_in_order_with_evidence():
    texts = [GOOD, None, BENCHMARK, "Wie viele Äpfel hat Anna, wenn sie drei kauft?"]
    found = screen(questions(texts), index_of(benchmarks(BENCHMARK)), settings=TextRules())
    schema = {name: dtype for name, dtype in polars_schema("screened_questions").items() if name != "topic"}
    assert found.schema == schema
    assert found["query"].to_list() == texts
    assert found["drop_reason"].to_list() == [None, "empty", "contamination", "language"]
    assert found["matched_id"].to_list() == [None, None, "b/000000", None]
    assert found["language"].to_list() == ["en", None, "en", "de"]
    assert screen(questions([]), index_of(benchmarks()), settings=TextRules()).schema == schema


def test_repetition_is_measured():
    found = measure_repetition(pl.Series(["a b c d a b c d", "a b c", None, "  xx\u00e9yyyy  ", "----- -----"]))
    assert found["num_words"].to_list() == [8, 3, 0, 1, 2]
    assert found["repeated_share"].to_list() == [0.2, 0, 0, 0, 0]
    assert found["character_run"].to_list() == [1, 1, 0, 4, 5]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.one_of(st.none(), st.text(max_size=60)), max_size=6), st.sampled_from(["langid", "ascii", "off"]))
def test_any_text_gets_a_verdict(texts, language):
    found = screen(questions(texts), index_of(benchmarks(BENCHMARK)), settings=TextRules(language=language))
    assert found["query"].to_list() == texts
    assert (found["keep"] == found["drop_reason"].is_null()).all()
    assert (found["keep"] == (found["failed_rules"].list.len() == 0)).all()
    assert set(found["failed_rules"].explode().drop_nulls()) <= {*RULES, *WORDING.rules}
    order = [*RULES, *WORDING.rules]
    assert all(rules == sorted(rules, key=order.index) for rules in found["failed_rules"].to_list())


@pytest.mark.parametrize("name", ["gsm8k", "math500", "college_math"])
def test_real_questions_pass(name):
    texts = questions_or_skip(f"{name}/test")
    rules = TextRules(ill_posed=False)  # these have a test of their own
    assert screen(questions(texts), index_of(benchmarks()), settings=rules)["keep"].mean() > 0.99
