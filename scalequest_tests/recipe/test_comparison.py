import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalequest_assets.recipe import comparison


def values(figures: pl.DataFrame) -> dict[str, float]:
    return dict(figures.select(comparison.NAME.alias("name"), "value").iter_rows())


def test_keep_rates_are_by_generator():
    rows = pl.DataFrame({"generator": ["b", "a", "a", "a"], "keep": [True, True, False, False]})
    assert values(comparison.keep_rates("t", rows)) == {"t.a.keep_rate": 1 / 3, "t.b.keep_rate": 1.0}


def test_yields_are_last_over_first_stage_and_null_where_nothing_was_asked():
    funnel = pl.DataFrame(
        {
            "position": [1, 1, 2, 3, 3, 1],
            "generator": ["a", "a", "a", "a", "a", "empty"],
            "num_input": [10, 10, 20, 8, 8, 0],
            "num_kept": [10, 10, 16, 3, 2, 0],
        }
    )
    expected = {"funnel.a.yield": 0.25, "funnel.a.num_kept": 5.0, "funnel.empty.num_kept": 0.0}
    assert values(comparison.yields(funnel)) == expected


@pytest.mark.parametrize("money", [[None, None], [None, 0.5]])
def test_totals_leave_out_what_is_not_known_of_all(money: list[float | None]):
    names = comparison.TOTALS
    costs = pl.DataFrame(
        {**{name: [1.0, 2.0] for name in names}, "money": money}, schema_overrides={"money": pl.Float64}
    )
    assert values(comparison.totals(costs)) == {f"costs.{name}": 3.0 for name in names if name != "money"}
    assert values(comparison.totals(costs.clear())) == {}


def test_measures_take_texts_for_keys_numbers_for_figures_and_average_equal_keys():
    rows = pl.DataFrame(
        {
            "generator": ["a", "a", "a"],
            "stage": ["qft", "qpo", "qpo"],
            "direction": [None, "harder", "harder"],
            "num": [3, 4, 6],
            "share": [0.5, None, None],
            "is_new": [True, True, True],
        }
    )
    assert values(comparison.measures("r", rows)) == {"r.a qft.num": 3, "r.a qpo harder.num": 5, "r.a qft.share": 0.5}


def test_numbers_in_a_document_are_named_by_their_path():
    document = {"loss": 1, "held_out": {"mse": 0.5, "spearman": None, "text": "x"}, "flag": True, "none": None}
    assert values(comparison.numbers_in("m", "", document)) == {"m.loss": 1.0, "m.held_out.mse": 0.5}


def figures(**points: list[float]) -> pl.DataFrame:
    """Figures `t.0`, `t.1`, … of some points."""
    return comparison.concatenated(
        {
            name: pl.DataFrame(
                [("t", "", str(i), v) for i, v in enumerate(row)], schema=comparison.FIGURES, orient="row"
            )
            for name, row in points.items()
        }
    )


def test_side_by_side_has_a_row_for_every_point_those_without_figures_too():
    points = pl.DataFrame({"point": ["p", "failed", "q"], "seed": [1, 2, 3]})
    wide = comparison.side_by_side(points, figures(q=[2.0, 3.0], p=[1.0]))
    assert wide.to_dicts() == [
        {"point": "p", "seed": 1, "t.0": 1.0, "t.1": None},
        {"point": "failed", "seed": 2, "t.0": None, "t.1": None},
        {"point": "q", "seed": 3, "t.0": 2.0, "t.1": 3.0},
    ]
    assert comparison.side_by_side(points, figures()).equals(points)


def test_over_seeds_averages_within_a_setting():
    points = pl.DataFrame({"point": ["p", "q", "r"], "setting": ["x", "x", "y"]})
    averaged = comparison.over_seeds(points, figures(p=[1.0], q=[3.0], r=[5.0]))
    assert averaged.select("setting", "mean", "num_points").rows() == [("x", 2.0, 2), ("y", 5.0, 1)]
    assert averaged["std"].to_list() == [2**0.5, None]


def test_differing_finds_what_is_not_the_same_everywhere():
    found = comparison.differing(figures(p=[1.0, 2.0, 9.0], q=[1.0, 3.0]))
    assert set(found["measure"]) == {"1", "2"}
    assert comparison.differing(figures(p=[1.0])).is_empty()
    renamed = figures(p=[1.0], q=[2.0]).with_columns(measure=pl.lit("share_stderr"))
    assert comparison.differing(renamed).is_empty()


@given(st.dictionaries(st.sampled_from("abcd"), st.lists(st.sampled_from([0.0, 0.5, 1.0]), max_size=3), min_size=1))
def test_nothing_is_lost_between_figures_and_the_wide_table(points):
    long = figures(**points)
    wide = comparison.side_by_side(pl.DataFrame({"point": list(points)}), long)
    back = wide.unpivot(index="point", variable_name="name").drop_nulls("value")
    assert back.height == long.height
    assert wide.height == len(points)
