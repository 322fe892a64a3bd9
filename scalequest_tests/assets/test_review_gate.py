"""What people said blocks a release, is on its card, and makes it stale; no run makes or removes it."""

from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from scalequest_assets.config.file import edit_document, read_profile, validate
from scalequest_assets.errors import ProfileError, ReleaseError, UndeclaredSettingError
from scalequest_assets.release.reviewing import hashed
from scalequest_assets.steps.step import Declared, Step
from scalequest_assets.storage.reviews import Reviews, new_session
from scalequest_tests.conftest import FakeRun
from scalequest_tests.release.test_reviewing import frame, said


@pytest.fixture
def run(one_shard: FakeRun, tmp_path: Path) -> FakeRun:
    return one_shard.copied(tmp_path)


def judge(run: FakeRun, *wrong: bool, reviewer: str = "ada") -> None:
    """Judge the first pairs, right or wrong, and load the graph again, as the next command does."""
    released = pl.read_parquet(str(run.home.releases / "data" / "*.parquet"))
    pairs = hashed(released).head(len(wrong)).iter_rows(named=True)
    Reviews(run.home).write(
        new_session(), frame(*(said(pair, True, not flag, reviewer) for pair, flag in zip(pairs, wrong, strict=True)))
    )
    run.use()


def card(run: FakeRun) -> str:
    return (run.home.releases / "README.md").read_text(encoding="utf-8")


def shown(run: FakeRun) -> str:
    event = run.instance.get_latest_materialization_event(dg.AssetKey("dataset"))
    return str(event.asset_materialization.metadata["review"].value)


def test_judgements_are_on_the_card_and_remake_the_release_alone(run: FakeRun):
    assert run.make() == [], "a home without judgements is as fresh as before"
    assert "Read by people" not in card(run)
    judge(run, True, False, False, False)
    assert run.make() == ["dataset", "report"]
    expected = "pairs found wrong, in question or answer | 1 of 4 (25.0%, 95% interval 0.6% - 80.6%)"
    assert expected in card(run)
    assert shown(run).startswith("4 of ")
    assert run.make() == []


def test_too_many_wrong_pairs_block_the_release_before_anything_is_written(run: FakeRun):
    before = card(run)
    judge(run, *[True] * 6)
    run.use("release.max_wrong_share=0.5")
    with pytest.raises(ReleaseError, match=r"of 6 judged pairs 6 are wrong \(100\.0%, 95% interval 54\.1% - 100\.0%\)"):
        run.make()
    assert card(run) == before
    run.use("release.max_wrong_share=0.6")
    assert "dataset" in run.make()
    assert "6 of 6 (100.0%" in card(run)


def test_a_share_that_may_be_lower_blocks_nothing(run: FakeRun):
    judge(run, True, True, False)
    run.use("release.max_wrong_share=0.5")
    assert "dataset" in run.make(), "2 of 3 may be chance"


def test_a_gate_without_judgements_warns(run: FakeRun):
    run.use("release.max_wrong_share=0.1")
    target = run.graph.targets("dataset")[0]
    logged: list[str] = []
    run.graph.make(target, on_log=logged.append)
    assert any("nobody has judged a pair" in line for line in logged)
    assert "wrong: none judged" in shown(run)


def test_judgements_of_what_the_pairs_were_do_not_block_and_a_reroll_removes_none(run: FakeRun):
    judge(run, *[True] * 6)
    pairs = run.lake.partitions("qa_pairs")
    for key in pairs:
        rows = run.lake.scan("qa_pairs", [key]).collect()
        run.lake.write("qa_pairs", key, rows.with_columns(response=pl.lit("Another. The answer is \\boxed{1}.")))
    run.use("release.max_wrong_share=0.1")
    run.graph.make(run.graph.targets("dataset")[0])
    assert "Read by people" not in card(run)
    target = run.graph.targets("synthetic_questions")[0]
    run.graph.make(target, reroll=3)
    run.make()
    assert Reviews(run.home).read().height == 6


@pytest.mark.parametrize("value", ["0", "1", "-0.1", "much"])
def test_the_share_lies_between_0_and_1(value: str):
    with pytest.raises(ProfileError, match=r"release\.max_wrong_share"):
        validate(edit_document(read_profile("embedded"), [f"release.max_wrong_share={value}"]), "embedded")


def test_reviews_that_were_not_declared_cannot_be_read(run: FakeRun):
    declared = Declared(asset="funnel", settings=(), inputs=frozenset(), deps=frozenset())
    resources = dict(run.resources.for_dagster())
    refused = pytest.raises(UndeclaredSettingError, match="funnel reads the reviews")
    with dg.build_asset_context(resources=resources) as context, refused:
        Step(context, declared).reviews()
