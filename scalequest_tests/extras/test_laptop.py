"""The model of profile `laptop`, fetched and converted as a run does it, answers real questions through the graph."""

import json
import os
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from scalequest_assets.definitions import build_defs, build_resources
from scalequest_assets.errors import EngineError
from scalequest_assets.orchestration.graph import Graph, walk
from scalequest_assets.storage.home import Home
from scalequest_assets.storage.profiles import use_profile
from scalequest_tests.real_data import records_or_skip

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(3600),
    pytest.mark.skipif("CI" in os.environ, reason="takes ten minutes, most of them to fetch and convert a gigabyte"),
]

NUM_QUESTIONS, LEAST_RIGHT = 16, 5
NOT_HERE = ("no source has the GGUF file", "too large to be converted", "GB are free at")
"""What an error says where the model cannot be had, or does not fit this machine."""


@pytest.fixture(scope="module")
def responses(tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    """Answers of the profile's solver to the first questions of GSM8K's test set, greedily, as `seed_responses`."""
    root: Path = tmp_path_factory.mktemp("laptop")
    questions = records_or_skip("gsm8k/test")[:NUM_QUESTIONS]
    (root / "gsm8k.jsonl").write_text("\n".join(map(json.dumps, questions)), encoding="utf-8")
    settings = (
        f"seeds.sources=[{{kind: jsonl, path: {root}/gsm8k.jsonl}}]",
        f"difficulty.num_questions={NUM_QUESTIONS}",
        "difficulty.num_samples=1",
        "roles.solver.sampling.temperature=0",
    )
    home = Home(root / "home")
    profile, _ = use_profile(home, "laptop", settings)
    resources = build_resources(home, profile)
    try:
        resources.models.handle(profile.roles.solver.model)
    except EngineError as error:
        if any(reason in error.what for reason in NOT_HERE):
            pytest.skip(error.what)
        raise
    instance = dg.DagsterInstance.from_config(str(home.dagster))
    graph = Graph(build_defs(resources), instance, resources)
    for target in walk(graph, ("seed_questions", "role_model", "seed_responses")):
        graph.make(target)
    resources.models.close()
    found: pl.DataFrame = resources.lake.scan("seed_responses", [{}]).collect()
    return found


def test_it_solves_a_third_of_sixteen_real_questions(responses: pl.DataFrame) -> None:
    assert responses.height == NUM_QUESTIONS
    assert responses["error"].null_count() == NUM_QUESTIONS
    right = responses["is_correct"].fill_null(value=False).sum()
    assert right >= LEAST_RIGHT, responses.select("finish_reason", "answer", "gold_answer").rows()
