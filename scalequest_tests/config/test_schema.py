"""The profile's JSON schema: every key is described, and what the schema says is what the profile takes."""

import json
from typing import Any

import pytest

from scalequest_assets.config.file import read_profile, shipped_profiles
from scalequest_assets.config.profile import Profile
from scalequest_assets.settings import Settings

SCHEMA = Profile.model_json_schema()


def sections() -> dict[str, Any]:
    return {"Profile": SCHEMA, **SCHEMA["$defs"]}


def test_every_key_says_what_it_is():
    silent = [
        f"{name}.{key}"
        for name, section in sections().items()
        for key, values in section.get("properties", {}).items()
        if not values.get("description")
    ]
    assert silent == []


def test_no_docstring_describes_a_key_that_is_not_there():
    def all_settings(cls: type[Settings]) -> list[type[Settings]]:
        return [cls, *(found for sub in cls.__subclasses__() for found in all_settings(sub))]

    for cls in all_settings(Settings):
        described = (cls.__doc__ or "").partition("Attributes:\n")[2]
        named = {
            line.split(":")[0].strip() for line in described.splitlines() if line.startswith(" " * 8) and line[8] != " "
        }
        assert {n for names in named for n in names.split(", ")} <= set(cls.model_fields), cls.__name__


def test_unknown_keys_are_refused_everywhere():
    open_sections = [name for name, section in sections().items() if section.get("additionalProperties") is not False]
    assert open_sections == []


@pytest.mark.parametrize("name", shipped_profiles())
def test_shipped_profiles_use_its_keys(name: str):
    assert set(read_profile(name)) <= set(SCHEMA["properties"])
    assert json.loads(json.dumps(SCHEMA)) == SCHEMA


def test_bounds_are_in_it():
    dedup = SCHEMA["$defs"]["Dedup"]["properties"]["threshold"]
    assert (dedup["minimum"], dedup["maximum"], dedup["default"]) == (0.5, 1, 0.7)
