"""The languages that mathematics has beside English; each is imported when it is asked for."""

from importlib import import_module
from typing import Final

from scalequest_assets.subjects.maths.languages.tongue import Tongue

_MODULES: Final = {"de": "german", "es": "spanish"}


def tongue_of(language: str) -> Tongue:
    """Return one of these languages by its code."""
    name = _MODULES[language]
    tongue: Tongue = getattr(import_module(f"{__package__}.{name}"), name.upper())
    return tongue
