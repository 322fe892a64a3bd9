"""`scalequest ui`: Dagster's web server and daemon on the home's instance."""

import os
import subprocess
import sys

from scalequest_assets.storage.home import Home


def serve(home: Home, *, host: str, port: int) -> int:
    """Run `dagster dev` on the package's code location until it ends; return its exit code."""
    environment = {**os.environ, "DAGSTER_HOME": str(home.dagster), "SCALEQUEST_HOME": str(home.root)}
    workspace = str(home.dagster / "workspace.yaml")
    command = [sys.executable, "-m", "dagster", "dev", "-w", workspace, "-h", host, "-p", str(port)]
    return subprocess.run(command, env=environment, check=False).returncode  # noqa: S603 - our own command
