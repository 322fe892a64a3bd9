"""The profile that a home belongs to: written on first use, read by everything afterwards."""

import shlex
from collections.abc import Callable, Sequence
from pathlib import Path

from scalequest_assets.config.file import differences, dump, edit_document, read_profile, validate
from scalequest_assets.config.profile import Profile
from scalequest_assets.config.sources import PACKAGED
from scalequest_assets.errors import HomeError, ProfileError
from scalequest_assets.storage.files import write_text
from scalequest_assets.storage.home import Home
from scalequest_assets.storage.revisions import Lookup, branches, hub_commit, keeping, with_commits

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
    return _read(home)


def existing_profile(home: Home) -> Profile:
    """Return the profile of a home that is there; nothing is written.

    Raises:
        HomeError: There is no home.
        ProfileError: Its profile is not valid.
    """
    home.check_there()
    return _read(home)


def planned_profile(home: Home, name_or_path: str | None, settings: Sequence[str]) -> tuple[Profile, Profile | None]:
    """Return the profile that a run with these options would have, and the one the home has now; nothing is written.

    Args:
        home: The home; it need not exist.
        name_or_path: A shipped profile or a file, with which the home is not looked at; None takes the home's own, or
            `embedded` where there is none.
        settings: `a.b=value`, applied on top.

    Raises:
        ProfileError: A profile or setting is not valid.
    """
    own = _read(home) if name_or_path is None and home.profile_file.exists() else None
    where = str(home.profile_file) if own else name_or_path or DEFAULT_PROFILE
    made = own.model_dump(mode="json") if own else None
    document = made or read_profile(where)
    return validate(edit_document(document, [*map(str, settings)]), where, made=made), own


def use_profile(
    home: Home,
    name_or_path: str | None,
    settings: Sequence[str],
    *,
    lookup: Lookup | None = None,
    accept: Callable[[Profile], None] | None = None,
) -> tuple[Profile, list[str]]:
    """Give a home its profile, or change it, and return it with the differences (`key: old -> new`).

    Branches and tags of the hub become commits. Naming the file again looks them up again: a branch that has moved is
    a difference like any other.

    Args:
        home: The home.
        name_or_path: A shipped profile or a file; None keeps the home's own (`embedded` for an empty home).
        settings: `a.b=value`, applied on top.
        lookup: Tells which commit a branch or tag is; None asks the hub.
        accept: Is given the profile before anything is looked up or written; what it raises leaves the home as it was.

    Raises:
        HomeError: The home belongs to a profile of another name.
        ProfileError: The profile or a setting is not valid, or a branch or tag cannot be looked up; the home stays as
            it was.
    """
    old = home_profile(home) if home.profile_file.exists() else None
    if name_or_path is None and not settings and old:
        if accept:
            accept(old)
        return old, []
    made, where = old.model_dump(mode="json") if old else None, name_or_path or str(home.profile_file)
    document = made if made and name_or_path is None else read_profile(name_or_path or DEFAULT_PROFILE)
    new = validate(edit_document(_absolute_paths(document), [*map(str, settings)]), where, made=made)
    if old and old.name != new.name:
        options = [part for setting in settings for part in ("--set", str(setting))]
        raise HomeError(
            f"home {home.root} belongs to profile '{old.name}', not '{new.name}'",
            f"give '{new.name}' a home of its own: SCALEQUEST_HOME=data/{new.name} "
            f"scalequest run --profile {shlex.join([where, *options])}",
        )
    if accept:
        accept(new)
    resolved = with_commits(_absolute_paths(new.model_dump(mode="json")), lookup or hub_commit)
    new = validate(resolved, where, made=made)
    home.prepare()
    if old is None or dump(new) != dump(old):  # the order of generators counts
        write_text(home.profile_file, _HEADER + dump(new))
    return new, differences(old, new) if old else []


def declared_profile(home: Home, name_or_path: str | None, settings: Sequence[str]) -> Profile:
    """Return the profile of a home that a project's file declares; the home is made, or follows the file's changes.

    Branches and tags of the hub stay the commits that the home has: it is loaded with each run, and must not change.

    Args:
        home: The home.
        name_or_path: A shipped profile or a file; None for the home's own (`embedded` for an empty home).
        settings: `a.b=value`, applied on top of a profile that is named.

    Raises:
        HomeError: See `use_profile`.
        ProfileError: See `use_profile`; or there are settings without a profile.
    """
    if name_or_path is None:
        if settings:
            raise ProfileError(
                f"home {home.root}: settings are declared without the profile that they change",
                "name it too (`profile: embedded`): else a setting that is taken out again would stay",
            )
        return home_profile(home)
    own = home_profile(home).model_dump(mode="json") if home.profile_file.exists() else {}
    return use_profile(home, name_or_path, settings, lookup=keeping(own, hub_commit))[0]


def _read(home: Home) -> Profile:
    where = str(home.profile_file)
    document = read_profile(where)
    profile = validate(document, where, made=document)
    if keys := branches(document):
        raise ProfileError(
            f"profile {where}: a home holds commits only, and these are branches or tags: {', '.join(keys)}",
            "write their commits (40 hex digits) there",
        )
    return profile


def _absolute(path: str) -> str:
    return path if path.startswith(PACKAGED) else str(Path(path).expanduser().absolute())


def _absolute_paths(document: dict[str, object]) -> dict[str, object]:
    """Make the paths of sources and models absolute: later runs start in other directories."""

    def resolve(value: object) -> object:
        if isinstance(value, dict):
            return {k: _absolute(v) if k == "path" and isinstance(v, str) else resolve(v) for k, v in value.items()}
        return [resolve(item) for item in value] if isinstance(value, list) else value

    return {key: resolve(value) for key, value in document.items()}
