"""How kernels are compiled: by numba, without the GIL, and stored for the next process where that is possible."""

from collections.abc import Callable
from typing import Any, Literal, TypeVar

import numba as nb

Function = TypeVar("Function", bound=Callable[..., object])


def kernel(*, inline: Literal["never", "always"] = "never") -> Callable[[Function], Function]:
    """Return a decorator that compiles a function; its machine code lies beside its source, or in the user's cache.

    Where neither can be written (a read-only installation without a home directory), each process compiles again.

    Args:
        inline: Whether callers get a copy of the function's code.
    """

    def compiled(function: Function) -> Function:
        def compile_with(*, cache: bool) -> Any:
            return nb.njit(nogil=True, cache=cache, inline=inline)(function)

        machine_code: Function
        try:
            machine_code = compile_with(cache=True)
        except RuntimeError:  # numba looks for the folder here, and compiles at the first call
            machine_code = compile_with(cache=False)
        return machine_code

    return compiled
