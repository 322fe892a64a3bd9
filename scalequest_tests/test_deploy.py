"""What lies in `deploy/` names what there is: settings, targets, extras, files, commands; the batch script runs."""

import re
import shlex
import shutil
import signal
import subprocess
import time
import tomllib
from pathlib import Path

import pytest
import yaml

from scalequest_assets.config.file import edit_document, read_profile, validate
from scalequest_assets.storage.home import CODE_LOCATION, DAGSTER_YAML
from scalequest_tests.documents import ROOT

DEPLOY = ROOT / "deploy"
SCRIPT = DEPLOY / "slurm/run.sbatch"
ONLY_THERE = {"storage", "run_launcher", "compute_logs", "local_artifact_storage"}
"""Sections in which a deployment's configuration differs from a home's own."""


def instructions() -> list[tuple[str, str]]:
    """Return the Dockerfile's instructions with their arguments, each on one line."""
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(name, rest.strip()) for name, _, rest in (line.partition(" ") for line in lines)]


@pytest.mark.parametrize("name", ["dagster.yaml", "kubernetes/config/dagster.yaml"])
def test_a_home_with_other_records_is_configured_as_one_with_files(name: str) -> None:
    own, theirs = yaml.safe_load(DAGSTER_YAML), yaml.safe_load((DEPLOY / name).read_text(encoding="utf-8"))
    theirs["concurrency"]["runs"] = own["concurrency"]["runs"]  # how many at once is the deployment's to say
    apart = {k: v for k, v in theirs.items() if k not in ONLY_THERE}
    assert apart == {k: v for k, v in own.items() if k not in ONLY_THERE}
    assert theirs["run_launcher"] == own["run_launcher"] or "kubernetes" in theirs["run_launcher"]["module"]


def test_both_deployments_keep_records_in_one_way_and_ask_one_code_server() -> None:
    for name, other in (("dagster.yaml", "kubernetes/config/dagster.yaml"), ("workspace.yaml",) * 2):
        one = yaml.safe_load((DEPLOY / name).read_text(encoding="utf-8"))
        two = yaml.safe_load((DEPLOY / "kubernetes/config" / Path(other).name).read_text(encoding="utf-8"))
        assert one.get("storage") == two.get("storage")
        assert one.get("load_from") == two.get("load_from")
    [location] = one["load_from"]
    assert location["grpc_server"]["location_name"] == CODE_LOCATION


def test_image_is_made_of_what_the_makefile_offers(tmp_path: Path) -> None:
    copied, made = list[str](), list[str]()
    for name, rest in instructions():
        if name == "COPY":
            *sources, target = rest.split()
            for source in sources:
                there = tmp_path / target / source if target == "./" else tmp_path / target
                (shutil.copytree if (ROOT / source).is_dir() else shutil.copy)(ROOT / source, there)
            copied += sources
        for arguments in re.findall(r"\bmake ([^&;]+)", rest) if name == "RUN" and "apt-get" not in rest else ():
            words = shlex.split(arguments.replace("$TORCH", "torch"))
            done = subprocess.run(["make", "-n", *words], cwd=tmp_path, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr
            made.append(done.stdout)
    assert "install torch" in made[0]
    assert "install -e" in made[-1], "the last step installs the package"
    ignored = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").split()
    assert {f"!{source}" for source in copied} <= set(ignored), "all that is copied is in the build's context"


def test_image_installs_extras_that_there_are() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    files = [file for file in DEPLOY.rglob("*") if file.is_file()]
    named = re.findall(
        r"EXTRAS[=:] ?(?:\$\{EXTRAS:-)?([\w,-]+)", "\n".join(f.read_text(encoding="utf-8") for f in files)
    )
    assert len(named) > 2
    assert {extra for names in named for extra in names.split(",")} <= set(extras)


def test_overlay_for_gpus_changes_services_that_there_are() -> None:
    base, overlay = (
        yaml.safe_load((DEPLOY / name).read_text(encoding="utf-8"))["services"]
        for name in ("compose.yaml", "compose.gpu.yaml")
    )
    assert set(overlay) <= set(base)
    assert [name for name, service in base.items() if "build" in service] == list(overlay)


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with stand-ins for `scalequest` and Slurm's `scontrol`, which write down how they were called."""
    stand_ins = {
        "scalequest": 'echo "$@" >"$SCALEQUEST_HOME/called"; trap "exit 130" INT\n'
        '[[ -z ${WAIT:-} ]] && exit "${CODE:-0}"\n'
        'touch "$SCALEQUEST_HOME/waits"; while true; do read -r -t 0.1 <> <(:) || true; done',
        "scontrol": 'echo "$@" >"$SCALEQUEST_HOME/slurm"',
    }
    programs = tmp_path / ".venv/bin"
    programs.mkdir(parents=True)
    (tmp_path / "home").mkdir()
    for name, text in stand_ins.items():
        (programs / name).write_text(f"#!/usr/bin/env bash\n{text}\n", encoding="utf-8")
        (programs / name).chmod(0o755)
    for name, value in (("SCALEQUEST_CODE", tmp_path), ("SCALEQUEST_HOME", tmp_path / "home"), ("SLURM_JOB_ID", 7)):
        monkeypatch.setenv(name, str(value))
    return tmp_path / "home"


def test_batch_script_names_the_profile_of_a_new_home_only(cluster: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    subprocess.run(["bash", SCRIPT, "--set", "num_shards=8"], check=True)
    words = (cluster / "called").read_text().split()
    assert words == ["run", "--set", "engine.kind=vllm_server", "--profile", "simple", "--set", "num_shards=8"]
    settings = [words[i + 1] for i, word in enumerate(words) if word == "--set"]
    validate(edit_document(read_profile("simple"), settings), "simple")
    (cluster / "profile.yaml").touch()
    monkeypatch.setenv("CODE", "1")
    assert subprocess.run(["bash", SCRIPT], check=False).returncode == 1, "it ends as the command does"
    assert (cluster / "called").read_text().split() == ["run", "--set", "engine.kind=vllm_server"]
    assert not (cluster / "slurm").exists(), "what failed is not tried again by itself"


def test_batch_script_is_queued_again_before_its_time_is_up(cluster: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAIT", "1")
    job = subprocess.Popen(["bash", SCRIPT], stderr=subprocess.DEVNULL)
    while not (cluster / "waits").exists():
        assert job.poll() is None
        time.sleep(0.05)
    job.send_signal(signal.SIGINT)  # as Slurm does, to the batch script alone
    assert job.wait(30) == 130
    assert (cluster / "slurm").read_text().split() == ["requeue", "7"]


def test_options_for_slurm_come_before_the_first_command() -> None:
    lines = SCRIPT.read_text(encoding="utf-8").splitlines()
    first = next(i for i, line in enumerate(lines) if not line.startswith("#"))
    options = [line.split()[1] for line in lines[:first] if line.startswith("#SBATCH")]
    assert {"--requeue", "--dependency=singleton", "--gpus-per-node=1", "--signal=B:INT@300"} <= set(options)
    assert not [line for line in lines[first:] if "#SBATCH" in line]
