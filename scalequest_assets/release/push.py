"""Puts the released folder on the Hugging Face hub, as a data set: what would change, and then one commit.

Files are compared by content: git's blob id for those in the repository, SHA-256 for large ones. Of what is there, only
files of an earlier push are deleted: shards that the card there names, where that card is one of ours.
"""

import hashlib
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

import httpx2
from huggingface_hub import (
    CommitOperationAdd,
    CommitOperationDelete,
    DatasetCard,
    DatasetCardData,
    HfApi,
    RepoFile,
)
from huggingface_hub.errors import (
    HfHubHTTPError,
    HFValidationError,
    LocalTokenNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.utils import validate_repo_id  # type: ignore[attr-defined]  # public, though in no `__all__`

from scalequest_assets.errors import PushError
from scalequest_assets.release.card import TAG
from scalequest_assets.simulated import SIMULATED

Kind = Literal["added", "changed", "deleted"]
Result = TypeVar("Result")
MAIN: Final = "main"
WAITS_S: Final = (1.0, 4.0, 10.0)
"""Seconds before a request is sent again that a passing fault ended."""
_REPO = "dataset"
_SHARD = re.compile(r"[\w-]+/[\w-]+-\d{5}-of-\d{5}\.parquet", re.ASCII)
_PASSING = (408, 429, 500, 502, 503, 504)
_CHUNK = 2**20
_MAX_TOLD_CHARS = 300


@dataclass(frozen=True)
class Change:
    """A file that a push adds, changes or deletes.

    Attributes:
        path: Its path in the repository.
        kind: What happens to it.
        num_bytes: Its size; of a deleted one, as it was.
    """

    path: str
    kind: Kind
    num_bytes: int


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a push would do.

    Attributes:
        repo_id: Owner and name.
        branch: The branch.
        is_new: Whether the repository has to be made.
        is_new_branch: Whether the branch has to be made.
        was_private: Whether the repository is private; None for a new one.
        is_private: Whether it is afterwards.
        parent: Commit that the changes follow; None for a new repository.
        changes: Files, by path.
        num_same: Files that are there as they are.
    """

    repo_id: str
    branch: str
    is_new: bool
    is_new_branch: bool
    was_private: bool | None
    is_private: bool
    parent: str | None
    changes: Sequence[Change]
    num_same: int

    @property
    def changes_visibility(self) -> bool:
        """Whether a repository that is there becomes public or private."""
        return self.was_private is not None and self.was_private != self.is_private

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.changes or self.changes_visibility or self.is_new or self.is_new_branch)

    @property
    def shows_to_all(self) -> bool:
        """Whether what is pushed can be read by everyone."""
        return not self.is_private


def plan_push(api: HfApi, folder: Path, repo_id: str, *, branch: str = MAIN, is_public: bool | None = None) -> Plan:
    """Compare the released folder with a repository; nothing is changed there.

    Args:
        api: The hub.
        folder: The released folder.
        repo_id: Owner and name.
        branch: Branch of the repository.
        is_public: Whether everybody shall read it; None leaves a repository as it is, and makes a new one private.

    Raises:
        PushError: The data is simulated; or the name, the token or the hub does not let us.
    """
    _check_name(repo_id)
    _refuse_simulated(folder)
    with _explained(api, repo_id):
        _patiently(lambda: api.whoami())
        seen = _seen(api, repo_id, branch)
        changes, num_same = _compared(folder, seen.files, seen.card)
    is_private = not is_public if seen.is_private is None or is_public is not None else seen.is_private
    return Plan(
        repo_id=repo_id, branch=branch, is_new=seen.is_private is None, is_new_branch=seen.lacks_branch,
        was_private=seen.is_private, is_private=is_private, parent=seen.commit, changes=changes, num_same=num_same,
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class _Seen:
    """What is there: a branch, or what it would begin with; `is_private` is None where there is no repository."""

    is_private: bool | None
    lacks_branch: bool
    commit: str | None
    card: DatasetCardData | None
    files: Mapping[str, RepoFile]


def _seen(api: HfApi, repo_id: str, branch: str) -> _Seen:
    try:
        info = _patiently(lambda: api.dataset_info(repo_id))
    except RepositoryNotFoundError:
        return _Seen(is_private=None, lacks_branch=branch != MAIN, commit=None, card=None, files={})
    is_private, lacks_branch = bool(info.private), False
    if branch != MAIN:
        try:
            info = _patiently(lambda: api.dataset_info(repo_id, revision=branch))
        except RevisionNotFoundError:
            lacks_branch = True
    files = _tree(api, repo_id, MAIN if lacks_branch else branch)
    return _Seen(is_private=is_private, lacks_branch=lacks_branch, commit=info.sha, card=info.card_data, files=files)


def push(api: HfApi, folder: Path, plan: Plan, message: str) -> str:
    """Do what a plan says, in one commit; return the address of the data set.

    It becomes public after the commit, and private before it. A commit that the hub took though its answer was lost is
    noticed, and not made twice.

    Raises:
        PushError: The hub does not let us, or the repository has changed meanwhile.
    """
    repo_id = plan.repo_id
    with _explained(api, repo_id):
        if plan.is_new:
            _patiently(lambda: api.create_repo(repo_id, repo_type=_REPO, private=plan.is_private, exist_ok=True))
        if plan.changes_visibility and plan.is_private:
            _patiently(lambda: api.update_repo_settings(repo_id, repo_type=_REPO, private=True))
        if plan.is_new_branch:
            _patiently(lambda: api.create_branch(repo_id, branch=plan.branch, repo_type=_REPO, exist_ok=True))
        if plan.changes:
            _commit(api, folder, plan, message)
        if plan.changes_visibility and not plan.is_private:
            _patiently(lambda: api.update_repo_settings(repo_id, repo_type=_REPO, private=False))
    return f"{api.endpoint}/datasets/{repo_id}"


def _commit(api: HfApi, folder: Path, plan: Plan, message: str) -> None:
    """Commit a plan's changes; where a passing fault ended that, look whether they are there before trying again."""
    changes = plan.changes
    for wait_s in (*WAITS_S, None):
        operations = [
            CommitOperationDelete(path_in_repo=change.path)
            if change.kind == "deleted"
            else CommitOperationAdd(path_in_repo=change.path, path_or_fileobj=folder / change.path)
            for change in changes
        ]
        try:
            api.create_commit(
                plan.repo_id, operations, commit_message=message, repo_type=_REPO, revision=plan.branch,
                parent_commit=plan.parent,
            )  # fmt: skip
            return
        except (HfHubHTTPError, httpx2.TransportError) as error:
            if wait_s is None or not _passes(error):
                raise
            time.sleep(wait_s)
        there = _tree(api, plan.repo_id, plan.branch)
        wanted = {change.path: change for change in _compared(folder, there, None)[0]}
        gone = {change.path for change in changes if change.kind == "deleted" and change.path not in there}
        changes = [c for c in changes if c.path in wanted or (c.kind == "deleted" and c.path not in gone)]
        if not changes:
            return


def _compared(folder: Path, there: Mapping[str, RepoFile], card: DatasetCardData | None) -> tuple[list[Change], int]:
    """Return what differs between a folder and a repository, by path, and how many files are the same."""
    files = {path.relative_to(folder): path for path in folder.rglob("*") if path.is_file()}
    here = {name.as_posix(): path for name, path in files.items() if not any(p.startswith(".") for p in name.parts)}
    found = []
    for name, path in here.items():
        if name not in there:
            found.append(Change(name, "added", path.stat().st_size))
        elif not _is_same(path, there[name]):
            found.append(Change(name, "changed", path.stat().st_size))
    num_same = len(here) - len(found)
    ours = [name for name in there if name not in here and _is_of_earlier_push(name, card)]
    found += [Change(name, "deleted", there[name].size) for name in ours]
    return sorted(found, key=lambda change: change.path), num_same


def _is_same(path: Path, file: RepoFile) -> bool:
    num_bytes = path.stat().st_size
    if file.lfs is not None:
        return file.lfs.size == num_bytes and _digest(path, hashlib.sha256()) == file.lfs.sha256
    if file.size != num_bytes:
        return False
    return _digest(path, hashlib.sha1(b"blob %d\0" % num_bytes, usedforsecurity=False)) == file.blob_id


def _digest(path: Path, digest: Any) -> str:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return str(digest.hexdigest())


def _is_of_earlier_push(name: str, card: DatasetCardData | None) -> bool:
    """Whether a file is a shard that the repository's card names, and the card is one of ours."""
    if card is None or not _SHARD.fullmatch(name) or TAG not in (card.get("tags") or []):
        return False
    configs = card.get("configs") or []
    files = [file for config in configs if isinstance(config, Mapping) for file in config.get("data_files") or []]
    patterns = [file.get("path") for file in files if isinstance(file, Mapping)]
    return any(isinstance(pattern, str) and fnmatchcase(name, pattern) for pattern in patterns)


def _tree(api: HfApi, repo_id: str, branch: str) -> dict[str, RepoFile]:
    """Return the files of a branch by path."""
    entries = _patiently(lambda: list(api.list_repo_tree(repo_id, recursive=True, revision=branch, repo_type=_REPO)))
    return {entry.path: entry for entry in entries if isinstance(entry, RepoFile)}


def _patiently(ask: Callable[[], Result]) -> Result:
    """Ask the hub something that may be asked twice; a passing fault is waited out."""
    for wait_s in WAITS_S:
        try:
            return ask()
        except (HfHubHTTPError, httpx2.TransportError) as error:
            if not _passes(error):
                raise
        time.sleep(wait_s)
    return ask()


def _passes(error: HfHubHTTPError | httpx2.TransportError) -> bool:
    return error.response.status_code in _PASSING if isinstance(error, HfHubHTTPError) else True


def _refuse_simulated(folder: Path) -> None:
    card = folder / "README.md"
    if card.exists() and SIMULATED in (DatasetCard.load(card).data.tags or []):
        raise PushError(
            f"the data set in {folder} is simulated (engine.kind: simulate): no model wrote it, and nobody may take it "
            "for data",
            "push one that models made, from a home of its own",
        )


def _check_name(repo_id: str) -> None:
    try:
        validate_repo_id(repo_id)
        if repo_id.count("/") != 1:
            raise HFValidationError("It has no owner.")
    except HFValidationError as error:
        raise PushError(
            f"'{_told(repo_id)}' is no name of a data set on the hub: {_told(error)}",
            "name it OWNER/NAME: letters, digits, '-', '_' and '.', such as my-team/questions",
        ) from error


@contextmanager
def _explained(api: HfApi, repo_id: str) -> Iterator[None]:
    """Turn what the hub or the way to it refuses into one error that says what to do."""
    try:
        yield
    except LocalTokenNotFoundError as error:
        raise PushError("no token of the hub was found", f"{_LOGIN}, or set HF_TOKEN") from error
    except OfflineModeIsEnabled as error:
        raise PushError("the hub is switched off here (HF_HUB_OFFLINE)", "unset it, and push again") from error
    except HfHubHTTPError as error:
        raise _refused(error.response.status_code, error, api, repo_id) from error
    except (httpx2.TransportError, ConnectionError, TimeoutError) as error:
        raise PushError(
            f"{api.endpoint} cannot be reached: {_told(error)}",
            "look at the network and at HF_ENDPOINT (a mirror without xet wants HF_HUB_DISABLE_XET=1), and push again: "
            "what is there already is not sent twice",
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError, RuntimeError) as error:
        cause = error.__cause__ if isinstance(error, RuntimeError) and error.__cause__ else error
        if isinstance(cause, HfHubHTTPError):
            raise _refused(cause.response.status_code, cause, api, repo_id) from error
        raise PushError(
            f"{api.endpoint} gave an answer that huggingface_hub does not understand, about {repo_id}: "
            f"{type(cause).__name__}: {_told(cause)}",
            "if HF_ENDPOINT is a mirror, it has to speak the hub's API; else update huggingface_hub, or try later",
        ) from error


_LOGIN: Final = "log in with `hf auth login` and a token that may write (https://huggingface.co/settings/tokens)"


def _refused(status: int, error: HfHubHTTPError, api: HfApi, repo_id: str) -> PushError:
    owner = repo_id.partition("/")[0]
    said = _told(error.server_message or error)
    match status:
        case 401:
            return PushError(f"{api.endpoint} does not accept the token: {said}", f"{_LOGIN}; HF_TOKEN comes first")
        case 402 | 403:
            return PushError(
                f"the token may not write to {repo_id}: {said}",
                f"take a token that may write data sets of {owner}, or name an owner of yours ({_LOGIN})",
            )
        case 404:
            return PushError(
                f"{repo_id} is not there, or the token may not see it: {said}",
                "look at the name and at the token's rights",
            )
        case 409 | 412:
            return PushError(f"{repo_id} has changed meanwhile: {said}", "push again: it is compared once more")
        case 400 | 413 | 422:
            return PushError(f"{api.endpoint} refused what was sent to {repo_id}: {said}", "repair what it names")
        case _:
            return PushError(
                f"{api.endpoint} failed ({status}) at {repo_id}: {said}",
                "try again later: what is there already is not sent twice",
            )


def _told(text: object) -> str:
    """Return what others say on one short line, without what would steer a terminal."""
    line = " ".join("".join(c if c.isprintable() else " " for c in str(text)).split())
    return line if len(line) <= _MAX_TOLD_CHARS else f"{line[:_MAX_TOLD_CHARS]}…"
