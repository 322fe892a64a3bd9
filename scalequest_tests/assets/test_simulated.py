"""Profile `paper` without its models: the whole graph, and nobody can take what comes out for data."""

import polars as pl
import pytest
import yaml
from huggingface_hub import HfApi

from scalequest_assets.config.file import edit_document, read_profile, validate
from scalequest_assets.definitions import build_defs, build_resources
from scalequest_assets.errors import HomeError, PushError
from scalequest_assets.orchestration.dagster_private import open_instance
from scalequest_assets.orchestration.graph import Graph, walk
from scalequest_assets.release.push import plan_push
from scalequest_assets.release.simulated import NOTICE
from scalequest_assets.storage.home import Home
from scalequest_assets.storage.profiles import use_profile

SETTINGS = (
    "engine.kind=simulate",
    "engine.simulate.num_problems=80",
    "seeds.sources=[{kind: families, style: grade_school, max_questions: 40}]",
    "benchmarks.sources=[{kind: families, name: others, style: competition, max_questions: 20}]",
    "students.evaluation.groups={}",
    "generators={qwen: {base: qwen2_math, system_prompt: Hello.}}",
    "num_shards=1",
    "questions_per_shard=40",
    "question_tuning.num_raw_questions=20",
    "difficulty.num_questions=20",
    "study.num_judged=8",
    "release.mix={}",
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    found = Home(tmp_path_factory.mktemp("simulated") / "home")
    profile, _ = use_profile(found, "paper", SETTINGS, lookup=_refuse)
    resources = build_resources(found, profile)
    graph = Graph(build_defs(resources), open_instance(found.dagster), resources)
    for target in walk(graph, graph.assets_of_run()):
        graph.make(target)
    return found


def _refuse(*asked: object) -> str:
    raise AssertionError(f"the hub was asked for {asked}")


def test_every_row_of_a_model_names_the_simulation(home: Home):
    for table in ("synthetic_questions", "solvability_verdicts", "responses", "seed_responses"):
        rows = pl.read_parquet(home.root / f"lake/{table}/**/*.parquet", hive_partitioning=False)
        assert rows["engine"].drop_nulls().unique().to_list() == ["simulated"], table
    pairs = pl.read_parquet(home.releases / "data/*.parquet")
    assert pairs.height
    for column in ("generator_model", "judge_model", "responder_model", "reward_model"):
        assert pairs[column].str.contains("@simulated:", literal=True).all(), column


def test_card_report_profile_and_models_say_it(home: Home):
    card = (home.releases / "README.md").read_text(encoding="utf-8")
    head = yaml.safe_load(card.split("---")[1])
    assert "simulated" in head["tags"]
    assert NOTICE in card.replace("\\", "")
    assert "# paper_simulated" in card.replace("\\", "")
    assert yaml.safe_load((home.releases / "profile.yaml").read_text(encoding="utf-8"))["name"] == "paper_simulated"
    [report] = home.root.rglob("report.html")
    assert NOTICE in report.read_text(encoding="utf-8")
    records = [path.read_text(encoding="utf-8") for path in home.models.rglob("record.json")]
    assert records
    assert all("simulated" in record for record in records)


def test_it_is_not_pushed(home: Home):
    with pytest.raises(PushError, match="simulated"):
        plan_push(HfApi(), home.releases, "somebody/questions")


def test_a_simulated_home_is_no_home_of_the_real_profile(home: Home):
    with pytest.raises(HomeError, match="belongs to profile 'paper_simulated', not 'paper'"):
        use_profile(home, "paper", (), lookup=_refuse)


def test_what_is_simulated_is_never_fresh_for_models():
    document = read_profile("embedded")
    real = validate(document, "a test")
    simulated, same, other = (
        validate(edit_document(document, ["engine.kind=simulate", *more]), "a test")
        for more in ([], ["engine.simulate.realtime=true"], ["engine.simulate.solvable=0.5"])
    )
    versions = [profile.fingerprint("random_seed") for profile in (real, simulated, same, other)]
    assert versions[0] != versions[1] == versions[2] != versions[3]
