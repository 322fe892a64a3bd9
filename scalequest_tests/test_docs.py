"""What the documents name exists: commands, options, settings, statements, paths, links, assets."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
import yaml

from scalequest_assets.cli.app import app
from scalequest_assets.config.file import edit_document, read_profile, shipped_profiles, validate
from scalequest_assets.config.profile import Profile
from scalequest_assets.definitions import GROUPS, build_resources
from scalequest_assets.storage.catalog import Catalog
from scalequest_assets.storage.home import Home
from scalequest_assets.storage.profiles import home_profile
from scalequest_assets.storage.sql import query
from scalequest_assets.sweeps.axes import points_of, read_axes

ROOT = Path(__file__).parents[1]
DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "data/README.md", *sorted(ROOT.glob("docs/**/*.md"))]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PARTITIONS = {"nothing": "–", "generator": "generator", "shard": "generator \N{MULTIPLICATION SIGN} shard"}
MADE_BY_A_RUN = ("data/", "gsm8k/", "lake/", "models/", "completions/", "dataset/", "report/", "dagster/", "work/")

every_document = pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))


@every_document
def test_make_targets_exist(path: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert {words[1] for words in _commands(path, "make") if len(words) > 1} <= targets


@every_document
def test_commands_and_options_exist(path: Path) -> None:
    for words in _commands(path, "scalequest"):
        _check_command(words[1:])


@every_document
def test_relative_links_lead_somewhere(path: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", path.read_text(encoding="utf-8"))
    relative = [link.partition("#")[0] for link in links if not link.startswith(("http", "#"))]
    assert [link for link in relative if not (path.parent / link).exists()] == []


@every_document
def test_paths_exist(path: Path) -> None:
    spans = re.findall(r"`([\w.-]+(?:/[\w.-]+)+/?)`", path.read_text(encoding="utf-8"))
    named = [span for span in spans if not span.startswith(MADE_BY_A_RUN) and "data/train" not in span]
    places = (ROOT, ROOT / "scalequest_assets", path.parent)
    assert [span for span in named if not any((place / span).exists() for place in places)] == []


@every_document
def test_yaml_is_part_of_a_valid_profile(path: Path) -> None:
    for block in re.findall(r"```yaml\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL):
        validate(_merged(read_profile("embedded"), yaml.safe_load(block)), path.name)


def test_settings_make_a_valid_profile() -> None:
    settings = [words[i + 1] for words in _commands(ROOT / "README.md", "scalequest") for i in _places(words, "--set")]
    assert settings, "the README shows no setting"
    for setting in settings:
        validate(edit_document(read_profile("embedded"), [setting]), setting)


def test_sweeps_have_valid_points() -> None:
    sweeps = [words[2:] for words in _commands(ROOT / "README.md", "scalequest") if words[1:2] == ["sweep"]]
    for axes in [[word for word in words if "=" in word] for words in sweeps]:
        for point in points_of(read_axes(axes)) if axes else []:
            validate(edit_document(read_profile("embedded"), point.settings), point.name)


def test_partitions_and_selections_exist() -> None:
    profile = validate(read_profile("embedded"), "embedded")
    assets = {template.name for templates in GROUPS.values() for template in templates}
    for words in [words for path in DOCUMENTS for words in _commands(path, "scalequest")]:
        selected = {name for i in _places(words, "--select") for name in words[i + 1].split(",")}
        assert {name.removeprefix("+") for name in selected} <= assets
        for i in _places(words, "--partition"):
            generator, _, shard = words[i + 1].partition("|")
            assert generator in profile.generators
            assert shard in profile.shards()


def test_statements_run(tmp_path: Path) -> None:
    home = Home(tmp_path)
    Catalog(home, build_resources(home, home_profile(home)).lake, {}).publish()
    statements = [
        words[2] for words in _commands(ROOT / "README.md", "scalequest") if words[1:2] == ["sql"] and words[2:]
    ]
    assert len(statements) > 5, "the README shows fewer statements than it did"
    for statement in statements:
        query(home.catalog_file, statement)


def test_asset_table_is_the_graph() -> None:
    rows = re.findall(r"^\| (\w+) \| `(\w+)` \| ([^|]+) \| ", README, re.MULTILINE)
    graph = [(group, t.name, PARTITIONS[t.stage.by]) for group, templates in GROUPS.items() for t in templates]
    assert [(group, name, partitions.strip()) for group, name, partitions in rows] == graph


def test_profile_table_is_the_schema() -> None:
    section = README.partition("## The profile")[2].partition("\n## ")[0]
    first_cells = re.findall(r"^\| (`[^|]+`) \|", section, re.MULTILINE)
    assert {name for cell in first_cells for name in re.findall(r"`(\w+)`", cell)} == set(Profile.model_fields)
    assert f"({', '.join(f'`{name}`' for name in shipped_profiles())})" in section, "the shipped profiles are others"


def test_documents_that_the_code_names_exist() -> None:
    names = {
        name
        for path in (ROOT / "scalequest_assets").rglob("*.py")
        for name in re.findall(r"\b[A-Z]{4,}\.md\b", path.read_text(encoding="utf-8"))
    }
    assert sorted(name for name in names if not any((ROOT / place / name).exists() for place in ("", "docs"))) == []


def test_decisions_are_listed() -> None:
    folder = ROOT / "docs/decisions"
    listed = re.findall(r"\]\((\d{4}-[\w-]+\.md)\)", (folder / "README.md").read_text(encoding="utf-8"))
    assert listed == sorted(path.name for path in folder.glob("[0-9]*.md"))


def _commands(path: Path, program: str) -> Iterator[list[str]]:
    """Yield the words of each call of a program in code blocks and code spans."""
    text = path.read_text(encoding="utf-8")
    blocks = re.findall(r"```bash\n(.*?)```", text, re.DOTALL)
    lines = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    lines += re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    for line in lines:
        words = shlex.split(line, comments=True) if program in line else []
        words = words[next((i for i, word in enumerate(words) if "=" not in word), 0) :]
        if words[:1] == [program]:
            yield words[: next((i for i, word in enumerate(words) if word in (">", "|", "&&")), None)]


def _check_command(words: list[str]) -> None:
    """Fail where a subcommand or an option does not exist, or an argument is too many."""
    command = typer.main.get_command(app)
    while subcommands := getattr(command, "commands", None):
        if not words or words[0].startswith("-"):
            return
        assert words[0] in subcommands, f"scalequest has no command {words[0]!r}"
        command, words = subcommands[words[0]], words[1:]
    options = {name: parameter for parameter in command.params for name in parameter.opts if name.startswith("-")}
    num_arguments = 0
    while words:
        if words[0].startswith("--"):
            assert words[0] in options, f"{command.name} has no option {words[0]}"
            words = words[1 if getattr(options[words[0]], "is_flag", False) else 2 :]
        else:
            num_arguments, words = num_arguments + 1, words[1:]
    arguments = [parameter for parameter in command.params if parameter.param_type_name == "argument"]
    assert num_arguments <= len(arguments) or any(parameter.nargs == -1 for parameter in arguments)


def _places(words: list[str], option: str) -> list[int]:
    return [index for index, word in enumerate(words[:-1]) if word == option]


def _merged(document: dict[str, object], part: dict[str, object]) -> dict[str, object]:
    """Return a profile document with a part of one laid over it, section by section."""
    merged = dict(document)
    for key, value in part.items():
        old = merged.get(key)
        merged[key] = {**old, **value} if isinstance(old, dict) and isinstance(value, dict) else value
    return merged
