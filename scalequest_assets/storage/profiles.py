"""The profile that a home belongs to: written on first use, read by everything afterwards."""

from collections.abc import Sequence
from pathlib import Path

from scalequest_assets.errors import HomeError
from scalequest_assets.profile import Profile
from scalequest_assets.profile_file import differences, dump, edit_document, parse_document, read_profile, validate
from scalequest_assets.storage.home import Home, write_text

DEFAULT_PROFILE = "embedded"
_HEADER = "# The resolved profile of this home. Change it with `scalequest run --set key=value`, or here.\n"


def home_profile(home: Home) -> Profile:
    """Return the home's profile; an empty home becomes one of profile `embedded`.

    Raises:
        HomeError: The home cannot be written.
        ProfileError: Its profile is not valid.
    """
    if not home.profile_file.exists():
        return use_profile(home, None, ())[0]
    home.prepare()
    text = home.profile_file.read_text(encoding="utf-8")
    return validate(parse_document(text, str(home.profile_file)), str(home.profile_file))


def use_profile(home: Home, name_or_path: str | None, settings: Sequence[str]) -> tuple[Profile, list[str]]:
    """Give a home its profile, or change it, and return it with the differences (`key: old -> new`).

    Args:
        home: The home.
        name_or_path: A shipped profile or a file; None keeps the home's own (`embedded` for an empty home).
        settings: `a.b=value`, applied on top.

    Raises:
        HomeError: The home belongs to a profile of another name.
        ProfileError: The profile or a setting is not valid; the home stays as it was.
    """
    old = home_profile(home) if home.profile_file.exists() else None
    if name_or_path is None and not settings and old:
        return old, []
    document = (
        old.model_dump(mode="json") if old and name_or_path is None else read_profile(name_or_path or DEFAULT_PROFILE)
    )
    new = validate(
        edit_document(_absolute_paths(document), [*map(str, settings)]), name_or_path or str(home.profile_file)
    )
    new = validate(_absolute_paths(new.model_dump(mode="json")), name_or_path or str(home.profile_file))
    if old and old.name != new.name:
        raise HomeError(
            f"home {home.root} belongs to profile '{old.name}', not '{new.name}'",
            f"give '{new.name}' a home of its own: SCALEQUEST_HOME=data/{new.name} scalequest run --profile {new.name}",
        )
    home.prepare()
    if old is None or dump(new) != dump(old):  # the order of generators counts
        write_text(home.profile_file, _HEADER + dump(new))
    return new, differences(old, new) if old else []


def _absolute_paths(document: dict[str, object]) -> dict[str, object]:
    """Make the paths of sources and models absolute: later runs start in other directories."""

    def resolve(value: object) -> object:
        if isinstance(value, dict):
            return {
                k: str(Path(v).expanduser().absolute()) if k == "path" and isinstance(v, str) else resolve(v)
                for k, v in value.items()
            }
        return [resolve(item) for item in value] if isinstance(value, list) else value

    return {key: resolve(value) for key, value in document.items()}
