"""The rules of the code's structure, enforced: who may import whom, how long things get, what is nowhere done.

A rule that is in the way is changed here, with a reason, and not worked around.
"""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from scalequest_assets.stages import STAGES
from scalequest_assets.storage.home import POINT
from scalequest_assets.storage.lake import COST, PART, REFERENCES
from scalequest_assets.storage.models import CURRENT

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "scalequest_assets"
MODULES = sorted(PACKAGE.rglob("*.py"))

MAX_MODULE_LINES = 400
MAX_STAGES_NAMED_TOGETHER = 2
MAX_DEFINITIONS_LINES = 80
MAX_ASSET_BODY_LINES = 25

READS_ENVIRONMENT = {
    "__main__.py",
    "cli/doctor.py",
    "cli/webserver.py",
    "engines/allocator.py",
    "engines/openai/engine.py",
    "engines/ray/cluster.py",
    "engines/server/command.py",
    "engines/server/supervisor.py",
    "engines/vllm/process.py",
    "sandbox/child/worker.py",
    "storage/home.py",
}
"""`storage/home` reads the home's place; `__main__` quietens libraries; `openai/engine` reads keys, which are nowhere
else, and `doctor` looks whether they are there; `ray/cluster` reads the address that all programs of Ray read;
`sandbox/child/worker` empties its own; all others hand a changed copy to a child process or to vLLM, which is
configured by its environment."""

ENVIRONMENT = {"environ", "environb", "getenv", "putenv"}
NO_NAMES = {"utils", "util", "helpers", "helper", "common", "misc"}
NO_DISK_NO_CLOCK = {"os", "pathlib", "shutil", "tempfile", "subprocess", "socket", "urllib", "time", "datetime"}
REMOTE_FILES = {"upath", "fsspec", "s3fs", "obstore"}
TOUCHES_DIRECTORIES = {"os", "shutil", "tempfile"}
ASKS_STORAGE = ("assets", "checks", "explain", "orchestration", "planning", "release", "steps", "sweeps")
"""Packages that are handed lake, models and releases, and know no directory themselves."""
CAN_RUN_CODE = {"pickle", "cPickle", "cloudpickle", "dill", "joblib", "marshal", "shelve"}
SLOW_TO_IMPORT = ("torch", "transformers", "trl", "peft", "datasets", "matplotlib")


def test_import_contracts_hold() -> None:
    # A process of its own: the tool switches off the loggers of the process that it runs in.
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--no-logo"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]


def test_modules_are_short_enough_to_read() -> None:
    limits = dict.fromkeys(MODULES, MAX_MODULE_LINES) | {PACKAGE / "definitions.py": MAX_DEFINITIONS_LINES}
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}
    assert {_name(path): length for path, length in lengths.items() if length > limits[path]} == {}


def test_modules_are_named_for_what_is_in_them() -> None:
    assert [_name(path) for path in MODULES if path.stem in NO_NAMES] == []


def test_modules_say_what_belongs_in_them() -> None:
    assert [_name(path) for path in MODULES if not ast.get_docstring(_tree(path))] == []


def test_asset_bodies_are_thin_wiring() -> None:
    lengths = {f"{path.stem}.{f.name}": _body_lines(f) for path in _asset_modules() for f in _asset_functions(path)}
    assert lengths, "no asset found: the decorator's name has changed"
    assert {name: length for name, length in lengths.items() if length > MAX_ASSET_BODY_LINES} == {}


def test_annotations_are_real_where_dagster_reads_them() -> None:
    found = [
        path.name
        for path in [*_asset_modules(), PACKAGE / "definitions.py", *(PACKAGE / "checks").glob("*.py")]
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.ImportFrom) and node.module == "__future__"
    ]
    assert found == []


def test_recipe_touches_neither_disk_nor_clock() -> None:
    modules = (PACKAGE / "recipe").rglob("*.py")
    found = {_name(path): used for path in modules if (used := NO_DISK_NO_CLOCK & _imported(_tree(path)))}
    assert found == {}


def test_storage_alone_knows_where_files_lie() -> None:
    elsewhere = [path for path in MODULES if "storage" not in path.relative_to(PACKAGE).parts]
    names = {PART, COST, REFERENCES, CURRENT, POINT}
    assert {_name(path): used for path in elsewhere if (used := names & _texts(_tree(path)))} == {}
    stores = [path for path in elsewhere if "scalequest_assets.storage.files" in path.read_text(encoding="utf-8")]
    assert [_name(path) for path in stores] == []
    asking = [path for path in elsewhere if path.relative_to(PACKAGE).parts[0] in ASKS_STORAGE]
    assert [_name(path) for path in asking if TOUCHES_DIRECTORIES & _imported(_tree(path))] == []


