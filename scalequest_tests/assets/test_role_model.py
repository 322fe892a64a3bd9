"""The adapter that the package ships is the one that its record and the profile speak of."""

import hashlib

import pytest

from scalequest_assets.config.file import read_profile, validate
from scalequest_assets.config.sections import RoleModel
from scalequest_assets.steps.role_model import ADAPTER_FOLDER, adapter_record, role_examples
from scalequest_assets.subjects import subject_named


def test_the_record_is_of_the_weights_beside_it():
    weights = (ADAPTER_FOLDER / "adapter_model.safetensors").read_bytes()
    assert adapter_record()["weights_hash"] == hashlib.sha256(weights).hexdigest()[:16]


def test_retraining_as_the_embedded_profile_says_makes_it_again():
    profile = validate(read_profile("embedded"), "embedded")
    assert profile.role_model is not None
    settings = profile.role_model
    assert adapter_record()["num_examples"] == settings.num_examples
    assert adapter_record()["random_seed"] == profile.random_seed
    assert adapter_record()["hyperparameters"] == settings.training.model_dump()


@pytest.mark.parametrize("subject", ["maths", "code", "logic"])
def test_a_judge_alone_learns_from_as_many_judgements_sound_and_broken(subject):
    embedded = validate(read_profile("embedded"), "embedded").role_model
    assert embedded is not None
    settings = RoleModel(base="b", retrain=True, roles=("judge",), num_examples=60, training=embedded.training)
    examples = role_examples(subject_named(subject), settings, 1)
    assert {example.role for example in examples} == {"judge"}
    assert len(examples) == 60
    assert 24 <= sum(example.target.endswith("Yes") for example in examples) <= 36
