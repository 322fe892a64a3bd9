import polars as pl

from scalequest_assets.recipe.student_answers import judged, majority
from scalequest_tests.maths import ANSWERS


def greedy(*rows: tuple[str, str, str | None]) -> pl.DataFrame:
    asked = pl.DataFrame(rows, schema=["query_id", "gold", "text"], orient="row").with_columns(query="query_id")
    failed = pl.when(pl.col("text").is_null()).then(pl.lit("error"))
    return asked.with_columns(finish_reason=failed.otherwise(pl.lit("stop")))


def test_answers_are_read_and_compared():
    texts = ["It is \\boxed{2.0}.", "It is \\boxed{3}.", "", None]
    found = judged(greedy(*((f"q{place}", "2", text) for place, text in enumerate(texts))), None, ANSWERS)
    assert found["is_correct"].to_list() == [True, False, False, None], "an engine's failure is nobody's mistake"
    assert found["answer"].to_list() == ["2.0", "3", None, None]
    assert found["majority_answer"].null_count() == found["num_samples"].null_count() == 4
    assert "text" not in found.columns


def test_the_commonest_answer_counts_in_any_form_and_the_first_of_several():
    texts = ["\\boxed{3}", "\\boxed{1/2}", "\\boxed{0.5}", "\\boxed{7}", "\\boxed{8}", "none", "none"]
    samples = pl.DataFrame({"query_id": ["a", "a", "a", "b", "b", "c", "c"], "text": texts})
    samples = samples.with_columns(query="query_id", gold=pl.lit("1"), finish_reason=pl.lit("stop"))
    found = majority(samples, ANSWERS)
    assert found.rows() == [("a", 3, "1/2"), ("b", 2, "7"), ("c", 2, None)]
    whole = judged(
        greedy(("a", "0.5", "\\boxed{9}"), ("b", "8", "\\boxed{8}"), ("c", "1", "\\boxed{1}")), samples, ANSWERS
    )
    assert whole["is_majority_correct"].to_list() == [True, False, False]
    assert whole["is_correct"].to_list() == [False, True, True]


def test_samples_at_which_the_engine_failed_have_no_vote():
    samples = pl.DataFrame(
        {
            "query_id": ["a", "a", "b", "b"],
            "text": ["\\boxed{3}", None, None, None],
            "finish_reason": ["stop", "error", "error", "error"],
        }
    ).with_columns(query="query_id", gold=pl.lit("3"))
    assert majority(samples, ANSWERS).rows() == [("a", 1, "3"), ("b", 0, None)]
    whole = judged(greedy(("a", "3", "\\boxed{3}"), ("b", "3", "\\boxed{3}")), samples, ANSWERS)
    assert whole["is_majority_correct"].to_list() == [True, None], "an engine's failure is nobody's mistake"
