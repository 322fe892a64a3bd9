"""A fake model for code: it answers our families' tasks with their programs, at times spoilt, as the seed says."""

import re
from functools import cache

from scalequest_assets.subjects.code.families.drawing import tasks
from scalequest_assets.subjects.code.families.family import Task

_SOLVE = "\nWrite the function."


def fake_programmer(prompt: str, seed: int) -> str:
    """Return what a fake model writes for a prompt."""
    message = prompt.removeprefix("<user>").removesuffix("<end>")
    if message.startswith("Can this be solved?"):
        return "Something is not given. Verdict: No" if seed % 5 == 0 else "All that is needed is given. Verdict: Yes"
    if message.startswith("Make it solvable.\n"):
        return "FINAL TASK: " + message.split("\n", 1)[1] + " An empty list counts as well."
    if message.startswith("Make it harder.\n"):
        return "FINAL HARDER TASK: " + message.split("\n", 1)[1] + " Return the result three times, in a list."
    if message.endswith(_SOLVE):
        return _answer(message.removesuffix(_SOLVE), seed)
    drawn = list(_known().values())
    return "Sure, what shall I do?" if seed % 13 == 0 else drawn[seed % len(drawn)].query


def _answer(query: str, seed: int) -> str:
    task = next((task for known, task in _known().items() if query.startswith(known)), None)
    if task is None:
        name = re.search(r"`(\w+)\(([^)]*)\)", query)
        parameters = ", ".join(part.split(":")[0] for part in name[2].split(", ")) if name else ""
        return f"```python\ndef {name[1]}({parameters}):\n    return {seed % 3}\n```" if name else "I cannot."
    match seed % 7:
        case 0:
            return f"I think so:\n```python\ndef {task.function}(*anything):\n    return 7\n```"
        case 1:
            return "There is no such function."
        case 2:
            return f"```python\nimport os\nos._exit(0)\n{task.program}\n```"
    return f"Here it is.\n\n```python\n{task.program}\n```\nIt is tried so:\n```python\nprint({task.function}(1))\n```"


@cache
def _known() -> dict[str, Task]:
    both = [*tasks("functions", 400, 5), *tasks("first_functions", 300, 6)]
    return {task.query: task for task in both}
