"""How a command is declared apart from what it does, so that asking for help imports nothing slow."""

from collections.abc import Callable
from functools import wraps
from importlib import import_module
from typing import Final, ParamSpec

Options = ParamSpec("Options")

_PACKAGE = "scalequest_assets"
PLACES: Final[dict[str, Callable[..., None]]] = {}
"""Where each command is done (`module:function`), with its declaration."""


def done_by(place: str) -> Callable[[Callable[Options, None]], Callable[Options, None]]:
    """Return a decorator for a declaration (parameters and docstring): the command calls what does it.

    Args:
        place: `module:function`, without the package's name. It has the declaration's parameters, and is imported when
            the command runs.
    """

    def declare(declaration: Callable[Options, None]) -> Callable[Options, None]:
        @wraps(declaration)
        def command(*arguments: Options.args, **options: Options.kwargs) -> None:
            action(place)(*arguments, **options)

        PLACES[place] = declaration
        return command

    return declare


def action(place: str) -> Callable[..., None]:
    """Import and return what does a command."""
    module, _, name = place.partition(":")
    found: Callable[..., None] = getattr(import_module(f"{_PACKAGE}.{module}"), name)
    return found
