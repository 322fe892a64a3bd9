"""A file store in a bucket that speaks S3's protocol, by obstore; keys and endpoint are those of the AWS_* variables.

Each file is one object, put whole by the store itself; nothing is renamed. What is read is a version: it is fetched
once, as that version and no other, into a copy on this machine (`copies`), and what is put from here is kept as such a
copy at once. So Polars, DuckDB and engines work on local files, and a reader never sees two versions mixed.

Any answer may be lost. obstore sends reads and plain puts again. What it does not repeat (listings and removals that
are cut, conditional puts), or cannot know the end of, is repeated here.
"""

import hashlib
import random
import shutil
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import obstore
from obstore.exceptions import (
    AlreadyExistsError,
    BaseError,
    GenericError,
    PermissionDeniedError,
    PreconditionError,
    UnauthenticatedError,
)
from obstore.store import S3Store

from scalequest_assets.errors import HomeError
from scalequest_assets.storage.copies import Copies
from scalequest_assets.storage.files import Stat, replacing

if TYPE_CHECKING:
    from obstore import GetOptions, ObjectMeta, PutMode
    from obstore.store import ObjectStore, RetryConfig

CHUNK_BYTES = 8 << 20
"""Larger files go and come in pieces of this size, each a request that can be sent again."""
AT_ONCE = 16
"""Files that are fetched at the same time."""
TRIES, FIRST_WAIT_S = 5, 0.2
"""How often a request that obstore gave up is sent, and the wait after the first time, in seconds; it doubles."""
MAX_CHANGES = 50
"""How often a file may be replaced by others before a read or an update of it gives up."""
DIGEST = "sha256"
"""Metadata of an object: the hash of its bytes, in hex. Objects that others put have none, and are read instead."""

_RETRIES: "RetryConfig" = {
    "max_retries": 6,
    "backoff": {"init_backoff": timedelta(milliseconds=100), "max_backoff": timedelta(seconds=5), "base": 2},
    "retry_timeout": timedelta(seconds=90),
}

_REFUSED = (PermissionDeniedError, UnauthenticatedError)
_LOST = (GenericError, AlreadyExistsError)
"""What sending a request again may mend. A plain put is answered 409 where others are at work."""

Found = TypeVar("Found")


def bucket_files(url: str, *, copies: Path, work: Path) -> "ObjectFiles":
    """Return the store at an address such as `s3://bucket/prefix`; nothing is asked of it yet.

    Args:
        url: Its address.
        copies: Where copies on this machine lie.
        work: See `FileStore.work`.

    Raises:
        HomeError: The environment has an AWS_* variable that is not valid.
    """
    bucket, _, prefix = url.removeprefix("s3://").strip("/").partition("/")
    try:
        store = S3Store(
            bucket, prefix=prefix or None, retry_config=_RETRIES
        )  # with options, AWS_ALLOW_HTTP would not count
    except BaseError as error:
        raise HomeError(f"{url}: {_first_line(error)}", "correct the AWS_* variables of the environment") from error
    return ObjectFiles(store, url, copies=copies, work=work)


