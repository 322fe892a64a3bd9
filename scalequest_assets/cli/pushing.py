"""`scalequest push`: the released data set on the Hugging Face hub, after its changes were shown and agreed to."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import polars as pl
import typer
import yaml
from huggingface_hub import HfApi

from scalequest_assets.cli import console
from scalequest_assets.errors import PushError
from scalequest_assets.release.forms import DEFAULT, folder_of
from scalequest_assets.release.push import Plan, plan_push
from scalequest_assets.release.push import push as push_plan
from scalequest_assets.storage.home import home_from_environment
from scalequest_assets.storage.releases import Releases

_STEP = 1000


def push(repo_id: str, public: bool | None, branch: str, *, yes: bool, as_json: bool) -> None:
    """Show what would change on the hub, ask, and push it in one commit."""
    home = home_from_environment()
    api, folder = HfApi(), Releases(home).fetched()
    plan = plan_push(api, folder, repo_id, branch=branch, is_public=public)
    if not as_json:
        _show(plan)
    if not plan.is_empty:
        _ask(plan, public, yes=yes)
    url = push_plan(api, folder, plan, _message(folder))
    if as_json:
        return console.show_json(_document(plan, url))
    return console.out.print(f"Pushed to {url}" if not plan.is_empty else f"Nothing to push: {url} has it all.")


def _show(plan: Plan) -> None:
    """Print what would change."""
    if plan.changes:
        rows = [{"file": c.path, "change": c.kind, "size": _size(c.num_bytes)} for c in plan.changes]
        console.show_table(pl.DataFrame(rows), title=f"{plan.repo_id}, branch {plan.branch}")
    console.show_lines(["", *_sentences(plan)])


def _sentences(plan: Plan) -> list[str]:
    """Return in words what happens to the repository, and who can read it then."""
    readers = "everybody can read it" if plan.shows_to_all else "nobody but its owners can read it"
    if plan.is_new:
        said = [f"{plan.repo_id} is new: {readers}."]
    elif plan.changes_visibility:
        was, becomes = ("private", "public") if plan.was_private else ("public", "private")
        said = [f"{plan.repo_id} is {was} and becomes {becomes}: {readers}."]
    else:
        said = [f"{plan.repo_id} is {'public' if plan.shows_to_all else 'private'}, and stays so: {readers}."]
    if plan.is_new_branch:
        said.append(f"The branch {plan.branch} is made.")
    return [*said, f"{plan.num_same} files are the same."]


def _ask(plan: Plan, public: bool | None, *, yes: bool) -> None:
    """Return if the user agrees.

    Raises:
        PushError: Nobody can be asked; or `--yes` alone would show the data to everybody.
        typer.Exit: The user does not agree.
    """
    if yes and plan.shows_to_all and public is None:
        raise PushError(
            f"{plan.repo_id} is public, and --yes does not say that everybody may read this data set",
            "say so: --public; or make it private: --private",
        )
    if yes:
        return
    if not sys.stdin.isatty():
        raise PushError(
            f"nothing was pushed to {plan.repo_id}: there is no terminal to ask at",
            "run it in a terminal, or agree beforehand: --yes",
        )
    if not typer.confirm("Push this?"):
        console.out.print("Nothing was pushed.")
        raise typer.Exit


def _message(folder: Path) -> str:
    """Return the commit's message: how many pairs, of which profile."""
    files = sorted((folder / folder_of(DEFAULT)).glob("*.parquet"))
    pairs = pl.scan_parquet(files, glob=False).select(pl.len()).collect().item()
    name = yaml.safe_load((folder / "profile.yaml").read_text(encoding="utf-8"))["name"]
    return f"{pairs} pairs of profile {name}"


def _document(plan: Plan, url: str) -> dict[str, Any]:
    return {**asdict(plan), "is_empty": plan.is_empty, "url": url}


def _size(num_bytes: float) -> str:
    for unit in ("B", "kB", "MB"):
        if num_bytes < _STEP:
            return f"{num_bytes:.3g} {unit}"
        num_bytes /= _STEP
    return f"{num_bytes:,.1f} GB"
