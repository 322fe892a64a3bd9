"""The funnel: counts, reasons, and that they add up."""

import polars as pl
import pytest

from scalequest_assets.errors import ScalequestError, SchemaError
from scalequest_assets.recipe import funnel
from scalequest_assets.schemas import polars_schema
from scalequest_assets.stages import STAGES
from scalequest_assets.storage.conforming import conform


def test_stage_counts():
    frame = pl.DataFrame({"keep": [True, False, False, False], "drop_reason": [None, "b", "a", "a"]})
    counted = funnel.stage_counts(frame.lazy())
    assert counted.row(0, named=True) == {
        "num_input": 4,
        "num_kept": 1,
        "drop_reasons": [{"drop_reason": "a", "num_rows": 2}, {"drop_reason": "b", "num_rows": 1}],
    }
    assert funnel.stage_counts(frame.select("drop_reason").rename({"drop_reason": "x"})).rows() == [(4, 4, [])]
    assert funnel.stage_counts(frame.clear()).rows() == [(0, 0, [])]


@pytest.mark.parametrize(("keep", "reason"), [(True, "a"), (False, None), (None, "a"), (None, None)])
def test_stage_counts_refuses_rows_that_contradict_themselves(keep, reason):
    frame = pl.DataFrame([(keep, reason)], schema={"keep": pl.Boolean, "drop_reason": pl.String}, orient="row")
    with pytest.raises(SchemaError, match="contradict"):
        funnel.stage_counts(frame)


def test_answer_stage_counts():
    scores = pl.DataFrame(
        {
            "query_id": ["a", "a", "b", "b", "c"],
            "keep": [True, False, False, False, True],
            "drop_reason": [None, "empty", "no_answer", "no_answer", None],
        }
    ).with_columns(generator=pl.lit("g"), shard=pl.lit("s"), query="query_id")
    choices = pl.DataFrame({"query_id": ["a", "b", "c"], "drop_reason": [None, None, "off_gap"]})
    counted = funnel.answer_stage_counts(scores, choices, pl.DataFrame({"query_id": ["a"]}))
    reasons = [{"drop_reason": "no_answer", "num_rows": 1}, {"drop_reason": "off_gap", "num_rows": 1}]
    assert counted.rows() == [(3, 1, reasons)]
    none = choices.clear().lazy()
    assert funnel.answer_stage_counts(scores.clear().lazy(), none, none).rows() == [(0, 0, [])]


def manifest(*rows):
    """Manifest rows from (asset, num_input, num_kept, drop_reasons)."""
    frame = pl.DataFrame(
        [
            {"asset": asset, "num_input": taken, "num_kept": kept, "drop_reasons": reasons, "shard": "s0000"}
            for asset, taken, kept, reasons in rows
        ],
        schema_overrides={"drop_reasons": polars_schema("release_manifest")["drop_reasons"]},
    )
    missing = [name for name in polars_schema("release_manifest") if name not in frame.columns]
    filled = frame.with_columns(pl.lit(None).alias(name) for name in missing).with_columns(generator=pl.lit("g"))
    return conform("release_manifest", filled).collect()


FOUR = [{"drop_reason": "x", "num_rows": 4}]


def test_funnel_adds_up_and_fits_the_table():
    rows = funnel.funnel(
        manifest(
            ("screened_questions", 10, 6, FOUR),
            ("synthetic_questions", 10, 10, []),
            ("responses", 6, 6, []),
            ("solvability_verdicts", 6, 2, FOUR),
            ("qa_pairs", 0, 0, []),
        )
    )
    assert conform("funnel", rows).collect().schema == polars_schema("funnel")
    assert rows["stage"].to_list()[:3] == list(STAGES.funnel[:3])
    assert rows["keep_rate"].to_list() == pytest.approx([1.0, 0.6, 1 / 3, None])
    funnel.assert_adds_up(rows)


def test_assert_adds_up_names_every_fault():
    broken = funnel.funnel(
        manifest(
            ("synthetic_questions", 10, 10, []),
            ("screened_questions", 9, 6, FOUR),
            ("qa_pairs", 3, 1, [FOUR[0], FOUR[0]]),
        )
    )
    with pytest.raises(ScalequestError) as error:
        funnel.assert_adds_up(broken)
    message = str(error.value)
    assert "screened_questions g|s0000: 9 in, but synthetic_questions kept 10" in message
    assert "qa_pairs g|s0000" in message


def test_an_empty_manifest_is_an_empty_funnel():
    rows = funnel.funnel(manifest(("responses", 1, 1, [])))
    assert rows.is_empty()
    funnel.assert_adds_up(rows)
