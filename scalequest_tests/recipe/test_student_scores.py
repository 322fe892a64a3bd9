"""Scores of students: on tables whose differences are known."""

import random

import polars as pl
import pytest

from scalequest_assets.recipe import student_scores
from scalequest_assets.recipe.mcnemar import exact_p
from scalequest_assets.schemas import TABLES, polars_schema

MODEL = {"kind": "hub", "id": "Qwen/Qwen2-Math-7B"}
PAPER = {"Qwen/Qwen2-Math-7B": {"gsm8k": 0.897}}
BASE = {"student": "qwen", "base": "qwen", "arm": "base", "model": MODEL}


def student(name: str, arm: str, seed: int = 1, **more: object) -> dict[str, object]:
    return {"student": name, "base": "qwen", "arm": arm, "seed": seed, "model": MODEL, **more}


def answers(right: dict[str, list[bool | None]], benchmark: str = "gsm8k", seen: dict[str, set[int]] | None = None):
    """Rows of `student_answers`: which questions each student gets right."""
    found = [
        {
            "student": name,
            "benchmark": benchmark,
            "query_id": f"{benchmark}/{place:04d}",
            "is_correct": flag,
            "is_seen": place in (seen or {}).get(name, set()),
        }
        for name, flags in right.items()
        for place, flag in enumerate(flags)
    ]
    return pl.DataFrame(
        [{name: row.get(name) for name in TABLES["student_answers"]} for row in found],
        schema=polars_schema("student_answers"),
    )


def flags(num: int, num_right: int, seed: int = 0) -> list[bool]:
    found = [place < num_right for place in range(num)]
    random.Random(seed).shuffle(found)
    return found


def report(right: dict[str, list[bool | None]], *students: dict[str, object], **more: object) -> pl.DataFrame:
    return student_scores.report(answers(right, **more), [BASE, *students], {"best_1": 50}, paper=PAPER, seed=3)  # type: ignore[arg-type]


def test_an_arm_of_one_student_is_compared_by_mcnemars_test():
    base, best = [False] * 30 + [True] * 10, [True] * 20 + [False] * 10 + [True] * 8 + [False] * 2
    found = report({"qwen": base, "best_1": best}, student("best_1", "best"))
    assert found.schema == polars_schema("student_report")
    assert found.select("arm", "against").rows() == [("base", None), ("best", None), ("best", "base")]
    assert found["accuracy"].to_list() == [0.25, 0.7, 0.7]
    test = found.row(2, named=True)
    assert (test["num_better"], test["num_worse"]) == (20, 2)
    assert test["p_value"] == test["p_adjusted"] == exact_p((20, 2))
    assert test["difference"] == pytest.approx(0.45)
    assert 0.2 < test["difference_low"] < 0.45 < test["difference_high"] < 0.7
    assert found["num_pairs"].to_list() == [0, 50, 50]
    assert found["paper_accuracy"].to_list() == [None, 0.897, None], "of the paper's arm alone"


def test_seeds_are_averaged_and_tested_pair_by_pair():
    right = {
        "qwen": [False, False, True, False],
        "best_1": [True, True, False, False],
        "best_2": [True, False, False, False],
        "best_3": [True, True, False, False],
    }
    students = [student(f"best_{seed}", "best", seed) for seed in (3, 1, 2)]
    found = report(right, *students)
    whole = found.filter(pl.col("arm") == "best", pl.col("student").is_null(), pl.col("against").is_null())
    assert whole["accuracy"].item() == pytest.approx(5 / 12)
    assert whole["num_students"].item() == 3
    singles = found.drop_nulls("student")
    assert dict(singles.select("student", "accuracy").iter_rows()) == {"best_1": 0.5, "best_2": 0.25, "best_3": 0.5}
    (test,) = found.drop_nulls("against").to_dicts()
    assert (test["num_better"], test["num_worse"]) == (2 + 1 + 2, 3)
    assert test["p_value"] == exact_p((2, 1), (1, 1), (2, 1))
    assert student_scores.adds_up(found).passed


def test_what_a_student_learned_from_or_nobody_can_judge_counts_for_nobody():
    right = {"qwen": [True, False, None, True], "best_1": [True, True, True, False]}
    found = report(right, student("best_1", "best"), seen={"best_1": {0}})
    assert set(found["num_questions"]) == {2}
    assert student_scores.left_out(answers(right, seen={"best_1": {0}})) == 2


def test_arms_differ_by_generator_and_size_and_all_are_compared():
    students = [student("best_1", "best"), student("half", "best", num_pairs=25), student("own", "best", generator="g")]
    found = report(dict.fromkeys(["qwen", "best_1", "half", "own"], flags(20, 10)), *students)
    assert found.filter(pl.col("against").is_null())["arm"].to_list() == ["base", "best", "best, 25 pairs", "best of g"]
    assert found.drop_nulls("against").height == 6
    assert set(found.drop_nulls("against")["p_adjusted"]) == {1.0}


