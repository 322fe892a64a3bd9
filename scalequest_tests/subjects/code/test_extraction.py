"""The program in a response, however it is dressed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalequest_assets.subjects.code.extraction import program

F = "def f(x):\n    return x + 1"
F_TWO = "def f(x):\n    return x + 2"


@pytest.mark.parametrize(
    "text",
    [
        f"```python\n{F}\n```",
        f"Here you go:\n\n```py\n{F}\n```\nIt adds one.",
        f"```\n{F}\n```",
        f"~~~python\n{F}\n~~~",
        f"```python\n{F}",
        f"```Python3\n{F}\n\nprint(f(1))\nassert f(1) == 2\n```",
        F,
        f"Sure, this is it.\n{F}\nThis function adds one to x.",
        f"<think>def f(x): return 0\n```python\ndef f(x): return 9\n```</think>\n```python\n{F}\n```",
        f"```python\n{F_TWO}\n```\nThat is wrong. Better:\n```python\n{F}\n```",
        f"```python\n{F}\n```\nUse it:\n```python\nprint(f(3))\n```\nOutput:\n```\n4\n```",
        f"```bash\npip install x\n```\n```python\n{F}\n```\n```json\n{{}}\n```",
        f"```python\n{F}\n\nif __name__ == '__main__':\n    x = input()\n    print(f(x))\n```",
        "```python\n>>> def f(x):\n...     return x + 1\n>>> f(1)\n2\n```",
        f"1. The code:\n   ```python\n   {F.replace(chr(10), chr(10) + '   ')}\n   ```",
        f"```python\n{F}\n\nprint(f(1)\n```",
        f"````python\n{F}\n````",
    ],
)
def test_programs_are_found(text: str):
    found = program(text)
    assert found is not None
    assert found.functions == ("f",)
    space: dict[str, object] = {}
    exec(found.source, space)
    assert space["f"](1) == 2  # type: ignore[operator]


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "I cannot do that.",
        "The answer is 4.",
        "```python\nprint(3)\n```",
        "```javascript\nfunction f(x) { return x + 1 }\n```",
        "def f(x is broken",
        "```python\nf = lambda x: x\n```",
    ],
)
def test_what_defines_no_function_is_none(text: str | None):
    assert program(text) is None


def test_helpers_imports_and_constants_stay_and_calls_go():
    text = (
        "```python\nimport math\nfrom typing import List\nLIMIT = 3\nSTARTED = print('now')\n```\nand\n"
        "```python\ndef help_out(x):\n    return math.floor(x) + LIMIT\ndef f(x: List[int]):\n    return help_out(x)\n"
        "while True:\n    pass\n```"
    )
    found = program(text)
    assert found is not None
    assert found.functions == ("help_out", "f")
    for kept in ("import math", "LIMIT = 3", "List[int]"):
        assert kept in found.source
    for gone in ("STARTED", "while"):
        assert gone not in found.source


@pytest.mark.parametrize("text", ["(" * 9000, "-" * 15000 + "1", "```python\n" + "x = [" * 4000, "def f():\n" * 3000])
def test_hostile_text_is_none(text: str):
    assert program(text) is None


@given(st.text(alphabet="`~def f(x):\n return\"'#\\\t1+") | st.text())
def test_no_text_fails(text: str):
    found = program(text)
    assert found is None or found.functions
