"""A judge beside labels: figures by hand and by brute force, and intervals that do not promise what few rows cannot."""

import math

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalequest_assets.recipe import judge_quality
from scalequest_assets.recipe.judge_quality import ALL, DECISION, area, area_interval, best_threshold, share_interval
from scalequest_assets.recipe.settings import Solvability
from scalequest_assets.schemas import polars_schema

SCHEMA = {
    "source": pl.String,
    "is_sound": pl.Boolean,
    "text_reason": pl.String,
    "yes_probability": pl.Float64,
    "num_votes": pl.Int32,
    "num_yes": pl.Int32,
}
BOTH = ("verdict", "probability")


def rows(*found: tuple[bool, str | None, float | None], source: str = "own") -> pl.DataFrame:
    return pl.DataFrame([(source, *row, 3, 2 if row[1] is None else 1) for row in found], SCHEMA, orient="row")


def test_figures_are_those_counted_by_hand():
    judged = rows(
        *((True, None, 0.9), (True, None, 0.8), (True, "unsolvable", 0.7), (True, None, 0.4)),
        *((False, "unsolvable", 0.6), (False, None, 0.3), (False, "no_verdict", 0.2), (False, None, 0.1)),
    )
    report = judge_quality.measure(judged, (*BOTH, "votes"), Solvability())
    assert report.schema == polars_schema("judge_report")
    assert report["evidence"].to_list() == ["verdict", "probability", "votes", DECISION]
    verdict, probability, votes, decision = report.to_dicts()
    assert (verdict["num_sound"], verdict["num_broken"]) == (4, 4)
    assert (verdict["accuracy"], verdict["precision"], verdict["recall"]) == (5 / 8, 2 / 3, 2 / 4)
    assert verdict["auc"] == (0.75 * 0.5 + 0.5 * (0.75 * 0.5 + 0.25 * 0.5))
    assert verdict["best_threshold"] is None
    assert {**decision, "evidence": ""} == {**verdict, "evidence": ""}
    assert (probability["accuracy"], probability["precision"], probability["recall"]) == (6 / 8, 3 / 4, 3 / 4)
    assert (probability["auc"], probability["best_threshold"], probability["best_accuracy"]) == (15 / 16, 0.4, 7 / 8)
    assert votes["auc"] == verdict["auc"]


def test_what_decides_is_the_profiles_combination():
    judged = rows((True, None, 0.4), (True, None, 0.9), (False, None, 0.2), (False, "unsolvable", 0.9))
    for combine, accuracy in (("all", 3 / 4), ("any", 2 / 4)):
        settings = Solvability(evidence=BOTH, combine=combine)
        report = judge_quality.measure(judged, BOTH, settings)
        assert report.filter(evidence=DECISION)["accuracy"].to_list() == [accuracy]


def test_what_the_engine_could_not_do_is_left_out_and_no_verdict_is_a_drop():
    judged = rows((True, "engine_error", None), (True, None, 0.9), (False, "contradictory_verdict", None))
    verdict, probability, _ = judge_quality.measure(judged, BOTH, Solvability()).to_dicts()
    assert (verdict["num_sound"], verdict["num_broken"], verdict["accuracy"]) == (1, 1, 1.0)
    assert (probability["num_sound"], probability["num_broken"], probability["auc"]) == (1, 0, None)
    assert probability["precision"] is probability["recall"] is probability["best_threshold"] is None


def test_sources_are_apart_and_together():
    good = rows(*[(True, None, 0.9), (False, "unsolvable", 0.1)] * 20)
    bad = rows(*[(True, None, 0.5), (False, None, 0.5)] * 20, source="others")
    report = judge_quality.measure(pl.concat([good, bad]), BOTH, Solvability())
    assert report.filter(evidence=DECISION).select("source", "accuracy").rows() == [
        *(("own", 1.0), ("others", 0.5), (ALL, 0.75)),
    ]
    assert judge_quality.decisions(report).rows() == [
        *(("own", 1.0, 1.0, 1.0), ("others", 0.5, None, 0.0), (ALL, 0.75, 1.0, 0.5)),
    ]
    assert report.filter(evidence="probability", source="others")["auc"].item() == 0.5
    assert judge_quality.finding(report.filter(source="own")).passed
    found = judge_quality.finding(report)
    assert not found.passed
    assert "own: 100.0% of 40 right" in found.text
    assert "others: 50.0% of 40 right (35.2% to 64.8%), which cannot be told from a coin" in found.text
    assert found.text.endswith("Best alone: verdict, area 1.00 on own")
    assert ALL not in found.text


