"""The home directory: its folders, and the one way in which a file is put in place.

Every file is written beside its final name, forced to disk and renamed, so that a reader sees the old file or the new
one, whatever is killed when.
"""

import errno
import os
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from upath import UPath

from scalequest_assets.errors import HomeError

DAGSTER_YAML = """\
# Written by scalequest on first use; yours to edit afterwards.
telemetry:
  enabled: false
nux:  # otherwise a dialog covers every page of a new UI
  enabled: false
concurrency:
  runs:  # two models at once on one machine are slower than one after the other
    max_concurrent_runs: 1
  pools:  # assets that run a model are in the pool `gpu`; its limit is set with `dagster instance concurrency set`
    granularity: op
run_monitoring:  # a run whose process was killed is marked failed and gives its pool slots back
  enabled: true
  free_slots_after_run_end_seconds: 60
retention:
  sensor:
    purge_after_days: {skipped: 7, success: 30, failure: 90, started: 90}
  schedule:
    purge_after_days: {skipped: 7, success: 90, failure: 90, started: 90}
  auto_materialize:
    purge_after_days: {skipped: 7, success: 30, failure: 90, started: 90}
"""

CODE_LOCATION = "scalequest_assets"
"""The code location's name, as runs record it and the server lists it."""

WORKSPACE_YAML = f"""\
load_from:
  - python_module:
      module_name: scalequest_assets.definitions
      location_name: {CODE_LOCATION}
"""

SWEEPS, POINT = "sweeps", "point.json"
"""Folder of a home's sweep points, and the file that makes a home in it such a point."""

_LOCAL_PROTOCOLS = ("", "file", "local")


@dataclass(frozen=True)
class Home:
    """The folders of one profile's data.

    Attributes:
        root: Directory that holds everything; a relative one is made absolute. One in the folder `sweeps` of another
            home, with a file `point.json`, is a point of a sweep: it asks models through that home, its parent.
        lake_url: Where the tables lie instead of `root/lake`, for example `s3://bucket/lake`; those of a point never.
    """

    root: UPath
    lake_url: str | None

    def __init__(self, root: UPath | str, lake_url: str | None = None) -> None:
        object.__setattr__(self, "root", _absolute(UPath(root)))
        object.__setattr__(self, "lake_url", lake_url)

    @property
    def sweeps(self) -> UPath:
        """Homes of sweep points, and what compares them."""
        return self.root / SWEEPS

    @property
    def parent(self) -> "Home | None":
        """The home whose sweep this is a point of."""
        is_point = self.root.parent.name == SWEEPS and (self.root / POINT).exists()
        return Home(self.root.parent.parent) if is_point else None

    def points(self) -> list["Home"]:
        """Return the home's sweep points, by name."""
        return [Home(file.parent) for file in sorted(self.sweeps.glob(f"*/{POINT}"), key=str)]

    def relatives(self) -> list["Home"]:
        """Return the other homes of its family: the parent and all points, itself left out."""
        first = self.parent or self
        return [home for home in (first, *first.points()) if home.root != self.root]

    @property
    def lake(self) -> UPath:
        """Parquet tables, by asset and partition."""
        return self.root / "lake" if self.lake_url is None or self.parent else _absolute(UPath(self.lake_url))

    @property
    def completions(self) -> UPath:
        """All that models ever wrote, by content; a point's are its parent's."""
        return (self.parent or self).root / "completions"

    @property
    def models(self) -> UPath:
        """Weights and their records."""
        return self.root / "models"

    @property
    def servers(self) -> UPath:
        """Model servers that runs started and share, with their logs; a point's are its parent's."""
        return (self.parent or self).root / "servers"

    @property
    def catalog_file(self) -> UPath:
        """The DuckDB file with the views."""
        return self.root / "scalequest.duckdb"

    @property
    def profile_file(self) -> UPath:
        """The resolved profile that this home belongs to."""
        return self.root / "profile.yaml"

    @property
    def dagster(self) -> UPath:
        """Dagster's instance directory (`DAGSTER_HOME`)."""
        return self.root / "dagster"

    @property
    def releases(self) -> UPath:
        """The data set's folder, ready to upload."""
        return self.root / "dataset"

    @property
    def reports(self) -> UPath:
        """HTML reports."""
        return self.root / "report"

    def prepare(self) -> None:
        """Create the folders that are missing and, on first use, Dagster's configuration.

        Raises:
            HomeError: The home is on an object store, or cannot be written.
        """
        if not is_local(self.root):
            raise HomeError(
                f"home {self.root}: only the lake can lie on an object store",
                "name a local directory as home (SCALEQUEST_HOME) and the object store as its lake",
            )
        folders = [self.root, self.completions, self.models, self.dagster, self.reports]
        try:
            for folder in folders:
                folder.mkdir(parents=True, exist_ok=True)
            if is_local(self.lake):
                self.lake.mkdir(parents=True, exist_ok=True)
            for name, text in (("dagster.yaml", DAGSTER_YAML), ("workspace.yaml", WORKSPACE_YAML)):
                if not (self.dagster / name).exists():
                    write_text(self.dagster / name, text)
            with replacing(self.root / ".writable"):
                pass
            (self.root / ".writable").unlink(missing_ok=True)
        except OSError as error:
            raise HomeError(
                f"home {self.root} cannot be written: {error.strerror or error}",
                "make the directory writable, or name another one: SCALEQUEST_HOME=/path/to/data scalequest run",
            ) from error


def is_local(path: UPath) -> bool:
    """Return whether a path is on a file system that knows rename, rather than on an object store."""
    return path.protocol in _LOCAL_PROTOCOLS


def local(path: UPath) -> Path:
    """Return a path on the local file system as the standard library's own type."""
    return Path(path.path)


@contextmanager
def replacing(path: UPath) -> Iterator[Path]:
    """Yield a local temporary file that becomes `path` when the block ends well, and is removed when it does not.

    On a local file system the file is forced to disk and renamed; on an object store it is put, which is atomic.
    The temporary name never ends in the target's suffix, so that no glob picks it up.
    """
    name = f".{path.name}.{uuid.uuid4().hex}.tmp"
    if is_local(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = local(path.parent) / name
    else:
        temporary = Path(tempfile.gettempdir()) / name
    try:
        temporary.touch()
        yield temporary
        if is_local(path):
            sync(temporary)
            temporary.replace(local(path))
            sync(local(path.parent))
        else:
            path.fs.put_file(str(temporary), path.path)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise disk_full(path) from error
    finally:
        temporary.unlink(missing_ok=True)


def disk_full(path: UPath) -> HomeError:
    """Return the error of a disk without space."""
    return HomeError(
        f"the disk is full: {path.parent} could not take another file",
        "make space (`scalequest clean` shows what nothing needs) and run again: what was finished is kept",
    )


def write_text(path: UPath, text: str) -> None:
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


def temporaries(root: UPath) -> Iterator[Path]:
    """Yield what writers have begun under a local folder and not put in place: at work, or killed."""
    if is_local(root) and root.exists():
        yield from (file for file in local(root).rglob(".*.tmp") if file.is_file())


def _absolute(path: UPath) -> UPath:
    return path.expanduser().absolute() if is_local(path) else path
