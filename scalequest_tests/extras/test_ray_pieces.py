"""Near-duplicates sought on a real Ray cluster of two nodes, on this machine."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from scalequest_assets.engines.base import Request, Sampling
from scalequest_assets.engines.ray.settings import RaySettings
from scalequest_assets.engines.settings import EngineSettings
from scalequest_assets.errors import EngineError
from scalequest_assets.partitions import partition_keys
from scalequest_assets.steps.loaded import Loaded
from scalequest_assets.steps.pieces import pieces_for
from scalequest_assets.subjects import subject_named
from scalequest_tests.conftest import fake_model
from scalequest_tests.extras.side_by_side import CountedOnRay, made, opened, prepared
from scalequest_tests.maths import cross_pairs, pairs, signatures

ray = pytest.importorskip("ray", reason="Ray is not installed: make test-extras has it")

from scalequest_assets.engines.ray.pieces import RayPieces  # noqa: E402 after the skip

pytestmark = pytest.mark.timeout(600)

ON_RAY = EngineSettings(kind="ray", near_duplicate_pieces=5)


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
        with pieces_for(ON_RAY, rows.lazy(), Loaded().close) as pieces:
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
    with pieces_for(ON_RAY, rows.lazy(), Loaded().close) as pieces:
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


def test_a_search_closes_the_engine_whose_workers_fill_the_cluster(
    cluster: Any, rows: pl.DataFrame, tmp_path: Path
) -> None:
    home, profile = prepared(
        tmp_path / "home",
        str(fake_model(tmp_path / "model")),
        *("engine.kind=ray", "engine.near_duplicate_pieces=5", "engine.ray.placement_s=60"),
    )
    (tmp_path / "made").touch()
    graph = opened(home, profile, CountedOnRay(profile, tmp_path / "made"))
    for shard in partition_keys(profile, "shard"):
        id_ = pl.format(f"{shard['generator']}/{shard['shard']}/{{}}", pl.int_range(pl.len()))
        own = rows.with_columns(query_id=id_, **{name: pl.lit(key) for name, key in shard.items()})
        graph._lake.write("minhash_signatures", shard, own)
    asked = [Request(id="a", prompt="Tom has 3 pears", seed=1)]
    graph.models.complete(graph.models.handle("tiny"), asked, Sampling(temperature=1.0, max_tokens=8), None)
    pool = graph.models._loaded._engine._pool
    while len(pool.ready()) < 2:
        ray.wait(pool.coming())
    assert made(graph, "duplicate_pairs") == 2
    for generator in partition_keys(profile, "generator"):
        shards = [shard for shard in partition_keys(profile, "shard") if generator.items() <= shard.items()]
        expected = pairs(graph._lake.scan("minhash_signatures", shards))
        assert expected.height
        assert graph._lake.scan("duplicate_pairs", [generator]).collect().equals(expected)
    graph.close()


def test_pieces_that_no_node_has_room_for_are_an_error_in_time(cluster: Any, rows: pl.DataFrame) -> None:
    settings = ON_RAY.model_copy(update={"ray": RaySettings(cpus_per_worker=64, placement_s=1)})
    with (
        pieces_for(settings, rows.lazy(), Loaded().close) as pieces,
        pytest.raises(EngineError, match=r"in 1 s .*: a piece takes 64 CPU, .* have: 1 CPU [^>]*> .*_pieces: 1"),
    ):
        pairs(rows, generators=["b", "a"], pieces=pieces)
    with pieces_for(ON_RAY, rows.lazy(), Loaded().close) as pieces:  # those that waited are gone
        assert pairs(rows, generators=["b", "a"], pieces=pieces).height