def test_a_judge_that_says_yes_to_all_or_the_contrary_warns():
    yes = judge_quality.measure(rows(*[(True, None, 0.9), (False, None, 0.9)] * 12), BOTH, Solvability())
    assert yes.filter(evidence=DECISION)["precision"].to_list() == [None]
    assert "50.0% of 24 right" in judge_quality.finding(yes).text
    wrong = judge_quality.measure(rows(*[(True, "unsolvable", 0.1), (False, None, 0.9)] * 12), BOTH, Solvability())
    assert "worse than a coin" in judge_quality.finding(wrong).text


def test_a_judge_that_decides_nothing_is_measured_and_blamed_for_nothing():
    report = judge_quality.measure(rows(*[(True, None, 0.9), (False, None, 0.9)] * 12), BOTH, Solvability(evidence=()))
    assert set(report["evidence"]) == {*BOTH}
    assert judge_quality.finding(report) == (True, "nothing decides: no judge is asked (solvability.evidence)")


def test_of_nothing_there_is_a_report_and_a_warning():
    report = judge_quality.measure(rows(), BOTH, Solvability())
    assert report.schema == polars_schema("judge_report")
    assert judge_quality.finding(report) == (False, "no labelled question was judged")
    failed = judge_quality.measure(rows((True, "engine_error", None)), BOTH, Solvability())
    assert judge_quality.finding(failed).text == "own: none could be judged"
    assert judge_quality.roc(rows()) == judge_quality.roc(rows((True, None, 0.5))) == []


def test_the_curve_runs_from_nothing_dropped_to_all():
    judged = rows((True, None, 0.9), (True, None, 0.4), (False, None, 0.4), (False, None, 0.1))
    assert judge_quality.roc(judged) == [(0.0, 0.0), (0.0, 0.5), (0.5, 1.0), (1.0, 1.0)]


SCORES = st.lists(st.sampled_from([0.0, 0.1, 0.1 + 1e-12, 0.5, 0.9, 1.0]), min_size=1, max_size=12)


@given(SCORES, SCORES)
def test_area_and_threshold_are_those_of_brute_force(sound: list[float], broken: list[float]):
    wins = [(a > b) + (a == b) / 2 for a in sound for b in broken]
    left, right = pl.Series(sound, dtype=pl.Float64), pl.Series(broken, dtype=pl.Float64)
    found = area(left, right)
    assert found == pytest.approx(sum(wins) / len(wins))
    assert area(right, left) == pytest.approx(1 - found)
    low, high = area_interval(found, len(sound), len(broken))
    assert 0 <= low <= found <= high <= 1
    cut, best = best_threshold(left, right)
    shares = {c: (sum(a >= c for a in sound) / len(sound) + sum(b < c for b in broken) / len(broken)) / 2
              for c in {*sound, *broken}}  # fmt: skip
    assert best == pytest.approx(max(shares.values()))
    assert shares[cut] == pytest.approx(best)