def test_files_are_local_but_those_of_one_store() -> None:
    """Another kind of storage is another `FileStore`, and no library that makes URLs look like paths."""
    remote = {_name(path): used for path in MODULES if (used := REMOTE_FILES & _imported(_tree(path)))}
    assert remote == {"storage/object_files.py": {"obstore"}}


def test_environment_is_read_in_one_place() -> None:
    modules = [path for path in MODULES if _name(path) not in READS_ENVIRONMENT]
    assert [_name(path) for path in modules if ENVIRONMENT & _names(_tree(path))] == []


def test_nothing_is_read_that_can_run_code() -> None:
    imports = {_name(path): used for path in MODULES if (used := CAN_RUN_CODE & _imported(_tree(path)))}
    assert imports == {}
    calls = [(path, node) for path in MODULES for node in ast.walk(_tree(path)) if isinstance(node, ast.Call)]
    assert [f"{_name(path)}:{call.lineno}" for path, call in calls if _runs_what_it_reads(call)] == []


def test_command_line_starts_without_the_training_stack() -> None:
    code = f"""
import sys
from scalequest_assets.cli import app, declaring
assert all([declaring.action(place) for place in declaring.PLACES])
print(*(module for module in {SLOW_TO_IMPORT} if module in sys.modules))"""
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)
    assert loaded.returncode == 0, loaded.stderr
    assert loaded.stdout.split() == []


def test_dagsters_private_modules_are_imported_in_one_place() -> None:
    private = PACKAGE / "orchestration" / "dagster_private"
    others = [path for path in MODULES if private not in path.parents]
    modules = [path for path in others if re.search(r"dagster\._(core|serdes)", path.read_text(encoding="utf-8"))]
    assert [_name(path) for path in modules] == []


def test_stages_are_listed_in_one_place() -> None:
    """Nothing but `stages` lists stages; `schemas` has each one's columns (those of students apart), `lineage` what
    these are made of, and an asset names those that it reads."""
    own = [PACKAGE / name for name in ("stages.py", "schemas/__init__.py", "schemas/students.py", "steps/lineage.py")]
    own += _asset_modules()
    lists = [(path, node) for path in MODULES if path not in own for node in ast.walk(_tree(path))]
    found = [f"{_name(path)}:{node.lineno}" for path, node in lists if _num_stages(node) > MAX_STAGES_NAMED_TOGETHER]
    assert found == []


def test_repository_names_no_particular_machine() -> None:
    """No absolute path of someone's machine, and no package index but the public one that the Makefile explains."""
    path = re.compile(r"(?<![\w.})\]*/~-])/(?:work|root|home/\w+|Users/\w+|opt/(?:wheels|pypi))/")
    index = re.compile(r"(?:index-url|find-links|trusted-host)[ =]+(?!\$)\S*\w")
    found = [
        f"{file.relative_to(ROOT)}:{number}: {line.strip()}"
        for file in _repository_files()
        for number, line in enumerate(_text(file).splitlines(), start=1)
        if path.search(line) or index.search(line)
    ]
    assert found == []


def _name(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _asset_modules() -> list[Path]:
    return sorted((PACKAGE / "assets").glob("*.py"))


def _asset_functions(path: Path) -> Iterator[ast.FunctionDef]:
    for node in _tree(path).body:
        if isinstance(node, ast.FunctionDef) and any(ast.unparse(d).startswith("asset(") for d in node.decorator_list):
            yield node


def _body_lines(function: ast.FunctionDef) -> int:
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def _runs_what_it_reads(call: ast.Call) -> bool:
    """Whether a call unpickles, or lets a model bring code without the profile saying so."""
    given = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
    if ast.unparse(call.func) == "torch.load" and given.get("weights_only") != "True":
        return True
    return given.get("allow_pickle", "False") != "False" or given.get("trust_remote_code") == "True"


def _num_stages(node: ast.AST) -> int:
    """Return how many stages a tuple, list, set or dictionary names, as its items, keys or values."""
    match node:
        case ast.Dict():
            items = [item for item in (*node.keys, *node.values) if item]
        case ast.Tuple() | ast.List() | ast.Set():
            items = node.elts
        case _:
            return 0
    return len({item.value for item in items if isinstance(item, ast.Constant) and item.value in STAGES})


def _imported(tree: ast.Module) -> set[str]:
    """Return the top-level names of all absolute imports, those inside functions too."""
    imports = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    imports += [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and not node.level]
    return {name.split(".")[0] for name in imports}


def _texts(tree: ast.Module) -> set[str]:
    return {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)}


def _names(tree: ast.Module) -> set[str]:
    """Return all attribute names and imported names."""
    attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    return attributes | {a.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for a in node.names}


def _repository_files() -> list[Path]:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    if listed.returncode:
        pytest.skip("not a git checkout: which files belong to the repository is not known")
    return [file for name in listed.stdout.splitlines() if (file := ROOT / name).is_file()]


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""  # weights and pictures
