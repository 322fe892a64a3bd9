"""Pushing to a hub: what changes, who can read it, and what is said when it cannot be. Against a stub over HTTP."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import huggingface_hub
import pytest
import typer
from huggingface_hub import HfApi

from scalequest_assets.cli import pushing
from scalequest_assets.errors import PushError
from scalequest_assets.release import push as pushes
from scalequest_assets.release.push import Plan, plan_push
from scalequest_assets.release.push import push as push_plan
from scalequest_tests.conftest import CommandLine
from scalequest_tests.release.hub_stub import READER, WRITER, HubStub
from scalequest_tests.release.released import release

ROOT = Path(__file__).parents[2]
REPO = "me/pairs"
CHANGES = {"POST /api/repos/create", f"POST /api/datasets/{REPO}/commit/main", f"PUT /api/datasets/{REPO}/settings"}


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[HubStub]:
    """A hub that `huggingface_hub` takes for the real one, with a token that may write."""
    with HubStub() as stub:
        monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", stub.url)
        monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_DISABLE_XET", True)
        monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setenv("HF_TOKEN", WRITER)
        monkeypatch.setattr(pushes, "WAITS_S", (0.0, 0.0))
        huggingface_hub.utils.disable_progress_bars()
        yield stub


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(release(tmp_path))


@pytest.fixture
def scalequest(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """The command line in the home of the released folder."""
    return CommandLine(folder.parent, monkeypatch, capsys)


def pushed(folder: Path, is_public: bool | None = None, branch: str = "main") -> Plan:
    plan = plan_push(HfApi(), folder, REPO, branch=branch, is_public=is_public)
    push_plan(HfApi(), folder, plan, "2 pairs of profile tiny")
    return plan


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def kinds(plan: Plan) -> dict[str, str]:
    return {change.path: change.kind for change in plan.changes}


def test_the_first_push_makes_a_private_repository_with_the_folder_in_one_commit(hub: HubStub, folder: Path):
    plan = pushed(folder)
    assert (plan.is_new, plan.is_private, plan.num_same) == (True, True, 0)
    assert set(kinds(plan).values()) == {"added"}
    repository = hub.repositories[REPO]
    assert repository.private
    assert repository.branches["main"] == {**contents(folder), ".gitattributes": b"*.parquet\n"}
    assert [message for message, _ in repository.commits] == ["2 pairs of profile tiny"]
    assert ("lfsFile", "data/train-00000-of-00001.parquet") in repository.commits[0][1]


def test_hidden_files_stay_where_they_are(hub: HubStub, folder: Path):
    (folder / ".DS_Store").write_bytes(b"x")
    (folder / ".cache").mkdir()
    (folder / ".cache" / "x").write_bytes(b"x")
    assert not any(part.startswith(".") for path in kinds(pushed(folder)) for part in path.split("/"))


def test_a_second_push_sends_nothing(hub: HubStub, folder: Path):
    pushed(folder)
    before = hub.counted()
    plan = pushed(folder)
    assert plan.is_empty
    assert plan.num_same == len(contents(folder))
    assert hub.counted() == before


def test_what_changed_is_sent_and_what_an_earlier_push_left_is_deleted(hub: HubStub, folder: Path):
    pushed(folder)
    there = hub.repositories[REPO].branches["main"]
    foreign = {"data/mine.parquet": b"x", "notes.md": b"y", "other/train-00000-of-00001.parquet": b"z"}
    there.update(foreign)
    (folder / "preference" / "train-00000-of-00001.parquet").unlink()
    (folder / "profile.yaml").write_text("name: tiny\nsubject: maths\n")
    plan = pushed(folder)
    assert kinds(plan) == {"preference/train-00000-of-00001.parquet": "deleted", "profile.yaml": "changed"}
    assert there == {**contents(folder), **foreign, ".gitattributes": b"*.parquet\n"}
    assert hub.repositories[REPO].commits[1][1] == [
        ("deletedFile", "preference/train-00000-of-00001.parquet"),
        ("file", "profile.yaml"),
    ]


def test_a_large_file_of_the_same_size_is_told_apart_by_its_content(hub: HubStub, folder: Path):
    pushed(folder)
    path = folder / "data" / "train-00000-of-00001.parquet"
    path.write_bytes(path.read_bytes()[:-1] + b"\0")
    assert kinds(pushed(folder)) == {"data/train-00000-of-00001.parquet": "changed"}


def test_nothing_of_a_data_set_that_is_not_ours_is_deleted(hub: HubStub, folder: Path):
    pushed(folder)
    there = hub.repositories[REPO].branches["main"]
    there["README.md"] = there["README.md"].replace(b"- scalequest\n", b"")
    (folder / "rlvr" / "train-00000-of-00001.parquet").unlink()
    assert kinds(pushed(folder)) == {"README.md": "changed"}
    assert "rlvr/train-00000-of-00001.parquet" in there


@pytest.mark.parametrize(
    "path", ["../x/train-*.parquet", "*", ".gitattributes", "**", "data/*", "[", "notes.md", 7, None, {"a": 1}]
)
def test_a_card_on_the_hub_cannot_have_other_files_deleted(hub: HubStub, folder: Path, path: object):
    pushed(folder)
    there = hub.repositories[REPO].branches["main"]
    head = {
        "tags": ["scalequest"],
        "configs": [{"config_name": "a", "data_files": [{"split": "train", "path": path}]}, 3],
    }
    there["README.md"] = f"---\n{json.dumps(head)}\n---\n".encode()
    there |= {"notes.md": b"n", "data/mine.parquet": b"m"}
    assert "deleted" not in kinds(plan_push(HfApi(), folder, REPO)).values()


def test_a_public_data_set_is_asked_for_and_stays_what_it_is_otherwise(hub: HubStub, folder: Path):
    assert not pushed(folder, is_public=True).is_private
    assert not hub.repositories[REPO].private
    plan = plan_push(HfApi(), folder, REPO)
    assert plan.is_empty
    assert plan.shows_to_all
    assert pushed(folder, is_public=False).changes_visibility
    assert hub.repositories[REPO].private
    assert not plan_push(HfApi(), folder, REPO).changes_visibility, "nobody said that it shall be public again"


def test_what_becomes_private_does_so_before_the_commit_and_public_after_it(hub: HubStub, folder: Path):
    pushed(folder, is_public=True)
    for is_public, order in ((False, ["settings", "commit"]), (True, ["commit", "settings"])):
        (folder / "profile.yaml").write_text(f"name: tiny{is_public}\n")
        hub.calls.clear()
        pushed(folder, is_public=is_public)
        verbs = [call.split("/")[5] for call in hub.calls if call in CHANGES and "/datasets/" in call]
        assert verbs == order


def test_a_branch_is_made_and_compared_by_itself(hub: HubStub, folder: Path):
    pushed(folder)
    (folder / "profile.yaml").write_text("name: other\n")
    plan = pushed(folder, branch="v2")
    assert (plan.is_new_branch, kinds(plan)) == (True, {"profile.yaml": "changed"})
    branches = hub.repositories[REPO].branches
    assert (branches["main"]["profile.yaml"], branches["v2"]["profile.yaml"]) == (b"name: tiny\n", b"name: other\n")
    assert pushed(folder, branch="v2").is_empty


@pytest.mark.parametrize(
    "start",
    [
        "GET /api/whoami-v2", f"GET /api/datasets/{REPO}", f"GET /api/datasets/{REPO}/tree",
        f"POST /api/datasets/{REPO}/preupload", "POST /datasets", "PUT /large", f"POST /api/datasets/{REPO}/commit",
        "POST /api/repos/create",
    ],
)  # fmt: skip
def test_a_passing_fault_is_waited_out(hub: HubStub, folder: Path, start: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    if "tree" in start:
        pushed(folder)
        (folder / "profile.yaml").write_text("name: other\n")
    hub.faults[start] = [503]
    pushed(folder)
    assert hub.faults[start] == []
    assert hub.repositories[REPO].branches["main"].items() >= contents(folder).items()


def test_a_commit_whose_answer_was_lost_is_not_made_twice(hub: HubStub, folder: Path):
    hub.loses_answers = True
    pushed(folder)
    assert len(hub.repositories[REPO].commits) == 1
    assert pushed(folder).is_empty


def test_a_repository_that_changes_meanwhile_is_not_written_over(hub: HubStub, folder: Path):
    pushed(folder)
    (folder / "profile.yaml").write_text("name: other\n")
    plan = plan_push(HfApi(), folder, REPO)
    hub.repositories[REPO].branches["main"]["notes.md"] = b"new"
    with pytest.raises(PushError, match=r"has changed meanwhile(.|\n)*-> push again"):
        push_plan(HfApi(), folder, plan, "m")


@pytest.mark.parametrize(
    "name",
    ["pairs", "a/b/c", "", "me/", "/pairs", "me/pa irs", "me/..", "me/x.git", "me/\x1b[31m", "datasets/me/a"],
)
def test_a_name_that_cannot_be_is_refused_before_anything_is_asked(hub: HubStub, folder: Path, name: str):
    with pytest.raises(PushError, match="is no name of a data set") as error:
        plan_push(HfApi(), folder, name)
    assert "\x1b" not in str(error.value)
    assert hub.calls == []


def test_a_token_that_is_missing_wrong_or_may_not_write(hub: HubStub, folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HF_TOKEN", READER)
    with pytest.raises(PushError, match=r"may not write to me/pairs.*rights(.|\n)*data sets of me"):
        pushed(folder)
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")
    with pytest.raises(PushError, match=r"does not accept the token(.|\n)*hf auth login"):
        pushed(folder)
    monkeypatch.delenv("HF_TOKEN")
    monkeypatch.setattr(huggingface_hub.constants, "HF_TOKEN_PATH", str(folder / "no-token"))
    with pytest.raises(PushError, match=r"no token(.|\n)*HF_TOKEN"):
        pushed(folder)
    assert hub.repositories == {}


def test_a_mirror_without_xet_is_told_from_a_network_that_is_down(
    hub: HubStub, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    pytest.importorskip("hf_xet")
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_DISABLE_XET", False)
    with pytest.raises(PushError, match="HF_HUB_DISABLE_XET=1"):
        pushed(folder)


def test_an_owner_that_is_not_ours(hub: HubStub, folder: Path):
    with pytest.raises(PushError, match=r"may not write to others/pairs: .*under others"):
        push_plan(HfApi(), folder, plan_push(HfApi(), folder, "others/pairs"), "m")


def test_a_hub_that_is_not_there_or_fails_for_good(hub: HubStub, folder: Path, monkeypatch: pytest.MonkeyPatch):
    hub.faults["GET /api/whoami-v2"] = [500] * 9
    with pytest.raises(PushError, match=r"failed \(500\).*(.|\n)*try again later") as error:
        pushed(folder)
    assert "\x1b" not in str(error.value)
    with pytest.raises(PushError, match=r"http://127.0.0.1:9 cannot be reached(.|\n)*HF_ENDPOINT"):
        plan_push(HfApi(endpoint="http://127.0.0.1:9"), folder, REPO)


@pytest.mark.parametrize("lie", [b"", b"<html>", b"null", b'{"files": 3}', b'[{"type": "file"}]', b'"x"', b"\xff"])
@pytest.mark.parametrize(
    "start", [f"GET /api/datasets/{REPO}", f"GET /api/datasets/{REPO}/tree", f"POST /api/datasets/{REPO}/preupload"]
)
def test_a_hub_that_answers_nonsense_is_one_error_and_no_traceback(hub: HubStub, folder: Path, start: str, lie: bytes):
    pushed(folder)
    (folder / "profile.yaml").write_text("name: other\n")
    hub.lies[start] = lie
    with pytest.raises(PushError, match="does not understand"):
        pushed(folder)
    assert len(hub.repositories[REPO].commits) == 1


def test_the_command_shows_what_changes_and_refuses_without_a_terminal(hub: HubStub, scalequest):
    code, out, err = scalequest("push", REPO)
    assert code == 1
    assert "data/train-00000-of-00001.parquet" in out
    assert "me/pairs is new: nobody but its owners can read it." in out
    assert "there is no terminal to ask at" in err
    assert "--yes" in err
    assert hub.repositories == {}


def test_the_command_pushes_says_where_and_says_when_there_is_nothing(hub: HubStub, scalequest):
    code, out, err = scalequest("push", REPO, "--yes")
    assert (code, err) == (0, "")
    assert f"Pushed to {hub.url}/datasets/me/pairs" in out
    assert [message for message, _ in hub.repositories[REPO].commits] == ["2 pairs of profile tiny"]
    code, out, _ = scalequest("push", REPO)
    assert code == 0
    assert "Nothing to push" in out


def test_the_command_asks_and_takes_no_for_an_answer(hub: HubStub, scalequest, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pushing.sys.stdin, "isatty", lambda: True, raising=False)
    for answer, is_made in ((False, False), (True, True)):
        monkeypatch.setattr(typer, "confirm", lambda text, answer=answer: answer)
        code, out, err = scalequest("push", REPO)
        assert code == 0, err
        assert ("Nothing was pushed." in out) is not is_made
        assert (REPO in hub.repositories) is is_made


def test_yes_alone_shows_nothing_to_everybody(hub: HubStub, scalequest, folder: Path):
    pushed(folder, is_public=True)
    (folder / "profile.yaml").write_text("name: other\n")
    code, out, err = scalequest("push", REPO, "--yes")
    assert code == 1
    assert "is public, and stays so: everybody can read it." in out
    assert "--public" in err
    code, out, err = scalequest("push", REPO, "--yes", "--private")
    assert code == 0, err
    assert "is public and becomes private" in out
    assert hub.repositories[REPO].private


def test_scripts_read_json(hub: HubStub, scalequest):
    code, out, err = scalequest("push", REPO, "--yes", "--public", "--json")
    assert code == 0, err
    told = json.loads(out)
    assert (told["repo_id"], told["is_private"], told["is_new"]) == (REPO, False, True)
    assert {change["kind"] for change in told["changes"]} == {"added"}
    assert told["url"] == f"{hub.url}/datasets/me/pairs"


def test_a_home_without_a_data_set_says_how_to_make_one(hub: HubStub, scalequest, tmp_path: Path):
    code, _, err = scalequest("push", REPO, home=tmp_path / "empty")
    assert code == 1
    assert "scalequest run" in err
    assert hub.calls == []


def test_a_program_of_its_own_finds_the_hub_by_its_environment(hub: HubStub, folder: Path, tmp_path: Path):
    environment = {
        "SCALEQUEST_HOME": str(folder.parent), "HF_ENDPOINT": hub.url, "HF_TOKEN": WRITER, "HF_HUB_DISABLE_XET": "1",
        "HOME": str(tmp_path), "PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin",
    }  # fmt: skip
    command = [sys.executable, "-m", "scalequest_assets", "push", REPO, "--yes"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert hub.repositories[REPO].branches["main"].items() >= contents(folder).items()


def test_a_plan_says_who_can_read_it():
    plan = Plan(
        repo_id=REPO, branch="main", is_new=False, is_new_branch=False, was_private=True, is_private=True, parent=None,
        changes=(), num_same=3,
    )  # fmt: skip
    assert plan.is_empty
    assert not replace(plan, is_private=False).is_empty
    assert pushing._sentences(replace(plan, is_private=False))[0].startswith("me/pairs is private and becomes public")
