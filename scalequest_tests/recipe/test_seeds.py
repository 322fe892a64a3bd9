import polars as pl

from scalequest_assets.recipe.seeding import row_seed
from scalequest_assets.recipe.seeds import NO_ANSWER, NO_QUESTION, left_out, sampled
from scalequest_assets.subjects.maths.drawing_seeds import family_records
from scalequest_tests.maths import seed_rows


def rows(*records: dict[str, str | None]) -> pl.DataFrame:
    return seed_rows(pl.DataFrame(records), "src")


def test_gsm8k_rows_work_as_they_are():
    found = rows({"query": " How many? ", "answer": "2 and <<2+3=5>>3 make 5.\n#### 5"}).row(0, named=True)
    assert found["query"] == "How many?"
    assert found["answer"] == "5"
    assert found["solution"] == "2 and 3 make 5.\n#### 5"
    assert found["query_id"] == "src/000000"


def test_a_bare_answer_has_no_solution():
    assert rows({"query": "q?", "answer": "1,200"}).row(0, named=True)["solution"] is None


def test_a_given_solution_is_kept_and_levels_are_numbers():
    found = rows({"query": "q?", "answer": "3", "solution": "So 3.", "level": "Level 4"}).row(0, named=True)
    assert (found["solution"], found["level"]) == ("So 3.", 4)


def test_rows_without_question_or_answer_are_left_out_and_numbers_stay():
    found = rows({"query": "", "answer": "1"}, {"query": "q?", "answer": None}, {"query": "r?", "answer": "2"})
    assert found["query_id"].to_list() == ["src/000002"]


def test_a_sample_is_the_same_whatever_comes_behind_it():
    records = [{"query": f"q{i}?", "answer": str(i)} for i in range(50)]
    small = sampled(rows(*records), 10, random_seed=1)
    assert small.height == 10
    assert small["query_id"].to_list() == sorted(small["query_id"].to_list())
    assert small.equals(sampled(rows(*records), 10, random_seed=1))


def test_families_give_complete_rows():
    found = seed_rows(family_records("grade_school", 20, 3), "grade_school")
    assert found.height == 20
    assert found.null_count().sum_horizontal().item() == 0


def test_row_seeds_differ_by_every_part_and_fit_64_bits():
    seeds = {row_seed(1, "a", "b"), row_seed(1, "ab", ""), row_seed(2, "a", "b"), row_seed(1, "a", "b", 0)}
    assert len(seeds) == 4
    assert all(0 <= seed < 2**63 for seed in seeds)


def test_what_is_left_out_is_counted_by_reason_and_text():
    answers = ["4", "proof", "proof", None, "NaN", "It is true because both sides are equal.", "proof"]
    records = pl.DataFrame({"query": [*["q?"] * 6, " "], "answer": answers})
    kept = seed_rows(records, "a/b")
    assert kept["query_id"].to_list() == ["a/b/000000"]
    assert left_out(records, kept).rows() == [
        (NO_ANSWER, "proof", 2),
        (NO_ANSWER, None, 1),
        (NO_ANSWER, "NaN", 1),
        (NO_ANSWER, "It is true because both sides are equal.", 1),
        (NO_QUESTION, "proof", 1),
    ]


def test_a_benchmark_question_needs_no_answer_and_a_marker_is_none():
    records = pl.DataFrame({"query": ["q?", "r?", None], "answer": ["proof", "3", "4"]})
    kept = seed_rows(records, "b", needs_answer=False)
    assert kept["answer"].to_list() == [None, "3"]
    assert left_out(records, kept).rows() == [(NO_QUESTION, "4", 1)]


def test_a_level_that_is_no_small_number_is_null():
    levels = ["Level ?", "99999999999", "4.0", None]
    found = seed_rows(pl.DataFrame({"query": ["q?"] * 4, "answer": ["1"] * 4, "level": levels}), "s")
    assert found["level"].to_list() == [None, None, 4, None]
