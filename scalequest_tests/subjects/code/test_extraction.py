"""The program in a response, however it is dressed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalequest_assets.subjects.code import behaviour
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
        "```python\nf = lambda x: x + 1\n```",
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
        "```python\nf = 3\n```",
        "```python\nf = print\n```",
        "```python\nclass Solution:\n    def f(self, x):\n        return x + 1\n```",
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
    helper = program(text, "help_out")
    assert helper is not None
    assert helper.functions == ("help_out", "f")
    assert "def f" not in helper.source


COUNT = "def count(s):\n    return sum(c in 'aeiou' for c in s)\n"
"""The function that the programs below define, each in its way: how many vowels a text has."""


@pytest.mark.parametrize(
    "blocks",
    [
        ["VOWELS = set('aeiou')\ndef count(s):\n    return len([c for c in s if c in VOWELS])"],
        ["import re\nP = re.compile('[aeiou]')\ndef count(s):\n    return len(P.findall(s))"],
        [
            "from collections import namedtuple\nP = namedtuple('P', 'a b')\n"
            "def count(s):\n    return P(sum(map(s.count, 'aeiou')), 0).a"
        ],
        [f"from typing import TypeVar\nT = TypeVar('T')\n{COUNT.replace('(s)', '(s: T) -> int')}"],
        [
            "try:\n    import regex as re\nexcept ImportError:\n    import re\n"
            "def count(s):\n    return len(re.findall('[aeiou]', s))"
        ],
        ["import sys\nif sys.maxsize > 2:\n    V = 'aeiou'\nelse:\n    V = ''\n" + COUNT.replace("'aeiou'", "V")],
        ["A = 'aei'\nV = A + 'o'\nV += 'u'\n" + COUNT.replace("'aeiou'", "V")],
        ["IS = {}\nIS['a'] = IS['e'] = IS['i'] = IS['o'] = IS['u'] = 1\n" + COUNT.replace("'aeiou'", "IS")],
        ["from functools import lru_cache\n" + COUNT + "count = lru_cache(None)(count)"],
        ["count = lambda s: sum(c in 'aeiou' for c in s)"],
        [COUNT.replace("count(", "number("), "count = number\ntotal = count('abc')"],
        ["count: object = None\n" + COUNT],
        ["from string import *\ndef count(s):\n    return sum(c in 'aeiou' for c in s if c in ascii_letters)"],
        [
            "from functools import singledispatch\n@singledispatch\ndef count(s):\n    return 0\n"
            "@count.register(str)\ndef _(s):\n    return sum(c in 'aeiou' for c in s)"
        ],
        [
            "def add(n):\n    global seen\n    seen = n\n",
            "def count(s):\n    add(sum(map(s.count, 'aeiou')))\n    return seen",
        ],
        [COUNT, "total = total + 1"],
        [COUNT, "result = count('abc')\nis_ok = result == 1"],
        [COUNT, "x = y"],
        [COUNT, "count = count('abc')"],
        [COUNT, "count, sum = 0, 0\ncount += 1"],
        [COUNT, "from solution import count\nprint(count('abc'))"],
        [COUNT, "import unittest\nclass TestCount(unittest.TestCase):\n    def test(self):\n        assert count('a')"],
        [COUNT, "import pytest\n@pytest.mark.parametrize('s', [''])\ndef test_count(s):\n    assert count(s) == 0"],
        ["import logging\nlog = logging.getLogger('x')\n" + COUNT],
        [COUNT + "import doctest\ndoctest.testmod()"],
        [COUNT, "from __future__ import annotations\ndef count(s: Text):\n    return sum(c in 'aeiou' for c in s)"],
        [
            "from __future__ import annotations\nfrom dataclasses import dataclass\n@dataclass\nclass Found:\n"
            "    number: int\n    after: Found | None = None\n"
            "def count(s):\n    return Found(sum(map(s.count, 'aeiou'))).number"
        ],
    ],
)
def test_a_program_does_what_its_function_does_whatever_stands_beside_it(blocks: list[str]):
    text = "".join(f"Here:\n```\n{block}\n```\n" for block in blocks)
    assert behaviour.answers([(text, None, "assert count('banana') == 3")]) == ["assert count('banana') == 3"]


@pytest.mark.parametrize(
    "said",
    ["V = input()", "V = [print(1)]", "V = open('x').read()", "import sys\nV = sys.stdin.read()", "V = exit()"],
)
def test_what_asks_or_prints_at_the_top_level_does_not_run(said: str):
    found = program(f"```python\n{said}\ndef count(s):\n    return V\n```", "count")
    assert found is not None
    assert "V =" not in found.source
    inside = program(f"```python\ndef count(s):\n    {said.splitlines()[-1]}\n    return V\n```", "count")
    assert inside is not None
    assert "V =" in inside.source


def test_a_function_without_what_it_needs_has_no_answer():
    text = "```python\ndef count(s):\n    return helper(s)\n```\n```python\nhelper = helper + 1\n```"
    assert behaviour.answers([(text, None, "assert count('a') == 1")]) == [None]


@pytest.mark.parametrize("text", ["(" * 9000, "-" * 15000 + "1", "```python\n" + "x = [" * 4000, "def f():\n" * 3000])
def test_hostile_text_is_none(text: str):
    assert program(text) is None


@given(st.text(alphabet="`~def f(x):\n return\"'#\\\t1+") | st.text())
def test_no_text_fails(text: str):
    found = program(text)
    assert found is None or found.functions
