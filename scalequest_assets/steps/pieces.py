"""How the search for near-duplicates is cut and where it runs, which changes nothing of what is found."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import polars as pl

from scalequest_assets.engines.footprint import memory_here
from scalequest_assets.engines.settings import MOST_PIECES, EngineSettings
from scalequest_assets.recipe.pieces import IN_MEMORY, Pieces
from scalequest_assets.storage.pieces import in_folder

IDS_BYTES: Final = 370
"""Bytes of a question's ids, hashes and order, which are in one process: docs/scaling.md has how many that makes."""
CUT_BYTES: Final = 600
"""Bytes of a question that are cut into pieces, where all have candidates."""


@contextmanager
def pieces_for(
    engine: EngineSettings, signatures: pl.LazyFrame, close_engine: Callable[[], object]
) -> Iterator[Pieces]:
    """Give the pieces of a search: as many as the settings say, or as memory asks for.

    Several run on the cluster where `engine.kind` is ray, else one after the other here.

    Args:
        engine: How models are run, which says whether there is a cluster.
        signatures: The rows to be compared.
        close_engine: Closes the engine that is loaded, whose workers hold the CPUs that pieces on the cluster want.

    Raises:
        EngineError: `engine.kind` is ray, and no cluster answers.
    """
    num_questions = signatures.select(pl.len()).collect().item()
    num = engine.near_duplicate_pieces or num_pieces(num_questions, memory_here().free)
    if num > 1 and engine.kind == "ray":
        from scalequest_assets.engines.ray.pieces import RayPieces

        close_engine()
        yield RayPieces(num, engine.ray)
    elif num > 1:
        with in_folder(num) as pieces:
            yield pieces
    else:
        yield IN_MEMORY


def num_pieces(num_questions: int, free: int) -> int:
    """Return how many pieces let a search fit into half of the free memory, in bytes; at most as many as can be."""
    left = max(1.0, free / 2 - IDS_BYTES * num_questions)
    return min(MOST_PIECES, max(1, math.ceil(CUT_BYTES * num_questions / left)))
