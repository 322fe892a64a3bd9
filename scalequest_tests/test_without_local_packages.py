"""Without the extra `local`: the command line, the graph and models behind servers work; weights say what they need."""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from scalequest_assets.engines.packages import local_packages
from scalequest_assets.stages import STAGES
from scalequest_tests.engines.misbehaving_server import MisbehavingServer

ABSENT = """
    import importlib.abc, sys
    LACKING = {names!r}

    class Absent(importlib.abc.MetaPathFinder):
        def find_spec(self, name, path=None, target=None):
            if name.split(".")[0] in LACKING:
                raise ModuleNotFoundError(f"No module named {{name!r}}", name=name.split(".")[0])

    sys.meta_path.insert(0, Absent())
"""


def run(code: str, home: Path) -> subprocess.CompletedProcess[str]:
    """Run code where none of the extra's packages can be imported."""
    absent = textwrap.dedent(ABSENT.format(names=[name.replace("-", "_") for name in local_packages()]))
    environment = {"PATH": "/usr/bin:/bin", "SCALEQUEST_HOME": str(home), "PYTHONPATH": str(Path(__file__).parents[1])}
    command = [sys.executable, "-c", absent + textwrap.dedent(code)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=240)


def test_the_extra_is_what_weights_and_trainings_need():
    assert {"torch", "transformers", "trl", "peft", "accelerate", "datasets", "gguf", "safetensors"} == set(
        local_packages()
    )


@pytest.mark.parametrize(
    ("words", "end"),
    [(["--help"], (0, "")), (["profile", "show", "embedded"], (0, "")), (["profile", "schema"], (0, "")),
     (["status"], (2, "there is no home")), (["plan"], (0, "there is no home"))],
)  # fmt: skip
def test_commands_run(tmp_path: Path, words: list[str], end: tuple[int, str]):
    code = f"""
        from scalequest_assets.__main__ import main
        sys.argv = ["scalequest", *{words!r}]
        main()
    """
    done = run(code, tmp_path / "home")
    assert done.returncode == end[0], done.stderr
    assert end[1] in done.stderr
    assert bool(done.stderr) == bool(end[1]), done.stderr
    assert done.stdout or end[0]


def test_the_graph_loads(tmp_path: Path):
    code = """
        from scalequest_assets.definitions import build_defs, build_resources
        from scalequest_assets.storage.home import home_from_environment
        from scalequest_assets.storage.profiles import home_profile
        home = home_from_environment()
        graph = build_defs(build_resources(home, home_profile(home))).get_repository_def().asset_graph
        print(len(graph.get_all_asset_keys()))
    """
    done = run(code, tmp_path / "home")
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) == len([*STAGES])


def test_a_model_behind_a_server_answers(tmp_path: Path):
    with MisbehavingServer() as server:
        code = f"""
            from scalequest_assets.engines.base import Message, Request, Sampling
            from scalequest_assets.engines.openai.settings import ServerSettings
            from scalequest_assets.engines.opening import ModelHandle, ProfileFactory
            from scalequest_assets.engines.settings import EngineSettings
            import pathlib
            settings = EngineSettings(servers={{"one": ServerSettings(base_url={server.base_url!r})}})
            factory = ProfileFactory(settings, pathlib.Path("servers"))
            handle = ModelHandle(name="far", path="far", version="api:far", server="one")
            prompt = factory.chat(handle).render([Message(role="user", content="What is 1 + 1?")])
            asked = [Request(id="r", prompt=prompt, seed=1)]
            rows = factory.generation(handle).generate(asked, Sampling(max_tokens=4), ["r"])
            print([row.id for row in rows])
        """
        done = run(code, tmp_path / "home")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "['r']"


