"""`scalequest why`: one question's story, told."""

from collections.abc import Sequence

from scalequest_assets.cli import console
from scalequest_assets.cli.asking import tables_of
from scalequest_assets.explain.story import Neighbour, document, tell
from scalequest_assets.explain.text import lines
from scalequest_assets.storage.home import Home, home_from_environment
from scalequest_assets.storage.lake import Lake
from scalequest_assets.storage.sql import Tables


def why(query_id: str, *, as_json: bool) -> None:
    """Print all that is known of a question."""
    home = home_from_environment()
    home.check_there()
    with tables_of(home) as tables:
        story = tell(tables, query_id, lambda query_id, text: _resembling(home, tables, query_id, text))
    if as_json:
        return console.show_json(document(story))
    return console.show_lines(lines(story))


def _resembling(home: Home, tables: Tables, query_id: str, text: str) -> Sequence[Neighbour]:
    """Return what a question resembles. Comparing is slow to import: not without something to compare with."""
    lake = Lake(home.lake)
    if not any(lake.partitions("minhash_signatures")):
        return []
    from scalequest_assets.recipe.kernels import interpret

    interpret()  # six texts
    from scalequest_assets.explain.resembling import nearest
    from scalequest_assets.partitions import partition_keys
    from scalequest_assets.stages import STAGES
    from scalequest_assets.storage.profiles import existing_profile
    from scalequest_assets.subjects import likeness_of

    profile = existing_profile(home)
    keys = partition_keys(profile, STAGES["minhash_signatures"].by)
    return nearest(tables, lake, keys, likeness_of(profile.subject, profile.language), query_id, text)
