import polars as pl
import pytest

from scalequest_assets.checks import bands


@pytest.mark.parametrize(
    ("check", "rate", "bound", "passed", "text"),
    [
        (bands._at_least, 0.799, 0.7, True, "79.9% x; at least 70.0% expected"),
        (bands._at_least, 0.69996, 0.7, False, "69.996% x; at least 70.000% expected"),
        (bands._at_least, 0.7, 0.7, True, "70.0% x; at least 70.0% expected"),
        (bands._at_most, 0.0101, 0.01, False, "1.01% x; at most 1.00% expected"),
        (bands._at_most, None, 0.01, False, "no rows x; at most 1.0% expected"),
        (bands._at_least, 0.1 + 0.2, 0.3, True, "30.0% x; at least 30.0% expected"),
    ],
)
def test_a_text_shows_the_figures_that_were_compared(check, rate, bound, passed, text):
    found = check("x", rate, bound)
    assert (found.passed, found.description) == (passed, text)


def funnel(num_input: int, num_kept: int) -> pl.DataFrame:
    return pl.DataFrame({"stage": ["qa_pairs"], "position": [0], "num_input": [num_input], "num_kept": [num_kept]})


def test_a_funnel_without_rows_has_no_share():
    assert bands._keep_rate(funnel(0, 0), "qa_pairs") is None
    assert bands._keep_rate(funnel(4, 1), "qa_pairs") == 0.25
