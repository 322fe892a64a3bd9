"""Where the files of a source lie: as its path says, or in an earlier home or released folder of ours."""

from collections.abc import Collection
from pathlib import Path

import polars as pl

from scalequest_assets.config.sources import (
    EarlierHome,
    EarlierRelease,
    FileSource,
    KnownFiles,
    KnownHub,
    KnownSource,
    QuestionSource,
    source_name,
)
from scalequest_assets.errors import SeedError
from scalequest_assets.stages import STAGES
from scalequest_assets.storage.files import store_at
from scalequest_assets.storage.home import Home
from scalequest_assets.storage.sources import read_files, read_hub, source_hash

_OURS = {"query": "query", "id": "query_id"}
_TABLES = {"pairs": STAGES.pairs, "kept": STAGES.screening[-1]}


def files_hash(source: QuestionSource | KnownSource) -> str | None:
    """Return a hash of what the source's files hold, or `absent`; None where it has none."""
    if isinstance(source, FileSource | KnownFiles):
        return source_hash(source.path, source.kind)
    if isinstance(source, EarlierHome | EarlierRelease):
        return source_hash(str(_folder(source)), "parquet")
    return None


def read_known(source: KnownSource, own: Collection[Path]) -> pl.DataFrame:
    """Return the questions of an earlier set: `query` and `id`, null where it has none.

    Args:
        source: The set.
        own: Folders in which the reading home writes: a set that repeats itself would never be ready.

    Raises:
        SeedError: The set is not there, is empty, lies in an own folder, or lacks a column.
    """
    if isinstance(source, EarlierHome | EarlierRelease):
        records = _read_ours(source, own)
    else:
        columns = {name: column for name, column in source.columns.model_dump().items() if column is not None}
        if isinstance(source, KnownHub):
            records = read_hub(source.id, source.revision, source.split, source.config, columns)
        else:
            records = read_files(source.path, source.kind, columns)
    return records if "id" in records.columns else records.with_columns(id=pl.lit(None, pl.String))


def _read_ours(source: EarlierHome | EarlierRelease, own: Collection[Path]) -> pl.DataFrame:
    folder, name = _folder(source), source_name(source)
    if any(folder.is_relative_to(place) for place in own):
        what = f"known source '{name}': {source.path} is this home itself, whose questions would all be repeats"
        raise SeedError(what, "name another home or folder, or a copy of this release")
    if not folder.is_dir():
        raise SeedError(f"known source '{name}': there is no folder {folder}", _remedy(source))
    if isinstance(source, EarlierHome) and source.questions == "kept":
        rows = read_files(str(folder), "parquet", {**_OURS, "keep": "keep"})
        return rows.filter(pl.col("keep") == "true").drop("keep")
    return read_files(str(folder), "parquet", _OURS)


def _folder(source: EarlierHome | EarlierRelease) -> Path:
    """Return the folder whose Parquet files have the questions, with `query` and `query_id`."""
    if isinstance(source, EarlierRelease):
        return Path(source.path) / "data"
    home = Home(source.path)
    if source.questions == "released":
        return home.releases / "data"
    return store_at(home.lake).local_folder(_TABLES[source.questions])


def _remedy(source: EarlierHome | EarlierRelease) -> str:
    if isinstance(source, EarlierRelease):
        return "name the folder that has its card and `data`; for other files give `kind: parquet` and their columns"
    return (
        f"make it: SCALEQUEST_HOME={source.path} scalequest run; where its tables lie elsewhere (SCALEQUEST_LAKE), "
        "give {kind: parquet, path: LAKE/TABLE, columns: {query: query, id: query_id}}"
    )
