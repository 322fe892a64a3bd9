"""Kernels compile wherever the package is installed."""

import json
import random
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from scalequest_assets.recipe import jaccard, minhash, neighbours
from scalequest_assets.recipe.kernels import interpret, kernel
from scalequest_assets.subjects import likeness_of, subject_languages, subject_names


def test_a_kernel_without_a_folder_for_its_machine_code_is_compiled_all_the_same() -> None:
    # numba looks for the folder beside the source: a function without a file has none.
    names: dict[str, Callable[[int], int]] = {}
    exec("def successor(number):\n    return number + 1\n", names)
    assert kernel()(names["successor"])(6) == 7


def test_a_read_only_installation_without_a_cache_still_imports_its_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    import numba as nb

    compile_function = nb.njit

    def refuse_cache(*, cache: bool, **options: Any) -> Any:
        if cache:
            raise RuntimeError("cannot cache function: no locator available for file")
        return compile_function(**options)

    monkeypatch.setattr("numba.njit", refuse_cache)

    @kernel(inline="always")
    def doubled(number: int) -> int:
        return 2 * number

    assert doubled(21) == 42


INTERPRETED = """
import json, sys
from scalequest_assets.recipe.kernels import interpret
interpret()
from scalequest_tests.recipe.test_kernels import likenesses
found = likenesses(json.load(sys.stdin))
assert "numba" not in sys.modules
print(json.dumps(found))
"""
SHARES = (1.0, 0.95, 0.9, 0.8, 0.6, 0.3, 0.0)
PIECES = (
    *("Tom", "twenty one", "3.50", "1,000", "hundert", "veintidós", r"$\frac{1}{2}$", r"\cup", "x^2", "5!", "(-3)^2"),
    *("ß", "apples", "more", "fewer", "each", "\x00", "🍎", "½", "def f(x):", "return x + 1", "≤", "A is a knave."),
)


def likenesses(texts: list[str]) -> list[Any]:
    """Return sketch and likeness of the first text to the others, in every subject and language."""
    found = []
    for subject in subject_names():
        for language in subject_languages(subject):
            likeness = likeness_of(subject, language)
            compared = neighbours.compare(texts[0], pl.Series(texts[1:]), likeness)
            sketch = neighbours.sketch_of(texts[0], likeness.normalise)
            found.append([subject, language, compared.rows(), sketch.hex()])
    return found


def test_what_is_interpreted_is_what_is_compiled() -> None:
    draw = random.Random(7)
    first = [draw.choice(PIECES) for _ in range(24)]
    texts = [" ".join(piece if draw.random() < share else draw.choice(PIECES) for piece in first) for share in SHARES]
    asked = [" ".join(first), *texts, "", "a", "\x00" * 9]
    command = [sys.executable, "-c", INTERPRETED]
    ended = subprocess.run(command, input=json.dumps(asked), capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert json.loads(ended.stdout) == json.loads(json.dumps(likenesses(asked)))
    assert all(hasattr(one, "py_func") for one in (jaccard._compare, minhash._sign_rows)), "here they are compiled"


def test_a_process_that_has_kernels_compiles_the_others_too() -> None:
    """One that is compiled cannot call one that is not."""
    interpret()

    @kernel()
    def halved(number: int) -> int:
        return number // 2

    assert hasattr(halved, "py_func")
    assert halved(84) == 42
