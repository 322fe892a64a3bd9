"""How kernels are compiled: by numba, without the GIL, and stored for the next process where that is possible."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal, TypeVar

import numpy as np

Function = TypeVar("Function", bound=Callable[..., object])
_is_compiling = True


@contextmanager
def interpreted() -> Iterator[None]:
    """Have Python run the kernels of modules that are first imported here, of which numba then need not be loaded.

    For who has a handful of texts: loading numba and machine code takes longer than reading those. What comes out is
    the same.
    """
    global _is_compiling
    before, _is_compiling = _is_compiling, False
    try:
        with np.errstate(over="ignore"):  # hashes count in circles
            yield
    finally:
        _is_compiling = before


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

    def compiled(function: Function) -> Function:
        if not _is_compiling:
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
