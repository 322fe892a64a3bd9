"""Manifests against their schemas, and the Kubernetes job that a run becomes."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import kubernetes
import kubernetes_validate
import pytest
import yaml
from dagster._core.code_pointer import ModuleCodePointer
from dagster._core.definitions.reconstruct import JobPythonOrigin, RepositoryPythonOrigin
from dagster._core.instance.config import dagster_instance_config
from dagster._core.instance.ref import InstanceRef
from dagster._core.launcher import LaunchRunContext, WorkerStatus
from dagster._core.launcher.base import RunLauncher

from scalequest_assets.orchestration.dagster_private import open_instance
from scalequest_assets.storage.home import Home
from scalequest_tests.documents import ROOT

DEPLOY = ROOT / "deploy"
FOLDER = DEPLOY / "kubernetes"
VERSION = "1.34"
"""Of Kubernetes."""


def documents(*names: str) -> Iterator[Any]:
    for name in names:
        yield from yaml.safe_load_all((FOLDER / name).read_text(encoding="utf-8"))


def manifests() -> list[Any]:
    [kustomization] = documents("kustomization.yaml")
    return list(documents(*kustomization["resources"], "run.yaml"))


def values(document: Any, key: str) -> Iterator[Any]:
    """Yield what stands under a key, at any depth."""
    if isinstance(document, dict):
        for name, value in document.items():
            if name == key:
                yield value
            yield from values(value, key)
    elif isinstance(document, list):
        for item in document:
            yield from values(item, key)


def test_compose_files_are_valid() -> None:
    files = [str(file) for file in sorted(DEPLOY.glob("compose*.yaml"))]
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", *files]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert len(files) == 2


def test_manifests_are_valid() -> None:
    for manifest in manifests():
        manifest["metadata"].setdefault("name", manifest["metadata"].get("generateName"))
        kubernetes_validate.validate(manifest, VERSION, strict=True)
    assert len(manifests()) > 10


def test_manifests_name_what_there_is() -> None:
    [kustomization], all_of_them = documents("kustomization.yaml"), manifests()
    maps = {made["name"]: made for made in kustomization["configMapGenerator"]}
    assert all((FOLDER / file).exists() for file in maps["scalequest-dagster"]["files"])
    claims = {m["metadata"]["name"] for m in all_of_them if m["kind"] == "PersistentVolumeClaim"}
    accounts = {m["metadata"]["name"] for m in all_of_them if m["kind"] == "ServiceAccount"}
    assert {claim["claimName"] for claim in values(all_of_them, "persistentVolumeClaim")} == claims
    assert set(values(all_of_them, "serviceAccountName")) == accounts
    used = [*values(all_of_them, "configMap"), *values(all_of_them, "configMapRef")]
    assert {entry["name"] for entry in used} == set(maps)
    [secret] = {e["name"] for k in ("secretRef", "secretKeyRef") for e in values(all_of_them, k)}
    assert secret == "scalequest-postgres"
    variables = {literal.partition("=")[0] for literal in maps["scalequest-environment"]["literals"]}
    asked = set(values(list(documents("config/dagster.yaml")), "env")) & {"PGHOST", "PGPORT", "PGDATABASE", "PGUSER"}
    assert variables == asked


def test_services_do_what_those_of_compose_do() -> None:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))["services"]
    for manifest in manifests():
        if manifest["kind"] == "Deployment":
            [container] = manifest["spec"]["template"]["spec"]["containers"]
            of_compose = [
                w.replace("/app/", "/data/dagster/") for w in compose[manifest["metadata"]["name"]]["command"]
            ]
            assert container["args"] == of_compose


class _Jobs:
    """In place of the cluster: the jobs that were made, none of which is found again."""

    def __init__(self) -> None:
        self.made: list[Any] = []

    def create_namespaced_job_with_retries(self, body: Any, namespace: str) -> None:
        self.made.append((namespace, kubernetes.client.ApiClient().sanitize_for_serialization(body)))

    def get_job_status(self, **where: Any) -> None:
        return None


@pytest.fixture
def launcher(monkeypatch: pytest.MonkeyPatch) -> RunLauncher:
    """The launcher that the configuration names, without a cluster."""
    monkeypatch.setattr("dagster_k8s.launcher.load_kubernetes_config", lambda **options: None)
    dagster_instance_config(str(FOLDER / "config"))  # raises what is wrong with the whole file
    data = InstanceRef.from_dir(str(FOLDER / "config")).run_launcher_data
    assert data is not None
    made = data.rehydrate(as_type=RunLauncher)
    monkeypatch.setattr(made, "_api_client", _Jobs())
    return made


@pytest.fixture
def instance(launcher: RunLauncher, tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    home = Home(tmp_path / "home")
    home.prepare()
    with open_instance(home.dagster) as opened:
        launcher.register_instance(opened)
        yield opened


def recorded(instance: dg.DagsterInstance) -> dg.DagsterRun:
    """Return a run as the UI records it: of a code server that says which image it is of."""

    @dg.job
    def screening_by_shard() -> None: ...

    repository = RepositoryPythonOrigin(
        sys.executable,
        ModuleCodePointer("scalequest_assets.definitions", "defs"),
        container_image="registry.example.com/scalequest-assets:gpu",
    )
    origin = JobPythonOrigin("screening_by_shard", repository)
    return instance.create_run_for_job(screening_by_shard, job_code_origin=origin)


def test_a_run_is_a_job_on_a_gpu_with_the_home_and_the_records(
    launcher: RunLauncher, instance: dg.DagsterInstance
) -> None:
    launcher.launch_run(LaunchRunContext(recorded(instance), workspace=None))
    [(namespace, job)] = launcher._api_client.made
    kubernetes_validate.validate(job, VERSION, strict=True)
    assert namespace == yaml.safe_load((FOLDER / "kustomization.yaml").read_text(encoding="utf-8"))["namespace"]
    pod = job["spec"]["template"]["spec"]
    [container] = pod["containers"]
    [by_hand] = [m["spec"]["template"]["spec"] for m in manifests() if m["kind"] == "Job"]
    [same] = by_hand["containers"]
    for part in ("serviceAccountName", "securityContext", "volumes"):
        assert pod[part] == by_hand[part], part
    for part in ("image", "resources", "volumeMounts"):
        assert container[part] == same[part], part
    assert sorted(map(str, container["envFrom"])) == sorted(map(str, same["envFrom"]))


def test_runs_that_have_no_job_are_not_called_dead(launcher: RunLauncher, instance: dg.DagsterInstance) -> None:
    run = recorded(instance)
    assert launcher.check_run_worker_health(run).status == WorkerStatus.RUNNING, "a process of ours executes it"
    launcher.launch_run(LaunchRunContext(run, workspace=None))
    launched = instance.get_run_by_id(run.run_id)
    assert launched is not None
    assert launcher.check_run_worker_health(launched).status == WorkerStatus.UNKNOWN, "its job is gone"
