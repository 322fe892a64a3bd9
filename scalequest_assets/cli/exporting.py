"""`scalequest export`: the released data set where its user wants it, in the form that another tool reads."""

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import polars as pl

from scalequest_assets.cli import console
from scalequest_assets.cli.options import Form
from scalequest_assets.errors import HomeError
from scalequest_assets.release.forms import DEFAULT, TRAIN, VALIDATION, alpaca, folder_of, sharegpt
from scalequest_assets.storage.home import Home, home_from_environment
from scalequest_assets.storage.releases import Releases

_WRITERS: Final[Mapping[str, Callable[[pl.DataFrame], pl.DataFrame]]] = {"alpaca": alpaca, "sharegpt": sharegpt}


def export_released(directory: Path, form: Form) -> None:
    """Write the home's data set, and print where."""
    console.out.print(str(export(home_from_environment(), directory, form)), markup=False)


def export(home: Home, target: Path, form: Form) -> Path:
    """Copy the released folder, or write its pairs as a file of JSON lines; return what was written.

    What the data set sets apart for validation goes into a file of its own, `FORM.validation.jsonl`.

    Args:
        home: The home.
        target: Directory to write, or in which to write `FORM.jsonl`. It is made where it is not there.
        form: `folder` for the data set as it is; `alpaca` or `sharegpt` for one file.

    Raises:
        ReleaseError: There is no data set.
        HomeError: Something is there already, or cannot be written.
    """
    released = Releases(home).fetched()
    splits = {target / f"{form}.jsonl": TRAIN, target / f"{form}.{VALIDATION}.jsonl": VALIDATION}
    written = [target] if form == "folder" else [*splits]
    is_empty = form == "folder" and target.is_dir() and not any(target.iterdir())  # it may be a volume's mount point
    if not is_empty and (there := next(filter(Path.exists, written), None)):
        raise HomeError(f"{there} is there already", "name another directory, or remove it")
    try:
        target.mkdir(parents=True, exist_ok=True)  # not copied: a mount point's times may be its owner's alone to set
        if form == "folder":
            for item in released.iterdir():
                (shutil.copytree if item.is_dir() else shutil.copy2)(item, target / item.name)
        else:
            for file, split in splits.items():
                if parts := sorted((released / folder_of(DEFAULT)).glob(f"{split}-*.parquet")):
                    _WRITERS[form](pl.read_parquet(parts, glob=False)).write_ndjson(file)
    except OSError as error:
        raise HomeError(
            f"{written[0]} cannot be written: {error.strerror or error}", "name another directory"
        ) from error
    return written[0]
