"""The picture of a sweep: what is drawn where."""

import io

import polars as pl
import pytest
from matplotlib.figure import Figure

from scalequest_assets.sweeps.chart import MAX_PANELS, draw

SCHEMA = {
    "setting": pl.String(),
    "table": pl.String(),
    "key": pl.String(),
    "measure": pl.String(),
    "mean": pl.Float64(),
    "std": pl.Float64(),
}


@pytest.fixture
def drawn(monkeypatch):
    """Keep the figure that is written."""
    kept = []
    monkeypatch.setattr(Figure, "savefig", lambda figure, *_, **__: kept.append(figure))
    return kept


def frame(*rows):
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def panels(figure):
    return [axes for axes in figure.axes if axes.get_visible()]


def test_a_panel_for_each_measure_the_report_first_and_a_line_for_each_key(drawn):
    rows = frame(
        ("s=2", "costs", "", "engine_s", 5.0, None),
        ("s=1", "costs", "", "engine_s", 4.0, None),
        ("s=2", "generator_report", "a qpo", "solvable_share", 0.5, 0.1),
        ("s=1", "generator_report", "a qpo", "solvable_share", 0.4, 0.1),
        ("s=1", "generator_report", "b qpo", "solvable_share", 0.3, None),
    )
    draw(rows, {"s=1": 1.0, "s=2": 2.0}, "s", io.BytesIO())
    report, costs = panels(drawn[0])
    assert report.get_title() == "generator_report: solvable_share"
    assert [text.get_text() for text in report.get_legend().get_texts()] == ["a qpo", "b qpo"]
    assert list(costs.lines[0].get_xdata()) == [1.0, 2.0], "a line goes from left to right"
    assert list(costs.lines[0].get_ydata()) == [4.0, 5.0]


def test_settings_that_are_no_numbers_stand_side_by_side_without_lines(drawn):
    rows = frame(("base=$x$", "t", "", "m", 1.0, None), ("base=b", "t", "", "m", 2.0, None))
    draw(rows, {}, "base", io.BytesIO())
    (axes,) = panels(drawn[0])
    assert [label.get_text() for label in axes.get_xticklabels()] == [r"base=\$x\$", "base=b"]
    assert axes.lines[0].get_linestyle() == "None"


def test_more_measures_than_panels_are_left_to_the_table():
    rows = frame(*((f"s={x}", "t", "", f"m{n}", float(x), None) for n in range(MAX_PANELS + 5) for x in (1, 2)))
    written = io.BytesIO()
    draw(rows, {"s=1": 1.0, "s=2": 2.0}, "s", written)
    assert written.getvalue().startswith(b"\x89PNG")
