"""A home keeps its profile where a later release refuses it for new homes."""

from pathlib import Path

import pytest

from scalequest_assets.errors import ProfileError
from scalequest_assets.storage.home import Home
from scalequest_assets.storage.profiles import existing_profile, planned_profile, use_profile

GREEDY = "roles.solver.sampling.temperature=0.0"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home of an earlier release, whose solver writes the same answer several times."""
    found = Home(tmp_path)
    use_profile(found, None, ())
    text = found.profile_file.read_text(encoding="utf-8")
    start = text.index("  solver:")
    greedy = text[start:].replace("temperature: 0.5", "temperature: 0.0", 1)
    found.profile_file.write_text(text[:start] + greedy, encoding="utf-8")
    return found


def test_it_can_be_read_and_changed_elsewhere(home: Home) -> None:
    assert existing_profile(home).roles.solver.sampling.temperature == 0
    assert use_profile(home, None, ["num_shards=4"])[1] == ["num_shards: 2 -> 4"]
    assert planned_profile(home, None, ["num_shards=5"])[0].num_shards == 5
    assert use_profile(home, None, ["roles.solver.sampling.temperature=0.7"])[1]


def test_what_is_new_is_refused(home: Home, tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="responder"):
        use_profile(home, None, ["roles.responder.sampling.temperature=0.0"])
    use_profile(home, None, ["roles.solver.sampling.temperature=0.7"])
    with pytest.raises(ProfileError, match="solver"):
        use_profile(home, None, [GREEDY])
    with pytest.raises(ProfileError, match="solver"):
        use_profile(Home(tmp_path / "another"), None, [GREEDY])
