"""The profile as a data set carries it: what identifies the data, and nothing of the machine that made it."""

import re
from collections.abc import Mapping
from pathlib import PureWindowsPath
from typing import Any

import yaml

from scalequest_assets.config.profile import Profile
from scalequest_assets.config.sources import SECTIONS, source_name

HOW_IT_RAN = ("engine", "hardware", "prices", "budget", "checks")
"""Sections that say how models ran, what that cost and might have, and when a check warns: none identifies the data."""

PLACE = r"(?:file://)?(?:[A-Za-z]:|~)?[\\/](?:.*[\\/])?"
"""Regular expression of an absolute path's folders: some servers call a model by the path of its files."""

_HEADER = """\
# What identifies this data set. Paths are cut to their last part, addresses of servers are placeholders: put your own
# there, then `scalequest run --profile profile.yaml` makes it again.
"""


def public_document(profile: Profile) -> dict[str, Any]:
    """Return the profile without `HOW_IT_RAN`, directories and addresses; it is a valid profile itself.

    Sources keep their names, which are part of every `query_id` and would else follow from their paths.
    """
    document = profile.model_dump(mode="json", exclude=set(HOW_IT_RAN))
    for section in SECTIONS:
        for written, source in zip(document[section]["sources"], getattr(profile, section).sources, strict=True):
            written["name"] = source_name(source)
    for model in document["models"].values():
        if model["kind"] == "api":
            model["id"] = served_name(model["id"])
    servers = {model["server"] for model in document["models"].values() if model["kind"] == "api"}
    places = {name: {"base_url": f"https://{name.replace('_', '-')}.invalid/v1"} for name in sorted(servers)}
    return {**_without_directories(document), **({"engine": {"servers": places}} if places else {})}


def public_text(profile: Profile) -> str:
    """Return `public_document` as YAML with a line on what it is."""
    document = public_document(profile)
    return _HEADER + yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=110)


def served_name(model_id: str) -> str:
    """Return a model's name on a server, of an absolute path its last part."""
    return re.sub(f"^{PLACE}", "", model_id) or model_id


def _without_directories(value: Any) -> Any:
    """Cut every `path` to its last part; a Windows path may have separators of both kinds."""
    if isinstance(value, Mapping):
        return {
            key: PureWindowsPath(item).name if key == "path" and isinstance(item, str) else _without_directories(item)
            for key, item in value.items()
        }
    return [_without_directories(item) for item in value] if isinstance(value, list) else value
