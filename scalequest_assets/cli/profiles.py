"""`scalequest profile show`, `schema` and `check`."""

import sys
from collections.abc import Sequence

from scalequest_assets.cli import console
from scalequest_assets.config.file import dump, edit_document, read_profile, validate
from scalequest_assets.config.profile import Profile
from scalequest_assets.storage.home import home_from_environment
from scalequest_assets.storage.profiles import existing_profile


def show(name: str | None, *, as_json: bool) -> None:
    """Print a profile; None for the home's."""
    used = existing_profile(home_from_environment()) if name is None else validate(read_profile(name), name)
    if as_json:
        console.show_json(used.model_dump(mode="json"))
    else:
        sys.stdout.write(dump(used))


def schema() -> None:
    """Print the JSON schema of a profile."""
    console.show_json(Profile.model_json_schema())


def check(name: str, settings: Sequence[str] | None) -> None:
    """Say all that is wrong with a profile."""
    used = validate(edit_document(read_profile(name), settings or []), name)
    num = len(used.generators) * used.num_shards
    console.out.print(
        f"{name}: valid. {len(used.generators)} generators x {used.num_shards} shards = {num} partitions.", markup=False
    )
