"""The cross-check through Dagster with a fake harness: what it is asked, and what becomes of what it says."""

import polars as pl
import pytest

from scalequest_assets.cli.making import selected_assets
from scalequest_assets.engines.opening import ModelHandle, ProfileFactory
from scalequest_assets.errors import EngineError
from scalequest_tests.assets.test_graph import assert_carried
from scalequest_tests.conftest import FakeRun

NAME = "best"


@pytest.fixture(scope="module")
def checked(one_shard: FakeRun, tmp_path_factory: pytest.TempPathFactory) -> FakeRun:
    """A home in which a student and its base were asked, and cross-checked."""
    run = one_shard.copied(tmp_path_factory.mktemp("checked"))
    run.use(f"students.trained={{{NAME}: {{base: tiny, arm: best}}}}")
    run.make(*selected_assets(run.graph, ["+student_cross_check"]))
    return run


def rows(run: FakeRun, table: str) -> pl.DataFrame:
    return run.lake.scan(table, [{"student": NAME}]).collect()


def test_the_harness_is_asked_what_the_student_was(checked: FakeRun):
    evaluation, ours = checked.profile.students.evaluation, rows(checked, "student_answers")
    task, max_tokens, asked = checked.factory.harnessed[1]  # the first is the base's
    assert (task, max_tokens) == (evaluation.lm_eval_task, evaluation.sampling.max_tokens)
    assert [(one.id, one.query, one.gold) for one in asked] == ours.select("query_id", "query", "gold").rows()
    assert all(one.prompt.startswith("<user>") and one.query in one.prompt for one in asked)
    assert checked.lake.read_cost("student_cross_check", {"student": NAME}).engine_s == 2.0


def test_each_question_has_a_row_for_each_filter_and_each_difference_a_cause(checked: FakeRun):
    ours, found = rows(checked, "student_answers"), rows(checked, "student_cross_check")
    assert found.height == 2 * ours.height
    assert found.filter("is_correct")["cause"].null_count() == 0
    assert found.filter("is_correct").height == 2 * ours["is_correct"].sum() > 0
    wrong = found.filter(~pl.col("is_correct"))
    assert wrong["cause"].null_count() == wrong.height, "both say no"
    assert_carried(checked, "student_cross_check")


def test_what_was_checked_is_not_checked_again(checked: FakeRun):
    assert checked.make("student_cross_check") == []
    checked.use("students.evaluation.lm_eval_task=hendrycks_math_algebra")
    assert checked.make("student_answers", "student_cross_check") == [
        "student_cross_check tiny",
        f"student_cross_check {NAME}",
    ]


def test_without_the_harness_the_error_says_what_to_install(checked: FakeRun):
    factory = ProfileFactory(checked.profile.engine, checked.home.servers)
    with pytest.raises(EngineError, match="lm-evaluation-harness is not installed") as caught:
        factory.harness(ModelHandle(name="m", path="nowhere", version="1"))
    assert "scalequest-assets[lm-eval]" in caught.value.remedy


def test_a_model_without_weights_here_is_refused(checked: FakeRun):
    factory = ProfileFactory(checked.profile.engine, checked.home.servers)
    with pytest.raises(EngineError, match="m has no weights here"):
        factory.harness(ModelHandle(name="m", path="m", version="1", server="s"))
