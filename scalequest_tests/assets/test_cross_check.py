"""The cross-check through Dagster with a fake harness: what it is asked, and what becomes of what it says."""

import sys
from pathlib import Path

import polars as pl
import pytest

from scalequest_assets.cli.making import selected_assets
from scalequest_assets.engines.opening import ModelHandle, ProfileFactory
from scalequest_assets.errors import BudgetError, EngineError
from scalequest_assets.recipe.cross_check import CAUSES
from scalequest_tests.assets.test_graph import assert_carried
from scalequest_tests.conftest import FakeRun

NAME = "best"


@pytest.fixture(scope="module")
def checked(one_shard: FakeRun, tmp_path_factory: pytest.TempPathFactory) -> FakeRun:
    """A home in which a student and its base were asked, and cross-checked. Tests read it, or change a copy."""
    run = one_shard.copied(tmp_path_factory.mktemp("checked"))
    run.use(f"students.trained={{{NAME}: {{base: tiny, arm: best}}}}")
    run.make(*selected_assets(run.graph, ["+student_cross_check"]))
    return run


def rows(run: FakeRun, table: str) -> pl.DataFrame:
    return run.lake.scan(table, [{"student": NAME}]).collect()


def asked_again(run: FakeRun) -> list[str]:
    return run.make("student_cross_check", force=True)


def test_the_harness_is_asked_what_the_student_was(checked: FakeRun):
    evaluation, ours = checked.profile.students.evaluation, rows(checked, "student_answers")
    task, max_tokens, asked = checked.factory.harnessed[1]  # the first is the base's
    assert (task, max_tokens) == (evaluation.lm_eval_task, evaluation.sampling.max_tokens)
    assert [(one.id, one.query, one.gold) for one in asked] == ours.select("query_id", "query", "gold").rows()
    assert all(one.prompt.startswith("<user>") and one.query in one.prompt for one in asked)


def test_what_it_took_is_entered(checked: FakeRun):
    cost, asked = checked.lake.read_cost("student_cross_check", {"student": NAME}), checked.factory.harnessed[1][2]
    assert (cost.num_requests, cost.engine_s, cost.gpu_s, cost.device) == (len(asked), 2.0, 0.0, "cpu")
    assert cost.prompt_tokens > len(asked)
    assert cost.completion_tokens > len(asked)


def test_each_question_has_a_row_for_each_filter_and_each_difference_a_cause(checked: FakeRun):
    ours, found = rows(checked, "student_answers"), rows(checked, "student_cross_check")
    assert found.height == 2 * ours.height
    differs = pl.col("is_correct") != pl.col("is_harness_correct")
    assert found.filter(differs)["cause"].is_in(list(CAUSES)).all()
    assert found.filter(~differs)["cause"].null_count() == found.filter(~differs).height
    right, wrong = found.filter("is_correct"), found.filter(~pl.col("is_correct"))
    assert right.height
    assert wrong.height
    assert set(right.filter(filter="flexible")["cause"]) == {"reading"}
    assert set(wrong.filter(filter="right")["cause"]) == {"generation"}
    assert_carried(checked, "student_cross_check")


def test_what_was_checked_is_not_checked_again_and_another_task_checks_alone(checked: FakeRun, tmp_path: Path):
    assert checked.make("student_cross_check") == []
    run = checked.copied(tmp_path)
    run.use("students.evaluation.lm_eval_task=hendrycks_math_algebra")
    made = ["student_cross_check tiny", f"student_cross_check {NAME}"]
    assert run.make("student_answers", "student_cross_check") == made


def test_where_nothing_could_be_decided_nothing_is_asked(checked: FakeRun, tmp_path: Path):
    run = checked.copied(tmp_path)
    answered = rows(run, "student_answers")
    undecided = answered.with_columns(is_correct=pl.lit(None, pl.Boolean))
    run.lake.write("student_answers", {"student": NAME}, undecided)
    assert asked_again(run)
    assert len(run.factory.harnessed) == 1, "the base alone"
    assert rows(run, "student_cross_check").is_empty()
    one = answered.with_columns(is_correct=pl.when(pl.int_range(pl.len()) > 0).then("is_correct"))
    run.lake.write("student_answers", {"student": NAME}, one)
    assert asked_again(run)
    assert rows(run, "student_cross_check").height == 2 * (answered.height - 1)


def test_a_harness_is_closed_whatever_becomes_of_it(checked: FakeRun, tmp_path: Path):
    assert checked.factory.harnesses_open == 0
    run = checked.copied(tmp_path)
    run.factory.harness_fails = True
    with pytest.raises(EngineError, match="the harness failed"):
        asked_again(run)
    assert run.factory.loads
    assert run.factory.harnesses_open == 0


def test_it_spends_from_the_budget(checked: FakeRun, tmp_path: Path):
    run = checked.copied(tmp_path)
    run.use("budget.max_tokens=10")
    with pytest.raises(BudgetError, match="max_tokens"):
        asked_again(run)


def test_answers_that_are_not_greedy_are_not_compared(checked: FakeRun, tmp_path: Path):
    run = checked.copied(tmp_path)
    run.use("students.evaluation.sampling.temperature=0.5")
    with pytest.raises(EngineError, match=r"answers greedily, and .*temperature is 0\.5"):
        asked_again(run)


def test_without_the_harness_the_error_says_what_to_install(checked: FakeRun, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "lm_eval", None)
    factory = ProfileFactory(checked.profile.engine, checked.home.servers)
    with pytest.raises(EngineError, match="lm-evaluation-harness is not installed") as caught:
        factory.harness(ModelHandle(name="m", path="nowhere", version="1"))
    assert "scalequest-assets[lm-eval]" in caught.value.remedy


def test_a_model_without_weights_here_is_refused(checked: FakeRun):
    engine = checked.profile.engine
    with pytest.raises(EngineError, match="m has no weights here"):
        ProfileFactory(engine, checked.home.servers).harness(ModelHandle(name="m", path="m", version="1", server="s"))
    simulated = ProfileFactory(engine.model_copy(update={"kind": "simulate"}), checked.home.servers)
    with pytest.raises(EngineError, match="m has no weights here") as caught:
        simulated.harness(ModelHandle(name="m", path="m", version="1"))
    assert "engine.kind=transformers" in caught.value.remedy
