"""How kernels are compiled: by numba, without the GIL, and stored for the next process where that is possible."""

from collections.abc import Callable
from typing import Any, Literal, TypeVar

import numpy as np

Function = TypeVar("Function", bound=Callable[..., object])
_compiles: bool | None = None
"""Whether this process compiles its kernels; None until the first of them is imported."""


def interpret() -> None:
    """Have Python run all kernels of this process, without loading numba; what comes out is the same.

    For a command that reads a handful of texts and ends. Where a kernel was imported before, all are compiled as ever:
    one that is compiled cannot call one that is not.
    """
    global _compiles
    if _compiles is None:
        _compiles = False
        np.seterr(over="ignore")  # hashes wrap around


def as_written(function: Function) -> Function:
    """Return what a kernel is compiled from, for calls while a module is imported: no machine code is loaded."""
    written: Function = getattr(function, "py_func", function)
    return written


def kernel(*, inline: Literal["never", "always"] = "never") -> Callable[[Function], Function]:
    """Return a decorator that compiles a function; its machine code lies beside its source, or in the user's cache.

    Where neither can be written (a read-only installation without a home directory), each process compiles again.

    Args:
        inline: Whether callers get a copy of the function's code.
    """
    global _compiles
    _compiles = _compiles is not False

    def compiled(function: Function) -> Function:
        if not _compiles:
            return function
        import numba as nb

        def compile_with(*, cache: bool) -> Any:
            return nb.njit(nogil=True, cache=cache, inline=inline)(function)

        machine_code: Function
        try:
            machine_code = compile_with(cache=True)
        except RuntimeError:  # numba looks for the folder here, and compiles at the first call
            machine_code = compile_with(cache=False)
        return machine_code

    return compiled
