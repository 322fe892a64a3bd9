"""The program in a model's text: what its code blocks define, without what they try out.

Only what the function needs is left (`reached`): a model's own calls, prints and tests at the top level say nothing of
it, and may wait for input. Where several blocks define something, the later ones count.
"""

import ast
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from scalequest_assets.subjects.code.reached import FAILS, functions_of, reached
from scalequest_assets.thinking import without_thinking

MAX_CHARS: Final = 20_000
_MAX_BLOCKS, _MAX_CUTS = 20, 60
_FENCE: Final = re.compile(r"^[ \t]{0,6}(`{3,}|~{3,})[ \t]*([\w+.#-]*)[^\n`]*$", re.MULTILINE)
_PYTHON: Final = ("", "py", "python", "python3", "py3", "ipython", "pycon", "code")
_BEGINS: Final = re.compile(r"^(?:def |async def |class |import |from \w+ import |@\w)", re.MULTILINE)


class Program(NamedTuple):
    """A program.

    Attributes:
        source: What one function needs of it, as `ast.unparse` writes it.
        functions: Names of its functions; those that are written with `def` last, in order.
    """

    source: str
    functions: tuple[str, ...]


def program(text: str | None, function: str | None = None) -> Program | None:
    """Return the program of a response; None where it defines no function.

    Args:
        text: The response.
        function: Name of the function that `source` is for; where the program lacks it, `source` is for its last.
    """
    if not text:
        return None
    said = without_thinking(text)[:MAX_CHARS]
    body = [node for block in _blocks(said) if (tree := _parsed(block)) is not None for node in tree.body]
    try:
        functions = functions_of(body)
        if not functions:
            return None
        needed = reached(body, function if function in functions else functions[-1])
        return Program(ast.unparse(ast.Module(body=needed, type_ignores=[])), functions)
    except FAILS:
        return None


def _blocks(text: str) -> Iterator[str]:
    """Yield the fenced blocks that may be Python, one that is not closed up to the end; all text where none is."""
    fences = list(_FENCE.finditer(text))
    place, found = 0, 0
    while place < len(fences) and found < _MAX_BLOCKS:
        opens, mark = fences[place], fences[place][1]
        closes = next(
            (at for at in range(place + 1, len(fences)) if fences[at][1][:3] == mark[:3] and not fences[at][2]), None
        )
        end = len(text) if closes is None else fences[closes].start()
        if opens[2].lower() in _PYTHON:
            found += 1
            yield text[opens.end() : end]
        place = len(fences) if closes is None else closes + 1
    if not fences and (begins := _BEGINS.search(text)):
        yield text[begins.start() :]


def _parsed(block: str) -> ast.Module | None:
    """Return a block's tree; without its last lines where it is cut, or prose follows it."""
    lines = [_unprompted(line) for line in _dedented(block).splitlines()]
    for _ in range(_MAX_CUTS):
        if not lines:
            return None
        try:
            return ast.parse("\n".join(lines))
        except SyntaxError as error:
            wrong = min(error.lineno or len(lines), len(lines))
            lines = lines[: max(0, wrong - 1)] if wrong < len(lines) else lines[:-1]
        except FAILS:
            return None
    return None


def _dedented(block: str) -> str:
    lines = block.strip("\n").splitlines()
    first = next((line for line in lines if line.strip()), "")
    width = len(first) - len(first.lstrip(" "))
    return "\n".join(line[width:] if line[:width].isspace() else line for line in lines) if width else block


def _unprompted(line: str) -> str:
    return line[4:] if line.startswith((">>> ", "... ")) else line
