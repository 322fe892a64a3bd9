"""The filter of system calls: a process that installs it computes, and does nothing else.

It names what is allowed; all else fails with `PermissionError`. Nothing on the list opens a file or a socket, starts or
signals a process, or changes a limit.
"""

import ctypes
import errno
import functools
import platform
import struct

from scalequest_assets.sandbox.child import rights

_SET_SECCOMP, _MODE_FILTER = 22, 2
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _REFUSE, _KILL = 0x7FFF0000, 0x00050000 | errno.EPERM, 0x80000000
_X32 = 0x40000000

_CALLS = {  # numbers on x86_64 and on aarch64, whose generic table others share
    "read": (0, 63),
    "write": (1, 64),
    "writev": (20, 66),
    "close": (3, 57),
    "fstat": (5, 80),
    "mmap": (9, 222),
    "mprotect": (10, 226),
    "munmap": (11, 215),
    "brk": (12, 214),
    "mremap": (25, 216),
    "madvise": (28, 233),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "sigaltstack": (131, 132),
    "getpid": (39, 172),
    "getppid": (110, 173),
    "gettid": (186, 178),
    "getuid": (102, 174),
    "geteuid": (107, 175),
    "getgid": (104, 176),
    "getegid": (108, 177),
    "futex": (202, 98),
    "sched_yield": (24, 124),
    "nanosleep": (35, 101),
    "clock_nanosleep": (230, 115),
    "clock_gettime": (228, 113),
    "clock_getres": (229, 114),
    "gettimeofday": (96, 169),
    "getrandom": (318, 278),
    "getrusage": (98, 165),
    "times": (100, 153),
    "getcwd": (79, 17),
    "uname": (63, 160),
    "sched_getaffinity": (204, 123),
    "rseq": (334, 293),
    "restart_syscall": (219, 128),
    "exit": (60, 93),
    "exit_group": (231, 94),
}
_MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
"""Their column in the table, and how the kernel names them."""


def install() -> None:
    """Filter the system calls of this process from now on.

    Raises:
        OSError: The system has no such filter, or this machine's numbers are not known.
    """
    program = _program()
    code = ctypes.create_string_buffer(program, len(program))
    described = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(code))
    rights.forbid_more()
    rights.call("prctl", _SET_SECCOMP, _MODE_FILTER, ctypes.create_string_buffer(described, len(described)))


def allowed(machine: str) -> dict[str, int]:
    """Return the system calls that are allowed on a kind of machine, by name."""
    column = _MACHINES[machine][0]
    return {name: numbers[column] for name, numbers in _CALLS.items()}


@functools.cache
def _program() -> bytes:
    """Return the filter as the kernel takes it: instructions of eight bytes."""
    machine = platform.machine()
    if machine not in _MACHINES:
        raise OSError(f"the system calls of {machine} are not listed")
    numbers = sorted(allowed(machine).values())
    lines = [
        _line(_LOAD, 4),  # the architecture that a call was made for
        _line(_EQUAL, _MACHINES[machine][1], 1, 0),
        _line(_RETURN, _KILL),
        _line(_LOAD, 0),  # its number
        _line(_AT_LEAST, _X32, len(numbers), 0),
        *(_line(_EQUAL, number, len(numbers) - place, 0) for place, number in enumerate(numbers)),
        _line(_RETURN, _REFUSE),
        _line(_RETURN, _ALLOW),
    ]
    return b"".join(lines)


def _line(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("HBBI", code, if_true, if_false, value)
