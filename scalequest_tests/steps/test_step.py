"""What a step gives is what its asset declared."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from scalequest_assets.assets.question_tuning import optimized_questions
from scalequest_assets.config.file import edit_document, read_profile, validate
from scalequest_assets.config.profile import GENERATOR_NAMES, STUDENT_NAMES
from scalequest_assets.errors import UndeclaredSettingError
from scalequest_assets.steps.handed import handed
from scalequest_assets.steps.step import Declared, Step

PROFILE = validate(read_profile("embedded"), "embedded")


def step(
    asset: str = "synthetic_questions",
    key: str = "competition|0003",
    *,
    settings: tuple[str, ...] = (),
    inputs: tuple[str, ...] = (),
    deps: tuple[str, ...] = (),
) -> Step:
    models = SimpleNamespace(handle=lambda name, generator=None: (name, generator))
    resources = SimpleNamespace(profile=PROFILE, models=models, lake=None, trainer=None, releases=None)
    context = SimpleNamespace(resources=resources, has_partition_key=True, partition_key=key)
    declared = Declared(asset=asset, settings=settings, inputs=frozenset(inputs), deps=frozenset(deps))
    return Step(cast(Any, context), declared)


def test_a_partition_has_its_dimensions():
    assert step().partition == {"generator": "competition", "shard": "0003"}
    assert step().generator == "competition"


def test_a_key_of_one_name_is_a_students_where_the_asset_is():
    assert step("student_answers", "best_1").partition == {"student": "best_1"}
    assert step("student_answers", "best_1").owner == "best_1"
    assert step("qft_model", "competition").owner == "competition"


def test_an_assets_model_is_given_to_what_depends_on_it():
    assert step(deps=("qpo_model",)).model("qpo_model", "competition") == ("qpo_model", "competition")
    with pytest.raises(UndeclaredSettingError, match="synthetic_questions uses the model of qpo_model") as caught:
        step(deps=("qft_model",)).model("qpo_model", "competition")
    assert "add 'qpo_model' to the asset's `deps`" in str(caught.value)


def test_a_model_of_the_profile_is_given_by_its_name():
    assert step().model("smollm2") == ("smollm2", None)


def test_settings_are_those_declared():
    assert step(settings=("random_seed",)).random_seed == PROFILE.random_seed
    with pytest.raises(UndeclaredSettingError, match="reads the setting 'random_seed'"):
        _ = step(settings=("subject",)).random_seed


def test_what_one_mode_reads_is_closed_to_the_others():
    profiles = {
        way: validate(edit_document(read_profile("embedded"), [f"question_tuning.pairs={way}"]), "embedded")
        for way in ("rewrites", "own_samples")
    }
    opened = {
        way: handed(profile, optimized_questions.settings_of(profile), "optimized_questions")
        for way, profile in profiles.items()
    }
    assert opened["own_samples"].roles.judge == PROFILE.roles.judge
    assert opened["rewrites"].roles.rewriter == PROFILE.roles.rewriter
    for way, role in (("rewrites", "judge"), ("own_samples", "rewriter")):
        with pytest.raises(UndeclaredSettingError, match=rf"roles\.{role}"):
            getattr(opened[way].roles, role)


def test_generators_are_named_to_what_declares_them():
    assert step(settings=(GENERATOR_NAMES,)).generator_names == list(PROFILE.generators)
    with pytest.raises(UndeclaredSettingError, match="reads 'generator_names'"):
        _ = step().generator_names


def test_students_are_named_to_what_declares_them():
    assert step(settings=(STUDENT_NAMES,)).student_names == PROFILE.students.names
    with pytest.raises(UndeclaredSettingError, match="reads 'student_names'"):
        _ = step().student_names


def test_a_students_base_is_known_to_what_reads_its_configuration():
    assert step("student_model", "best_1", inputs=("student_config",)).student_base == ("smollm2", None)
    with pytest.raises(UndeclaredSettingError, match=r"reads 'students\.trained\.best_1\.base'"):
        _ = step("student_model", "best_1").student_base


def test_a_generators_base_is_known_to_what_reads_its_configuration():
    assert step(inputs=("generator_config",)).generator_base == ("smollm2", None)
    with pytest.raises(UndeclaredSettingError, match=r"reads 'generators\.competition\.base'"):
        _ = step().generator_base
