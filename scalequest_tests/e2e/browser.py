"""A Dagster server on a home and a headless Chromium, for tests that use the UI as a person does."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, sync_playwright

from scalequest_assets.storage.home import CODE_LOCATION, Home

ROOT = Path(__file__).parents[2]
SERVER_START_S = 180.0
SERVER_STOP_S = 15.0
_POLL_S = 0.3

# Chromium otherwise calls home at every start, which is slow where there is no network. It runs as root in containers.
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def served(home: Home, module: str, folder: Path) -> Iterator[str]:
    """Run Dagster's server on a home and yield its address.

    Args:
        home: A home with a profile.
        module: Where the definitions are; the code location is named as that of the package.
        folder: For the server's log and its workspace file.
    """
    workspace, log = folder / "workspace.yaml", folder / "server.log"
    code = {"python_module": {"module_name": module, "location_name": CODE_LOCATION, "working_directory": str(ROOT)}}
    workspace.write_text(json.dumps({"load_from": [code]}))
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "dagster", "dev", "-w", str(workspace), "-h", "127.0.0.1", "-p", str(port)]
    environment = {
        **os.environ,
        "DAGSTER_HOME": str(home.dagster),
        "SCALEQUEST_HOME": str(home.root),
        "PYTHONPATH": str(ROOT),
    }
    with log.open("wb") as output:
        # A session of its own: the server starts further processes, and ignores a signal sent to it alone.
        process = subprocess.Popen(
            command, env=environment, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            _wait_until_served(url, process, log)
            yield url
        finally:
            _stop(process)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start a browser; the test is skipped where there is none, and fails in CI."""
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=_chromium_path(), args=_ARGUMENTS)
        except Error as error:
            if os.environ.get("CI"):
                raise
            pytest.skip(f"no Chromium: install Debian's package, or set SCALEQUEST_CHROMIUM to its path ({error})")
        yield browser
        browser.close()


def _chromium_path() -> str | None:
    """Return the installed browser, or None for the one that Playwright may have downloaded."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return os.environ.get("SCALEQUEST_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _wait_until_served(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + SERVER_START_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{url}/server_info", timeout=5):
                return
        except OSError:
            time.sleep(_POLL_S)
    pytest.fail(f"the server did not start (exit code {process.poll()}):\n{log.read_text()[-4000:]}")


def _stop(process: "subprocess.Popen[bytes]") -> None:
    for signal_number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, signal_number)
            process.wait(SERVER_STOP_S)
        except ProcessLookupError:
            break
        except subprocess.TimeoutExpired:
            continue
