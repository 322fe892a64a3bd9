"""Where bytes lie: tables, completions, models and releases are files by name under the root of a store.

A name is a relative path with `/` between its folders. A store knows nothing of what it holds. There is one, on a local
disk; an object store fits the same protocol: nothing here renames, locks, or changes a part of a file.
"""

import errno
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from scalequest_assets.errors import HomeError


@dataclass(frozen=True)
class Stat:
    """What distinguishes versions of a file.

    Attributes:
        num_bytes: Its size.
        modified_s: When it was put, in seconds since the epoch.
    """

    num_bytes: int
    modified_s: float


class FileStore(Protocol):
    """Files by name. A reader sees a whole file or none, whatever is killed when."""

    @property
    def where(self) -> str:
        """The root, for people."""
        ...

    def uri(self, name: str) -> str:
        """Return what Polars and DuckDB scan the file by; it need not exist."""
        ...

    def read(self, name: str) -> bytes:
        """Return a file's bytes.

        Raises:
            FileNotFoundError: There is none of that name.
        """
        ...

    def stat(self, name: str) -> Stat:
        """Return a file's size and time.

        Raises:
            FileNotFoundError: There is none of that name.
        """
        ...

    def put(self, name: str, data: bytes | memoryview, *, modified_s: float | None = None) -> None:
        """Put a file in place, whole or not at all; it replaces one of that name.

        Args:
            name: The file.
            data: Its bytes.
            modified_s: When it counts as put; None for now.

        Raises:
            HomeError: There is no space left.
        """
        ...

    def put_folder(self, source: Path, name: str) -> None:
        """Move a local directory into place; files of an older folder of that name are gone once it is there.

        Where it fails, the older folder stays.
        """
        ...

    def list(self, folder: str = "") -> list[str]:
        """Return the names of all files below a folder, sorted; those of writers at work are left out."""
        ...

    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""
        ...

    def local_folder(self, name: str) -> Path:
        """Return the directory where a folder's files lie on this machine; it need not exist."""
        ...


class LocalFiles:
    """A store on a local disk: every file is written beside its place, forced to disk and renamed."""

    def __init__(self, root: Path | str) -> None:
        self.root = Path(root).expanduser().absolute()
        self._prefix = f"{self.root}{os.sep}"

    @property
    def where(self) -> str:
        """The root, for people."""
        return str(self.root)

    def uri(self, name: str) -> str:
        """Return the file's absolute path. A plain concatenation: joining paths takes ten times as long."""
        return self._prefix + name

    def read(self, name: str) -> bytes:
        """Return a file's bytes."""
        return Path(self.uri(name)).read_bytes()

    def stat(self, name: str) -> Stat:
        """Return a file's size and time."""
        found = Path(self.uri(name)).stat()
        return Stat(num_bytes=found.st_size, modified_s=found.st_mtime)

    def put(self, name: str, data: bytes | memoryview, *, modified_s: float | None = None) -> None:
        """Put a file in place, whole or not at all."""
        with replacing(Path(self.uri(name))) as temporary:
            temporary.write_bytes(data)
            if modified_s is not None:
                os.utime(temporary, (modified_s, modified_s))

    def put_folder(self, source: Path, name: str) -> None:
        """Move a local directory into place by a rename; an older folder steps aside first, and back if that fails."""
        for item in source.rglob("*"):
            sync(item)
        target = self.local_folder(name)
        target.parent.mkdir(parents=True, exist_ok=True)
        old = target.with_name(f".{target.name}.{uuid.uuid4().hex}.old")
        with suppress(FileNotFoundError):
            target.rename(old)
        try:
            source.rename(target)
        except BaseException:
            with suppress(FileNotFoundError):
                old.rename(target)
            raise
        sync(target.parent)
        shutil.rmtree(old, ignore_errors=True)

    def list(self, folder: str = "") -> list[str]:
        """Return the names of all files below a folder, sorted."""
        found = []
        for path, _, files in os.walk(self.uri(folder) if folder else self.root):
            within = path.removeprefix(self._prefix) + "/" if path != str(self.root) else ""
            found += [within + file for file in files if not file.startswith(".")]
        return sorted(found)

    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""
        Path(self.uri(name)).unlink(missing_ok=True)

    def local_folder(self, name: str) -> Path:
        """Return the directory where a folder's files lie."""
        return Path(self.uri(name)) if name else self.root


def store_at(location: FileStore | Path | str) -> FileStore:
    """Return the store at a local path; a store is returned as it is.

    Raises:
        HomeError: It is a URL: tables on an object store are not supported yet.
    """
    if not isinstance(location, Path | str):
        return location
    if "://" in str(location):
        raise HomeError(
            f"{location} is not a local path, and object stores are not supported yet",
            "name a directory (SCALEQUEST_LAKE=/path/to/lake), which may be a mounted file system",
        )
    return LocalFiles(location)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary file that becomes `path` when the block ends well, and is removed when it does not.

    It is forced to disk and renamed. Its name never ends in the target's suffix, so that no glob picks it up.

    Raises:
        HomeError: There is no space left.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.parent / f".{path.name}.{uuid.uuid4().hex}.tmp"
    try:
        temporary.touch()
        yield temporary
        sync(temporary)
        temporary.replace(path)
        sync(path.parent)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise disk_full(path) from error
    finally:
        temporary.unlink(missing_ok=True)


def disk_full(path: Path) -> HomeError:
    """Return the error of a disk without space."""
    return HomeError(
        f"the disk is full: {path.parent} could not take another file",
        "make space (`scalequest clean` shows what nothing needs) and run again: what was finished is kept",
    )


def write_text(path: Path, text: str) -> None:
    """Write a UTF-8 text file atomically."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def sync(path: Path) -> None:
    """Force a file or a directory's entries to disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def temporaries(root: Path) -> Iterator[Path]:
    """Yield what writers have begun under a folder and not put in place: at work, or killed."""
    yield from (file for file in root.rglob(".*.tmp") if file.is_file())
