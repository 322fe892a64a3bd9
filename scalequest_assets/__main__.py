"""The command line as a program: what goes wrong becomes one line and an exit code.

Exit codes: 0 done, 1 failed, 2 misuse (a wrong option, profile or statement), 130 interrupted.
"""

import os
import sys
import traceback
import warnings
from contextlib import suppress

import typer
from typer.exceptions import TyperException

from scalequest_assets.cli import console
from scalequest_assets.cli.app import app
from scalequest_assets.errors import HomeError, ProfileError, QueryError

_INTERRUPTED = 130
"""Exit code of what a user interrupted; Typer makes it of Ctrl-C."""

_QUIET_LIBRARIES = {"TQDM_DISABLE": "1", "TRANSFORMERS_VERBOSITY": "error"}
"""Keeps other libraries' progress bars out of ours. They read this when they are first imported."""


def command() -> None:
    """Run the command line as a program of its own.

    It ends without Python's own clearing up, in which DuckDB's bindings print warnings about themselves.
    """
    code = 0
    try:
        main()
    except SystemExit as exit_:
        code = int(exit_.code or 0)
    with suppress(BrokenPipeError):  # `scalequest sql … | head`
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)


def main() -> None:
    """Run the command line; turn what goes wrong into one line and an exit code.

    Raises:
        SystemExit: With the exit code, where that is not 0.
    """
    for name, value in _QUIET_LIBRARIES.items():
        os.environ.setdefault(name, value)
    debug = "--debug" in sys.argv
    if not debug:
        warnings.simplefilter("ignore")  # of other libraries, about their own future
    sys.argv = [argument for argument in sys.argv if argument != "--debug"]
    try:
        code = app(standalone_mode=False)  # what a command ended with: Typer returns it
    except TyperException as error:
        console.err.print(error.format_message(), markup=False)
        sys.exit(2)
    except (KeyboardInterrupt, typer.Abort):
        code = _INTERRUPTED
    except Exception as error:
        if debug:
            traceback.print_exc()
        misuse = isinstance(error, ProfileError | QueryError | HomeError)
        console.err.print(f"error: {console.one_line(error)}", markup=False, style="red")
        sys.exit(2 if misuse else 1)
    if code == _INTERRUPTED:
        console.err.print("Interrupted. Finished work is kept; run the command again to go on.")
    if code:
        sys.exit(code)


if __name__ == "__main__":
    command()
