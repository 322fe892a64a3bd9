"""The graph in a project of someone else's: by a YAML file, through Dagster's own loading of components."""

import subprocess
import sys
import textwrap
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import yaml
from dagster.components.core.package_entry import get_package_objects_in_module

import scalequest_assets
from scalequest_assets.definitions import build_defs, build_resources
from scalequest_assets.errors import HomeError, ProfileError
from scalequest_assets.orchestration import component
from scalequest_assets.storage.home import Home
from scalequest_assets.storage.lake import Lake
from scalequest_assets.storage.profiles import declared_profile, home_profile
from scalequest_tests.conftest import SMALL, fake_model
from scalequest_tests.fakes import fake_resources

OWN = """\
import dagster as dg

@dg.asset
def own_asset() -> int:
    return 1
"""
COMMIT = "0123456789abcdef0123456789abcdef01234567"


class Project:
    """A project of `dg` with a file `defs.yaml`, and an asset of its own."""

    def __init__(self, root: Path, name: str) -> None:
        self.root, self._name, self._defs = root, name, root / "src" / name / "defs"
        (self._defs / "scalequest").mkdir(parents=True)
        for folder in (self._defs.parent, self._defs):
            (folder / "__init__.py").write_text("")
        (self._defs / "own.py").write_text(
            "import dagster as dg\n\n\n@dg.asset\ndef own_asset() -> int:\n    return 1\n"
        )
        (root / "pyproject.toml").write_text(
            textwrap.dedent(f"""\
                [tool.dg]
                directory_type = "project"
                [tool.dg.project]
                root_module = "{name}"
                """)
        )

    def write(self, **attributes: object) -> None:
        document = {"type": "scalequest_assets.ScaleQuestPipeline", "attributes": attributes}
        (self._defs / "scalequest" / "defs.yaml").write_text(yaml.safe_dump(document))

    def load(self) -> dg.Definitions:
        return dg.load_from_defs_folder(path_within_project=self.root)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Project:
    name = f"project_of_{request.node.name.partition('[')[0]}"
    monkeypatch.syspath_prepend(str(tmp_path / "src"))
    monkeypatch.setattr(component, "build_resources", fake_resources)
    return Project(tmp_path, name)


def small(root: Path) -> list[str]:
    return [setting.replace("MODEL", str(fake_model(root / "model"))) for setting in SMALL]


def shown(definitions: dg.Definitions) -> dict[str, object]:
    """Return what a code location tells of its graph, without the project's own asset and what Dagster says of YAML."""
    repository = definitions.get_repository_def()
    graph = repository.asset_graph
    nodes = [graph.get(key) for key in sorted(graph.get_all_asset_keys()) if key.path != ["own_asset"]]
    return {
        "assets": [(n.key, n.code_version, n.partitions_def, n.parent_keys, _told(n.metadata), n.tags) for n in nodes],
        "checks": sorted(graph.asset_check_keys),
        "jobs": {job.name for job in repository.get_all_jobs() if not job.name.startswith("__")},
        "resources": set(repository.get_top_level_resources()),
    }


def _told(metadata: Mapping[str, Any]) -> dict[str, object]:
    """Return an asset's metadata as it is without a component, which adds itself and its file."""
    own, *_ = metadata["dagster/code_references"].code_references
    told = {name: value for name, value in metadata.items() if name != "dagster/component_origin"}
    return {**told, "dagster/code_references": own}


def test_a_yaml_file_has_the_graph_of_the_home(project: Project):
    project.write(home="data", profile="embedded", settings=small(project.root))
    loaded = project.load()
    home = Home(project.root / "data")
    assert shown(loaded) == shown(build_defs(build_resources(home, home_profile(home))))
    assert len(shown(loaded)["assets"]) > 20


def test_a_partition_is_made_in_the_home_beside_assets_of_the_projects_own(project: Project, tmp_path: Path):
    project.write(home="data", profile="embedded", settings=small(project.root))
    loaded = project.load()
    instance = dg.DagsterInstance.ephemeral(str(tmp_path / "dagster"))
    job = loaded.resolve_job_def("seeds_by_generator")
    made = job.execute_in_process(
        partition_key="grade_school", asset_selection=[dg.AssetKey("generator_config")], instance=instance
    )
    assert made.success
    lake = Lake(Home(project.root / "data").lake)
    assert lake.partitions("generator_config") == [{"generator": "grade_school"}]
    own = loaded.resolve_implicit_global_asset_job_def()
    assert own.execute_in_process(asset_selection=[dg.AssetKey("own_asset")], instance=instance).success
    assert lake.partitions("own_asset") == [], "the project's own assets do not go into the lake"


def test_the_home_follows_the_file(project: Project):
    project.write(home="data", profile="embedded", settings=["num_shards=3"])
    project.load()
    home = Home(project.root / "data")
    assert home_profile(home).num_shards == 3
    before = home.profile_file.stat().st_mtime_ns
    project.load()
    assert home.profile_file.stat().st_mtime_ns == before, "loading again changes nothing"
    project.write(home="data", profile="embedded")
    project.load()
    assert home_profile(home).num_shards != 3


def test_a_home_of_another_profile_is_refused(project: Project):
    project.write(home="data", profile="embedded")
    project.load()
    with pytest.raises(HomeError, match="belongs to profile 'embedded'"):
        declared_profile(Home(project.root / "data"), "laptop", [])


def test_settings_need_the_profile_that_they_change(tmp_path: Path):
    with pytest.raises(ProfileError, match="without the profile"):
        declared_profile(Home(tmp_path / "data"), None, ["num_shards=3"])
    assert declared_profile(Home(tmp_path / "data"), None, []).name == "embedded"


def test_what_the_component_does_not_have_is_refused(project: Project):
    project.write(home="data", key_prefix="ours")
    with pytest.raises(Exception, match=r"defs\.yaml") as raised:
        project.load()
    assert "key_prefix" in "".join(traceback.format_exception(raised.value))


def test_a_branch_stays_the_commit_that_the_home_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    asked = []
    monkeypatch.setattr("scalequest_assets.storage.profiles.hub_commit", lambda *of: asked.append(of) or COMMIT)
    home, model = Home(tmp_path / "data"), "models.other={kind: hub, id: someone/model, revision: main}"
    for _ in range(2):
        profile = declared_profile(home, "embedded", [model])
        assert profile.models["other"].revision == COMMIT
    assert asked == [("model", "someone/model", "main")]


def test_dg_finds_the_component_and_importing_the_package_stays_light():
    names = [name for name, _ in get_package_objects_in_module(scalequest_assets)]
    assert names == ["ScaleQuestPipeline"]
    code = "import sys, scalequest_assets; print(*(m for m in ('dagster', 'polars') if m in sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout.split() == []
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = scalequest_assets.nothing
