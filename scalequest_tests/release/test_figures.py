import polars as pl
import pytest
from polars.testing import assert_frame_equal

from scalequest_assets.release import figures
from scalequest_assets.schemas import polars_schema
from scalequest_tests.release import frames
from scalequest_tests.release.report_tables import benchmarks, funnel, table, tables


def lazy(**columns: list[object]) -> pl.LazyFrame:
    return pl.LazyFrame(columns)


def test_stages_add_up_over_shards_and_generators():
    rows = pl.concat([funnel(), funnel().with_columns(generator=pl.lit("b"))])
    found = figures.stages(rows)
    assert found.columns == ["stage", "num_input", "num_kept", "num_dropped", "keep_rate", "share"]
    assert found["num_input"].to_list() == [16, 16, 14, 12, 10, 8]
    assert found["keep_rate"][1] == pytest.approx(7 / 8)
    assert found["share"][-1] == pytest.approx(3 / 8)


def test_reasons_have_their_share_and_their_sentence():
    two = [{"drop_reason": "too_short", "num_rows": 1}, {"drop_reason": "own", "num_rows": 3}]
    rows = funnel().filter(position=2).with_columns(drop_reasons=pl.Series([two]))
    found = figures.reasons(rows, {"too_short": "it is short"})
    assert found.select("drop_reason", "num_questions", "share", "meaning").rows() == [
        ("own", 3, 3 / 8, None),
        ("too_short", 1, 1 / 8, "it is short"),
    ]


def test_generators_have_their_yield_and_the_middle_of_their_pairs():
    rows = pl.concat([funnel(), funnel().with_columns(generator=pl.lit("b"), num_kept=pl.lit(0, pl.Int64))])
    found = figures.generators(rows, tables()["qa_pairs"].lazy())
    assert found.rows() == [("a", 8, 3, 3 / 8, 0.52, 0.875, 0.5), ("b", 8, 0, 0.0, None, None, None)]


def test_topics_of_several_generators_stand_side_by_side_whatever_these_are_called():
    pairs = lazy(generator=["topic", "share", "share"], topic=["x", "x", None])
    found = figures.topics(pairs)
    assert found.columns == ["topic", "num_questions", "share", "share in share", "share in topic"]
    assert found.rows() == [("x", 2, 1.0, 1.0, 1.0)]
    assert figures.topics(pairs.filter(pl.col("generator") == "topic")).columns == ["topic", "num_questions", "share"]


def test_difficulties_fall_into_twenty_bins_ends_included():
    found = figures.difficulties(lazy(difficulty=[0.0, 0.05, 0.3, 0.999, 1.0, None]), lazy(difficulty=[1.0]))
    assert found.height == figures.NUM_BINS
    assert found["scored"].to_list() == [1, 1, 0, 0, 0, 0, 1, *[0] * 12, 2]
    assert found["paired"].sum() == 1
    assert (found["low"][6], found["high"][6]) == pytest.approx((0.3, 0.35))


def test_histograms_count_what_lies_beyond_in_their_ends_and_nothing_that_is_no_number():
    values = {"a": lazy(value=[-5.0, 0.5, 99.0, None, float("nan"), float("inf")])}
    assert figures.histogram(values, low=0, width=1, num_bins=2).rows() == [(0, 1, 2), (1, 2, 1)]


def test_lengths_have_whole_bins_and_the_longest_in_the_last():
    found = figures.lengths({"all": lazy(value=[*range(1, 100), 10_000]), "kept": lazy(value=[1, 2])})
    assert found["all"].sum() == 100
    assert found["kept"].to_list()[0] == 2
    assert (found.height, found["high"].to_list()[-1]) == (20, 100), "one in a hundred lies beyond"
    assert all(float(edge).is_integer() for edge in found["low"])
    assert figures.lengths({"all": lazy(value=[7, 7])})["all"].sum() == 2
    assert figures.lengths({"all": pl.LazyFrame(schema={"value": pl.Int32})}).rows() == []


def test_rewards_by_agreement():
    cells, quartiles = figures.rewards(
        lazy(agreement=[1.0, 1.0, 0.2, None, 0.2, 0.2], reward=[3.0, 1.0, -2.0, 1.0, float("nan"), None])
    )
    assert cells["num_responses"].sum() == 3
    assert set(cells["agreement"]) == {0.2, 1.0}
    assert quartiles.select("agreement", "num_responses").rows() == [(0.2, 1), (1.0, 2)]
    nothing, none = figures.rewards(pl.LazyFrame(schema={"agreement": pl.Float64, "reward": pl.Float64}))
    assert nothing.is_empty()
    assert none.is_empty()
    same, _ = figures.rewards(lazy(agreement=[0.5, 0.5], reward=[1.0, 1.0]))
    assert same["num_responses"].to_list() == [2]


def test_costs_stand_beside_the_papers():
    rows = pl.concat([frames.costs(), frames.costs()]).with_columns(stage=pl.Series(["responses", None]))
    found = figures.costs(rows)
    assert found["stage"].to_list() == ["responses", "not in the paper"]
    assert found["engine_hours"].to_list() == pytest.approx([12.34567 / 3600] * 2)
    assert found["paper_gpu_hours_per_million"].to_list() == [251.0, None]
    paid = figures.costs(frames.costs().with_columns(stage=pl.lit("QPO rewriting")))
    assert paid["paper_usd"].to_list() == [6.2]


def test_benchmarks_count_their_copies():
    screened = lazy(matched_id=["b/0", "b/0", "b/1", None], drop_reason=["contamination"] * 2 + [None, None])
    assert figures.benchmarks(benchmarks(), screened).rows() == [("b", 2, 2)]


def test_figures_are_the_same_in_any_order_of_rows():
    responses = tables()["response_scores"]
    for first, second in zip(
        figures.rewards(responses.lazy()), figures.rewards(responses.reverse().lazy()), strict=True
    ):
        assert_frame_equal(first, second)


def test_nothing_makes_empty_figures():
    empty = {name: pl.LazyFrame(schema=polars_schema(name)) for name in ("funnel", "qa_pairs", "costs")}
    for found in (
        figures.stages(empty["funnel"].collect()),
        figures.reasons(empty["funnel"].collect(), {}),
        figures.generators(empty["funnel"].collect(), empty["qa_pairs"]),
        figures.topics(empty["qa_pairs"]),
        figures.costs(empty["costs"].collect()),
    ):
        assert found.is_empty()
    assert figures.difficulties(empty["qa_pairs"], empty["qa_pairs"])["scored"].sum() == 0


@pytest.mark.parametrize(
    ("least", "whole", "step"), [(0.3, False, 0.5), (2, False, 2), (2.1, True, 5), (70, True, 100), (0.2, True, 1)]
)
def test_steps_are_nice(least: float, whole: bool, step: float):
    assert figures.nice_step(least, whole=whole) == pytest.approx(step)


def test_the_tables_of_these_tests_are_of_one_release():
    assert funnel().filter(stage="qa_pairs")["num_kept"].item() == tables()["qa_pairs"].height
    assert table("qa_pairs", [1])["query_id"].item() == "a/s0000/000001"
