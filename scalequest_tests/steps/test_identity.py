"""What an asset reads is what identifies it: enforced, recorded, and held against versions of earlier releases."""

import json
from pathlib import Path

import pytest

from scalequest_assets.config.file import read_profile, shipped_profiles, validate
from scalequest_assets.config.profile import GENERATOR_NAMES, Profile
from scalequest_assets.definitions import GROUPS
from scalequest_assets.errors import UndeclaredSettingError
from scalequest_assets.steps.handed import HOW_IT_RUNS, handed
from scalequest_tests.conftest import FakeRun

GOLDEN = json.loads((Path(__file__).parent / "golden_versions.json").read_text(encoding="utf-8"))
"""Code version of every asset under every shipped profile. Who changes one makes every home stale: say why, in the
changelog, and write the new version here."""

STRUCTURE = {"num_shards", GENERATOR_NAMES}
"""Which partitions a fan-in has: declared so that another number of them makes it stale (decision 7)."""
NOT_READ = {
    "benchmark_questions": {"subject", "random_seed"},
    "role_model": {"roles.judge.model"},
    "release_manifest": {"answers.min_agreement"},
}
"""Keys that are declared and not read here. Without a benchmark there is nothing to read; without a role model,
`role_model` stands for the judge's. What `release_manifest` counts followed from the agreement in earlier releases:
without the key, their homes would be stale."""

TEMPLATES = [template for templates in GROUPS.values() for template in templates]


@pytest.fixture
def profile() -> Profile:
    return validate(read_profile("embedded"), "embedded")


@pytest.mark.parametrize("name", shipped_profiles())
def test_code_versions_of_shipped_profiles_are_those_of_earlier_releases(name: str):
    profile = validate(read_profile(name), name)
    assert {template.name: template.code_version(profile) for template in TEMPLATES} == GOLDEN[name]


def test_assets_read_what_they_declare_and_nothing_else(fake_run: FakeRun):
    fake_run.make(*fake_run.graph.assets())
    for template in TEMPLATES:
        read = {key for asset, key in fake_run.reads if asset == template.name and key not in HOW_IT_RUNS}
        unread = STRUCTURE | NOT_READ.get(template.name, set())
        assert read <= set(template.settings), template.name
        assert set(template.settings) - read <= unread, template.name


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
