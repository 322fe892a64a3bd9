import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scalequest_assets.release import charts

BINS = pl.DataFrame({"low": [0.0, 0.5], "high": [0.5, 1.0], "all": [10, 5], "kept": [4, 0]})


def test_columns_are_as_high_as_their_counts():
    chart = charts.columns(BINS, {"all": "all", "kept": "kept"}, x="x", y="y")
    heights = {rect.title: rect.height for rect in chart.rects}
    assert heights["all, 0 to 0.5: 10"] == 2 * heights["all, 0.5 to 1: 5"] > 0
    assert heights["kept, 0.5 to 1: 0"] == 0
    assert {label.text for label in chart.labels if label.kind == "axis"} == {"x", "y"}
    assert chart.legend == ["all", "kept"]
    assert charts.columns(BINS, {"all": "all"}, x="x", y="y").legend == ()


def test_rows_follow_one_another_in_parts_and_say_their_end():
    chart = charts.rows(["a", "b" * 99], {"kept": [3, 1], "lost": [1, 0]}, ["3 of 4", "1 of 1"], x="questions")
    first, second = chart.rects[:2]
    assert second.x == pytest.approx(first.x + first.width, abs=0.02)
    assert first.width == pytest.approx(3 * second.width, abs=0.05)
    assert {"3 of 4", "1 of 1", "a", "questions"} <= {label.text for label in chart.labels}
    assert all(len(label.text) <= 40 for label in chart.labels)


def test_cells_are_the_stronger_the_more_they_have():
    found = pl.DataFrame({"agreement": [0.2, 1.0], "low": [0.0, 1.0], "high": [1.0, 2.0], "num_responses": [1, 9]})
    weak, strong = charts.cells(found, x="x", y="y").rects
    assert weak.strength < strong.strength == 1
    assert weak.x < strong.x
    assert weak.y > strong.y


@given(st.lists(st.tuples(st.floats(0, 1e9), st.floats(0, 1e9)), max_size=12))
@example([(0.0, 5e-324)])
def test_everything_lies_inside_the_box(counts: list[tuple[float, float]]):
    parts = {"kept": [kept for kept, _ in counts], "lost": [lost for _, lost in counts]}
    chart = charts.rows([str(n) for n in range(len(counts))], parts, [""] * len(counts), x="n")
    for rect in chart.rects:
        assert 0 <= rect.x <= rect.x + rect.width <= charts.WIDTH
        assert 0 <= rect.y <= rect.y + rect.height <= chart.height


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "–"), (0, "0"), (-0.0, "0"), (1234567, "1,234,567"), (0.12345, "0.123"), (110.6, "110.6"), (-1.5, "-1.5")],
)
def test_numbers_read_well(value: float | None, text: str):
    assert charts.number(value) == text
