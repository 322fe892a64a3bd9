"""Giving up rights for good, with the kernel's own calls: root, namespaces with an empty root, capabilities.

Linux only; elsewhere each function raises `OSError` or does nothing, and the caller says what is missing.
"""

import ctypes
import functools
import os
import sys

_NOBODY = 65534
_NEW_USER, _NEW_PID, _NEW_NET, _NEW_IPC, _NEW_UTS, _NEW_MOUNTS = (
    0x10000000,
    0x20000000,
    0x40000000,
    0x08000000,
    0x04000000,
    0x00020000,
)
_READ_ONLY, _NO_SUID, _NO_DEV, _NO_EXEC, _REMOUNT, _RECURSIVE, _PRIVATE = 1, 2, 4, 8, 32, 16384, 1 << 18
_DETACH = 2
_SET_DEATH_SIGNAL, _SET_DUMPABLE, _NO_NEW_PRIVILEGES = 1, 4, 38
_CAPABILITIES_V3 = 0x20080522
_SIGKILL = 9


@functools.cache
def libc() -> ctypes.CDLL:
    """Return the C library.

    Raises:
        OSError: This is not Linux.
    """
    if sys.platform != "linux":
        raise OSError(f"not on {sys.platform}")
    return ctypes.CDLL(None, use_errno=True)


def call(name: str, *arguments: object) -> None:
    """Call a function of the C library.

    Raises:
        OSError: It failed, or is not there.
    """
    function = getattr(libc(), name, None)
    if function is None:
        raise OSError(f"{name}: not in this C library")
    if function(*arguments) != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{name}: {os.strerror(code)}")


def drop_root() -> None:
    """Become nobody where this is root, so that limits count and files of others are closed."""
    if os.geteuid() != 0:
        return
    os.setgroups([])
    os.setresgid(_NOBODY, _NOBODY, _NOBODY)
    os.setresuid(_NOBODY, _NOBODY, _NOBODY)
    call("prctl", _SET_DUMPABLE, 1, 0, 0, 0)  # else its own /proc files are root's, and no namespace can be mapped


def die_with_parent() -> None:
    """Be killed when the process that forked this one ends."""
    if sys.platform == "linux":
        call("prctl", _SET_DEATH_SIGNAL, _SIGKILL, 0, 0, 0)


def forbid_more() -> None:
    """Let no later program of this process have more rights than it has."""
    call("prctl", _NO_NEW_PRIVILEGES, 1, 0, 0, 0)


def enter_namespaces(nothing: int) -> None:
    """Go on as the first process of namespaces of its own, as a user without rights.

    The process that called waits for it and ends as it ends.

    Args:
        nothing: File descriptor of the null device, which takes the place of the pipes of the one that waits.

    Raises:
        OSError: The system does not allow it; nothing has changed then.
    """
    user, group = os.geteuid(), os.getegid()
    call("unshare", _NEW_USER | _NEW_PID | _NEW_NET | _NEW_IPC | _NEW_UTS | _NEW_MOUNTS)
    _write("/proc/self/setgroups", "deny")
    _write("/proc/self/uid_map", f"{user} {user} 1")
    _write("/proc/self/gid_map", f"{group} {group} 1")
    first = os.fork()
    if first:
        _stand_aside(first, nothing)
    die_with_parent()


def empty_root(folder: str) -> None:
    """Make an empty, read-only directory the root of all files, and give up the right to change that.

    Args:
        folder: A directory that an empty file system may cover.

    Raises:
        OSError: The system does not allow it.
    """
    call("mount", b"none", b"/", None, _RECURSIVE | _PRIVATE, None)
    flags = _NO_SUID | _NO_DEV | _NO_EXEC
    call("mount", b"none", folder.encode(), b"tmpfs", flags, b"size=64k,mode=555")
    os.chdir(folder)
    call("pivot_root", b".", b".")
    call("umount2", b".", _DETACH)
    os.chdir("/")
    call("mount", b"none", b"/", None, _REMOUNT | _READ_ONLY | flags, None)


def drop_capabilities() -> None:
    """Give up what the first process of a user namespace may do in it.

    Raises:
        OSError: The system does not allow it.
    """
    header = (ctypes.c_uint32 * 2)(_CAPABILITIES_V3, 0)
    none = (ctypes.c_uint32 * 6)()
    call("capset", ctypes.byref(header), ctypes.byref(none))


def _stand_aside(first: int, nothing: int) -> None:
    """Hold no pipe, wait for the first process of the namespaces, and end, whatever happens."""
    try:
        for number in (0, 1, 2):
            os.dup2(nothing, number)
        os.waitpid(first, 0)
    finally:
        os._exit(0)


def _write(file: str, text: str) -> None:
    handle = os.open(file, os.O_WRONLY)
    try:
        os.write(handle, text.encode())
    finally:
        os.close(handle)
