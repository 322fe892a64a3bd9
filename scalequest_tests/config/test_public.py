"""What a data set carries of its profile: what identifies it, nothing of its maker's machine."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from scalequest_assets.config.file import edit_document, read_profile, shipped_profiles, validate
from scalequest_assets.config.profile import Profile
from scalequest_assets.config.public import HOW_IT_RAN, public_document, public_text

SETTINGS = (
    "models.mine={kind: path, path: /srv/someone/models/mine}",
    "models.far={kind: api, id: far, server: my_server}",
    "roles.judge.model=far",
    "roles.rewriter.model=mine",
    "seeds.sources=[{kind: jsonl, path: /data/of/mine/train.jsonl}, {kind: families, style: competition}]",
    "benchmarks.sources=[{kind: parquet, path: /data/of/mine/test.parquet, name: held_out}]",
    "known_questions.sources=[{kind: home, path: /data/of/mine/first}, {kind: release, path: /data/of/mine/dataset}]",
    "engine.servers.my_server={base_url: 'http://10.0.0.7:8000/v1', key_env: SECRET_KEY}",
    "prices.gpu_hour=3",
    "checks.min_yield=0.1",
)


@pytest.mark.parametrize("name", shipped_profiles())
def test_what_is_left_is_a_valid_profile_of_the_same_data(name: str):
    profile = validate(read_profile(name), name)
    again = validate(yaml.safe_load(public_text(profile)), "public")
    kept = set(type(profile).model_fields) - {*HOW_IT_RAN, "seeds", "benchmarks"}
    assert {key: getattr(again, key) for key in kept} == {key: getattr(profile, key) for key in kept}


def test_nothing_of_the_machine_is_in_it():
    profile = validate(edit_document(read_profile("embedded"), SETTINGS), "mine")
    text = public_text(profile)
    for private in ("someone", "/data", "10.0.0.7", "SECRET_KEY", "gpu_hour"):
        assert private not in text
    assert not re.search(r"(?<!https:)/\w+/", text.replace("/v1", "")), "no directory"
    document = public_document(profile)
    assert document["models"]["mine"]["path"] == "mine"
    assert document["engine"] == {"servers": {"my_server": {"base_url": "https://my-server.invalid/v1"}}}
    again = validate(yaml.safe_load(text), "public")
    assert again.models["far"] == profile.models["far"]


def test_ids_stay_what_they_are_though_paths_are_cut():
    profile = validate(edit_document(read_profile("embedded"), SETTINGS), "mine")
    document = public_document(profile)
    assert [source["name"] for source in document["seeds"]["sources"]] == ["mine_train", "competition"]
    assert [source["name"] for source in document["benchmarks"]["sources"]] == ["held_out"]
    assert [source["name"] for source in document["known_questions"]["sources"]] == ["first", "dataset"]


@pytest.mark.parametrize("path", ["/srv/someone/m", "~/someone/m", "someone/m", "C:\\someone\\m", "C:/someone/m/"])
def test_of_a_path_its_last_part_is_left(path: str):
    document = {**read_profile("embedded"), "benchmarks": {"sources": [{"kind": "jsonl", "path": path}]}}
    document["models"] = {**document["models"], "mine": {"kind": "path", "path": path}}
    public = public_document(validate(document, "mine"))
    assert public["benchmarks"]["sources"][0]["path"] == public["models"]["mine"]["path"] == "m"


def test_no_key_of_a_machine_is_overlooked():
    """A new key whose name sounds like a place or a secret: `public_document` must know it, and this test then too."""
    schema = Profile.model_json_schema()
    sections = {key: value for key, value in schema["properties"].items() if key not in HOW_IT_RAN}
    sounds = re.compile(r"path|file|dir|folder|url|host|address|port|server|key|secret|user")
    known = {"path": "cut", "server": "a name; its address is a placeholder", "file": "a name in a hub repository"}
    assert {name for name in _keys(sections, schema["$defs"], set()) if sounds.search(name)} == set(known)


def _keys(node: Any, definitions: dict[str, Any], seen: set[str]) -> Iterator[str]:
    """Yield the names of all keys below a part of a JSON schema."""
    if isinstance(node, list):
        for item in node:
            yield from _keys(item, definitions, seen)
    elif isinstance(node, dict):
        name = str(node.get("$ref", "")).rpartition("/")[2]
        if name and name not in seen:
            seen.add(name)
            yield from definitions[name].get("properties", {})
            yield from _keys(definitions[name], definitions, seen)
        for item in node.values():
            yield from _keys(item, definitions, seen)
