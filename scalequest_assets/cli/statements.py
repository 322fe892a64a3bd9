"""An SQL statement as an argument: one that begins with a comment looks like an option, and is none."""

import re

from typer.core import TyperCommand

_COMMENT = re.compile(r"--[^=\n]*\s|--.*\n")
"""No option's name has a blank or a line's end in it."""


class StatementCommand(TyperCommand):
    """A command whose argument may begin with `--` as SQL comments do."""

    def parse_args(self, ctx: object, args: list[str]) -> list[str]:
        """Put what begins with a comment where no option is looked for."""
        statements = [] if "--" in args else [text for text in args if _COMMENT.match(text)]
        options = [text for text in args if text not in statements]
        return super().parse_args(ctx, [*options, "--", *statements] if statements else args)  # type: ignore[arg-type]
