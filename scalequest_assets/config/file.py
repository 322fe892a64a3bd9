"""Reads and edits profile files, and names all that is wrong with one at once."""

import copy
import difflib
from collections import Counter
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from pydantic import BaseModel, ValidationError

from scalequest_assets.config.profile import MAX_PARTITIONS, TRAINED_ROLE_MODEL, Profile
from scalequest_assets.config.sources import source_name
from scalequest_assets.errors import ProfileError
from scalequest_assets.stages import STAGES
from scalequest_assets.subjects import DEFAULT, family_styles, subject_names


class Problem(NamedTuple):
    """One thing that is wrong: the dotted key, what, and the remedy."""

    key: str
    what: str
    remedy: str


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
        document = yaml.load(text, Loader=_UniqueKeyLoader)  # noqa: S506 - a SafeLoader with one rule more
    except yaml.YAMLError as error:
        raise ProfileError(f"{where}: not valid YAML: {error}", "correct the line named above") from error
    if not isinstance(document, dict):
        raise ProfileError(f"{where}: a profile is a mapping of keys", "start from `scalequest profile show embedded`")
    return document


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
            new = yaml.safe_load(value)
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


def validate(document: Mapping[str, Any], where: str) -> Profile:
    """Return the profile that a document describes.

    Raises:
        ProfileError: One message that names every problem with its key and remedy.
    """
    problems = _cross_problems(document)
    profile: Profile | None = None
    try:
        profile = Profile.model_validate(document)
        problems += _equal_names(profile)
    except ValidationError as error:
        problems = [_field_problem(item, document) for item in error.errors()] + problems
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


def _field_problem(error: Any, document: Mapping[str, Any]) -> Problem:
    location = [str(part) for part in error["loc"]]
    key, value = ".".join(_as_written(error["loc"], document)), error.get("input")
    match error["type"]:
        case "extra_forbidden":
            return Problem(key, "unknown key", _suggestion(location))
        case "missing":
            return Problem(key, "missing", "add it; `scalequest profile show embedded` has an example")
        case "union_tag_not_found" | "union_tag_invalid":
            expected = error.get("ctx", {}).get("expected_tags", "see the README")
            return Problem(f"{key}.kind", "missing or unknown", f"one of: {expected}")
        case "value_error":  # a rule of ours: what is wrong, then the remedy behind a colon
            what, _, remedy = str(error["ctx"]["error"]).partition(": ")
            return Problem(key or "profile", what, remedy or "change one of the two")
    return Problem(key, f"{error['msg']} (found {_short(value)})", f"the value must be: {_expected(error)}")


def _as_written(location: Sequence[str | int], document: Mapping[str, Any]) -> list[str]:
    """Return pydantic's path as the keys that the document has: without a union's tag and its mark of a wrong name."""
    keys, is_tagged = list[str](), False
    value: Any = document
    for depth, part in enumerate(location, start=1):
        is_tag = not is_tagged and depth < len(location) and _mapping(value).get("kind") == part
        is_tagged = is_tag
        if is_tag or part == "[key]":
            continue
        keys.append(str(part))
        is_item = isinstance(value, list) and isinstance(part, int) and part < len(value)
        value = value[part] if is_item else _mapping(value).get(str(part))
    return keys


def _expected(error: Any) -> str:
    context = error.get("ctx", {})
    if "expected" in context:
        return str(context["expected"])
    bounds = [
        f"{sign} {context[name]}"
        for name, sign in (("ge", ">="), ("gt", ">"), ("le", "<="), ("lt", "<"), ("pattern", "matching"))
        if name in context
    ]
    kind = error["type"].split("_")[0]
    return (
        " ".join(bounds)
        if bounds
        else {
            "int": "a whole number",
            "float": "a plain number, without a unit",
            "bool": "true or false",
            "string": "text",
            "list": "a list",
            "tuple": "a list",
            "dict": "keys with values of their own",
            "model": "keys with values of their own",
        }.get(kind, error["msg"])
    )


def _suggestion(location: Sequence[str]) -> str:
    known = _known_keys(location[:-1])
    close = difflib.get_close_matches(location[-1], known, n=1, cutoff=0.5)
    return f"did you mean '{close[0]}'?" if close else f"remove it; known here: {', '.join(known) or 'nothing'}"


def _known_keys(parents: Sequence[str]) -> list[str]:
    """Return the declared keys of the section at a path; a discriminated union's tag is part of pydantic's path."""
    sections: list[type[BaseModel]] = [Profile]
    for part in parents:
        annotations = [m.model_fields[part].annotation for m in sections if part in m.model_fields]
        found = [model for annotation in annotations for model in _models_in(annotation)]
        tagged = [m for m in (found or sections) if part in _tags(m)]
        sections = tagged or found or sections
    return sorted({name for section in sections for name in section.model_fields})


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for argument in getattr(annotation, "__args__", ()) for model in _models_in(argument)]


def _tags(model: type[BaseModel]) -> tuple[str, ...]:
    kind = model.model_fields.get("kind")
    return tuple(getattr(kind.annotation, "__args__", ())) if kind else ()


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _cross_problems(document: Mapping[str, Any]) -> list[Problem]:
    """Find combinations that cannot work, on the raw document, so that they show beside wrong fields."""
    generators, models = _mapping(document.get("generators")), _mapping(document.get("models"))
    problems = _size_problems(document, len(generators))
    known = [*models, *([TRAINED_ROLE_MODEL] if document.get("role_model") else [])]
    for key, name in _model_names(document):
        if name not in known:
            remedy = f"one of: {', '.join(known) or 'nothing yet'}; or add '{name}' to models"
            problems.append(Problem(key, f"no model is named {name!r}", remedy))
    problems += _api_problems(document)
    problems += [
        Problem(f"models.{name}", "the name stands for the asset", "choose another name")
        for name in STAGES.models
        if name in models
    ]
    problems += [
        Problem(f"release.mix.{name}", f"no generator is named {name!r}", f"one of: {', '.join(generators)}")
        for name in _mapping(_mapping(document.get("release")).get("mix"))
        if name not in generators
    ]
    for section in ("seeds", "benchmarks"):
        problems += _source_problems(section, document, list(generators))
    return problems


