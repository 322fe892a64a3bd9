"""Code through the whole graph with a fake model: seeds with tests, programs run, what is released and its reward."""

import json
from pathlib import Path

import polars as pl
import pytest

from scalequest_assets import verifier
from scalequest_assets.recipe.funnel import assert_adds_up
from scalequest_assets.subjects.code import cases
from scalequest_assets.subjects.code.topics import TOPICS
from scalequest_assets.verifier import answer_reward
from scalequest_tests.conftest import FakeRun
from scalequest_tests.fakes import FakeFactory
from scalequest_tests.subjects.code.fake_programmer import fake_programmer


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> FakeRun:
    run = FakeRun(tmp_path_factory.mktemp("code"))
    run.factory = FakeFactory(fake_programmer)
    run.use(
        "subject=code",
        "num_shards=1",
        "role_model.styles=null",
        "screening.max_tokens=200",
        "seeds.sources=[{kind: families, style: functions, max_questions: 60}]",
        "students.evaluation.held_out=[]",
    )
    run.make()
    return run


def test_the_graph_is_made_and_adds_up(made: FakeRun):
    assert_adds_up(made.lake.scan("funnel", [{}]).collect())
    assert made.make() == []


def test_seed_questions_have_tests_as_gold_and_samples_are_held_against_them(made: FakeRun):
    seeds = made.table("seed_questions")
    assert all(cases.calls(answer) is not None for answer in seeds["answer"])
    assert set(seeds["subject"]) <= set(TOPICS)
    samples = made.table("seed_responses")
    assert 0 < samples["is_correct"].mean() < 1
    right = samples.filter("is_correct")
    assert (right["answer"] == right["gold_answer"]).all()


def test_samples_agree_where_programs_do_the_same(made: FakeRun):
    scores = made.table("response_scores")
    spoken = scores.filter(pl.col("response").str.contains("no such function"))
    left = scores.filter(pl.col("response").str.contains("os._exit"))
    assert spoken.height
    assert left.height
    assert set(spoken["drop_reason"]) == {"no_answer"}
    assert left["answer"].null_count() < left.height, "what leaves at the top level is no definition, and is not run"
    kept = scores.filter("keep")
    assert kept["answer"].str.starts_with("assert ").all() or kept["answer"].str.contains("raises").any()
    assert kept["agreement"].max() >= 0.5


def test_what_is_released_can_be_rewarded(made: FakeRun):
    rows = pl.read_parquet(str(made.home.releases / "rlvr" / "*.parquet"))
    assert rows.height
    pairs = pl.read_parquet(str(made.home.releases / "data" / "*.parquet"))
    both = rows.join(pairs.select("query_id", "response"), on="query_id")
    assert set(answer_reward(both["response"].to_list(), both["answer"].to_list(), subject="code")) == {1.0}
    wrong = ["```python\ndef f(*_):\n    return 'wrong'\n```"] * both.height
    assert max(answer_reward(wrong, both["answer"].to_list(), subject="code")) == 0.0
    card = (made.home.releases / "README.md").read_text(encoding="utf-8")
    assert "- code" in card
    assert "mathematics" not in card


def test_seeds_and_benchmarks_come_from_files_like_those_of_others(fake_run: FakeRun, tmp_path: Path):
    ask = "Write `triple(x: int) -> int`, which returns three times `x`. For example, `triple(2)` returns `6`."
    chat = "Multiply it.\n\n```python\ndef triple(x):\n    return 3 * x\n\nprint(triple(2))\n```\nThat is all."
    seeds = [
        {"query": ask, "answer": chat},
        {"query": "Write a function to find the square of a number.", "answer": "assert sq(3) == 9\nassert sq(0) == 0"},
        {"query": "Explain what recursion is.", "answer": "A function that calls itself."},
    ]
    tests = "def check(candidate):\n    assert candidate(1) == 1\n"
    held_out = [{"prompt": "def same(x):\n    '''Return x.'''\n", "test": tests}]
    for name, rows in (("seeds", seeds), ("benchmark", held_out)):
        (tmp_path / f"{name}.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    columns, held_out_columns = "columns: {query: query, answer: answer}", "columns: {query: prompt, answer: test}"
    fake_run.use(
        "subject=code",
        "role_model.styles=null",
        f"seeds.sources=[{{kind: jsonl, path: {tmp_path}/seeds.jsonl, {columns}}}]",
        "students.evaluation.held_out=[]",
        f"benchmarks.sources=[{{kind: jsonl, path: {tmp_path}/benchmark.jsonl, {held_out_columns}}}]",
    )
    fake_run.make("seed_questions", "benchmark_questions")
    rows = fake_run.table("seed_questions").sort("query_id")
    assert rows["answer"].str.split("\n").list.first().to_list() == ["assert triple(2) == 6", "assert sq(3) == 9"]
    assert rows["solution"].to_list() == [chat, None]
    assert fake_run.table("benchmark_questions")["answer"].to_list() == ["assert same(1) == 1"]


def test_a_trainer_finds_the_reward_by_its_name():
    assert verifier.reward_name("maths") == "answer_reward"
    reward = getattr(verifier, verifier.reward_name("code"))
    assert reward.__name__ == "code_reward"
    right = [{"role": "assistant", "content": "```python\ndef f(x):\n    return 2 * x\n```"}]
    assert reward([right, right], ["assert f(3) == 6", "assert f(3) == 7"], prompts=["", ""]) == [1.0, 0.0]
    with pytest.raises(AttributeError, match="cooking_reward"):
        verifier.__getattr__("cooking_reward")
