"""Homes and profiles for tests."""

import os
import shutil
from functools import cached_property
from pathlib import Path

import dagster as dg
import hypothesis
import polars as pl
import pytest
from filelock import FileLock

from scalequest_assets.__main__ import main
from scalequest_assets.definitions import build_defs
from scalequest_assets.orchestration.dagster_private import open_instance
from scalequest_assets.orchestration.graph import Graph
from scalequest_assets.storage.home import Home
from scalequest_assets.storage.io_manager import IO_MANAGER
from scalequest_assets.storage.profiles import use_profile
from scalequest_tests.fakes import FakeFactory, FakeTrainer, fake_resources

hypothesis.settings.register_profile("untimed", deadline=None)  # a slow machine is no wrong answer
hypothesis.settings.load_profile("untimed")

SMALL = (
    "questions_per_shard=24",
    "question_tuning.num_raw_questions=16",
    "difficulty.num_questions=12",
    "models.tiny={kind: path, path: MODEL}",
    "role_model.base=tiny",
    "role_model.retrain=true",
    "role_model.num_examples=40",
    "role_model.num_held_out=8",
    "generators.grade_school.base=tiny",
    "generators.competition.base=tiny",
    "seeds.sources=[{kind: families, style: grade_school, max_questions: 60}]",
    "students.bases={tiny: {model: tiny, training: {learning_rate: 1.0e-4}}}",
    "students.trained={best_1: {base: tiny, arm: best}, seeds: {base: tiny, arm: seeds_only, num_pairs: 20}}",
    "students.evaluation.held_out=[{kind: families, name: new_ones, style: grade_school, max_questions: 30}]",
)
"""Settings on top of `embedded` that let the graph run with fake models in seconds."""


def fake_model(folder: Path) -> Path:
    """Write a directory that passes for a model."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.safetensors").write_bytes(b"weights")
    (folder / "config.json").write_text("{}")
    return folder


class FakeRun:
    """A home with fake models, and what tests do with it."""

    def __init__(self, root: Path, lake: str | None = None) -> None:
        self.home = Home(Path(root / "home"), lake)
        self.factory, self.trainer = FakeFactory(), FakeTrainer()
        model = fake_model(root / "model")
        self.settings = [setting.replace("MODEL", str(model)) for setting in SMALL]
        self.use(*self.settings)

    @classmethod
    def opened(cls, root: Path, lake: str | None = None) -> "FakeRun":
        """Return a run of a home that is there."""
        run = cls.__new__(cls)
        run.home, run.settings = Home(Path(root / "home"), lake), []
        run.factory, run.trainer = FakeFactory(), FakeTrainer()
        run.use()
        return run

    def copied(self, root: Path) -> "FakeRun":
        """Return a run whose home is a copy of this one: what was made is made there too."""
        # Another of pytest-xdist's processes may look just now whether one can write there.
        shutil.copytree(self.home.root, root / "home", ignore=shutil.ignore_patterns("*.writable*"))
        return FakeRun.opened(root)

    @property
    def its_models(self) -> str:
        """The setting that names its models, for a run that is to make the same: they are known by where they lie."""
        setting = next(setting for setting in SMALL if "MODEL" in setting)
        return setting.replace("MODEL", str(self.profile.models["tiny"].path))

    def use(self, *settings: str) -> None:
        """Change the profile and load the graph anew, as a new command does."""
        self.profile, _ = use_profile(self.home, None, settings)
        self.resources = fake_resources(self.home, self.profile, self.factory, self.trainer)
        self.lake = self.resources.lake
        self.io_manager = self.resources.for_dagster()[IO_MANAGER]
        self.reads: set[tuple[str, str]] = set()
        for loaded in ("instance", "defs", "graph"):  # which take most of the time, and often nobody asks for them
            vars(self).pop(loaded, None)

    @cached_property
    def instance(self) -> dg.DagsterInstance:
        return open_instance(self.home.dagster)

    @cached_property
    def defs(self) -> dg.Definitions:
        return build_defs(self.resources, on_read=lambda asset, key: self.reads.add((asset, key)))

    @cached_property
    def graph(self) -> Graph:
        return Graph(self.defs, self.instance, self.resources)

    def table(self, name: str) -> pl.DataFrame:
        """Return the rows of all partitions of a table."""
        return self.lake.scan(name, self.lake.partitions(name)).collect()

    def make(self, *assets: str, force: bool = False) -> list[str]:
        """Make what is missing or stale; return what was made, in order."""
        from scalequest_assets.orchestration.graph import walk

        made = []
        for target in walk(self.graph, assets or self.graph.assets_of_run(), force=force):
            self.graph.make(target)
            made.append(str(target))
        return made


@pytest.fixture
def fake_run(tmp_path: Path) -> FakeRun:
    """An empty home with fake models."""
    return FakeRun(tmp_path)


@pytest.fixture(scope="session")
def one_shard(tmp_path_factory: pytest.TempPathFactory) -> FakeRun:
    """A home in which everything was made once, of one shard each. Tests read it, or change a copy.

    The first of pytest-xdist's processes that wants it makes it, for all of them.
    """
    own = tmp_path_factory.getbasetemp()
    root = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "one-shard"
    made = root / "made"
    with FileLock(root.with_suffix(".lock")):
        if not made.exists():
            run = FakeRun(root)
            run.use("num_shards=1")
            run.make()
            made.touch()
    return FakeRun.opened(root)


class CommandLine:
    """Runs `scalequest` in a home as a user does."""

    def __init__(self, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.home = home
        self._monkeypatch, self._capsys = monkeypatch, capsys

    def __call__(self, *arguments: str, home: Path | None = None) -> tuple[int, str, str]:
        """Run a command; return its exit code, standard output and standard error."""
        self._monkeypatch.setenv("SCALEQUEST_HOME", str(home or self.home))
        self._monkeypatch.setattr("sys.argv", ["scalequest", *arguments])
        code = 0
        try:
            main()
        except SystemExit as exit_:
            code = int(exit_.code or 0)
        printed = self._capsys.readouterr()
        return code, printed.out, printed.err
