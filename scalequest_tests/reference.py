"""`docs/reference.md`, made from the code: commands, settings, tables with their columns, checks.

`python -m scalequest_tests.reference` writes it again; a test fails where it differs from what the code says.
"""

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import typer

from scalequest_assets.checks.bands import CHECKS
from scalequest_assets.cli.app import app
from scalequest_assets.config.profile import Profile
from scalequest_assets.definitions import build_resources
from scalequest_assets.orchestration.groups import GROUPS
from scalequest_assets.schemas import REVIEWS, TABLES, evidence
from scalequest_assets.stages import STAGES
from scalequest_assets.storage.catalog import Catalog, duckdb_type
from scalequest_assets.storage.home import Home
from scalequest_assets.storage.profiles import home_profile
from scalequest_assets.storage.sql import query
from scalequest_assets.storage.views import derived

FILE = Path(__file__).parents[1] / "docs/reference.md"
PARTITIONS = {
    "nothing": "–",
    "generator": "generator",
    "shard": "generator \N{MULTIPLICATION SIGN} shard",
    "student": "student",
}
"""How the documents name partitions."""

_HEAD = """\
# Reference

Made from the code by `python -m scalequest_tests.reference`: edit docstrings and help texts, not this page.
[Commands](#commands) · [Settings](#settings) · [Tables](#tables) · [Views](#views) · [Asset checks](#asset-checks)

`SCALEQUEST_HOME` names the home (default `data`), `SCALEQUEST_LAKE` another directory for its tables, or a bucket.
Exit codes: 0 done, 1 failed, 2 misuse, 130 interrupted. `--debug` shows a traceback in place of the one-line error.
"""
_WRITTEN_BY_PEOPLE = "What people said of pairs (`scalequest review`)."
_OF_VIEWS = {
    "stage": "The table that dropped it, or that is older",
    "final_stage": "The last table that has it, or that dropped it",
    f"is_in_{STAGES.pairs}": "Whether it became a pair",
    "num_responses": "Responses that were scored",
    "num_kept_responses": "Those of them that can be used",
    "max_reward": "The highest reward among all of them",
    **{f"{STAGES[table].short_name}_keep": f"Whether `{table}` keeps it" for table in STAGES.screening},
}
"""Meanings of the columns that views add."""
_BOUNDS = {"minimum": "≥ ", "exclusiveMinimum": "> ", "maximum": "≤ ", "exclusiveMaximum": "< "}


def document() -> str:
    """Return the whole page."""
    parts = [_HEAD, *_commands(), *_settings(), *_tables(), *_views(), *_checks()]
    return "\n".join(part.rstrip("\n") + "\n" for part in parts)


def leaf_commands() -> Iterator[tuple[str, Any, Any]]:
    """Yield every command of the command line: how it is called, the command, a context to ask it with."""
    root = typer.main.get_command(app)
    yield from _leaves(root, typer.Context(root, info_name="scalequest"))


def _leaves(command: Any, context: Any) -> Iterator[tuple[str, Any, Any]]:
    if not hasattr(command, "list_commands"):
        yield context.command_path, command, context
        return
    for name in sorted(command.list_commands(context)):
        below = command.get_command(context, name)
        yield from _leaves(below, typer.Context(below, info_name=name, parent=context))


def _commands() -> Iterator[str]:
    yield "## Commands"
    for path, command, context in leaf_commands():
        text, _, examples = (command.help or "").partition("Example: ")
        said = " ".join(text.split())
        shown = [line.removeprefix("Example: ") for line in examples.splitlines() if line.strip()]
        records = [record for parameter in command.params if (record := parameter.get_help_record(context))]
        block = "\n".join(["```bash", *shown, "```"])
        yield f"### {path}\n\n{said}\n\n{block}\n"
        if records:
            yield _table(("argument or option", ""), [(f"`{_cell(name)}`", _cell(text)) for name, text in records])


def _settings() -> Iterator[str]:
    """Yield a table of each class of settings, in the order in which the profile composes them."""
    schema = Profile.model_json_schema()
    places: dict[str, list[str]] = {}
    _find_places(schema, schema["$defs"], "", places)
    yield (
        "## Settings\n\nThe profile's keys; dots lead into sections: `--set answers.num_samples=8`. `*` stands for a\n"
        "name of your own, in `--set` for all names. What the profiles mean is in [profiles](profiles.md).\n"
    )
    yield "### The profile\n"
    yield _keys(schema)
    for name, where in places.items():
        yield f"### {name}\n\nAt {', '.join(f'`{place}`' for place in where)}.\n"
        yield _keys(schema["$defs"][name])


def _find_places(section: Mapping[str, Any], defs: Mapping[str, Any], path: str, places: dict[str, list[str]]) -> None:
    for key, value in section.get("properties", {}).items():
        for name, below in _references(value, f"{path}.{key}".lstrip(".")):
            known = places.setdefault(name, [])
            if below not in known:
                known.append(below)
                _find_places(defs[name], defs, below, places)


