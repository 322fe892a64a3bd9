"""The whole graph with the real model, at small counts: what `make run` does, in a few minutes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1500)]

SETTINGS = (
    "num_shards=1",
    "questions_per_shard=12",
    "question_tuning.num_raw_questions=12",
    "difficulty.num_questions=12",
    "difficulty.num_samples=3",
    "answers.num_samples=2",
    "role_model.num_held_out=4",
    "study.num_judged=8",
    "generators.grade_school.num_seed_questions=32",
    "generators.competition.num_seed_questions=32",
)


def scalequest(home: Path, *arguments: str) -> str:
    environment = {**os.environ, "SCALEQUEST_HOME": str(home), "HF_HUB_OFFLINE": "1"}
    command = [sys.executable, "-m", "scalequest_assets", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(arguments)}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    return done.stdout


def rows(home: Path, statement: str) -> list[dict]:
    return json.loads(scalequest(home, "sql", statement, "--format", "json"))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("real") / "home"
    scalequest(folder, "run", *(part for setting in SETTINGS for part in ("--set", setting)))
    return folder


def test_pairs_come_out_in_the_right_form(home: Path):
    pairs = rows(home, "SELECT * FROM qa_pairs")
    assert pairs
    for pair in pairs:
        assert pair["query"].strip()
        assert pair["answer"]
        assert 0 <= pair["difficulty"] <= 1
    models = rows(home, "SELECT generator, model FROM release_manifest WHERE asset = 'synthetic_questions'")
    assert models
    assert all(row["model"].startswith(f"qpo_model/{row['generator']}@") for row in models)


def test_the_funnel_adds_up(home: Path):
    sampled = rows(home, "SELECT count(*) AS n, count(DISTINCT query_id) AS ids FROM synthetic_questions")[0]
    assert sampled == {"n": 24, "ids": 24}
    rejected = rows(home, "SELECT count(*) AS n FROM rejections")[0]["n"]
    pairs = rows(home, "SELECT count(*) AS n FROM qa_pairs")[0]["n"]
    assert rejected + pairs == 24


def test_models_learned_something(home: Path):
    """Questions are questions: most of what the tuned generators write passes the text rules."""
    share = rows(home, "SELECT avg(keep::INT) AS share FROM screened_questions")[0]["share"]
    assert share > 0.5


def test_the_released_folder_loads_as_a_data_set(home: Path, tmp_path: Path):
    import datasets

    # A cache of its own: the library's knows folders by their path, and would return another run's rows.
    loaded = datasets.load_dataset(str(home / "dataset"), "default", cache_dir=str(tmp_path))["train"]
    assert loaded.num_rows == pl.read_parquet(home / "dataset" / "data" / "*.parquet").height > 0


def test_a_second_run_makes_nothing(home: Path):
    assert scalequest(home, "run").startswith("Everything is up to date.")


def test_a_shard_made_again_is_the_same(home: Path):
    before = rows(home, "SELECT query_id, query FROM synthetic_questions ORDER BY query_id")
    scalequest(home, "run", "--force", "--select", "synthetic_questions", "--partition", "competition|s0000")
    assert rows(home, "SELECT query_id, query FROM synthetic_questions ORDER BY query_id") == before
    assert scalequest(home, "run").startswith("Everything is up to date.")
