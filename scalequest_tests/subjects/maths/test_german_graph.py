"""Profile `laptop-de` through the whole graph with a fake model that speaks German."""

import polars as pl
import pytest

from scalequest_assets.recipe.funnel import assert_adds_up
from scalequest_assets.storage.home import Home
from scalequest_assets.storage.profiles import use_profile
from scalequest_assets.verifier import answer_reward, maths_de_reward, reward_name
from scalequest_tests.conftest import FakeRun, fake_model
from scalequest_tests.fakes import FakeFactory, FakeTrainer
from scalequest_tests.subjects.maths.fake_german import ENGLISH_QUESTION, OPENER, fake_german


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> FakeRun:
    root = tmp_path_factory.mktemp("german")
    run = FakeRun.__new__(FakeRun)
    run.home, run.factory, run.trainer = Home(root / "home"), FakeFactory(fake_german), FakeTrainer()
    run.factory.choose = lambda prompt: (
        0.9 if prompt.endswith("Urteil:") and "Rathaus steigen 12" not in prompt else 0.1
    )
    settings = ["num_shards=1", "solvability.evidence=[verdict, probability]", "question_tuning.num_raw_questions=16"]
    use_profile(run.home, "laptop-de", [*settings, f"models.qwen_coder={{kind: path, path: {fake_model(root / 'm')}}}"])
    run.use()
    run.make()
    return run


def test_the_graph_is_made_and_adds_up(made: FakeRun):
    assert_adds_up(made.lake.scan("funnel", [{}]).collect())
    assert made.make() == []
    assert set(made.table("seed_questions")["query_id"].str.split("/").list.first()) == {"german_school"}


def test_questions_in_english_and_chat_go_and_german_ones_stay(made: FakeRun):
    screened = made.table("screened_questions")
    reasons = dict(screened.select("query", "drop_reason").unique().iter_rows())
    assert reasons[ENGLISH_QUESTION] == "language"
    assert reasons[OPENER] == "not_a_question"
    assert set(screened.filter("keep")["language"]) == {"de"}
    assert screened["keep"].mean() > 0.7
    assert "arithmetic" in set(screened["topic"]), "learned from the seeds, which name their topics"


def test_rewrites_and_verdicts_are_read_in_german(made: FakeRun):
    pairs = made.table("optimized_questions")
    assert pairs["keep"].sum() >= 2
    chosen = pairs.filter("keep")["optimized_query"]
    assert not chosen.str.contains("hoffe|AUFGABE").any()
    verdicts = made.table("solvability_verdicts")
    assert set(verdicts["verdict"]) == {"yes", "no"}
    assert verdicts["yes_probability"].null_count() == 0
    assert set(made.table("judge_report")["source"]) == {"german_school"}


def test_answers_are_compared_as_german_writes_numbers(made: FakeRun):
    samples = made.table("seed_responses")
    said = samples.filter(pl.col("response").str.contains("12,50", literal=True))
    assert said.is_empty() or said["is_correct"].any()
    assert 0.3 < samples["is_correct"].mean() < 1
    scores = made.table("response_scores")
    wrong = scores.filter(pl.col("response").str.contains("mal 5"))
    assert wrong["false_equalities"].explode().unique().to_list() == ["3 * 5 = 16"]
    right = scores.filter(pl.col("response").str.starts_with("Man rechnet"))
    assert right["num_equalities"].min() == 2
    assert right["false_equalities"].list.len().sum() == 0


def test_what_is_released_says_that_it_is_german(made: FakeRun):
    card = (made.home.releases / "README.md").read_text(encoding="utf-8")
    assert "language:\n- de" in card
    assert reward_name("maths", "de") == "maths_de_reward"
    assert "maths_de_reward" in card
    assert "Schreibe eine Mathematikaufgabe" in card
    assert "Urteil: Ja" in card
    pairs = pl.read_parquet(str(made.home.releases / "data" / "*.parquet"))
    assert pairs.height > 10
    assert set(maths_de_reward(pairs["response"].to_list(), pairs["answer"].to_list())) == {1.0}
    assert maths_de_reward(["\\boxed{1.000}", "\\boxed{3.5}"], ["1000", "3,5"]) == [1.0, 1.0]
    assert answer_reward(["\\boxed{1.000}"], ["1000"]) == [0.0], "in English that is one"
