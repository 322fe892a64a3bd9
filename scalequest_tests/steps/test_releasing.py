"""An empty release is refused, with the stage at which the last rows were lost."""

import polars as pl
import pytest

from scalequest_assets.errors import ReleaseError
from scalequest_assets.schemas import polars_schema
from scalequest_assets.steps.releasing import refuse_empty

EMPTY = pl.DataFrame(schema=polars_schema("qa_pairs"))


def funnel(*stages: tuple[str, int, int]) -> pl.DataFrame:
    """Two shards of stages: came in and kept of each shard."""
    rows = [
        {
            "position": position,
            "stage": stage,
            "generator": "a",
            "shard": shard,
            "num_input": num_input,
            "num_kept": num_kept,
            "num_dropped": num_input - num_kept,
            "keep_rate": None,
            "drop_reasons": [{"drop_reason": "unsolvable", "num_rows": num_input - num_kept}] if num_input else [],
        }
        for position, (stage, num_input, num_kept) in enumerate(stages, 1)
        for shard in ("s0000", "s0001")
    ]
    return pl.DataFrame(rows, schema=polars_schema("funnel"))


def test_the_stage_where_all_was_lost_is_named_with_its_reasons():
    lost = funnel(("synthetic_questions", 8, 8), ("solvability_verdicts", 8, 0), ("qa_pairs", 0, 0))
    with pytest.raises(ReleaseError, match=r"all 16 that came to solvability_verdicts .* \(unsolvable 16\)"):
        refuse_empty(EMPTY, lost)


def test_a_mix_of_nothing_is_named():
    with pytest.raises(ReleaseError, match=r"release\.mix"):
        refuse_empty(EMPTY, funnel(("synthetic_questions", 8, 8), ("qa_pairs", 8, 8)))


def test_what_has_rows_passes():
    refuse_empty(EMPTY.clear(1), funnel(("qa_pairs", 8, 0)))