class ObjectFiles:
    """Files in a bucket.

    Args:
        store: obstore's store; names are relative to its prefix.
        where: Its address, for people.
        copies: Where copies on this machine lie.
        work: A directory of this machine for what is not in the store yet.
    """

    is_local = False

    def __init__(self, store: "ObjectStore", where: str, *, copies: Path, work: Path) -> None:
        self._store, self.where, self.work = store, where.rstrip("/"), work
        self._copies_at, self._copies = copies, Copies(copies)

    def __str__(self) -> str:
        return self.where

    def uri(self, name: str) -> str:
        """Return the object's address."""
        return f"{self.where}/{name}" if name else self.where

    def read(self, name: str) -> bytes:
        """Return a file's bytes."""
        return self._read(name)[0]

    def fetch(self, names: Sequence[str]) -> list[str]:
        """Return the paths of the files' copies, which are made where need be; several files at once."""
        if len(names) <= 1:
            return [str(self._fetched(name)) for name in names]
        with ThreadPoolExecutor(min(AT_ONCE, len(names))) as pool:
            return [str(path) for path in pool.map(self._fetched, names)]

    def digest(self, name: str) -> str:
        """Return the SHA-256 of a file's bytes: of its copy, or as its metadata says."""
        status = self.stat(name)
        if self._copies.has(name, status):
            return _digest(self._copies.path(name, status))
        return self._described(name)[1] or _digest(self._fetched(name))

    def stat(self, name: str) -> Stat:
        """Return a file's size, time and ETag."""
        return self._status(self._tried(name, lambda: obstore.head(self._store, name)))

    def put(self, name: str, data: bytes | memoryview, *, modified_s: float | None = None) -> None:
        """Put a file in place, whole or not at all. The store gives it the time."""
        self._copies.keep(name, self._upload(name, bytes(data), len(data), hashlib.sha256(data).hexdigest()), data)

    def put_folder(self, source: Path, name: str, *, last: str) -> None:
        """Put the files of a local directory, one by one; the directory is gone then, and copies of them are there."""
        files = sorted(path for path in source.rglob("*") if path.is_file())
        files.sort(key=(source / last).__eq__)
        if files[-1:] != [source / last]:
            raise FileNotFoundError(f"{source / last}: a folder is put in place with it")
        for path in files:
            inside = f"{name}/{path.relative_to(source).as_posix()}"
            self._copies.take(inside, self._upload(inside, path, path.stat().st_size, _digest(path)), path)
        shutil.rmtree(source)

    def update(self, name: str, change: Callable[[bytes | None], bytes]) -> None:
        """Replace a file by what follows from it, if it is still the one that was read; else begin again."""
        num_lost = 0
        for _ in range(MAX_CHANGES):
            try:
                old, status = self._read(name)
            except FileNotFoundError:
                old, status = None, None
            try:
                if self._put_over(name, change(old), status):
                    return
                num_lost = 0
            except GenericError as error:  # it may be there: what is read next says so
                num_lost += 1
                if num_lost == TRIES:
                    raise self._failed(name, error) from error
                _wait(num_lost)
        raise self._unsettled(name)

    def listed(self, folder: str = "") -> "ObjectFiles":
        """Return the store as one listing shows it; files are read by their copies."""
        return _Listed(self, folder)

    def list(self, folder: str = "") -> list[str]:
        """Return the names of all files below a folder, sorted."""
        return sorted(self.stats(folder))

    def stats(self, folder: str = "") -> dict[str, Stat]:
        """Return all files below a folder, by name; one request for each thousand of them."""

        def found() -> list["ObjectMeta"]:
            return [meta for some in obstore.list(self._store, folder or None, chunk_size=1000) for meta in some]

        listed = ((meta["path"], self._status(meta)) for meta in self._tried(folder, found))
        return {name: status for name, status in listed if not name.startswith(".") and "/." not in name}

    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""
        with suppress(FileNotFoundError):
            self._tried(name, lambda: obstore.delete(self._store, name))

    def remove_folder(self, name: str) -> None:
        """Remove all files below a folder."""
        if inside := self.list(name):
            with suppress(FileNotFoundError):
                self._tried(name, lambda: obstore.delete(self._store, inside))

    def local_folder(self, name: str) -> Path:
        """Return a directory with a folder's files: links to their copies."""
        now = self.listed(name)
        found = now.stats(name)
        target = self._copies.folder(name, found)
        if target.exists() or not found:
            return target
        paths = dict(zip(found, map(Path, now.fetch([*found])), strict=True))
        return self._copies.link_folder(name, found, paths)

    def superseded(self) -> Sequence[Path]:
        """Return copies of versions that the store does not have any more."""
        return [*self._copies.superseded(self.stats())]

    def _fetched(self, name: str) -> Path:
        status = self.stat(name)
        for _ in range(MAX_CHANGES):
            path = self._copies.path(name, status)
            if self._copies.has(name, status):
                return path
            try:
                self._download(name, status, path)
            except PreconditionError:  # it was replaced: the new version is as good
                status = ObjectFiles.stat(self, name)
                continue
            return path
        raise self._unsettled(name)

    def _download(self, name: str, status: Stat, path: Path) -> None:
        """Fetch one version of a file, and no other, piece by piece."""
        with replacing(path) as temporary, temporary.open("wb") as file:
            for start in range(0, status.num_bytes, CHUNK_BYTES):
                end = min(start + CHUNK_BYTES, status.num_bytes)
                file.write(self._get(name, {"if_match": status.tag, "range": (start, end)})[0])

    def _read(self, name: str) -> tuple[bytes, Stat]:
        return self._get(name, {})

    def _get(self, name: str, options: "GetOptions") -> tuple[bytes, Stat]:
        def whole() -> tuple[bytes, Stat]:
            answer = obstore.get(self._store, name, options=options)
            return answer.bytes().to_bytes(), self._status(answer.meta)

        return self._tried(name, whole)

    def _described(self, name: str) -> tuple[Stat, str | None]:
        """Return a file's size, time and ETag, and the hash that its metadata has."""
        answer = self._tried(name, lambda: obstore.get(self._store, name, options={"head": True}))
        return self._status(answer.meta), answer.attributes.get(DIGEST)

    def _upload(self, name: str, source: bytes | Path, num_bytes: int, digest: str) -> Stat:
        """Put bytes or a local file; return the version that they are."""

        def put() -> Stat:
            try:
                result = obstore.put(
                    self._store,
                    name,
                    source,
                    attributes={DIGEST: digest},
                    use_multipart=num_bytes > CHUNK_BYTES,
                    chunk_size=CHUNK_BYTES,
                )
            except FileNotFoundError as error:  # its pieces: they were put together, only the answer was lost
                with suppress(FileNotFoundError):
                    status, found = self._described(name)
                    if found == digest:
                        return status
                raise GenericError(str(error)) from error
            return Stat(num_bytes, time.time(), result["e_tag"] or "")

        return self._tried(name, put)

    def _put_over(self, name: str, data: bytes, status: Stat | None) -> bool:
        """Put a file in the place of a version, or of none; return whether that was still so.

        Raises:
            GenericError: No answer came.
            HomeError: It is not allowed.
        """
        mode: PutMode = "create" if status is None else {"e_tag": status.tag}
        attributes = {DIGEST: hashlib.sha256(data).hexdigest()}
        try:
            obstore.put(self._store, name, data, attributes=attributes, mode=mode)
        except (AlreadyExistsError, PreconditionError):
            return False
        except _REFUSED as error:
            raise self._failed(name, error) from error
        except NotImplementedError:  # AWS_CONDITIONAL_PUT=disabled: the user knows that nobody else writes
            self._upload(name, data, len(data), attributes[DIGEST])
        return True

    def _tried(self, name: str, request: Callable[[], Found]) -> Found:
        """Return what a request gives; one that fails is sent again some times.

        Raises:
            HomeError: It fails for good.
        """
        for attempt in range(1, TRIES):
            try:
                return request()
            except _LOST:
                _wait(attempt)
            except _REFUSED as error:
                raise self._failed(name, error) from error
        try:
            return request()
        except (*_LOST, *_REFUSED) as error:
            raise self._failed(name, error) from error

    def _status(self, meta: "ObjectMeta") -> Stat:
        if not (tag := meta["e_tag"]):
            raise HomeError(
                f"{self.where} gives no ETags", "take a store that does: they tell versions of a file apart"
            )
        return Stat(num_bytes=meta["size"], modified_s=meta["last_modified"].timestamp(), tag=tag)

    def _failed(self, name: str, error: Exception) -> HomeError:
        return HomeError(
            f"{self.uri(name)}: {_first_line(error)}",
            "see that the bucket is there, and that AWS_ENDPOINT_URL, AWS_REGION and the keys are right "
            "(docs/object-storage.md); then run again: what was finished is kept",
        )

    def _unsettled(self, name: str) -> HomeError:
        return HomeError(
            f"{self.uri(name)} was replaced {MAX_CHANGES} times while it was read", "see who else writes there"
        )


