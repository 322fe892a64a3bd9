"""Branches and tags of the hub become commits when a home is made, so that it means the same ever after."""

import copy
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal

from scalequest_assets.config.sources import COMMIT, SECTIONS
from scalequest_assets.errors import ProfileError

RepositoryKind = Literal["model", "dataset"]
Lookup = Callable[[RepositoryKind, str, str], str]
"""From kind, id and revision of a repository to the commit that the revision names now."""

TIMEOUT_S = 20.0


def with_commits(document: Mapping[str, Any], lookup: Lookup) -> dict[str, Any]:
    """Return a valid profile's document with a commit in place of every branch or tag of the hub.

    Args:
        document: The profile. Nothing is looked up where it holds commits only.
        lookup: Asks the hub; each revision of a repository is looked up once.

    Raises:
        ProfileError: Revisions could not be looked up; all are named.
    """
    resolved: dict[str, Any] = copy.deepcopy(dict(document))
    entries: dict[tuple[RepositoryKind, str, str], list[tuple[str, Any]]] = {}
    for key, kind, entry in _unresolved(resolved):
        entries.setdefault((kind, str(entry["id"]), str(entry["revision"])), []).append((key, entry))
    problems = []
    for name, places in entries.items():
        found = _looked_up(lookup, *name)
        if isinstance(found, Exception):
            keys = places[0][0] + (f" and {len(places) - 1} more" if len(places) > 1 else "")
            problems.append(f"\n  {keys}: {name[1]} at '{name[2]}': {type(found).__name__}: {_first_line(found)}")
        else:
            for _, entry in places:
                entry["revision"] = found
    if problems:
        raise ProfileError(
            f"the hub was asked in vain which commits these revisions are:{''.join(problems)}",
            "connect to huggingface.co and try again, or write the commits (40 hex digits) yourself: "
            "--set models.NAME.revision=… for a model, in the profile's file for a data set. "
            "A home that is there already has its commits: leave --profile out",
        )
    return resolved


def branches(document: Mapping[str, Any]) -> list[str]:
    """Return the dotted keys of all revisions that are no commits."""
    return [key for key, _, _ in _unresolved(document)]


def hub_commit(kind: RepositoryKind, repository: str, revision: str) -> str:
    """Ask the Hugging Face hub which commit a revision is. Raises errors of many libraries."""
    from huggingface_hub import HfApi

    ask = HfApi().model_info if kind == "model" else HfApi().dataset_info
    return str(ask(repository, revision=revision, timeout=TIMEOUT_S).sha)


def keeping(document: Mapping[str, Any], lookup: Lookup) -> Lookup:
    """Return a lookup that answers with the commit that a document has of a repository, and else asks another one.

    Args:
        document: A profile with commits. A repository of which it has several is asked for.
        lookup: The other one.
    """
    known: dict[tuple[RepositoryKind, str], set[str]] = {}
    for _, kind, entry in _of_the_hub(document):
        known.setdefault((kind, str(entry["id"])), set()).add(str(entry["revision"]))

    def look_up(kind: RepositoryKind, repository: str, revision: str) -> str:
        commits = known.get((kind, repository), set())
        return next(iter(commits)) if len(commits) == 1 else lookup(kind, repository, revision)

    return look_up


def _looked_up(lookup: Lookup, kind: RepositoryKind, repository: str, revision: str) -> str | Exception:
    try:
        commit = lookup(kind, repository, revision)
    except Exception as error:
        return error
    return commit if re.fullmatch(COMMIT, commit) else ValueError(f"the hub answered {commit!r}, which is no commit")


def _unresolved(document: Mapping[str, Any]) -> Iterator[tuple[str, RepositoryKind, Any]]:
    return (found for found in _of_the_hub(document) if not re.fullmatch(COMMIT, str(found[2]["revision"])))


def _of_the_hub(document: Mapping[str, Any]) -> Iterator[tuple[str, RepositoryKind, Any]]:
    places: list[tuple[str, RepositoryKind, Any]] = [
        (f"models.{name}.revision", "model", model) for name, model in (document.get("models") or {}).items()
    ]
    if (document.get("engine") or {}).get("kind") == "simulate":
        places = []  # nothing of a simulated model is read
    for section in SECTIONS:
        sources = (document.get(section) or {}).get("sources") or []
        places += [(f"{section}.sources.{i}.revision", "dataset", source) for i, source in enumerate(sources)]
    for key, kind, entry in places:
        if entry.get("kind") == "hub":
            yield key, kind, entry


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [""])[0][:160]
