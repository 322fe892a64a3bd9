import polars as pl

from scalequest_assets.recipe.cross_check import CAUSES, THEIRS, explained, totals
from scalequest_tests.maths import ANSWERS

BOXED = "It is $\\boxed{72}$."


def side_by_side(gold: str, own: str, *, is_correct: bool, other: tuple[str, str | None, bool]) -> pl.DataFrame:
    ours = pl.DataFrame(
        {
            "query_id": ["q"],
            "benchmark": ["b"],
            "query": ["?"],
            "gold": [gold],
            "response": [own],
            "is_correct": [is_correct],
        }
    )
    theirs = pl.DataFrame([("q", "f", *other)], schema=THEIRS, orient="row")
    return explained(ours, theirs, ANSWERS)


def test_who_agrees_needs_no_cause():
    assert side_by_side("72", BOXED, is_correct=True, other=(BOXED, "72", True))["cause"].item() is None
    assert side_by_side("71", BOXED, is_correct=False, other=(BOXED, "$.", False))["cause"].item() is None


def test_another_text_is_the_first_cause():
    found = side_by_side("72", BOXED, is_correct=True, other=("It is $\\boxed{7}$.", "7", False))
    assert found.select("cause", "reread_answer").row(0) == ("generation", "7")


def test_the_same_text_read_in_another_way():
    found = side_by_side("72", BOXED, is_correct=True, other=(BOXED, "$.", False))
    assert found.select("cause", "reread_answer").row(0) == ("reading", "72")
    missed = side_by_side("72", "So 72 it is, I think not.", is_correct=False, other=("So 72 it is, no.", "72", True))
    assert missed["cause"].item() == "reading"


def test_the_same_answer_compared_in_another_way():
    text = "The answer is 72.0"
    assert side_by_side("72", text, is_correct=True, other=(text, "72.0", False))["cause"].item() == "comparison"


def test_an_evaluator_that_does_not_say_what_it_read_is_not_guessed_at():
    found = side_by_side("72", BOXED, is_correct=True, other=(BOXED, None, False))
    assert found["cause"].item() == "undecided"


def test_nothing_to_compare_is_no_row():
    ours = side_by_side("72", BOXED, is_correct=True, other=(BOXED, "72", True)).select(
        "query_id", "benchmark", "query", "gold", "response", "is_correct"
    )
    assert explained(ours, pl.DataFrame(schema=THEIRS), ANSWERS).is_empty()


def test_the_totals_add_up():
    other_text, other_form = ("It is \\boxed{7}.", "7", False), ("The answer is 72.0", "72.0", False)
    texts = [(BOXED, "$.", False), (BOXED, "72", True), other_text, other_form, (BOXED, None, False)]
    rows = pl.concat(side_by_side("72", BOXED, is_correct=True, other=other) for other in texts)
    found = totals(rows).row(0, named=True)
    assert found == {
        "benchmark": "b",
        "filter": "f",
        "questions": 5,
        "right": 1.0,
        "harness_right": 0.2,
        **dict.fromkeys(CAUSES, 1),
    }
