"""What a family is, and drawing tasks from it."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from string import Template
from typing import Any, Final

from scalequest_assets.sandbox.runs import Returned
from scalequest_assets.subjects.code import cases

NUM_CASES: Final = 8
_FRAMES: Final = (
    "Write a Python function `$signature` that $ask.",
    "Implement `$signature` in Python. It $ask.",
    "Define a Python function `$signature`, which $ask.",
    "Complete the Python function `$signature`: it $ask.",
    "In Python, write `$signature`. The function $ask.",
)
_EXAMPLES: Final = (
    "For example, `$call` returns `$value`.",
    "`$call` gives `$value`.",
    "Example: `$call` is `$value`.",
)
_SHORT: Final = 48

Draw = Callable[[random.Random], tuple[Any, ...]]
Slots = Callable[[random.Random], Mapping[str, object]]


def _no_slots(_: random.Random) -> Mapping[str, object]:
    return {}


@dataclass(frozen=True, kw_only=True)
class Family:
    """One kind of task.

    Attributes:
        name: Its name in a profile.
        topic: One of `topics.TOPICS`.
        level: 1 an expression, 2 a condition or a loop, 3 several.
        functions: Names that the function may have.
        parameters: As they are declared.
        returns: Type of the result.
        asks: What the function does, as the end of a sentence; `$slots` in it are filled.
        vague: The same without something that the result depends on.
        program: The reference, `$f` for the function's name; its parameters are those declared.
        inputs: Draws the arguments of a call.
        slots: Draws what fills asks and program.
    """

    name: str
    topic: str
    level: int
    functions: Sequence[str]
    parameters: str
    returns: str
    asks: Sequence[str]
    vague: str
    program: str
    inputs: Draw
    slots: Slots = _no_slots


@dataclass(frozen=True, kw_only=True)
class Task:
    """A task with its reference and tests.

    Attributes:
        family: Name of its family.
        topic: Its topic.
        level: See `Family.level`.
        query: The question, with the examples that it shows.
        bare: The question without them.
        vague: The question without something that the result depends on.
        function: Name of the function.
        parameters: As they are declared.
        returns: Type of the result.
        program: The reference.
        tests: Calls and results, in the normal form of `cases`.
    """

    family: str
    topic: str
    level: int
    query: str
    bare: str
    vague: str
    function: str
    parameters: str
    returns: str
    program: str
    tests: str = field(repr=False)

    @property
    def signature(self) -> str:
        """The function as the question writes it."""
        return f"{self.function}({self.parameters}) -> {self.returns}"


def task(family: Family, seed: int) -> Task:
    """Return the task of a family that a number stands for."""
    rng = random.Random(f"{family.name}:{seed}")
    function = rng.choice(family.functions)
    slots = {"f": function, **family.slots(rng)}
    program = Template(family.program).substitute(slots)
    drawn = {repr(one): one for _ in range(60) for one in [family.inputs(rng)]}
    inputs = list(drawn.values())[:NUM_CASES]
    results = [_result(program, function, arguments) for arguments in inputs]
    lines = [cases.line(function, a, Returned(r)) for a, r in zip(inputs, results, strict=True)]
    shown = [one for one in lines if one is not None and len(one) < 2 * _SHORT]
    signature = f"{function}({family.parameters}) -> {family.returns}"
    frame, num = rng.choice(_FRAMES), rng.choice((0, 1, 1, 2))
    tail = " ".join(_example(one, rng) for one in shown[:num])
    asks = {
        kind: Template(frame).substitute(signature=signature, ask=Template(ask).substitute(slots))
        for kind, ask in (("query", rng.choice(family.asks)), ("vague", family.vague))
    }
    return Task(
        family=family.name,
        topic=family.topic,
        level=family.level,
        query=f"{asks['query']} {tail}".strip(),
        bare=asks["query"],
        vague=asks["vague"],
        function=function,
        parameters=family.parameters,
        returns=family.returns,
        program=program,
        tests="\n".join(one for one in lines if one is not None),
    )


def _example(line: str, rng: random.Random) -> str:
    call, _, value = line.removeprefix("assert ").rpartition(" == ")
    return Template(rng.choice(_EXAMPLES)).substitute(call=call, value=value)


def _result(program: str, function: str, arguments: tuple[Any, ...]) -> Any:
    """Return what a reference returns: our own code, so that it needs no sandbox; lists are copied first."""
    return _compiled(program)[function](*map(_copied, arguments))


@lru_cache(maxsize=1024)
def _compiled(program: str) -> dict[str, Any]:
    namespace: dict[str, Any] = {}
    exec(program, namespace)  # noqa: S102  (a reference program of this package)
    return namespace


def _copied(value: Any) -> Any:
    return (
        [_copied(item) for item in value]
        if isinstance(value, list)
        else dict(value)
        if isinstance(value, dict)
        else value
    )
