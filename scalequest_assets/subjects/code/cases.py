"""What a function does, as lines of Python: the normal form of answers, gold and tests.

    assert count_vowels('hello') == 2
    # first([]) raises IndexError

A line is a call and what came of it. The first kind is a test as Python has it. The second kind, a comment, holds what
no assertion says: an exception, a value that is too long to write out.
"""

import ast
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

from scalequest_assets.sandbox.runs import Raised, Result
from scalequest_assets.subjects.code.literals import MAX_CHARS, literal

MAX_CASES: Final = 40
MAX_TEXT: Final = 20_000
_RAISES, _RETURNS = " raises ", " returns sha256 "
_FAILS: Final = (SyntaxError, ValueError, TypeError, RecursionError, MemoryError)
"""What reading a text of Python can raise."""


class Calls(NamedTuple):
    """What is called.

    Attributes:
        function: Name of the function.
        arguments: Of each call: literals.
    """

    function: str
    arguments: tuple[tuple[Any, ...], ...]


def line(function: str, arguments: Sequence[Any], result: Result) -> str | None:
    """Return a call and what came of it as one line; None where an argument cannot be written."""
    called = written(function, arguments)
    if called is None:
        return None
    if isinstance(result, Raised):
        return f"# {called}{_RAISES}{result.error}"
    said = literal(result.value)
    if said is None:
        return f"# {called}{_RAISES}Unreadable"
    if len(said) > MAX_CHARS:
        return f"# {called}{_RETURNS}{hashlib.sha256(said.encode(errors='surrogatepass')).hexdigest()[:16]}"
    return f"assert {called} == {said}"


@lru_cache(maxsize=4096)
def calls(text: str) -> Calls | None:
    """Return what the lines of a normal form call; None where they are none."""
    found = [_called(one) for one in text.splitlines()]
    known = [call for call in found if call is not None]
    if not known or len(known) < len(found):
        return None
    return Calls(known[0][0], tuple(arguments for _, arguments in known))


def stated(text: str, function: str | None = None) -> str | None:
    """Return the normal form of tests as data sets write them; None where a text has none.

    Tests are assertions that compare a call with a literal (MBPP), also of a parameter `candidate` (HumanEval) or in a
    JSON list; or JSON of `function` (or `entry_point`) and `cases`, each with `args` and `returns`.

    Args:
        text: The tests.
        function: What stands for `candidate`.
    """
    if len(text) > MAX_TEXT:
        return None
    found = _of_json(text)
    if found is None:
        found = list(_of_assertions(text))
    renamed = [(function if name == "candidate" and function else name, *rest) for name, *rest in found[:MAX_CASES]]
    names = {name for name, _, _ in renamed}
    if len(names) != 1:
        return None
    lines = [f"assert {written(name, arguments)} == {literal(value)}" for name, arguments, value in renamed]
    kept = [one for one in dict.fromkeys(lines) if len(one) <= 2 * MAX_CHARS and _called(one) is not None]
    return "\n".join(kept) or None


def same(gold: str | None, answer: str | None) -> bool | None:
    """Return whether an answer does on gold's calls what gold says; None where it was not tried on all of them."""
    if gold is None:
        return None
    if answer is None:
        return False
    said = set(answer.splitlines())
    if said.issuperset(gold.splitlines()):
        return True
    wanted, tried = calls(gold), calls(answer)
    if wanted is None or tried is None:
        return None
    known = {written("f", arguments) for arguments in tried.arguments}
    return False if all(written("f", arguments) in known for arguments in wanted.arguments) else None


def lines_by_call(text: str) -> dict[str, str]:
    """Return the lines of a normal form by their calls, as `written` writes them."""
    found = ((_called(one), one) for one in text.splitlines())
    pairs = [(written(*call), one) for call, one in found if call is not None]
    return {call: one for call, one in pairs if call is not None}


def written(function: str, arguments: Sequence[Any]) -> str | None:
    """Return a call as lines write it; None where an argument cannot be written."""
    said = [literal(argument) for argument in arguments]
    return None if None in said else f"{function}({', '.join(part for part in said if part is not None)})"


def _called(one: str) -> tuple[str, tuple[Any, ...]] | None:
    """Return what one line of a normal form calls."""
    try:
        if one.startswith("assert "):
            tree = ast.parse(one).body[0]
            node = tree.test.left if isinstance(tree, ast.Assert) and isinstance(tree.test, ast.Compare) else None
        else:
            said = one.removeprefix("# ")
            end = max(said.rfind(_RAISES), said.rfind(_RETURNS))
            node = ast.parse(said[:end], mode="eval").body if end > 0 and said != one else None
        return None if node is None else _literal_call(node)
    except _FAILS:
        return None


def _literal_call(node: ast.expr) -> tuple[str, tuple[Any, ...]] | None:
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.keywords:
        return None
    return node.func.id, tuple(ast.literal_eval(argument) for argument in node.args)


def _of_json(text: str) -> list[tuple[str, tuple[Any, ...], Any]] | None:
    """Return the cases of a JSON text; None where it is none, or a list of assertions."""
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if isinstance(said, list) and all(isinstance(one, str) for one in said):
        return list(_of_assertions("\n".join(said)))
    if not isinstance(said, Mapping) or not isinstance(said.get("cases"), list):
        return None
    name = said.get("function") or said.get("entry_point")
    return [
        (str(name), tuple(case["args"]), case["returns"])
        for case in said["cases"]
        if isinstance(case, Mapping) and isinstance(case.get("args"), list) and "returns" in case
    ]


def _of_assertions(text: str) -> Iterator[tuple[str, tuple[Any, ...], Any]]:
    """Yield function, arguments and value of each assertion about one call with literals."""
    try:
        tree = ast.parse(text)
    except _FAILS:
        return
    for node in ast.walk(tree):
        if not isinstance(node, ast.Assert):
            continue
        test, value = node.test, True
        try:
            match test:
                case ast.Compare(left=left, ops=[ast.Eq() | ast.Is()], comparators=[right]):
                    test, value = left, ast.literal_eval(right)
                case ast.UnaryOp(op=ast.Not(), operand=inner):
                    test, value = inner, False
            call = _literal_call(test)
        except _FAILS:
            continue
        if call is not None and literal(value) is not None:
            yield *call, value