def _api_problems(document: Mapping[str, Any]) -> list[Problem]:
    """Find models behind a server in places that need weights, unknown servers, and prices of unknown models."""
    models = _mapping(document.get("models"))
    is_api = {name: _mapping(model).get("kind") == "api" for name, model in models.items()}
    with_weights = ", ".join(name for name in models if not is_api[name]) or "a model of kind hub, path or wheel"
    problems = [
        Problem(key, f"'{name}' is an api model, which can neither be trained nor score", f"one of: {with_weights}")
        for key, name in _model_names(document)
        if is_api.get(name) and not key.startswith("roles.")
    ]
    servers = _mapping(_mapping(document.get("engine")).get("servers"))
    for name in (name for name in models if is_api[name]):
        server = _mapping(models[name]).get("server")
        if isinstance(server, str) and server not in servers:
            remedy = f"one of: {', '.join(servers) or 'none yet'}; or add engine.servers.{server}.base_url"
            problems.append(Problem(f"models.{name}.server", f"engine.servers has no '{server}'", remedy))
    by_token = [name for name in models if is_api[name]]
    problems += [
        Problem(f"prices.tokens.{name}", "only models behind a server (kind api) are paid by token", remedy)
        for name in _mapping(_mapping(document.get("prices")).get("tokens"))
        if name not in by_token
        for remedy in [f"one of: {', '.join(by_token) or 'none yet'}; others cost prices.gpu_hour or prices.cpu_hour"]
    ]
    return problems + _equal_api_models(models, by_token)


def _equal_api_models(models: Mapping[str, Any], names: Sequence[str]) -> list[Problem]:
    """Find api models that count as one model, but are asked at different servers."""
    problems, seen = [], dict[tuple[Any, Any], str]()
    for name in names:
        model = _mapping(models[name])
        first = seen.setdefault((model.get("id"), model.get("revision")), name)
        if _mapping(models[first]).get("server") != model.get("server"):
            what = f"the same id and revision as models.{first}, on another server: they would count as one model"
            problems.append(Problem(f"models.{name}.revision", what, "give one of them a revision of its own"))
    return problems


def _size_problems(document: Mapping[str, Any], num_generators: int) -> list[Problem]:
    problems = []
    shards = document.get("num_shards")
    if isinstance(shards, int) and shards * num_generators > MAX_PARTITIONS:
        what = f"{num_generators} generators x {shards} shards = {num_generators * shards} partitions"
        problems.append(Problem("num_shards", what, f"at most {MAX_PARTITIONS}; raise questions_per_shard instead"))
    return problems


def _model_names(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return (dotted key, model name) for every place that names a model."""
    places = (("role_model", "base"), ("difficulty", "base"), ("reward_model", "base"), ("reward_model", "model"))
    found = [(f"{section}.{key}", _mapping(document.get(section)).get(key)) for section, key in places]
    found += [(f"roles.{r}.model", _mapping(v).get("model")) for r, v in _mapping(document.get("roles")).items()]
    found += [
        (f"generators.{g}.base", _mapping(v).get("base")) for g, v in _mapping(document.get("generators")).items()
    ]
    return [(key, name) for key, name in found if isinstance(name, str)]


def _style_problem(key: str, source: Mapping[str, Any], subject: object) -> list[Problem]:
    style = source.get("style")
    if source.get("kind") != "families" or not isinstance(style, str) or subject not in subject_names():
        return []
    styles = family_styles(str(subject))
    known = f"one of: {', '.join(styles)}"
    return [] if style in styles else [Problem(f"{key}.style", f"{subject} has no style '{style}'", known)]


def _source_problems(section: str, document: Mapping[str, Any], generators: list[str]) -> list[Problem]:
    sources = _mapping(document.get(section)).get("sources") or []
    sources = [_mapping(source) for source in sources] if isinstance(sources, list) else []
    problems = []
    for index, source in enumerate(sources):
        problems += _style_problem(f"{section}.sources.{index}", source, document.get("subject", DEFAULT))
        key = f"{section}.sources.{index}.generators"
        problems += [
            Problem(key, f"no generator is named {name!r}", f"one of: {', '.join(generators)}")
            for name in source.get("generators") or []
            if name not in generators
        ]
    if section == "seeds":
        if not sources:
            problems.append(
                Problem(
                    "seeds.sources",
                    "no source of seed questions",
                    "add one, e.g. {kind: families, style: grade_school}",
                )
            )
        for generator in generators:
            if sources and not any(generator in (s.get("generators") or generators) for s in sources):
                problems.append(
                    Problem(
                        f"generators.{generator}",
                        "no seed source is for it",
                        "name it in a source's generators, or leave generators out of one",
                    )
                )
    return problems


def _equal_names(profile: Profile) -> list[Problem]:
    """Find sources of one name, whose rows would have the same ids."""
    return [
        Problem(f"{section}.sources", f"two sources are named '{name}'", "give each a `name` of its own")
        for section, sources in (("seeds", profile.seeds.sources), ("benchmarks", profile.benchmarks.sources))
        for name, count in Counter(source_name(source) for source in sources).items()
        if count > 1
    ]


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


class _UniqueKeyLoader(yaml.SafeLoader):
    """PyYAML keeps the last of two equal keys; here that is an error."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"key '{key}' is given twice", key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)
