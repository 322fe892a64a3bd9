"""Makes a home with the code of an earlier release, taken from this repository's history: `python -m …old_home DIR`.

What a user made yesterday must be fresh today. The home is made by the old code, with its fake models, in a process of
its own; nothing of it is checked in. Ready models fill its roles: another adapter, or other examples for the roles, is
another role model, after which everything is asked again (docs/decisions/0027).
"""

import io
import os
import subprocess
import sys
import tarfile
from pathlib import Path

RELEASE = "6f88fc5579eb59080c6bd0ebbfde5084671aefab"
"""The last commit whose homes must stay fresh."""
ROOT = Path(__file__).parents[1]

_MAKE = """
import pathlib, sys
from scalequest_tests.conftest import FakeRun
run = FakeRun(pathlib.Path(sys.argv[1]))
ready = [f"roles.{role}.model=tiny" for role in ("rewriter", "judge", "solver", "responder")]
run.use(*run.settings, "num_shards=1", "role_model=null", *ready, "difficulty.base=tiny", "reward_model.base=tiny")
run.make(*run.graph.assets())
"""


def is_in_history() -> bool:
    """Return whether the release can be taken from the history: a shallow clone or an archive lacks it."""
    command = ["git", "cat-file", "-e", f"{RELEASE}^{{commit}}"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, check=False).returncode == 0


def make_old_home(folder: Path) -> Path:
    """Make a home with the release's code in `folder`, and return the home; the model it starts from lies beside it."""
    code = folder / "code"
    archive = subprocess.run(
        ["git", "archive", RELEASE, "scalequest_assets", "scalequest_tests"], cwd=ROOT, capture_output=True, check=True
    )
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as tar:
        tar.extractall(code, filter="data")
    # Kernels as plain Python: for these few rows, compiling those of another release takes longer than all the rest.
    environment = os.environ | {"PYTHONPATH": str(code), "NUMBA_DISABLE_JIT": "1"}
    subprocess.run([sys.executable, "-c", _MAKE, str(folder)], cwd=code, env=environment, check=True)
    return folder / "home"


if __name__ == "__main__":
    print(make_old_home(Path(sys.argv[1]).absolute()))
