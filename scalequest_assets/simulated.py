"""The word that marks what no model wrote: engines put it there, release and profile look for it."""

from typing import Final

SIMULATED: Final = "simulated"
"""Begins the version of every simulated model (`simulated:…`), and is the name of their engine and device."""