def _references(value: Mapping[str, Any], path: str) -> Iterator[tuple[str, str]]:
    """Yield the classes that a value may be of, each with the key that leads there."""
    if "$ref" in value:
        yield value["$ref"].rpartition("/")[2], path
    for option in (*value.get("anyOf", ()), *value.get("oneOf", ())):
        yield from _references(option, path)
    for item in (*value.get("patternProperties", {}).values(), value.get("additionalProperties")):
        if isinstance(item, Mapping):
            yield from _references(item, f"{path}.*")
    if isinstance(value.get("items"), Mapping):
        yield from _references(value["items"], f"{path}[]")


def _keys(section: Mapping[str, Any]) -> str:
    required = section.get("required", ())
    rows = [
        (f"`{key}`", _kind(value), _default(key in required, value), _cell(value.get("description", "")))
        for key, value in section["properties"].items()
    ]
    return _table(("key", "value", "default", "meaning"), rows)


def _kind(value: Mapping[str, Any]) -> str:
    """Return in words what a setting may be."""
    if "$ref" in value:
        name = value["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if options := value.get("anyOf") or value.get("oneOf"):
        return " or ".join(_kind(option) for option in options)
    if choices := value.get("enum") or ([value["const"]] if "const" in value else []):
        return ", ".join(f"`{choice}`" for choice in choices)
    if value.get("type") == "array":
        return f"list of {_kind(value.get('items', {}))}"
    if value.get("type") == "object":
        named = [*value.get("patternProperties", {}).values(), value.get("additionalProperties")]
        return " or ".join(f"name: {_kind(item)}" for item in named if isinstance(item, Mapping)) or "mapping"
    bounds = [
        sign + (f"{value[bound]:,}" if isinstance(value[bound], int) else f"{value[bound]:g}")
        for bound, sign in _BOUNDS.items()
        if bound in value
    ]
    return ", ".join([str(value.get("type", "any")), *bounds])


def _default(is_required: bool, value: Mapping[str, Any]) -> str:
    if is_required:
        return "required"
    default = value.get("default", {})  # a section has its own keys' defaults
    if isinstance(default, Mapping):
        return ""
    return f"`{default}`" if default and isinstance(default, str) else f"`{json.dumps(default)}`"


def _tables() -> Iterator[str]:
    said = {t.name: (t.function.__doc__ or "").splitlines()[0] for templates in GROUPS.values() for t in templates}
    yield "## Tables\n\nTypes are DuckDB's. What a `drop_reason` says is in [drop reasons](reasons.md).\n"
    for table in (*STAGES.tables, REVIEWS):
        by = f" Partitions: {PARTITIONS[STAGES[table].by]}." if table in STAGES else ""
        yield f"### {table}\n\n{said.get(table, _WRITTEN_BY_PEOPLE)}{by}\n"
        columns = TABLES[table].items()
        yield _table(
            ("column", "type", "meaning"),
            [(f"`{name}`", _type(duckdb_type(column.dtype)), _cell(column.description)) for name, column in columns],
        )


def _views() -> Iterator[str]:
    """Yield the views over several tables, with the columns that DuckDB says they have."""
    first, last = TABLES[STAGES.candidates], TABLES[STAGES.pairs]
    meanings = {name: column.description for table in (last, TABLES["funnel"], first) for name, column in table.items()}
    for table, names in evidence().items():
        meanings |= {shown: TABLES[table][name].description for name, shown in names.items()}
    meanings |= {"drop_reason": "Why it is dropped; null when kept", **_OF_VIEWS}
    yield "## Views\n\nOver several tables. Every table is a view of its own name, too.\n"
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        profile = home_profile(home)
        Catalog(home, build_resources(home, profile).lake, {}).publish()
        for name, view in derived().items():
            rows = query(home.catalog_file, f"DESCRIBE {name}").select("column_name", "column_type").rows()
            yield f"### {name}\n\n{view.description}.\n"
            yield _table(
                ("column", "type", "meaning"),
                [(f"`{column}`", _type(kind), _cell(meanings[column])) for column, kind in rows],
            )


def _checks() -> Iterator[str]:
    yield "## Asset checks\n\nThey warn; one that blocks stops what follows. Their bands: [Checks](#checks).\n"
    specs = [spec for check in CHECKS for spec in check.check_specs]
    rows = [
        (
            f"`{spec.name}`",
            f"`{spec.asset_key.to_user_string()}`",
            "yes" if spec.blocking else "",
            _cell((spec.description or "").strip().splitlines()[0]),
        )
        for spec in specs
    ]
    yield _table(("check", "of", "blocks", "what it says"), rows)


def _type(name: str) -> str:
    return f"`{name}`"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", r"\|")


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(cells) + " |" for cells in (head, *rows)]
    return "\n".join([lines[0], "|---" * len(head) + "|", *lines[1:]]) + "\n"


if __name__ == "__main__":
    FILE.write_text(document(), encoding="utf-8")