def test_intervals_hold_what_they_promise():
    """In 95 of 100 worlds the interval has the true share of a student: here in at least 88 of 100."""
    draws, hits = random.Random(5), 0
    for world in range(100):
        right = {"qwen": [draws.random() < 0.3 for _ in range(80)], "best_1": [draws.random() < 0.5 for _ in range(80)]}
        found = student_scores.report(
            answers(right), [BASE, student("best_1", "best")], {"best_1": 50}, paper=PAPER, seed=world
        )
        row = found.drop_nulls("against").row(0, named=True)
        hits += row["difference_low"] <= 0.2 <= row["difference_high"]
    assert hits >= 88


@pytest.mark.parametrize("seeds", [1, 3])
def test_a_test_that_finds_nothing_where_there_is_nothing(seeds: int, monkeypatch: pytest.MonkeyPatch):
    """Of 150 worlds in which an arm of so many seeds is as good as its base, few have a probability below 0.05."""
    monkeypatch.setattr(student_scores, "NUM_RESAMPLES", 1)  # intervals are not looked at
    draws, found = random.Random(seeds), 0
    for world in range(150):
        right = {name: [draws.random() < 0.2 for _ in range(60)] for name in ["qwen", "best_1", "best_2", "best_3"]}
        students = [student(f"best_{seed}", "best", seed) for seed in range(1, seeds + 1)]
        known = answers({name: right[name] for name in ["qwen", *(str(s["student"]) for s in students)]})
        rows = student_scores.report(known, [BASE, *students], {}, paper=PAPER, seed=world)
        found += rows.drop_nulls("against")["p_value"].item() < 0.05
    assert found <= 8


def test_none_of_twenty_is_not_certain():
    found = report({"qwen": [False] * 20, "best_1": [False] * 20}, student("best_1", "best"))
    score, test = found.row(0, named=True), found.row(2, named=True)
    assert (score["accuracy_low"], score["accuracy_high"]) == (0.0, pytest.approx(0.168, abs=0.001))
    assert (test["difference_low"], test["difference_high"]) == (-score["accuracy_high"], score["accuracy_high"])


def test_the_same_gives_the_same():
    right = {"qwen": flags(50, 10), "best_1": flags(50, 30, 1)}
    assert report(right, student("best_1", "best")).equals(report(right, student("best_1", "best")))


def test_a_finding_needs_a_difference_that_is_not_chance():
    clear = report({"qwen": flags(60, 6), "best_1": flags(60, 40, 1)}, student("best_1", "best"))
    assert student_scores.finding(clear).passed
    chance = student_scores.finding(report({"qwen": flags(8, 3), "best_1": flags(8, 5, 1)}, student("best_1", "best")))
    assert not chance.passed
    assert "which may be chance" in chance.text
    worse = report({"qwen": flags(60, 40), "best_1": flags(60, 6, 1)}, student("best_1", "best"))
    assert not student_scores.finding(worse).passed
    none = student_scores.finding(report({"qwen": flags(8, 3), "raw": flags(8, 5)}, student("raw", "unscreened")))
    assert "no student learned from the arm `best`" in none.text


def test_rows_that_contradict_one_another_are_found():
    students = [student("best_1", "best", 1), student("best_2", "best", 2)]
    found = report({"qwen": flags(20, 5), "best_1": flags(20, 8), "best_2": flags(20, 9)}, *students)
    assert student_scores.adds_up(found).passed
    is_whole = pl.col("student").is_null() & (pl.col("arm") == "best")
    off = found.with_columns(accuracy=pl.when(is_whole).then(0.9).otherwise("accuracy"))
    assert "no mean: best" in student_scores.adds_up(off).text
    uneven = found.with_columns(num_questions=pl.when(is_whole).then(19).otherwise("num_questions").cast(pl.Int32))
    assert "other questions: gsm8k" in student_scores.adds_up(uneven).text


def test_no_question_is_no_row():
    assert report({"qwen": [None], "best_1": [True]}, student("best_1", "best")).is_empty()


def test_students_of_equal_seeds_are_compared_whichever_seeds_another_arm_has_besides():
    right = {"qwen": flags(40, 4), "a1": flags(40, 20, 1), "a2": flags(40, 21, 2), "a3": flags(40, 22, 3)}
    right |= {"b1": flags(40, 10, 4), "b3": flags(40, 12, 5)}
    arms = [student(name, {"a": "best", "b": "majority"}[name[0]], seed=int(name[1])) for name in list(right)[1:]]
    found = report(right, *arms)  # type: ignore[arg-type]
    test = found.filter(arm="majority", against="best").row(0, named=True)
    splits = [
        (sum(b > a for a, b in zip(right[one], right[other], strict=True)),
         sum(b < a for a, b in zip(right[one], right[other], strict=True)))
        for one, other in (("a1", "b1"), ("a3", "b3"))
    ]  # fmt: skip
    assert (test["num_better"], test["num_worse"]) == tuple(map(sum, zip(*splits, strict=True)))
    assert test["p_value"] == exact_p(*splits)
