"""A PostgreSQL server of the tests' own: Debian's package, in a temporary folder, on a free port."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from scalequest_assets.storage.home import Home
from scalequest_tests.documents import ROOT

OWNER = "postgres"
"""Whom the server runs as where the tests are root's: PostgreSQL refuses root. Debian's package makes this user."""
_DATABASES = count()


class Postgres:
    """A server at work; made by `serving`.

    Args:
        port: Where it listens, on localhost.
        run: Runs one of PostgreSQL's programs as the server's user.
    """

    def __init__(self, port: int, run: "_Programs") -> None:
        self._port, self._run = port, run

    def database(self) -> Mapping[str, str]:
        """Make an empty database; return the variables that name it."""
        name = f"scalequest_{next(_DATABASES)}"
        self._run("createdb", f"--host=localhost --port={self._port} --username={OWNER}".split(), name)
        return {
            "PGHOST": "localhost",
            "PGPORT": str(self._port),
            "PGUSER": OWNER,
            "PGPASSWORD": "any",
            "PGDATABASE": name,
        }


class _Programs:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._as_owner = ["runuser", "-u", OWNER, "--"] if os.geteuid() == 0 else []

    def __call__(self, name: str, options: list[str], *more: str) -> None:
        command = [*self._as_owner, str(self._folder / name), *options, *more]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")
        assert done.returncode == 0, f"{name}: {done.stdout}{done.stderr}"


def programs() -> Path | None:
    """Return the folder of PostgreSQL's programs, the newest of several; None where it is not installed."""
    versions = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    found = sorted(versions, key=lambda path: float(path.parent.parent.name))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).resolve().parent if on_path else None


def free_port() -> int:
    """Return a port of localhost at which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def serving(folder: Path) -> Iterator[Postgres]:
    """Yield a server that keeps nothing.

    Args:
        folder: Of PostgreSQL's programs.
    """
    with tempfile.TemporaryDirectory(prefix="scalequest-postgres-") as place:
        if os.geteuid() == 0:
            shutil.chown(place, OWNER)
        port, run, data = free_port(), _Programs(folder), f"--pgdata={place}/data"
        run("initdb", [data, "--auth=trust", f"--username={OWNER}", "--no-sync", "--encoding=UTF8", "--locale=C"])
        settings = f"-p {port} -c listen_addresses=localhost -c unix_socket_directories={place} -c fsync=off"
        run("pg_ctl", [data, "-w", f"--log={place}/log", f"--options={settings}"], "start")
        try:
            yield Postgres(port, run)
        finally:
            run("pg_ctl", [data, "-w", "--mode=immediate"], "stop")


def home_at(root: Path) -> Home:
    """Return a home that is to have the deployment's settings: they are there before anything is made in it."""
    home = Home(root)
    home.dagster.mkdir(parents=True)
    shutil.copy(ROOT / "deploy/dagster.yaml", home.dagster / "dagster.yaml")
    return home
