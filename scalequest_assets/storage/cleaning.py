"""What nothing in a home refers to any longer, and removing it.

Young things are left alone: what a killed run finished belongs to no partition yet, and the next run wants it.
"""

import shutil
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from pathlib import Path, PurePath
from typing import Literal

import polars as pl

from scalequest_assets.config.profile import Profile
from scalequest_assets.errors import HomeError
from scalequest_assets.partitions import key_text, partition_keys
from scalequest_assets.stages import STAGES
from scalequest_assets.storage.completions import CompletionStore
from scalequest_assets.storage.files import FileStore, temporaries
from scalequest_assets.storage.home import Home
from scalequest_assets.storage.lake import Lake, Partition
from scalequest_assets.storage.models import ALL, ModelStore
from scalequest_assets.storage.releases import Releases
from scalequest_assets.storage.segments import Segments

SMALL_BYTES = 4 << 20
"""Segments up to this size are put together: a killed run leaves one for every flush."""

Kind = Literal[
    "completions",
    "damaged completions",
    "model",
    "training leftover",
    "partition",
    "release",
    "local copy",
    "temporary file",
    "sweep point",
]


@dataclass(frozen=True, kw_only=True)
class Leftover:
    """One thing that nothing refers to.

    Attributes:
        kind: What it is.
        path: File or directory.
        detail: For people.
        num_bytes: What its removal frees, about.
        changed_s: When it, or the newest file in it, was last changed, in seconds since the epoch.
        remove: Removes it.
    """

    kind: Kind
    path: str
    detail: str
    num_bytes: int
    changed_s: float
    remove: Callable[[], None]


def leftovers(
    home: Home,
    lake: Lake,
    profile: Profile,
    partitions: Mapping[str, Sequence[Partition]],
    *,
    older_than_s: float,
    now: float,
    sweeps: bool = False,
) -> list[Leftover]:
    """Return what nothing refers to, and nothing has touched for a while.

    Args:
        home: The home.
        lake: Its tables.
        profile: Its profile.
        partitions: Of every table, those that the profile has.
        older_than_s: Only what was last changed longer ago than this, in seconds.
        now: Seconds since the epoch.
        sweeps: Whether the points of sweeps go too. What they alone refer to is a leftover once they are gone.
    """
    store, before = CompletionStore(home.completions), now - older_than_s
    points = home.points()
    references = pl.concat([lake.listed().read_references(), *(Lake(point.lake).read_references() for point in points)])
    if not home.parent and references.is_empty() and any(segments.files() for segments in store.folders()):
        raise HomeError(
            f"no table in {lake.files.where} says which completions it is made of, yet some are stored: all would go",
            "name the lake that this home's tables lie in (SCALEQUEST_LAKE), or make some asset first",
        )
    models, releases = ModelStore(home.models), Releases(home)
    found = [*_partitions(lake.listed(), lake, partitions), *_models(models, profile), *_releases(releases)]
    found += [*_copies([lake.files, store.files, models.files, releases.files]), *_temporaries(home)]
    found += [_directory("sweep point", point.root, "of a sweep") for point in points if sweeps]
    old = [leftover for leftover in found if leftover.changed_s <= before]
    return old if home.parent else [*old, *_completions(store, references, before)]


def put_together(store: CompletionStore, before: float) -> int:
    """Replace small segments of completions, last changed before a time, by one for each folder.

    Damaged ones are left where they are. Returns how many fewer there are.
    """
    fewer = 0
    for segments in store.folders():
        old = [segment for segment in segments.files() if segments.stat(segment).modified_s <= before]
        small = [segment for segment in old if segments.stat(segment).num_bytes <= SMALL_BYTES]
        sound = [segment for segment in small if segments.whole(segment) is not None]
        if len(sound) > 1:
            segments.merge(sound)
            fewer += len(sound) - 1
    return fewer


def _completions(store: CompletionStore, references: pl.DataFrame, before: float) -> Iterator[Leftover]:
    for segments in store.folders():
        folder = segments.folder
        needed = references.filter(folder=folder).select("key").unique()
        for segment in segments.files():
            if (status := segments.stat(segment)).modified_s > before:
                continue
            found = partial(Leftover, path=store.files.uri(segment), changed_s=status.modified_s)
            rows, size = segments.whole(segment), status.num_bytes
            if rows is None:
                remove, detail = partial(segments.remove, segment), f"{folder}: cannot be read"
                yield found(kind="damaged completions", detail=detail, num_bytes=size, remove=remove)
                continue
            kept = rows.join(needed, on="key", how="semi", maintain_order="left")
            if unneeded := rows.height - kept.height:
                yield found(
                    kind="completions",
                    detail=f"{folder}: {unneeded} of {rows.height} rows",
                    num_bytes=size * unneeded // rows.height,
                    remove=_keeping(segments, segment, needed),
                )


