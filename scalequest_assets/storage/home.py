"""The home directory and its folders. It is local; its lake may be a directory elsewhere, or a bucket.

In a bucket lie tables, completions, models and releases, side by side. All else stays in the home: Dagster's records,
servers, checkpoints, the catalog, reviews, the points of sweeps.
"""

import os
import uuid
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from scalequest_assets.errors import HomeError
from scalequest_assets.stages import REVIEWS
from scalequest_assets.storage.files import FileStore, local_path, replacing, store_at, write_text

DAGSTER_YAML = """\
# Written by scalequest on first use; yours to edit afterwards.
telemetry:
  enabled: false
nux:  # otherwise a dialog covers every page of a new UI
  enabled: false
storage:  # as Dagster's own SQLite storage, but one file for the events of all runs
  custom:
    module: scalequest_assets.orchestration.dagster_private.records
    class: HomeRecords
run_launcher:  # as Dagster's own, which cannot tell that a run was killed
  module: scalequest_assets.orchestration.dagster_private.launcher
  class: HomeRunLauncher
concurrency:
  runs:  # two models at once on one machine are slower than one after the other
    max_concurrent_runs: 1
  pools:  # assets that run a model are in the pool `gpu`; its limit is set with `dagster instance concurrency set`
    granularity: op
run_monitoring:  # within two minutes a run that was killed is marked failed, and gives its pool slots back
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

BUCKET = "s3://"
COPIES = "copies"
"""Folder of what was fetched from the bucket, or put there."""


@dataclass(frozen=True)
class Home:
    """The folders of one profile's data.

    Attributes:
        root: Directory that holds everything; a relative one is made absolute. One in the folder `sweeps` of another
            home, with a file `point.json`, is a point of a sweep: it asks models through that home, its parent.
        lake_dir: Where the tables lie instead of `root/lake`, or a bucket (`s3://bucket/prefix`) in which completions,
            models and releases lie too. Tables, models and releases of a point always lie in it.

    Raises:
        HomeError: The root is a URL.
    """

    root: Path
    lake_dir: str | None

    def __init__(self, root: Path | str, lake_dir: str | None = None) -> None:
        object.__setattr__(self, "root", local_path(root))
        object.__setattr__(self, "lake_dir", lake_dir)

    @property
    def sweeps(self) -> Path:
        """Homes of sweep points, and what compares them."""
        return self.root / SWEEPS

    @property
    def parent(self) -> "Home | None":
        """The home whose sweep this is a point of."""
        is_point = self.root.parent.name == SWEEPS and (self.root / POINT).exists()
        return Home(self.root.parent.parent, self.lake_dir) if is_point else None

    def points(self) -> list["Home"]:
        """Return the home's sweep points, by name."""
        return [Home(file.parent, self.lake_dir) for file in sorted(self.sweeps.glob(f"*/{POINT}"))]

    def relatives(self) -> list["Home"]:
        """Return the other homes of its family: the parent and all points, itself left out."""
        first = self.parent or self
        return [home for home in (first, *first.points()) if home.root != self.root]

    @property
    def bucket(self) -> str | None:
        """The address of the bucket and the prefix in it; None where all is local."""
        return self.lake_dir if self.lake_dir and self.lake_dir.startswith(BUCKET) and not self.parent else None

    @property
    def lake(self) -> Path | FileStore:
        """Parquet tables, by asset and partition.

        Raises:
            HomeError: Their place is a URL of another kind, or the package for buckets is not installed.
        """
        if self.bucket or self.lake_dir is None or self.parent:
            return self._kept("lake")
        return local_path(self.lake_dir)

    @property
    def completions(self) -> Path | FileStore:
        """All that models ever wrote, by content; a point's are its parent's."""
        return (self.parent or self)._kept("completions")

    @property
    def models(self) -> Path | FileStore:
        """Weights and their records."""
        return self._kept("models")

    @property
    def released(self) -> Path | FileStore:
        """Where the released folder and the pages lie."""
        return self._kept("")

    def _kept(self, name: str) -> Path | FileStore:
        """Return where a folder of data lies: in the home, or in its bucket."""
        if not self.bucket:
            return self.root / name if name else self.root
        url = "/".join([self.bucket.rstrip("/"), *([name] if name else [])])
        return _bucket_files(url, self.root / COPIES / (name or "released"), self.root / name)

    @property
    def servers(self) -> Path:
        """Model servers that runs started and share, with their logs; a point's are its parent's."""
        return (self.parent or self).root / "servers"

    @property
    def reviews(self) -> Path:
        """What people said of pairs, a folder for each session; no run makes it, and nothing removes it."""
        return self.root / REVIEWS

    @property
    def catalog_file(self) -> Path:
        """The DuckDB file with the views."""
        return self.root / "scalequest.duckdb"

    @property
    def sql_history(self) -> Path:
        """What was asked at the prompt of `scalequest sql`."""
        return self.root / ".sql_history"

    @property
    def profile_file(self) -> Path:
        """The resolved profile that this home belongs to."""
        return self.root / "profile.yaml"

    @property
    def dagster(self) -> Path:
        """Dagster's instance directory (`DAGSTER_HOME`)."""
        return self.root / "dagster"

    @property
    def releases(self) -> Path:
        """The data set's folder, ready to upload."""
        return self.root / "dataset"

    @property
    def reports(self) -> Path:
        """HTML reports."""
        return self.root / "report"

    def try_bucket(self) -> None:
        """Put a file into the bucket, read it and remove it.

        Raises:
            HomeError: One of these fails.
        """
        files, name = store_at(self.released), f"doctor/{uuid.uuid4().hex}"
        files.put(name, b"")
        files.read(name)
        files.remove(name)

    def check_there(self) -> None:
        """Raise `HomeError` if there is no home."""
        if not self.profile_file.exists():
            raise HomeError(
                f"there is no home at {self.root}: it has no {self.profile_file.name}",
                "name the home (SCALEQUEST_HOME=…), or make one there: scalequest run",
            )

    def prepare(self) -> None:
        """Create the folders that are missing and, on first use, Dagster's configuration.

        Raises:
            HomeError: The home cannot be written, or its lake can be neither a directory nor a bucket.
        """
        places = [self.root, self.completions, self.models, self.dagster, self.reports, self.lake]
        try:
            for folder in (place for place in places if isinstance(place, Path)):
                folder.mkdir(parents=True, exist_ok=True)
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


@cache
def _bucket_files(url: str, copies: Path, work: Path) -> FileStore:
    """Return the one store of this process at an address: its connections stay open.

    Raises:
        HomeError: The package for buckets is not installed.
    """
    try:
        from scalequest_assets.storage.object_files import bucket_files
    except ModuleNotFoundError as error:
        raise HomeError(
            f"{url}: {error.name} is not installed", "run: pip install 'scalequest-assets[s3]', or name a directory"
        ) from error
    return bucket_files(url, copies=copies, work=work)


def home_from_environment() -> Home:
    """Return the home that the environment names: SCALEQUEST_HOME (default `data`), SCALEQUEST_LAKE (default in it)."""
    return Home(os.environ.get("SCALEQUEST_HOME", "data"), os.environ.get("SCALEQUEST_LAKE"))