class _Listed(ObjectFiles):
    """A store as it was listed below a folder."""

    def __init__(self, files: ObjectFiles, folder: str) -> None:
        super().__init__(files._store, files.where, copies=files._copies_at, work=files.work)
        self._folder, self._found = f"{folder}/" if folder else "", files.stats(folder)

    def read(self, name: str) -> bytes:
        return Path(self.fetch([name])[0]).read_bytes()

    def fetch(self, names: Sequence[str]) -> "list[str]":
        missing = [name for name in names if not self._copies.has(name, self.stat(name))]
        fetched = dict(zip(missing, super().fetch(missing), strict=True))
        return [fetched.get(name) or str(self._copies.path(name, self.stat(name))) for name in names]

    def stat(self, name: str) -> Stat:
        if not name.startswith(self._folder):
            return super().stat(name)
        if name not in self._found:
            raise FileNotFoundError(self.uri(name))
        return self._found[name]

    def stats(self, folder: str = "") -> dict[str, Stat]:
        if not f"{folder}/".startswith(self._folder):
            return super().stats(folder)
        return {name: status for name, status in self._found.items() if not folder or name.startswith(f"{folder}/")}

    def listed(self, folder: str = "") -> ObjectFiles:
        return self if f"{folder}/".startswith(self._folder) else super().listed(folder)


def _wait(attempt: int) -> None:
    time.sleep(FIRST_WAIT_S * 2 ** (attempt - 1) * random.uniform(0.5, 1.5))


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