@given(st.integers(1, 60), st.integers(1, 60), st.floats(0, 1))
def test_the_interval_of_an_area_turns_with_it_and_ends_where_its_error_does(num: int, other: int, value: float):
    low, high = area_interval(value, num, other)
    turned = area_interval(1 - value, num, other)
    assert (1 - turned[1], 1 - turned[0]) == pytest.approx((low, high), abs=1e-9)
    wider = area_interval(value, max(1, num // 2), max(1, other // 2))
    assert wider[0] <= low + 1e-9
    assert high <= wider[1] + 1e-9


def test_few_in_perfect_order_are_not_certain():
    assert area_interval(1.0, 2, 2)[0] < 0.5
    assert 0.5 < area_interval(1.0, 10, 10)[0] < 0.9
    assert area_interval(1.0, 10, 10)[1] == 1.0
    assert area_interval(None, 0, 3) == (None, None)


def test_the_interval_of_a_share_is_wilsons():
    assert share_interval(0, 20) == pytest.approx((0.0, 0.1611), abs=1e-4)
    assert share_interval(10, 20) == pytest.approx((0.2993, 0.7007), abs=1e-4)
    assert share_interval(20, 20) == pytest.approx((0.8389, 1.0), abs=1e-4)
    assert share_interval(0, 0) == (None, None)
    assert all(math.isfinite(end) for num in range(1, 50) for end in share_interval(num, num))


def known(**queries: list[str]) -> pl.DataFrame:
    found = [
        (f"{source}/{i}", source, query, None) for source, texts in queries.items() for i, query in enumerate(texts)
    ]
    schema = dict.fromkeys(("query_id", "source", "query", "solution"), pl.String)
    return pl.DataFrame(found, schema, orient="row")


def test_others_questions_come_in_pairs_where_the_rule_breaks_them():
    own = pl.DataFrame({"source": ["own", "own"], "query": ["a", "b"], "is_sound": [True, False]})
    others = known(own=["x 1"], told=[f"q {i}" for i in range(9)] + ["q 3"], plain=["without"])

    def broken(queries: pl.Series, solutions: pl.Series) -> pl.Series:
        return queries.str.extract(r"^(\w) \d$", 1)

    found = judge_quality.labelled(own, others, broken, num=4, seed=7)
    assert found.columns == ["query_id", "source", "query", "is_sound"]
    assert found["query_id"].is_unique().all()
    assert found.filter(source="own").select("query", "is_sound").rows() == [("a", True), ("b", False)]
    told = found.filter(source="told")
    assert told.filter("is_sound")["query"].n_unique() == 4
    assert told.filter(~pl.col("is_sound"))["query"].to_list() == ["q"] * 4
    assert set(found["source"]) == {"own", "told"}
    assert found.equals(judge_quality.labelled(own, others.reverse(), broken, num=4, seed=7))
    assert judge_quality.labelled(own, known(), broken, num=4, seed=7).height == 2


def told(source: str, num_right: int, num: int) -> pl.DataFrame:
    """Rows of one source, of whose sound and broken questions so many are judged right."""
    broken, sound = ((False, "unsolvable", 0.1), (False, None, 0.9)), ((True, None, 0.9), (True, "unsolvable", 0.1))
    pairs = [(broken[i >= num_right // 2], sound[i >= num_right // 2]) for i in range(num // 2)]
    return rows(*(row for pair in pairs for row in pair), source=source)


@pytest.mark.parametrize(
    ("right", "passes", "text"),
    [
        ({"a": (22, 32), "b": (22, 32)}, True, ""),
        ({"a": (32, 32), "b": (16, 32)}, False, "b: 50.0% of 32 right"),
        ({"a": (18, 32), "b": (18, 32)}, False, "all: 56.2% of 64 right (44.1% to 67.7%), which cannot be told"),
        ({"a": (18, 32)}, False, "a: 56.2% of 32 right (39.3% to 71.8%), which cannot be told"),
        ({"a": (100, 100), "b": (54, 100)}, False, "b: 54.0% of 100 right"),
        ({"a": (100, 100), "b": (62, 100)}, True, ""),
    ],
)
def test_few_questions_of_a_source_blame_no_judge_that_is_good_over_all(right, passes, text):
    judged = pl.concat([told(source, *counts) for source, counts in right.items()])
    found = judge_quality.finding(judge_quality.measure(judged, ("verdict",), Solvability()))
    assert found.passed == passes, found.text
    assert passes or text in found.text


def test_of_our_own_questions_those_are_asked_that_a_run_is_about():
    own = pl.DataFrame({"source": ["x", "y"], "query": ["a", "b"], "is_sound": [True, True]})

    def nothing(queries: pl.Series, solutions: pl.Series) -> pl.Series:
        return pl.Series([None] * len(queries), dtype=pl.String)

    for others, expected in ((known(y=["q"], z=["r"]), {"y"}), (known(z=["r"]), {"x", "y"}), (known(), {"x", "y"})):
        assert set(judge_quality.labelled(own, others, nothing, num=4, seed=7)["source"]) == expected