def _keeping(segments: Segments, segment: str, needed: pl.DataFrame) -> Callable[[], None]:
    """Return what replaces a segment by its needed rows; they are read again, not held until then."""

    def replace() -> None:
        rows = segments.whole(segment)
        kept = None if rows is None else rows.join(needed, on="key", how="semi", maintain_order="left")
        if kept is None or kept.is_empty():
            segments.remove(segment)
        else:
            segments.rewrite([segment], kept)

    return replace


def _models(store: ModelStore, profile: Profile) -> Iterator[Leftover]:
    for folder in store.folders():
        asset, owner = folder.split("/")
        if owner not in (profile.models if asset == "base" else _owners(profile, asset)):
            yield _model(store, folder, f"{folder}: not in the profile")
            continue
        for superseded in store.superseded(folder):
            yield _model(store, superseded, f"{folder}: not the current one")
    for directory in store.unpublished():
        yield _directory("training leftover", directory, "of a training that did not end")


def _owners(profile: Profile, asset: str) -> set[str]:
    """Return who may have a model of an asset: its partitions, or all; an asset that is gone has none."""
    return {key_text(key) or ALL for key in partition_keys(profile, STAGES[asset].by)} if asset in STAGES else set()


def _model(store: ModelStore, folder: str, detail: str) -> Leftover:
    return _stored("model", store.files, folder, detail, partial(store.remove, folder))


def _releases(releases: Releases) -> Iterator[Leftover]:
    for folder in releases.superseded():
        remove = partial(releases.files.remove_folder, folder)
        yield _stored("release", releases.files, folder, f"{folder}: not the current one", remove)


def _stored(kind: Kind, files: FileStore, folder: str, detail: str, remove: Callable[[], None]) -> Leftover:
    now = files.listed(folder)
    inside = [now.stat(name) for name in now.list(folder)]
    return Leftover(
        kind=kind,
        path=files.uri(folder),
        detail=detail,
        num_bytes=sum(status.num_bytes for status in inside),
        changed_s=max(status.modified_s for status in inside),
        remove=remove,
    )


def _copies(stores: Sequence[FileStore]) -> Iterator[Leftover]:
    for path in (path for store in stores for path in store.superseded()):
        yield (_directory if path.is_dir() else _file)("local copy", path, "of what is not in the bucket any more")


def _partitions(now: Lake, lake: Lake, partitions: Mapping[str, Sequence[Partition]]) -> Iterator[Leftover]:
    for table, wanted in partitions.items():
        for partition in now.partitions(table):
            if partition not in wanted:
                status = now.version(table, partition)
                yield Leftover(
                    kind="partition",
                    path=lake.uri(table, partition),
                    detail=f"{table} {key_text(partition)}: not in the profile",
                    num_bytes=status.num_bytes,
                    changed_s=status.modified_s,
                    remove=partial(lake.remove, table, partition),
                )


def _temporaries(home: Home) -> Iterator[Leftover]:
    own_lake = [home.lake] if home.lake_dir and isinstance(home.lake, Path) else []
    for root in (home.root, *own_lake):
        for path in temporaries(root):
            found = _directory if path.is_dir() else _file
            with suppress(FileNotFoundError):  # its writer has just ended
                yield found("temporary file", path, "of a write that did not end")


def _file(kind: Kind, path: Path, detail: str) -> Leftover:
    status = path.stat()
    return Leftover(
        kind=kind,
        path=str(path),
        detail=detail,
        num_bytes=status.st_size,
        changed_s=status.st_mtime,
        remove=partial(path.unlink, missing_ok=True),
    )


def _directory(kind: Kind, path: Path, detail: str) -> Leftover:
    inside = [path.stat(), *(file.stat() for file in path.rglob("*"))]
    return Leftover(
        kind=kind,
        path=str(path),
        detail=detail,
        num_bytes=sum(status.st_size for status in inside if stat.S_ISREG(status.st_mode)),
        changed_s=max(status.st_mtime for status in inside),
        remove=partial(shutil.rmtree, path),
    )


def listing(found: Sequence[Leftover]) -> pl.DataFrame:
    """Return the leftovers as a table: `what`, `detail`, `file`, `megabytes`."""
    rows = [(item.kind, item.detail, PurePath(item.path).name, item.num_bytes / 1e6) for item in found]
    schema = {"what": pl.String(), "detail": pl.String(), "file": pl.String(), "megabytes": pl.Float64()}
    return pl.DataFrame(rows, schema=schema, orient="row")


def summary(found: Sequence[Leftover]) -> pl.DataFrame:
    """Return how many leftovers of each kind there are and how much they take: `what`, `num`, `megabytes`."""
    ordered = sorted(found, key=lambda leftover: leftover.kind)
    groups = [(kind, list(items)) for kind, items in groupby(ordered, key=lambda leftover: leftover.kind)]
    rows = [(kind, len(items), sum(item.num_bytes for item in items) / 1e6) for kind, items in groups]
    schema = {"what": pl.String(), "num": pl.Int64(), "megabytes": pl.Float64()}
    return pl.DataFrame(rows, schema=schema, orient="row")
