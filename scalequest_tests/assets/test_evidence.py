"""What decides solvability, through Dagster with fake models: text, a probability, votes."""

from pathlib import Path

import polars as pl
import pytest

from scalequest_assets.engines.base import RowError
from scalequest_assets.orchestration.graph import Target
from scalequest_assets.schemas import polars_schema
from scalequest_tests.conftest import FakeRun

PARTITION = {"generator": "grade_school", "shard": "s0000"}
NUM, ID = 30, "grade_school/s0000"


@pytest.fixture
def run(tmp_path: Path) -> FakeRun:
    """A home with screened questions, whose judge is asked without being taught first."""
    run = FakeRun(tmp_path)
    run.use("roles.judge.model=tiny", "engine.max_error_share=0.2")
    rows = [
        {"query_id": f"{ID}/{n:06d}", **PARTITION, "query": f"Tom has {n} figs. How many?", "keep": n < NUM}
        for n in range(NUM + 3)
    ]
    schema = polars_schema("screened_questions")
    frame = pl.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema=schema)
    run.lake.write("screened_questions", PARTITION, frame)
    return run


def verdicts(run: FakeRun, *settings: str) -> pl.DataFrame:
    run.use(*settings)
    target = Target(asset="solvability_verdicts", group="screening", partition=PARTITION, state="missing")
    run.graph.make(target)
    return run.lake.scan("solvability_verdicts", [PARTITION]).collect()


def test_by_default_the_text_decides_and_nothing_else_is_asked(run: FakeRun):
    found = verdicts(run)
    assert found.height == run.factory.calls["tiny"] == NUM
    assert (found["keep"] == (found["verdict"] == "yes")).all()
    assert found.select("yes_probability", "num_votes", "num_yes").null_count().row(0) == (NUM,) * 3


def test_a_probability_decides_without_a_text_and_another_threshold_asks_nothing(run: FakeRun):
    found = verdicts(run, "solvability.evidence=[probability]", "solvability.threshold=0.6")
    assert found.height == run.factory.calls["tiny"] == NUM
    assert (found["keep"] == (found["yes_probability"] >= 0.6)).all()
    assert 0 < found["keep"].sum() < NUM
    assert set(found.filter(~pl.col("keep"))["drop_reason"]) == {"unsolvable"}
    assert found["judgement"].null_count() == found["verdict"].null_count() == NUM
    how = found.select("finish_reason", "num_tokens", "engine", "is_exact")
    assert set(how.rows()) == {("stop", 0, "fake 1", True)}
    cost = run.lake.read_cost("solvability_verdicts", PARTITION)
    assert (cost.num_requests, cost.completion_tokens, cost.prompt_tokens > 0) == (NUM, 0, True)
    again = verdicts(run, "solvability.threshold=0.3")
    assert run.factory.calls["tiny"] == NUM
    assert again["keep"].sum() > found["keep"].sum()


def test_where_nothing_decides_nobody_is_asked_and_all_are_kept(run: FakeRun):
    found = verdicts(run, "solvability.evidence=[]")
    assert found["keep"].all()
    assert run.factory.calls["tiny"] == 0
    assert found.select("verdict", "judgement", "engine", "error").null_count().row(0) == (NUM,) * 4
    assert run.lake.read_cost("solvability_verdicts", PARTITION) is None


def test_the_marker_of_the_verdict_stands_behind_the_prompt(run: FakeRun):
    seen: list[str] = []
    run.factory.choose = lambda prompt: float(bool(seen.append(prompt)))
    verdicts(run, "solvability.evidence=[probability]")
    assert all(prompt.endswith("<end>Verdict:") for prompt in seen)
    assert any("Tom has 7 figs." in prompt for prompt in seen)


def test_votes_are_counted_and_the_first_is_the_text_that_stood_before(run: FakeRun):
    run.use("roles.judge.sampling.temperature=0.7")
    before = verdicts(run)
    found = verdicts(run, "solvability.evidence=[votes, verdict, probability]", "solvability.num_votes=3")
    assert run.factory.calls["tiny"] == 3 * NUM + NUM, "the first vote was stored"
    assert found["judgement"].equals(before["judgement"])
    assert set(found["num_votes"]) == {3}
    majority = found["num_yes"] >= 2
    assert (found["keep"] == (majority & before["keep"] & (found["yes_probability"] >= 0.5))).all()
    assert found["query_id"].equals(before["query_id"])


def test_a_row_that_the_engine_cannot_do_is_dropped_with_its_reason(run: FakeRun):
    run.factory.failing = {"tiny": {"grade_school/s0000/000004": RowError(kind="too_long", message="9 tokens")}}
    for evidence in ("probability", "verdict", "verdict, probability"):
        found = verdicts(run, f"solvability.evidence=[{evidence}]")
        failed = found.filter(pl.col("error").is_not_null())
        assert failed["query_id"].to_list() == ["grade_school/s0000/000004"]
        assert failed["drop_reason"].to_list() == ["engine_error"]
        assert failed["finish_reason"].to_list() == ["error"]


def test_an_error_of_the_probability_alone_is_told_beside_the_text(run: FakeRun):
    run.factory.choose = lambda prompt: float("nan") if "has 4 figs" in prompt else 0.9
    found = verdicts(run, "solvability.evidence=[verdict, probability]").filter(query_id=f"{ID}/000004")
    assert found["error"].to_list() == ["not_finite: the score is nan"]
    assert (found["finish_reason"].item(), found["judgement"].is_null().item()) == ("stop", False)
    assert found["keep"].to_list() == [False]