def test_a_model_with_weights_says_what_it_needs_and_how_to_get_it(tmp_path: Path):
    (tmp_path / "model").mkdir()
    code = f"""
        from scalequest_assets.engines.opening import ModelHandle, ProfileFactory
        from scalequest_assets.engines.settings import EngineSettings
        from scalequest_assets.errors import EngineError
        import pathlib
        factory = ProfileFactory(EngineSettings(), pathlib.Path("servers"))
        handle = ModelHandle(name="near", path={str(tmp_path / "model")!r}, version="1")
        for load in (factory.generation, factory.scoring, factory.chat):
            try:
                load(handle).render([]) if load == factory.chat else load(handle)
            except EngineError as error:
                print(str(error).replace(chr(10), " "))
    """
    done = run(code, tmp_path / "home")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == 3
    for line in lines:
        assert "near needs the package '" in line
        assert "scalequest-assets[local]" in line


def test_a_gguf_file_is_not_fetched_where_it_cannot_be_converted(tmp_path: Path):
    code = f"""
        import os, pathlib
        from scalequest_assets.errors import EngineError
        from scalequest_tests.conftest import FakeRun
        run = FakeRun(pathlib.Path({str(tmp_path)!r}))
        run.use("models.q={{kind: gguf, sha256: {"a" * 64}, sources: [{{kind: path, path: none.gguf}}]}}")
        try:
            run.resources.models.handle("q")
        except EngineError as error:
            print(str(error).replace(chr(10), " "))
    """
    done = run(code, tmp_path / "home")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("model q needs the package '")


def test_doctor_names_what_is_lacking(tmp_path: Path):
    code = """
        from scalequest_assets.cli import doctor
        from scalequest_assets.storage.home import Home
        import importlib.metadata, os
        real = importlib.metadata.version
        def version(name):
            if name in LACKING:
                raise importlib.metadata.PackageNotFoundError(name)
            return real(name)
        import scalequest_assets.engines.packages as packages
        packages.version = version
        for finding in doctor.examine(Home(os.environ["SCALEQUEST_HOME"])):
            print(finding.what, finding.state, finding.detail, sep="|")
    """
    done = run(code, tmp_path / "home")
    assert done.returncode == 0, done.stderr
    (extra,) = [line.split("|") for line in done.stdout.splitlines() if line.startswith("extra local")]
    assert extra[1] == "note"
    assert "torch" in extra[2]
    assert 'pip install "scalequest-assets[local]"' in extra[2]


def test_assets_whose_models_are_behind_servers_are_made(tmp_path: Path):
    """What writes questions has weights, and is a fake here; what is asked is a real server."""
    code = """
        import pathlib
        from scalequest_tests.assets.test_api_model import UPSTREAM, MixedFactory
        from scalequest_tests.conftest import FakeRun
        from scalequest_tests.engines.misbehaving_server import MisbehavingServer, completion
        from scalequest_tests.fakes import END, PREFIX, fake_text

        def good(row, attempt):
            return 200, {}, completion(fake_text(PREFIX + row + END, attempt))

        with MisbehavingServer(good) as server:
            run = FakeRun(pathlib.Path("FOLDER"))
            run.use(
                "generators={grade_school: {base: tiny}}",
                "models.far={kind: api, id: far-1, server: far}",
                f"engine.servers.far={{base_url: '{server.base_url}'}}",
                "roles.rewriter={model: far, prompt_style: compact}",
                "roles.solver={model: far, prompt_style: compact, sampling: {temperature: 0.5}}",
            )
            run.factory = MixedFactory(run.profile.engine)
            run.use()
            run.make(*UPSTREAM, "optimized_questions", "seed_responses")
        for asset, partition in {"optimized_questions": {"generator": "grade_school"}, "seed_responses": {}}.items():
            rows = run.lake.scan(asset, [partition]).collect()
            where = run.lake.read_cost(asset, partition).device.partition(":")[0]
            print(asset, where, rows.height > 0, rows["error"].null_count() == rows.height)
    """
    done = run(code.replace("FOLDER", str(tmp_path)), tmp_path / "home")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "optimized_questions 127.0.0.1 True True",
        "seed_responses 127.0.0.1 True True",
    ]
