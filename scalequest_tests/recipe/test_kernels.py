"""Kernels compile wherever the package is installed."""

from collections.abc import Callable
from typing import Any

import numba as nb
import pytest

from scalequest_assets.recipe.kernels import kernel


def test_a_kernel_without_a_folder_for_its_machine_code_is_compiled_all_the_same() -> None:
    # numba looks for the folder beside the source: a function without a file has none.
    names: dict[str, Callable[[int], int]] = {}
    exec("def successor(number):\n    return number + 1\n", names)
    assert kernel()(names["successor"])(6) == 7


def test_a_read_only_installation_without_a_cache_still_imports_its_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    compile_function = nb.njit

    def refuse_cache(*, cache: bool, **options: Any) -> Any:
        if cache:
            raise RuntimeError("cannot cache function: no locator available for file")
        return compile_function(**options)

    monkeypatch.setattr("scalequest_assets.recipe.kernels.nb.njit", refuse_cache)

    @kernel(inline="always")
    def doubled(number: int) -> int:
        return 2 * number

    assert doubled(21) == 42
