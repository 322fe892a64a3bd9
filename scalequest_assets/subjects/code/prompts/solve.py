"""Answering a question: the function, in one block of code."""

from scalequest_assets.recipe.prompting import Style

_FULL = (
    "Think briefly about how to do it and about special cases. Then give the complete Python function in one block "
    "that begins with ```python. Keep the name and the parameters that are given. Use the standard library alone; do "
    "not read input, and print nothing."
)
_COMPACT = "Write the function."


def prompt(query: str, style: Style) -> str:
    """Return the user's message that asks for a program."""
    return f"{query}\n{_FULL if style == 'full' else _COMPACT}"


def target(program: str) -> str:
    """Return the text that a solver is trained to write."""
    return f"```python\n{program.strip()}\n```"
