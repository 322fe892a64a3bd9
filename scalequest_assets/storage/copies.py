"""Copies on this machine of what lies in a bucket: of each version of a file one, named as the store names the version.

A copy is never changed, so that who scans it reads one version to its end, whatever becomes of the file meanwhile. All
may be deleted while nothing runs: they are fetched again.
"""

import hashlib
import os
import re
import shutil
import uuid
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath

from scalequest_assets.storage.files import Stat, replacing

_FOLDER = ".folder"
"""Suffix of a directory that has the files of one version of a folder."""


class Copies:
    """The copies of one store.

    Args:
        root: Where they lie: files as `files/<name>/<version>`, folders of links to them as `folders/<name>/<version>`.
    """

    def __init__(self, root: Path) -> None:
        self._files, self._folders = root / "files", root / "folders"

    def path(self, name: str, status: Stat) -> Path:
        """Return where the copy of a version lies, or would lie."""
        tag = re.sub(r"[^A-Za-z0-9-]", "", status.tag)
        return self._files / name / f"{tag}{PurePosixPath(name).suffix}"

    def has(self, name: str, status: Stat) -> bool:
        """Return whether there is a copy of a version, as long as the file."""
        with suppress(FileNotFoundError):
            return self.path(name, status).stat().st_size == status.num_bytes
        return False

    def keep(self, name: str, status: Stat, data: bytes | memoryview) -> None:
        """Keep the bytes of a version."""
        with replacing(self.path(name, status)) as temporary:
            temporary.write_bytes(data)

    def take(self, name: str, status: Stat, file: Path) -> None:
        """Keep a file, which is whole on the disk, as the copy of a version; it is moved."""
        path = self.path(name, status)
        path.parent.mkdir(parents=True, exist_ok=True)
        file.replace(path)

    def folder(self, name: str, found: Mapping[str, Stat]) -> Path:
        """Return where a directory with the files of a folder's version lies, or would lie.

        Args:
            name: The folder.
            found: Its files, by their whole names.
        """
        text = "\n".join(f"{file} {status.tag}" for file, status in sorted(found.items()))
        return self._folders / name / f"{hashlib.sha256(text.encode()).hexdigest()[:16]}{_FOLDER}"

    def link_folder(self, name: str, found: Mapping[str, Stat], paths: Mapping[str, Path]) -> Path:
        """Make the directory of a folder's version out of links to its files' copies, and return it.

        Args:
            name: The folder.
            found: Its files, by their whole names.
            paths: Their copies.
        """
        target = self.folder(name, found)
        staging = target.with_name(f".{target.name}.{uuid.uuid4().hex}.tmp")
        try:
            for file, copy in paths.items():
                link = staging / file.removeprefix(f"{name}/")
                link.parent.mkdir(parents=True, exist_ok=True)
                link_or_copy(copy, link)
            staging.rename(target)
        except OSError:
            if not target.exists():  # otherwise another process made it meanwhile
                raise
        finally:
            shutil.rmtree(staging, ignore_errors=True)
        return target

    def superseded(self, found: Mapping[str, Stat]) -> Iterator[Path]:
        """Yield copies of files and folders that are not as the store has them now.

        Args:
            found: What the store has.
        """
        wanted = {self.path(name, status) for name, status in found.items()}
        files = (path for path in self._files.rglob("*") if path.is_file() and not path.name.startswith("."))
        yield from (path for path in files if path not in wanted)
        for path in self._folders.rglob(f"*{_FOLDER}"):
            name = path.parent.relative_to(self._folders).as_posix()
            inside = {file: status for file, status in found.items() if file.startswith(f"{name}/")}
            if path != self.folder(name, inside) and not path.name.startswith("."):
                yield path


def link_or_copy(source: str | Path, target: str | Path) -> None:
    """Link a file, or copy it where the file system cannot."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
