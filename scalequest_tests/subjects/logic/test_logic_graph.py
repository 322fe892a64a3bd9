"""Logic through the whole graph with a fake model: seeds with normal forms, answers compared, what is released."""

import polars as pl
import pytest

from scalequest_assets.recipe.funnel import assert_adds_up
from scalequest_assets.subjects.logic import forms
from scalequest_assets.subjects.logic.wording import TOPICS
from scalequest_assets.verifier import answer_reward, reward_name
from scalequest_tests.conftest import FakeRun
from scalequest_tests.fakes import FakeFactory
from scalequest_tests.subjects.logic.fake_reasoner import fake_reasoner


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> FakeRun:
    run = FakeRun(tmp_path_factory.mktemp("logic"))
    run.factory = FakeFactory(fake_reasoner)
    run.use(
        "subject=logic",
        "num_shards=1",
        "role_model.styles=[first_puzzles]",
        "screening.max_tokens=200",
        "seeds.sources=[{kind: families, style: first_puzzles, max_questions: 60}]",
        "students.evaluation.held_out=[{kind: families, name: new_ones, style: puzzles, max_questions: 12}]",
    )
    run.make()
    return run


def test_the_graph_is_made_and_adds_up(made: FakeRun):
    assert_adds_up(made.lake.scan("funnel", [{}]).collect())
    assert made.make() == []


def test_seeds_have_normal_forms_and_samples_are_held_against_them(made: FakeRun):
    seeds = made.table("seed_questions")
    assert all(
        str(forms.read(answer, forms.asked_by(query))) == answer
        for query, answer in seeds["query", "answer"].iter_rows()
    )
    assert set(seeds["subject"]) <= set(TOPICS)
    samples = made.table("seed_responses")
    assert 0 < samples["is_correct"].mean() < 1
    assert samples["is_correct"].null_count(), "what is not read is neither right nor wrong"


def test_samples_agree_where_they_say_the_same(made: FakeRun):
    scores = made.table("response_scores")
    spoken = scores.filter(pl.col("response").str.contains("no such puzzle"))
    assert set(spoken["drop_reason"]) == {"no_answer"}
    assert scores.filter("keep")["agreement"].max() >= 0.5


def test_what_is_released_can_be_rewarded(made: FakeRun):
    rows = pl.read_parquet(str(made.home.releases / "rlvr" / "*.parquet"))
    pairs = pl.read_parquet(str(made.home.releases / "data" / "*.parquet"))
    both = rows.join(pairs.select("query_id", "response"), on="query_id")
    assert both.height
    assert set(answer_reward(both["response"].to_list(), both["answer"].to_list(), subject="logic")) == {1.0}
    assert max(answer_reward(["\\boxed{no way out}"] * both.height, both["answer"].to_list(), subject="logic")) == 0.0
    card = (made.home.releases / "README.md").read_text(encoding="utf-8")
    assert "- logic" in card
    assert reward_name("logic") in card
    assert "mathematics" not in card
