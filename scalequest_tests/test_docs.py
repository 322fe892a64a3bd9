"""What the documents name exists: commands, options, settings, statements, paths, links, anchors, assets."""

import re
import shlex
from pathlib import Path

import pytest
import typer
import yaml
from typer.exceptions import TyperException

from scalequest_assets.cli.app import app
from scalequest_assets.config.file import edit_document, read_profile, shipped_profiles, validate
from scalequest_assets.config.profile import Profile
from scalequest_assets.definitions import build_resources
from scalequest_assets.orchestration.groups import GROUPS
from scalequest_assets.storage.catalog import Catalog
from scalequest_assets.storage.home import Home
from scalequest_assets.storage.profiles import home_profile
from scalequest_assets.storage.sql import query
from scalequest_assets.sweeps.axes import points_of, read_axes
from scalequest_tests import reference
from scalequest_tests.documents import DOCUMENTS, GUIDES, INDEX, PAGES, README, ROOT, anchors_of, commands_of, recipes

MAX_README_LINES = 110
NUM_RECIPES = 10
MADE_BY_A_RUN = ("data/", "gsm8k/", "lake/", "models/", "completions/", "dataset/", "report/", "dagster/", "work/")

every_document = pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))


@every_document
def test_make_targets_exist(path: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert {word for words in commands_of(path, "make") for word in words[1:] if "=" not in word} <= targets


@every_document
def test_commands_are_understood_by_the_command_line(path: Path) -> None:
    for words in commands_of(path, "scalequest"):
        _parse(words)


@every_document
def test_relative_links_lead_somewhere(path: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", path.read_text(encoding="utf-8"))
    relative = [link.partition("#") for link in links if not link.startswith("http")]
    assert [name for name, _, _ in relative if not (path.parent / name).exists()] == []
    anchors = [(path.parent / name if name else path, anchor) for name, _, anchor in relative if anchor]
    assert [f"{file.name}#{anchor}" for file, anchor in anchors if anchor not in anchors_of(file)] == []


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
    calls = [words for path in GUIDES for words in commands_of(path, "scalequest")]
    together = {tuple(words[i + 1] for i in _places(words, "--set")) for words in calls} - {()}
    assert len(together) > 5, "the documents show fewer settings than they did"
    for settings in together:
        validate(edit_document(read_profile("embedded"), settings), " ".join(settings))


def test_sweeps_have_valid_points() -> None:
    calls = [words for path in GUIDES for words in commands_of(path, "scalequest") if words[1:2] == ["sweep"]]
    axes = {tuple(word for word in words[2:] if "=" in word) for words in calls} - {()}
    assert len(axes) > 3, "the documents show fewer sweeps than they did"
    for texts in axes:
        for point in points_of(read_axes(texts)):
            validate(edit_document(read_profile("embedded"), point.settings), point.name)


def test_partitions_and_selections_exist() -> None:
    profile = validate(read_profile("embedded"), "embedded")
    assets = {template.name for templates in GROUPS.values() for template in templates}
    for words in [words for path in DOCUMENTS for words in commands_of(path, "scalequest")]:
        selected = {name for i in _places(words, "--select") for name in words[i + 1].split(",")}
        assert {name.removeprefix("+") for name in selected} <= assets
        for i in _places(words, "--partition"):
            name, _, shard = words[i + 1].partition("|")
            if name not in profile.students.names:
                assert name in profile.generators
                assert shard in profile.shards()


def test_statements_run_in_a_new_home(tmp_path: Path) -> None:
    home = Home(tmp_path)
    Catalog(home, build_resources(home, home_profile(home)).lake, {}).publish()
    calls = [words for path in GUIDES for words in commands_of(path, "scalequest") if words[1:2] == ["sql"]]
    statements = {words[2] for words in calls if words[2:]}
    assert len(statements) > 15, "the documents show fewer statements than they did"
    for statement in [*statements, *recipes()]:
        query(home.catalog_file, statement)


def test_recipes_are_numbered() -> None:
    text = (ROOT / "docs/sql.md").read_text(encoding="utf-8")
    assert re.findall(r"^\*\*(\d+)\. ", text, re.MULTILINE) == [str(n + 1) for n in range(NUM_RECIPES)]
    assert len(recipes()) == NUM_RECIPES


def test_asset_table_is_the_graph() -> None:
    text = (ROOT / "docs/concepts.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\w+) \| `(\w+)` \| ([^|]+) \| ", text, re.MULTILINE)
    graph = [(group, t.name, reference.PARTITIONS[t.stage.by]) for group, ts in GROUPS.items() for t in ts]
    assert [(group, name, partitions.strip()) for group, name, partitions in rows] == graph


def test_picture_shows_the_groups() -> None:
    picture = README.read_text(encoding="utf-8").partition("```mermaid")[2].partition("```")[0]
    assert re.findall(r'\["(\w+)<br>', picture) == list(GROUPS)


def test_profile_table_is_the_schema() -> None:
    assert _first_cells(ROOT / "docs/profiles.md", "The sections") == set(Profile.model_fields)


@pytest.mark.parametrize(("path", "section"), [(README, "Make it"), (ROOT / "docs/profiles.md", "Profiles and seeds")])
def test_shipped_profiles_are_listed(path: Path, section: str) -> None:
    assert _first_cells(path, section) - _command_names() == set(shipped_profiles())


def test_command_table_is_the_command_line() -> None:
    assert _first_cells(README, "Make it") - set(shipped_profiles()) == _command_names()


def test_reference_is_what_the_code_says() -> None:
    told = reference.FILE.read_text(encoding="utf-8")
    assert told == reference.document(), "write it again: .venv/bin/python -m scalequest_tests.reference"


def test_readme_is_short() -> None:
    assert len(README.read_text(encoding="utf-8").splitlines()) <= MAX_README_LINES


def test_index_lists_all_pages() -> None:
    linked = set(re.findall(r"\]\(([\w-]+\.md)\)", INDEX.read_text(encoding="utf-8")))
    assert linked == {path.name for path in PAGES if path != INDEX}


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


def _parse(words: list[str]) -> None:
    """Fail where the command line does not understand a call. A command's bare name will do, and `N` for a value."""
    command = typer.main.get_command(app)
    context = typer.Context(command, info_name="scalequest")
    rest = ["1" if re.fullmatch("[A-Z]", word) else word for word in words[1:] if word != "--debug"]
    try:
        while hasattr(command, "list_commands") and rest:
            name, command, rest = command.resolve_command(context, rest)
            context = typer.Context(command, info_name=name, parent=context)
        if rest:
            command.make_context(context.info_name, rest, parent=context.parent)
    except TyperException as error:
        pytest.fail(f"{shlex.join(words)}: {error.format_message()}")


def _command_names() -> set[str]:
    """Return the names of all commands, without what stands below one."""
    return {path.split()[1] for path, _, _ in reference.leaf_commands()}


def _first_cells(path: Path, heading: str) -> set[str]:
    """Return the names in the first cells of a section's tables, `scalequest` left out."""
    text = path.read_text(encoding="utf-8")
    section = re.split(r"^#+ ", text.partition(f"# {heading}")[2], maxsplit=1, flags=re.MULTILINE)[0]
    cells = re.findall(r"^\| (`[^|]+`) \|", section, re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`(?:scalequest )?([\w-]+)`", cell)}


def _places(words: list[str], option: str) -> list[int]:
    return [index for index, word in enumerate(words[:-1]) if word == option]


def _merged(document: dict[str, object], part: dict[str, object]) -> dict[str, object]:
    """Return a profile document with a part of one laid over it, section by section."""
    merged = dict(document)
    for key, value in part.items():
        old = merged.get(key)
        merged[key] = {**old, **value} if isinstance(old, dict) and isinstance(value, dict) else value
    return merged
