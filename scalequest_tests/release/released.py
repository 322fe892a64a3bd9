"""A released folder with all its forms, of two pairs and their samples."""

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from scalequest_assets.release.card import card_of
from scalequest_assets.release.forms import by_file, forms, in_splits
from scalequest_assets.storage.home import Home
from scalequest_assets.storage.releases import Releases
from scalequest_assets.subjects.maths.subject import SUBJECT
from scalequest_tests.release.frames import facts, funnel, pairs

SAMPLES = [
    # query_id, sample_idx, response, answer, reward, keep
    ("a/s0000/0", 0, "2 + 3 = 5.\nThe answer is 5.", "5", 1.5, True),
    ("a/s0000/0", 1, "The answer is 6.", "6", 0.5, True),
    ("a/s0000/0", 2, "The answer is 5.0.", "5.0", -3.0, True),
    ("a/s0000/0", 3, "The answer is 7.", "7", 0.25, True),
    ("a/s0000/0", 4, "The answer is 8.", "8", None, False),
    ("b/s0000/1", 0, "No crate has a leg: 0.", "0", 1.0, True),
    ("b/s0000/1", 1, "Zero.", "0", 0.5, True),
    ("c/s0000/9", 0, "Not released.", "1", 0.5, True),
]


def samples() -> pl.LazyFrame:
    """Rows of `response_scores`, as far as they are read."""
    columns = ["query_id", "sample_idx", "response", "answer", "reward", "keep"]
    return pl.DataFrame(SAMPLES, schema=columns, orient="row").lazy()


def released() -> Mapping[str, pl.DataFrame]:
    """The rows of each form."""
    return forms(pairs(), samples(), SUBJECT.answers)


def release(root: Path, validation_share: float = 0.0) -> str:
    """Write the folder below `root`; return its path."""
    configs = in_splits(released(), validation_share)
    card = card_of(configs, funnel(), facts())
    written, _ = Releases(Home(root / "home")).write_dataset(by_file(configs), card.text, "name: tiny\n")
    return str(written)
