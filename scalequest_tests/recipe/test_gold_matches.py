import polars as pl
import pytest

from scalequest_assets.recipe.gold_matches import by_source, finding


def responses(*rows: tuple[str, str, str | None, bool | None]) -> pl.DataFrame:
    names = ("source", "gold_answer", "answer", "is_correct")
    frame = pl.DataFrame(rows, schema=dict(zip(names, [*[pl.String] * 3, pl.Boolean], strict=True)), orient="row")
    return frame.with_columns(finish_reason=pl.lit("stop"))


RIGHT, WRONG = ("good", "3", "3", True), ("good", "3", "4", False)


def test_some_right_and_some_wrong_of_every_source_is_as_it_should_be():
    found = finding(responses(RIGHT, WRONG, ("other", "5", "5", True)))
    assert found == (True, "2 of 3 sampled answers are right (66.7%)")


def test_a_source_whose_answers_never_equal_gold_is_named_with_three_examples():
    lost = [("bad", f"gold of {i}", "7" if i else None, False) for i in range(5)]
    passed, text = finding(responses(RIGHT, WRONG, *lost, *lost))
    assert not passed
    assert text.startswith(
        "1 of 12 sampled answers are right (8.3%). Source 'bad': none of its 10 sampled answers equals"
    )
    assert text.count(", answered") == 3
    assert "gold 'gold of 1', answered '7'; gold 'gold of 2', answered '7'; gold 'gold of 3', answered '7'. " in text
    assert "'good'" not in text


def test_an_answer_that_is_missing_or_long_is_shown_as_such():
    text = finding(responses(("bad", "x\n y" * 40, None, False))).text
    assert "gold 'x yx yx" in text
    assert "…', answered nothing. Where" in text


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([RIGHT], "1 of 1 sampled answers are right (100.0%)"),
        (
            [("bad", "x", "y", None)],
            "no sampled answer could be compared with gold. Source 'bad': none of its 1 sampled",
        ),
        ([RIGHT, WRONG, ("bad", "x", "y", None)], "Source 'bad': none of its 1 sampled answers could be compared"),
        ([], "no sampled answer could be compared with gold"),
    ],
)
def test_what_tells_nothing_does_not_pass(rows, expected):
    passed, text = finding(responses(*rows))
    assert not passed
    assert expected in text


def test_rows_that_the_engine_failed_on_do_not_count():
    failed = responses(("bad", "3", None, False)).with_columns(finish_reason=pl.lit("error"))
    rows = pl.concat([responses(RIGHT, WRONG), failed])
    assert finding(rows).passed
    assert by_source(rows).rows() == [("good", 2, 1, 1, 0, 0)]
