"""Near-duplicates sought on a real Ray cluster of two nodes, on this machine."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from scalequest_assets.engines.ray.settings import RaySettings
from scalequest_assets.engines.settings import EngineSettings
from scalequest_assets.errors import EngineError
from scalequest_assets.steps.pieces import pieces_for
from scalequest_assets.subjects import subject_named
from scalequest_tests.maths import cross_pairs, pairs, signatures

ray = pytest.importorskip("ray", reason="Ray is not installed: make test-extras has it")

from scalequest_assets.engines.ray.pieces import RayPieces  # noqa: E402 after the skip

pytestmark = pytest.mark.timeout(600)

NODE: dict[str, Any] = {"num_cpus": 1, "object_store_memory": 80 << 20, "include_dashboard": False}
ON_RAY = EngineSettings(kind="ray", near_duplicate_pieces=5)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """A cluster of two nodes; this process is connected as it would be by itself."""
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args=NODE)
    cluster.add_node(**NODE)
    cluster.wait_for_nodes()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_ADDRESS", cluster.address)
        yield cluster
    ray.shutdown()
    cluster.shutdown()


@pytest.fixture(scope="module")
def rows() -> pl.DataFrame:
    """Signatures of questions of two generators, each also with another name, number or word, some twice."""
    things = [f"{a}{b}s" for a in ("pear", "plum", "fig", "nut", "date") for b in ("cake", "box", "tree", "pie")]
    texts = [
        f"{name} has {num} {thing} and {verb} 5 more {other} at the market. How many {thing} does he have on day {at}?"
        for at, thing in enumerate(things)
        for other in things[:5]
        for name, num, verb in (("Tom", 3, "buys"), ("Tim", 3, "buys"), ("Tom", 4, "buys"), ("Tom", 3, "sells"))
    ]
    frame = pl.DataFrame({"query": texts + texts[::7]}).with_row_index("row")
    generator = pl.when(pl.col("row") % 3 == 0).then(pl.lit("b")).otherwise(pl.lit("a"))
    return signatures(
        frame.select(
            "query",
            generator=generator,
            query_id=pl.format("{}/s0000/{}", generator, "row"),
            shard=pl.lit("s0000"),
            difficulty=pl.lit(0.5),
        )
    )


def test_pairs_are_those_found_here(cluster: Any, rows: pl.DataFrame) -> None:
    for search in (pairs, cross_pairs):
        expected = search(rows, generators=["b", "a"])
        with pieces_for(ON_RAY, rows.lazy()) as pieces:
            assert isinstance(pieces, RayPieces)
            found = search(rows, generators=["b", "a"], pieces=pieces)
        assert found.equals(expected)
        assert set(expected["relation"]) == {"exact", "duplicate", "numeric_variant"}


def test_pairs_in_german_are_those_found_here(cluster: Any) -> None:
    likeness = subject_named("maths", "de").likeness
    texts = ["Tom kauft 3 Äpfel und 4 Birnen. Wie viele Früchte hat er?"] * 2
    texts += ["Tom kauft 3 Äpfel und 4 Birnen. Wie viele Früchte hat er dann?"]
    frame = pl.DataFrame({"query": texts, "query_id": ["a/s0000/0", "a/s0000/1", "a/s0000/2"]})
    frame = frame.with_columns(generator=pl.lit("a"), shard=pl.lit("s0000"), difficulty=pl.lit(0.5))
    rows = signatures(frame, normalise=likeness.normalise)
    with pieces_for(ON_RAY, rows.lazy()) as pieces:
        assert pairs(rows, likeness=likeness, pieces=pieces).equals(pairs(rows, likeness=likeness))


def fails(path: str) -> None:
    """Raise an error of ours."""
    raise EngineError(f"nothing at {path}", "put it there")


def dies_once(path: str, kept: Any) -> int:
    """Take its process down the first time."""
    import os

    if not Path(path).exists():
        Path(path).touch()
        os._exit(1)
    return kept().height


def test_errors_come_through_and_a_piece_that_is_lost_runs_again(cluster: Any, tmp_path: Path) -> None:
    pieces = RayPieces(2, RaySettings())
    with pytest.raises(EngineError, match="nothing at here"):
        list(pieces.each(fails, [("here",)]))
    kept = pieces.keep(pl.DataFrame({"a": [1, 2, 3]}))
    assert list(pieces.each(dies_once, [(str(tmp_path / "died"), kept)])) == [3]
