"""The services of `deploy/compose.yaml`, as processes: a run of the command line is executed again from the UI."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import pytest
import yaml

from scalequest_assets.storage.home import CODE_LOCATION, Home
from scalequest_tests.documents import ROOT
from scalequest_tests.extras.postgres import free_port, home_at

pytestmark = pytest.mark.timeout(900)
_MODULES = {"dagster": "dagster", "dagster-webserver": "dagster_webserver", "dagster-daemon": "dagster._daemon"}
RUNS = "{runsOrError { ... on Runs { results { runId status parentRunId } } } }"
AGAIN = """mutation($run: String!) {
  launchRunReexecution(reexecutionParams: {parentRunId: $run, strategy: ALL_STEPS}) {
    __typename ... on PythonError { message } ... on RunConfigValidationInvalid { errors { message } }
  } }"""


def asked(url: str, query: str, **variables: str) -> Any:
    body = json.dumps({"query": query, "variables": variables}).encode()
    request = Request(f"{url}/graphql", body, {"Content-Type": "application/json"})
    try:
        with urlopen(request, timeout=120) as answer:
            return json.load(answer)["data"]
    except HTTPError as error:
        raise AssertionError(error.read().decode()) from error


def until(found: Callable[[], Any], services: Mapping[str, subprocess.Popen[bytes]]) -> Any:
    """Return what is found, once it is; the test's time limit ends the wait."""
    while not (value := found()):
        assert {name: service.poll() for name, service in services.items()} == dict.fromkeys(services)
        time.sleep(0.5)
    return value


def locations(url: str) -> list[str]:
    try:
        answer = asked(url, "{workspaceOrError { ... on Workspace { locationEntries { name loadStatus } } } }")
    except URLError:
        return []
    return [e["name"] for e in answer["workspaceOrError"]["locationEntries"] if e["loadStatus"] == "LOADED"]


@contextmanager
def serving(folder: Path) -> Iterator[tuple[str, dict[str, subprocess.Popen[bytes]]]]:
    """Start what compose starts, in its order; yield the web server's address, and the services."""
    compose = yaml.safe_load((ROOT / "deploy/compose.yaml").read_text(encoding="utf-8"))["services"]
    workspace = (ROOT / "deploy/workspace.yaml").read_text(encoding="utf-8")
    code, web = str(free_port()), str(free_port())
    (folder / "workspace.yaml").write_text(workspace.replace("scalequest-code", "localhost").replace("4000", code))
    changed = {"/app/workspace.yaml": str(folder / "workspace.yaml"), "4000": code, "3000": web, "0.0.0.0": "localhost"}

    def command(words: list[str]) -> list[str]:
        program, *more = [changed.get(word, word) for word in words]
        return [sys.executable, "-m", _MODULES[program], *more]

    def is_healthy(name: str) -> bool:
        check = command(compose[name]["healthcheck"]["test"][1:])
        return subprocess.run(check, capture_output=True, check=False).returncode == 0

    services = dict[str, subprocess.Popen[bytes]]()
    try:
        for name in ("scalequest-code", "scalequest-webserver", "scalequest-daemon"):
            for needed in compose[name]["depends_on"]:
                if needed in services:
                    until(lambda needed=needed: is_healthy(needed), services)
            with (folder / f"{name}.log").open("w") as log:
                called = command(compose[name]["command"])
                services[name] = subprocess.Popen(called, stdout=log, stderr=log, start_new_session=True)
        yield f"http://localhost:{web}", services
    finally:
        for service in services.values():
            os.killpg(service.pid, signal.SIGKILL)
            service.wait()


def test_a_run_of_the_command_line_is_executed_again_from_the_ui(
    database: Mapping[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home: Home = home_at(tmp_path / "home")
    monkeypatch.setenv("SCALEQUEST_HOME", str(home.root))
    monkeypatch.setenv("DAGSTER_HOME", str(home.dagster))
    command = [
        sys.executable,
        "-m",
        "scalequest_assets",
        "run",
        "--select",
        "generator_config",
        "--partition",
        "competition",
    ]
    subprocess.run(command, check=True)
    with serving(tmp_path) as (url, services):
        assert until(lambda: locations(url), services) == [CODE_LOCATION]
        [first] = asked(url, RUNS)["runsOrError"]["results"]
        assert first["status"] == "SUCCESS"
        said = asked(url, AGAIN, run=first["runId"])["launchRunReexecution"]
        assert said["__typename"] == "LaunchRunSuccess", said

        def ended() -> Any:
            runs = asked(url, RUNS)["runsOrError"]["results"]
            return [r for r in runs if r["parentRunId"] == first["runId"] and r["status"] in ("SUCCESS", "FAILURE")]

        [again] = until(ended, services)
    assert again["status"] == "SUCCESS"
