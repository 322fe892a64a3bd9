"""Where bytes lie: tables, completions, models and releases are files by name under the root of a store.

A name is a relative path with `/` between its folders. A store knows nothing of what it holds. There are two: on a
local disk (here), and in a bucket (`object_files`). The protocol neither locks nor changes a part of a file, and
renames nothing that others see.
"""

import errno
import hashlib
import os
import shutil
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from filelock import FileLock

from scalequest_assets.errors import HomeError


@dataclass(frozen=True)
class Stat:
    """What distinguishes versions of a file.

    Attributes:
        num_bytes: Its size.
        modified_s: When it was put, in seconds since the epoch.
        tag: The store's own name of the version; empty where size and time tell versions apart.
    """

    num_bytes: int
    modified_s: float
    tag: str = ""


class FileStore(Protocol):
    """Files by name. A reader sees a whole file or none, whatever is killed when."""

    @property
    def where(self) -> str:
        """The root, for people."""
        ...

    @property
    def is_local(self) -> bool:
        """Whether files lie on this machine: a replaced file keeps its path then, and a folder is replaced whole."""
        ...

    @property
    def work(self) -> Path:
        """A directory of this machine for what is not in the store yet."""
        ...

    def uri(self, name: str) -> str:
        """Return what people know the file by; it need not exist."""
        ...

    def fetch(self, names: Sequence[str]) -> list[str]:
        """Return the paths by which Polars and DuckDB scan files as they are now, fetched where need be.

        Raises:
            FileNotFoundError: A file is not there; a local store leaves it to who scans the path to find out.
        """
        ...

    def read(self, name: str) -> bytes:
        """Return a file's bytes.

        Raises:
            FileNotFoundError: There is none of that name.
        """
        ...

    def digest(self, name: str) -> str:
        """Return the SHA-256 of a file's bytes, in hex.

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
            modified_s: When it counts as put; None for now. A store that keeps its own times may ignore it: what it
                holds then looks younger than it is.

        Raises:
            HomeError: There is no space left.
        """
        ...

    def put_folder(self, source: Path, name: str, *, last: str) -> None:
        """Move a local directory into place.

        A local store replaces an older folder of that name whole, and keeps it where that fails. Another puts file by
        file, so that a name should be new there.

        Args:
            source: The directory.
            name: The folder.
            last: The file in it that is there only once all others are: who finds it has the whole folder.
        """
        ...

    def update(self, name: str, change: Callable[[bytes | None], bytes]) -> None:
        """Replace a file by what follows from it; what another writer put meanwhile is not lost.

        Args:
            name: The file.
            change: Returns the new bytes for the old ones, None where there is no file. It may be asked again, also for
                bytes of its own: of these it changes nothing.
        """
        ...

    def listed(self, folder: str = "") -> "FileStore":
        """Return the store as it is now below a folder, for many questions: they cost one listing in all.

        It is read from, not written to. A local store is asked quickly, and returns itself.
        """
        ...

    def list(self, folder: str = "") -> list[str]:
        """Return the names of all files below a folder, sorted; hidden ones, of writers at work, are left out."""
        ...

    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""
        ...

    def remove_folder(self, name: str) -> None:
        """Remove all files below a folder."""
        ...

    def local_folder(self, name: str) -> Path:
        """Return a directory of this machine with a folder's files, fetched where need be; it need not exist."""
        ...

    def superseded(self) -> Sequence[Path]:
        """Return copies on this machine, files and directories, of what is not in the store any more."""
        ...


