import polars as pl
import pytest

from scalequest_assets.engines.settings import MOST_PIECES, EngineSettings
from scalequest_assets.recipe.minhash import DEFAULT_BANDS
from scalequest_assets.steps.loaded import Loaded
from scalequest_assets.steps.pieces import CUT_BYTES, IDS_BYTES, num_pieces, pieces_for


@pytest.mark.parametrize(
    ("free", "expected"),
    [(2.0, 1), (1.0, 1), (0.9, 2), (0.5, 6), (0.4, MOST_PIECES), (0.0, MOST_PIECES)],
)
def test_a_search_takes_no_more_than_half_of_what_is_free(free, expected):
    assert num_pieces(1_000_000, int(2e6 * free * (IDS_BYTES + CUT_BYTES))) == expected
    assert num_pieces(0, 0) == 1


def test_settings_decide_where_they_say_something():
    rows = pl.LazyFrame({"query_id": ["a"]})
    with pieces_for(EngineSettings(near_duplicate_pieces=3), rows, Loaded().close) as pieces:
        assert pieces.num == 3
    with pieces_for(EngineSettings(), rows, Loaded().close) as pieces:
        assert pieces.num == 1


def test_a_piece_has_a_band_at_least():
    assert DEFAULT_BANDS.num_bands == MOST_PIECES
