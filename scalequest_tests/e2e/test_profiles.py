"""Profiles `laptop`, `simple` and `paper`, through all of tuning, on tiny stand-ins of their models.

What stands in is the weights alone: random ones of the same architectures (Qwen2, Llama) behind tokenizers with the
families' chat templates. The profile is the shipped one, its models, sources and counts replaced; assets, decode loop
and training worker are the real ones. A random model writes noise, so no rewrite of it could be read: the rewriter is a
model behind a server, as it is in `paper`, here a server on localhost that answers with rewrites.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
import pytest
import torch

from scalequest_assets.config.file import read_profile, validate
from scalequest_assets.definitions import build_defs, build_resources
from scalequest_assets.engines.base import TrainingJob, TrainingResult
from scalequest_assets.engines.training.worker import train
from scalequest_assets.orchestration.graph import Graph, walk
from scalequest_assets.orchestration.resources import PipesTrainer
from scalequest_assets.storage.home import Home
from scalequest_assets.storage.models import ModelRecord
from scalequest_assets.storage.profiles import use_profile
from scalequest_assets.subjects.maths.prompts.rewrite import HARDER, SOLVABLE
from scalequest_tests.engines.conftest import make_model
from scalequest_tests.engines.misbehaving_server import MisbehavingServer, completion

NUM_RAW, NUM_SEEDS = 8, 12
COUNTS = (
    "num_shards=1",
    "questions_per_shard=8",
    f"seeds.sources=[{{kind: families, style: grade_school, max_questions: {NUM_SEEDS}}}]",
    "benchmarks.sources=[]",
    "students.evaluation.groups={}",
    f"question_tuning.num_raw_questions={NUM_RAW}",
    "question_sampling.max_tokens=24",
    "difficulty.num_questions=4",
    "difficulty.num_samples=2",
    "roles.solver.sampling.max_tokens=16",
    # Several steps: of a single one the warm-up leaves nothing.
    *(f"question_tuning.{step}.{size}" for step in ("qft", "qpo") for size in ("batch_size=2", "micro_batch_size=1")),
    *(f"difficulty.training.{size}" for size in ("batch_size=2", "micro_batch_size=2")),
    "engine.kind=transformers",
    "engine.device=cpu",
)
STAND_INS: dict[str, dict[str, dict[str, str]]] = {
    "laptop": {"qwen_coder": {"kind": "qwen2", "family": "chatml"}},
    "simple": {"qwen": {"kind": "qwen2", "family": "chatml"}},
    "paper": {
        "qwen2_math": {"kind": "qwen2", "family": "chatml"},
        "deepseek_math_rl": {"kind": "llama", "family": "deepseek"},
        "deepseek_math_base": {"kind": "llama", "family": "deepseek"},
        "internlm2_reward": {"kind": "llama", "head": "score"},
        **{name: {"kind": "llama", "family": "deepseek"} for name in ("mistral", "llama3")},
        "qwen2_math_base": {"kind": "qwen2", "family": "chatml"},
    },
}
TUNING = (
    *("seed_questions", "role_model", "generator_config", "qft_model", "raw_questions", "optimized_questions"),
    *("qpo_model", "seed_responses", "difficulty_model", "reward_model"),
)


class Worker(PipesTrainer):
    """The training worker, mostly in this process: its own takes longer to start than all its steps here."""

    def __init__(self, in_process: tuple[str, ...]) -> None:
        super().__init__()
        self.in_process = in_process

    def train(self, context: dg.AssetExecutionContext, job: TrainingJob) -> TrainingResult:
        if context.asset_key.path[-1] in self.in_process:
            return train(job, context.log.info)
        return super().train(context, job)


def rewrite(prompt: str) -> str:
    """Return what a chatty rewriter writes, in the form that the prompt asks for."""
    number = int(hashlib.sha256(prompt.encode()).hexdigest()[:4], 16)
    asks_for = SOLVABLE if SOLVABLE.marker in prompt else HARDER
    question = f"Tom has {number} apples and buys {number % 7 + 2} more. How many apples does he have now?"
    return f"Sure!\n\n**{asks_for.marker}**\n\n{question}\n\nI hope this helps!"


@pytest.fixture
def server() -> Iterator[MisbehavingServer]:
    with MisbehavingServer(lambda row, attempt: (200, {}, completion(rewrite(row)))) as server:
        yield server


@pytest.fixture(params=sorted(STAND_INS))
def made(
    request: pytest.FixtureRequest, tmp_path: Path, server: MisbehavingServer, monkeypatch: pytest.MonkeyPatch
) -> "Made":
    name = str(request.param)
    models = {
        model: str(make_model(tmp_path / model, seed=index, context=1024, **how))
        for index, (model, how) in enumerate(STAND_INS[name].items())
    }
    settings = [*COUNTS, *(f"models.{model}={{kind: path, path: {path}}}" for model, path in models.items())]
    in_process = ["qpo_model", "difficulty_model", "reward_model", *(["qft_model"] if name != "simple" else [])]
    if name != "paper":
        settings += ["models.far={kind: api, id: far, server: openai}", "roles.rewriter.model=far"]
        settings += ["reward_model.training.batch_size=2", "reward_model.training.micro_batch_size=2"]
    settings.append(f"engine.servers.openai={{base_url: '{server.base_url}', key_env: OPENAI_API_KEY}}")
    monkeypatch.setenv("OPENAI_API_KEY", "not-a-key")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    torch.set_num_threads(1)
    return Made(name, Home(Path(tmp_path / "home")), settings, Worker(tuple(in_process)))


class Made:
    """A home of a shipped profile, its tuning made."""

    def __init__(self, name: str, home: Home, settings: list[str], worker: Worker) -> None:
        self.name = name
        self.profile, _ = use_profile(home, name, settings, lookup=_no_lookup)
        resources = replace(build_resources(home, self.profile), trainer=worker)
        self.lake, self.models = resources.lake, resources.models
        instance = dg.DagsterInstance.from_config(str(home.dagster))
        graph = Graph(build_defs(resources), instance, resources)
        for target in walk(graph, TUNING):
            graph.make(target)
        assert [str(target) for target in walk(graph, TUNING)] == []

    def record(self, asset: str, generator: str | None = None) -> ModelRecord:
        record: ModelRecord = self.models.store.current(asset, generator)[1]
        return record

    def table(self, asset: str, **partition: str) -> pl.DataFrame:
        frame: pl.DataFrame = self.lake.scan(asset, [partition]).collect()
        return frame


def _no_lookup(*asked: Any) -> str:
    raise AssertionError(f"the hub was asked for {asked}")


@pytest.mark.parametrize("name", sorted(STAND_INS))
def test_shipped_profiles_are_valid(name: str) -> None:
    profile = validate(read_profile(name), name)
    assert profile.name == name
    fetched = {model for model, source in profile.models.items() if source.kind in ("hub", "gguf")}
    assert fetched == set(STAND_INS[name]), "each of its models has a stand-in"


PREFIXES = {
    **{
        ("laptop", name): "<|im_start|>system\nWrite a maths question.<|im_end|>\n<|im_start|>user\n"
        for name in ("grade_school", "competition")
    },
    ("simple", "qwen_questions"): "<|im_start|>system\nYou are helpful.<|im_end|>\n<|im_start|>user\n",
    ("paper", "qwen"): "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\n",
    ("paper", "deepseek"): "<begin_of_sentence>User: ",
}


def test_a_shipped_profile_tunes_its_stand_ins(made: Made) -> None:
    profile = made.profile
    for generator in profile.generators:
        qft, qpo = made.record("qft_model", generator), made.record("qpo_model", generator)
        assert (qft.base, qpo.base) == (profile.generators[generator].base, f"qft_model/{generator}")
        assert qft.hyperparameters == profile.question_tuning.qft.model_dump()
        assert qpo.hyperparameters == profile.question_tuning.qpo.model_dump()
        assert (qft.extra["num_rows"], qpo.extra["num_rows"]) == (NUM_SEEDS, NUM_RAW)
        assert min(qft.extra["num_steps"], qpo.extra["num_steps"]) > 2
        assert len({qft.base_version, qft.weights_version, qpo.weights_version}) == 3, "each tuning changed the weights"
        assert {"reward_margin", "reward_accuracy"} <= set(qpo.metrics)
        chat = made.models.chat(made.models.handle("qpo_model", generator))
        system = profile.generators[generator].system_prompt
        assert chat.question_prefix(system) == PREFIXES[made.name, generator]

        raw = made.table("raw_questions", generator=generator)
        assert raw.height == NUM_RAW
        assert raw["engine"].str.starts_with("transformers").all()
        assert raw["num_tokens"].is_between(1, 24).all()
        pairs = made.table("optimized_questions", generator=generator)
        assert pairs["keep"].all(), pairs["drop_reason"].to_list()
        assert set(pairs["direction"]) == {"solvability", "difficulty"}
        assert pairs["engine"].str.starts_with("openai 127.0.0.1").all()
        assert pairs["optimized_query"].str.contains(r"^Tom has .* now\?$").all()
        assert pairs["query"].to_list() == raw["query"].to_list()

    assert made.table("seed_responses").height == 8
    difficulty, reward = made.record("difficulty_model"), made.record("reward_model")
    assert (difficulty.base, difficulty.extra["num_rows"]) == (profile.difficulty.base, 3), "one of four is held out"
    assert difficulty.hyperparameters == profile.difficulty.training.model_dump()
    assert reward.kind == ("reference" if made.name == "paper" else "trained")
    assert reward.base == ("internlm2_reward" if made.name == "paper" else profile.difficulty.base)
    assert (made.record("role_model").kind, made.record("role_model").base) == ("reference", profile.roles.judge.model)
