"""A code location for the browser tests: the graph of a home, with fake models. The server loads it."""

import dagster as dg

from scalequest_assets.definitions import build_defs
from scalequest_assets.storage.home import home_from_environment
from scalequest_assets.storage.profiles import home_profile
from scalequest_tests.fakes import fake_resources


@dg.definitions
def defs() -> dg.Definitions:
    """Return the graph of the home's profile."""
    home = home_from_environment()
    profile = home_profile(home)
    return build_defs(fake_resources(home, profile))
