"""`scalequest ui`: Dagster's web server and daemon on the home's instance."""

import os
import subprocess
import sys

import typer

from scalequest_assets.cli import console
from scalequest_assets.orchestration.dagster_private import open_instance
from scalequest_assets.storage.home import Home, home_from_environment
from scalequest_assets.storage.processes import end_killed
from scalequest_assets.storage.profiles import home_profile


def ui(port: int, host: str) -> None:
    """Serve the UI until it is interrupted, and end with its exit code."""
    home = home_from_environment()
    home_profile(home)
    with open_instance(home.dagster) as instance:
        end_killed(instance)
    console.err.print(f"Dagster UI: http://{host}:{port}  (Ctrl+C ends it)", markup=False)
    raise typer.Exit(serve(home, host=host, port=port))


def serve(home: Home, *, host: str, port: int) -> int:
    """Run `dagster dev` on the package's code location until it ends; return its exit code."""
    environment = {**os.environ, "DAGSTER_HOME": str(home.dagster), "SCALEQUEST_HOME": str(home.root)}
    workspace = str(home.dagster / "workspace.yaml")
    command = [sys.executable, "-m", "dagster", "dev", "-w", workspace, "-h", host, "-p", str(port)]
    return subprocess.run(command, env=environment, check=False).returncode  # noqa: S603 - our own command