class LocalFiles:
    """A store on a local disk: every file is written beside its place, forced to disk and renamed."""

    is_local = True

    def __init__(self, root: Path | str) -> None:
        self.root = local_path(root)
        self._prefix = f"{self.root}{os.sep}"

    @property
    def where(self) -> str:
        """The root, for people."""
        return str(self.root)

    @property
    def work(self) -> Path:
        """The root; what is hidden in it is not in the store."""
        return self.root

    def uri(self, name: str) -> str:
        """Return the file's absolute path. A plain concatenation: joining paths takes ten times as long."""
        return self._prefix + name

    def read(self, name: str) -> bytes:
        """Return a file's bytes."""
        return Path(self.uri(name)).read_bytes()

    def fetch(self, names: Sequence[str]) -> list[str]:
        """Return the files' absolute paths."""
        return [self.uri(name) for name in names]

    def digest(self, name: str) -> str:
        """Return the SHA-256 of a file's bytes; one that is replaced meanwhile is read to its end as it was."""
        with Path(self.uri(name)).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def stat(self, name: str) -> Stat:
        """Return a file's size and time. Not through a `Path`: making one takes longer than the question."""
        found = os.stat(self.uri(name))  # noqa: PTH116
        return Stat(num_bytes=found.st_size, modified_s=found.st_mtime)

    def put(self, name: str, data: bytes | memoryview, *, modified_s: float | None = None) -> None:
        """Put a file in place, whole or not at all."""
        with replacing(Path(self.uri(name))) as temporary:
            temporary.write_bytes(data)
            if modified_s is not None:
                os.utime(temporary, (modified_s, modified_s))

    def put_folder(self, source: Path, name: str, *, last: str) -> None:
        """Move a local directory into place by a rename; an older folder steps aside first, and back if that fails.

        Between the two there is none, and a kill leaves it so: the next run finds it gone and makes it again.
        """
        if not (source / last).exists():
            raise FileNotFoundError(f"{source / last}: a folder is put in place with it")
        for item in (source, *source.rglob("*")):
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

    def update(self, name: str, change: Callable[[bytes | None], bytes]) -> None:
        """Replace a file by what follows from it; who else updates one waits."""
        lock = self.root / ".update.lock"
        lock.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(lock):
            try:
                old = self.read(name)
            except FileNotFoundError:
                old = None
            self.put(name, change(old))

    def listed(self, folder: str = "") -> "LocalFiles":
        """Return the store itself."""
        return self

    def list(self, folder: str = "") -> list[str]:
        """Return the names of all files below a folder, sorted."""
        found = []
        for path, folders, files in os.walk(self.uri(folder) if folder else self.root):
            folders[:] = [name for name in folders if not name.startswith(".")]
            within = path.removeprefix(self._prefix) + "/" if path != str(self.root) else ""
            found += [within + file for file in files if not file.startswith(".")]
        return sorted(found)

    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""
        Path(self.uri(name)).unlink(missing_ok=True)

    def remove_folder(self, name: str) -> None:
        """Remove a folder with all that is in it, if it is there."""
        with suppress(FileNotFoundError):
            shutil.rmtree(self.local_folder(name))

    def local_folder(self, name: str) -> Path:
        """Return the directory where a folder's files lie."""
        return Path(self.uri(name)) if name else self.root

    def superseded(self) -> Sequence[Path]:
        """Return nothing: there are no copies."""
        return []


def store_at(location: FileStore | Path | str) -> FileStore:
    """Return the store at a local path; a store is returned as it is.

    Raises:
        HomeError: It is a URL.
    """
    return LocalFiles(local_path(location)) if isinstance(location, Path | str) else location


def local_path(location: Path | str) -> Path:
    """Return a directory's absolute path.

    Raises:
        HomeError: It is a URL.
    """
    if "://" in (text := str(location).removeprefix("file://")):
        raise HomeError(
            f"{location} is not a local path",
            "name a directory; what is large may lie in a bucket: SCALEQUEST_LAKE=s3://bucket/prefix",
        )
    return Path(text).expanduser().absolute()


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
    """Yield files and folders that writers left hidden below a folder: they are at work, or were killed.

    New ones that are not in place yet end in `.tmp`, folders that made way for a new one in `.old`.
    """
    yield from (path for path in root.rglob(".*") if path.suffix in (".tmp", ".old"))
