"""The points of a home's sweeps: homes of their own in `sweeps/`, with the profile of the home and some values changed.

A point has its own tables, models and Dagster records. What models write is asked and kept through its parent, and a
model that a relative has trained on the same rows is taken over (`ModelStore.take_over`).
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from scalequest_assets.config.profile import Profile
from scalequest_assets.errors import HomeError
from scalequest_assets.storage.files import replacing, write_text
from scalequest_assets.storage.home import POINT, Home
from scalequest_assets.storage.profiles import use_profile


def make_point(parent: Home, name: str, overrides: Mapping[str, Any], settings: Sequence[str]) -> tuple[Home, Profile]:
    """Return a point's home and profile: the parent's as it is now, with settings on top.

    Args:
        parent: The home.
        name: Of the point: its folder.
        overrides: What its profile says otherwise, for people.
        settings: The same as `a.b=value`.

    Raises:
        ProfileError: The profile is not valid, or a branch or tag in the settings cannot be looked up.
    """
    root = parent.sweeps / name
    write_text(root / POINT, json.dumps({"overrides": overrides}, ensure_ascii=False, default=str) + "\n")
    home = Home(root, parent.lake_dir)
    profile, _ = use_profile(home, str(parent.profile_file), settings)
    return home, profile


def note_outcome(point: Home, error: str | None) -> None:
    """Write down how the last run of a point ended: None for well."""
    document = {**_read(point), "made": error is None, "error": error}
    write_text(point.root / POINT, json.dumps(document, ensure_ascii=False) + "\n")


def point_rows(parent: Home) -> list[dict[str, Any]]:
    """Return a row for each point: `point`, `overrides`, `state` (`made`, `not ended` or the error it ended with)."""
    rows = []
    for point in parent.points():
        document = _read(point)
        state = "made" if document.get("made") else document.get("error") or "not ended"
        rows.append({"point": point.root.name, "overrides": document.get("overrides", {}), "state": state})
    return rows


def comparison_file(parent: Home, name: str, content: bytes) -> Path:
    """Write a file that compares points into the folder of sweeps, and return where it is."""
    path = parent.sweeps / name
    with replacing(path) as temporary:
        temporary.write_bytes(content)
    return path


def _read(point: Home) -> dict[str, Any]:
    path = point.root / POINT
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        return {**document}
    except (ValueError, TypeError) as error:
        raise HomeError(f"{path} is damaged: {error}", "remove that folder; the sweep makes it again") from error
