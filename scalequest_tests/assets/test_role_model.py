"""The adapter that the package ships is the one that its record and the profile speak of."""

import hashlib

from scalequest_assets.config.file import read_profile, validate
from scalequest_assets.steps.role_model import ADAPTER_FOLDER, adapter_record


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
