"""What an asset reads is what identifies it: enforced, recorded, and held against versions of earlier releases."""

import json
from pathlib import Path

import pytest

from scalequest_assets.config.file import read_profile, shipped_profiles, validate
from scalequest_assets.config.profile import GENERATOR_NAMES, Profile
from scalequest_assets.engines.base import Hyperparameters, Request, TrainingJob, TrainingTask
from scalequest_assets.engines.opening import ModelHandle
from scalequest_assets.errors import UndeclaredSettingError
from scalequest_assets.orchestration.groups import GROUPS
from scalequest_assets.steps.handed import HOW_IT_RUNS, handed
from scalequest_assets.steps.training import _job_hash
from scalequest_assets.storage.completions import _keys
from scalequest_tests.conftest import FakeRun

GOLDEN = json.loads((Path(__file__).parent / "golden_versions.json").read_text(encoding="utf-8"))
"""Code version of every asset under every shipped profile. Who changes one makes every home stale: say why, in the
changelog, and write the new version here."""

STRUCTURE = {"num_shards", GENERATOR_NAMES}
"""Which partitions a fan-in has: declared so that another number of them makes it stale (decision 7)."""
NOT_READ = {
    "benchmark_questions": {"subject", "language", "random_seed"},
    "known_questions": {"subject", "language"},
    "role_model": {"roles.judge.model"},
    "observed_difficulty": {"random_seed"},
    "student_answers": {"students.evaluation.majority"},
}
"""Keys that are declared and not read here. Without a benchmark or an earlier set there is nothing to read; without a
role model, `role_model` stands for the judge's; without a weak solver nothing is drawn, nor without maj@k."""

TEMPLATES = [template for templates in GROUPS.values() for template in templates]


@pytest.fixture
def profile() -> Profile:
    return validate(read_profile("embedded"), "embedded")


KEYS = {
    "question_sampling": "58751d17d5fe2911fb06c91bd666f991",
    "roles.judge": "0619919721de979c009e4253a7fa3d07",
    "roles.responder": "1a940a7aaa47c25471792812d9a36972",
}
"""Key of one completion under samplings of `embedded`. Who changes them asks every completion of every home again."""
JOBS = {
    "embedded": ("3faebaa49a46bac5", "67fac9394a04c851", "f7aa0c9d87ede6e1"),
    "paper": ("a682858715dc8dc1", "0824b4a94878d307", "220366d9aabd5b05"),
}
"""Hash of the trainings of QFT, QPO and difficulty on the same rows. Who changes them trains every model again."""


@pytest.mark.parametrize("name", shipped_profiles())
def test_code_versions_of_shipped_profiles_are_those_of_earlier_releases(name: str):
    profile = validate(read_profile(name), name)
    assert {template.name: template.code_version(profile) for template in TEMPLATES} == GOLDEN[name]


def test_assets_read_what_they_declare_and_nothing_else(fake_run: FakeRun):
    fake_run.use("num_shards=1")
    fake_run.make(*fake_run.graph.assets())
    for template in TEMPLATES:
        read = {key for asset, key in fake_run.reads if asset == template.name and key not in HOW_IT_RUNS}
        unread = STRUCTURE | NOT_READ.get(template.name, set())
        assert read <= set(template.settings_of(fake_run.profile)), template.name
        assert set(template.settings_of(fake_run.profile)) - read <= unread, template.name


def test_a_setting_that_was_not_declared_cannot_be_read(profile: Profile):
    settings = handed(profile, ["dedup.threshold", "random_seed"], "duplicate_pairs")
    assert settings.dedup.threshold == profile.dedup.threshold
    assert settings.random_seed == profile.random_seed
    assert settings.engine is profile.engine
    for read in (
        lambda: settings.dedup.max_variants,
        lambda: settings.answers,
        lambda: settings.fingerprint("dedup"),
        lambda: settings.no_such_key,
    ):
        with pytest.raises(UndeclaredSettingError, match="duplicate_pairs reads the setting"):
            read()


def test_a_declared_section_comes_whole(profile: Profile):
    settings = handed(profile, ["roles.judge"], "solvability_verdicts")
    assert settings.roles.judge is profile.roles.judge
    with pytest.raises(UndeclaredSettingError, match=r"roles\.solver"):
        _ = settings.roles.solver
    without = profile.model_copy(update={"role_model": None})
    assert handed(without, ["role_model.base"], "x").role_model is None


def test_what_is_read_is_recorded_as_it_was_declared(profile: Profile):
    read: list[str] = []
    settings = handed(profile, ["roles.judge", "study"], "x", read.append)
    _ = settings.roles.judge.sampling.temperature, settings.study
    assert read == ["roles.judge", "study"]


def test_completions_are_found_under_the_keys_of_earlier_releases(profile: Profile):
    samplings = {
        "question_sampling": profile.question_sampling,
        "roles.judge": profile.roles.judge.sampling,
        "roles.responder": profile.roles.responder.sampling,
    }
    asked = [Request(id="a", prompt='say "é"', seed=7)]
    found = {name: _keys(asked, ["m@1", "generate", used.model_dump()])["a"] for name, used in samplings.items()}
    assert found == KEYS


@pytest.mark.parametrize("name", JOBS)
def test_trainings_are_known_by_the_hashes_of_earlier_releases(name: str):
    profile = validate(read_profile(name), name)
    trainings: list[tuple[TrainingTask, Hyperparameters]] = [
        ("sft", profile.question_tuning.qft),
        ("dpo", profile.question_tuning.qpo),
        ("regression", profile.difficulty.training),
    ]
    base = ModelHandle(name="m", path="b", version="v1")
    jobs = [
        TrainingJob(task=task, base_dir="b", train_file="t", output_dir="o", hyperparameters=used, seed=7)
        for task, used in trainings
    ]
    assert tuple(_job_hash(base, job, "rows") for job in jobs) == JOBS[name]
