"""Reads and edits profile files, and names all that is wrong with one at once."""

import copy
import re
from collections.abc import Hashable, Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import ValidationError

from scalequest_assets.config.combinations import combination_problems, later_problems
from scalequest_assets.config.mistakes import field_problem
from scalequest_assets.config.profile import Profile
from scalequest_assets.errors import ProfileError


def shipped_profiles() -> list[str]:
    """Return the names of the profiles that come with the package."""
    folder = resources.files("scalequest_assets") / "profiles"
    return sorted(entry.name.removesuffix(".yaml") for entry in folder.iterdir() if entry.name.endswith(".yaml"))


def read_profile(name_or_path: str) -> dict[str, Any]:
    """Return the raw document of a shipped profile (by name) or of a file.

    Raises:
        ProfileError: No such profile or file, or not YAML.
    """
    if name_or_path in shipped_profiles():
        text = (resources.files("scalequest_assets") / "profiles" / f"{name_or_path}.yaml").read_text("utf-8")
        return parse_document(text, name_or_path)
    path = Path(name_or_path)
    if not path.is_file():
        shipped = ", ".join(shipped_profiles())
        raise ProfileError(f"profile '{name_or_path}': no such file", f"give a file's path, or one of: {shipped}")
    try:
        return parse_document(path.read_text("utf-8"), str(path))
    except UnicodeDecodeError as error:
        raise ProfileError(f"{path}: not UTF-8 at byte {error.start}", "save the file as UTF-8") from error


def parse_document(text: str, where: str) -> dict[str, Any]:
    """Parse a profile's YAML text into a mapping; a key given twice is an error."""
    try:
        document = read_yaml(text)
    except yaml.YAMLError as error:
        raise ProfileError(f"{where}: not valid YAML: {error}", "correct the line named above") from error
    if not isinstance(document, dict):
        raise ProfileError(f"{where}: a profile is a mapping of keys", "start from `scalequest profile show embedded`")
    return document


def read_yaml(text: str) -> Any:
    """Return what YAML text says; only `true` and `false` are booleans, and no date is one: settings are words.

    Raises:
        YAMLError: The text is not YAML, or has a key twice.
    """
    return yaml.load(text, Loader=_SettingsLoader)  # noqa: S506 - a SafeLoader with fewer implicit types


def edit_document(document: Mapping[str, Any], settings: Sequence[str]) -> dict[str, Any]:
    """Return the document with `a.b=value` settings applied; values are YAML, and `*` stands for every key there is.

    Raises:
        ProfileError: A setting without `=`, through a key that is no mapping, or whose `*` stands for nothing.
    """
    edited: dict[str, Any] = copy.deepcopy(dict(document))
    for setting in settings:
        key, separator, value = setting.partition("=")
        if not separator:
            raise ProfileError(f"--set {setting}: no '='", "write --set key.sub_key=value")
        *parents, last = key.strip().split(".")
        targets = _targets(edited, parents, setting)
        try:
            new = read_yaml(value)
        except yaml.YAMLError as error:
            raise ProfileError(f"--set {setting}: the value is not YAML ({error})", "quote the value") from error
        for target in targets:
            target.update(dict.fromkeys(list(target) if last == "*" else [last], new))
    return edited


def _targets(document: dict[str, Any], parents: Sequence[str], setting: str) -> list[dict[str, Any]]:
    """Return the mappings that a path leads to, made where they are missing; `*` leads to all that are there."""
    targets: list[Any] = [document]
    for depth, parent in enumerate(parents, start=1):
        inner = (target.values() if parent == "*" else [target.setdefault(parent, {})] for target in targets)
        targets = [value for values in inner for value in values]
        if not targets or not all(isinstance(target, dict) for target in targets):
            what = "stands for nothing" if not targets else "is not a mapping"
            raise ProfileError(
                f"--set {setting}: '{'.'.join(parents[:depth])}' {what}", "see `scalequest profile show`"
            )
    return targets


def validate(document: Mapping[str, Any], where: str, *, made: Mapping[str, Any] | None = None) -> Profile:
    """Return the profile that a document describes.

    Args:
        document: The document.
        where: Its name or path, for messages.
        made: What the home has already: an earlier release may have taken more, and what was made by it stays.

    Raises:
        ProfileError: One message that names every problem with its key and remedy.
    """
    known = later_problems(made or {})
    problems = combination_problems(document) + [p for p in later_problems(document) if p not in known]
    profile: Profile | None = None
    try:
        profile = Profile.model_validate(document)
    except ValidationError as error:
        problems = [field_problem(item, document) for item in error.errors()] + problems
    if problems or profile is None:
        lines = "".join(f"\n  {p.key}: {p.what}\n    -> {p.remedy}" for p in problems)
        plural = "problem" if len(problems) == 1 else "problems"
        raise ProfileError(f"profile {where}: {len(problems)} {plural}{lines}", "correct them and try again")
    return profile


def dump(profile: Profile) -> str:
    """Return a profile as YAML, all defaults spelled out."""
    return yaml.safe_dump(profile.model_dump(mode="json"), sort_keys=False, allow_unicode=True, width=110)


def differences(old: Profile, new: Profile) -> list[str]:
    """Return a line for each key that differs: `key: old -> new`."""
    before, after = _flat(old.model_dump(mode="json")), _flat(new.model_dump(mode="json"))
    keys = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    return [f"{key}: {before.get(key, '(none)')} -> {after.get(key, '(none)')}" for key in keys]


def _flat(value: Any, prefix: str = "") -> dict[str, Any]:
    if not isinstance(value, Mapping) or not value:
        return {prefix: value}
    return {k: v for key, item in value.items() for k, v in _flat(item, f"{prefix}.{key}" if prefix else key).items()}


_WORDY_TAGS: Final = ("tag:yaml.org,2002:bool", "tag:yaml.org,2002:timestamp")


class _SettingsLoader(yaml.SafeLoader):
    """YAML 1.2's booleans, so that `off`, `no` and a branch called `2024-01-01` are text; no key twice.

    PyYAML reads YAML 1.1, in which they are booleans and a date, and keeps the last of two equal keys. A setting that
    is a boolean still understands `off`: pydantic does.
    """

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, Hashable):
                raise yaml.constructor.ConstructorError(None, None, "a key is a name", key_node.start_mark)
            if key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"key '{key}' is given twice", key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)


_SettingsLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in _WORDY_TAGS]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_BOOLEAN: Final = re.compile(r"(?:true|True|TRUE|false|False|FALSE)\Z")
_SettingsLoader.add_implicit_resolver(_WORDY_TAGS[0], _BOOLEAN, list("tTfF"))
