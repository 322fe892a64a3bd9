"""Arms on tiny frames: each differs from the released pairs in what its name says."""

import polars as pl
import pytest

from scalequest_assets.recipe import arms
from scalequest_tests.maths import ANSWERS

# question, generator, sample, response, answer, reward, kept
SCORED = pl.DataFrame(
    [
        ("a/s/0", "a", 0, "two \\boxed{2}", "2", 0.1, True),
        ("a/s/0", "a", 1, "three \\boxed{3}", "3", 0.9, True),
        ("a/s/0", "a", 2, "two again \\boxed{2}", "2", 0.5, True),
        ("b/s/0", "b", 0, None, None, None, False),
        ("b/s/0", "b", 1, "cut", None, None, False),
        ("b/s/0", "b", 2, "five \\boxed{5}", "5", 0.2, True),
        ("b/s/1", "b", 0, "no pair \\boxed{7}", "7", 0.3, True),
        ("b/s/1", "b", 1, "   ", None, None, False),
    ],
    schema=["query_id", "generator", "sample_idx", "response", "answer", "reward", "keep"],
    orient="row",
).with_columns(query=pl.format("Question {}?", "query_id"), sample_idx=pl.col("sample_idx").cast(pl.Int32))
OBSERVED = pl.DataFrame(
    {"query_id": ["a/s/0", "b/s/0", "b/s/1"], "majority_choice": [2, 2, None]},
    schema_overrides={"majority_choice": pl.Int32},
)
RELEASED = SCORED.filter(pl.format("{}#{}", "query_id", "sample_idx").is_in(["a/s/0#1", "b/s/0#2"]))


def selected(arm: str, generator: str | None = None, seed: int = 1) -> dict[str, str]:
    found = arms.select(arm, RELEASED, SCORED.lazy(), OBSERVED.lazy(), generator=generator, seed=seed)  # type: ignore[arg-type]
    assert found.schema == arms.PAIRS
    assert found["query_id"].is_sorted()
    return dict(found.select("query_id", "response").iter_rows())


@pytest.mark.parametrize(
    ("arm", "expected"),
    [
        ("best", {"a/s/0": "three \\boxed{3}", "b/s/0": "five \\boxed{5}"}),
        ("majority", {"a/s/0": "two again \\boxed{2}", "b/s/0": "five \\boxed{5}"}),
        ("unscreened", {"a/s/0": "two \\boxed{2}", "b/s/0": "cut", "b/s/1": "no pair \\boxed{7}"}),
    ],
)
def test_each_arm_is_what_its_name_says(arm, expected):
    assert selected(arm) == expected


def test_a_random_response_is_a_scored_one_of_a_released_question():
    drawn = [selected("random_response", seed=seed) for seed in range(40)]
    assert {tuple(found) for found in drawn} == {("a/s/0", "b/s/0")}
    assert {found["b/s/0"] for found in drawn} == {"five \\boxed{5}"}, "the others have no reward"
    assert {found["a/s/0"] for found in drawn} == {"two \\boxed{2}", "three \\boxed{3}", "two again \\boxed{2}"}
    assert selected("random_response", seed=3) == drawn[3]


@pytest.mark.parametrize("arm", ["best", "random_response", "majority", "unscreened"])
def test_a_generator_has_its_own_questions_alone(arm):
    assert {key.split("/")[0] for key in selected(arm, generator="b")} == {"b"}


def test_seeds_have_their_own_solutions_with_the_answer_marked():
    seeds = pl.DataFrame(
        {
            "query_id": ["s/2", "s/0", "s/1"],
            "query": ["q2", "q0", "q1"],
            "answer": ["6", "4", "5"],
            "solution": ["2*3 = 6", "So \\boxed{4}", None],
        }
    )
    found = arms.of_seeds(seeds, ANSWERS)
    assert found.rows() == [
        ("s/0", "q0", "So \\boxed{4}"),
        ("s/2", "q2", "2*3 = 6\nThe answer is \\boxed{6}."),
    ]


def test_fewer_pairs_are_among_more_of_the_same_seed():
    pairs = pl.DataFrame({name: [f"{name}{i:02d}" for i in range(30)] for name in arms.PAIRS})
    few, more, others = arms.sized(pairs, 5, 1), arms.sized(pairs, 12, 1), arms.sized(pairs, 12, 2)
    assert (few.height, more.height) == (5, 12)
    assert few.join(more, on="query_id", how="anti").is_empty()
    assert not more.equals(others)
    assert arms.sized(pairs, None, 1).equals(pairs)
    assert arms.sized(pairs, 99, 1).sort("query_id").equals(pairs)


def test_seeds_are_no_arm_of_generated_questions():
    with pytest.raises(ValueError, match="seeds_only is no arm"):
        selected("seeds_only")
