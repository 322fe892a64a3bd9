"""Commands import what they need, and nothing that is slow to import and that they do not need."""

import inspect
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from scalequest_assets.cli.app import app
from scalequest_assets.cli.declaring import PLACES, action
from scalequest_assets.partitions import table_partitions
from scalequest_assets.storage.catalog import Catalog
from scalequest_assets.storage.home import Home
from scalequest_assets.storage.lake import Lake
from scalequest_assets.storage.profiles import home_profile

TRAINING = ("torch", "transformers", "trl", "peft", "datasets", "matplotlib")
TABLES = ("polars", "duckdb")
SLOW = (*TRAINING, "dagster", "numba", "scipy", "numpy", "pyarrow", "datasketch", "huggingface_hub", "openai", "httpx2")

RUN = """
import json, sys
from scalequest_assets.__main__ import main
for arguments in json.loads(sys.argv.pop()):
    sys.argv[1:] = arguments
    try:
        main()
    except SystemExit:
        pass
print(json.dumps(sorted(sys.modules)))
"""


def names(command: Any) -> Iterator[list[str]]:
    """Yield the words of a command and of all below it."""
    yield []
    for name, below in getattr(command, "commands", {}).items():
        yield from ([name, *words] for words in names(below))


HELP = [[*words, "--help"] for words in names(typer.main.get_command(app))]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home in which nothing was made."""
    home = Home(tmp_path_factory.mktemp("home"))
    profile = home_profile(home)
    Catalog(home, Lake(home.lake), table_partitions(profile)).publish()
    return home


def run(home: Home, *commands: list[str]) -> tuple[str, set[str]]:
    """Run commands in a process of their own; return what they print, and what is imported then."""
    command = [sys.executable, "-c", RUN, json.dumps(commands)]
    environment = {"SCALEQUEST_HOME": str(home.root), "PYTHONPATH": str(Path(__file__).parents[2])}
    ended = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    *printed, modules = ended.stdout.splitlines()
    return "\n".join(printed) + ended.stderr, set(json.loads(modules))


@pytest.mark.parametrize(
    ("commands", "expected", "unneeded"),
    [
        (HELP, "Example: scalequest profile schema", (*SLOW, *TABLES, "yaml")),
        ([["profile", "show"], ["profile", "check", "embedded"], ["profile", "schema"]], "valid.", (*SLOW, *TABLES)),
        ([["sql", "SELECT 40 + 2 AS sum"]], "42", (*SLOW, "prompt_toolkit", "yaml", "scalequest_assets.config")),
        ([["why", "x"]], "no question has the id 'x'", (*SLOW, "prompt_toolkit", "yaml", "scalequest_assets.config")),
    ],
    ids=["help", "profile", "sql", "why"],
)
def test_what_a_command_does_not_need_is_not_imported(home, commands, expected, unneeded):
    printed, modules = run(home, *commands)
    assert expected in printed
    assert printed.count("Example: scalequest") >= (len(PLACES) if commands is HELP else 0)
    assert "scalequest_assets.cli.app" in modules
    assert sorted(modules.intersection(unneeded)) == []


@pytest.mark.parametrize("place", PLACES)
def test_what_does_a_command_takes_what_is_declared(place):
    done, declared = inspect.signature(action(place)).parameters, inspect.signature(PLACES[place]).parameters
    assert list(done) == list(declared)
    assert not any(parameter.kind is inspect.Parameter.POSITIONAL_ONLY for parameter in done.values())
