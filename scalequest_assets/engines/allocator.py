"""An allocator that keeps freed memory: training on a CPU is twice as fast with it.

glibc hands large freed blocks back to the system, so that every step pays for page faults again.
"""

import os
import sys
from pathlib import Path
from typing import Final

_FOLDERS: Final = (
    "/usr/lib/x86_64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu",
    "/usr/lib64",
    "/usr/lib",
    "/usr/local/lib",
)
_NAMES: Final = ("libtcmalloc_minimal.so.4", "libtcmalloc.so.4", "libtcmalloc_minimal.so", "libtcmalloc.so")


def find_tcmalloc(folders: tuple[str, ...] = _FOLDERS) -> Path | None:
    """Return the library to preload with `LD_PRELOAD`, or None where there is none (Debian: `libtcmalloc-minimal4`)."""
    if sys.platform != "linux":
        return None
    candidates = (Path(folder) / name for name in _NAMES for folder in folders)
    return next((path for path in candidates if path.is_file()), None)


def preload(library: Path | None) -> dict[str, str]:
    """Return what a child process needs in its environment to have a library besides those that it has anyway."""
    if library is None:
        return {}
    preloaded = [path for path in os.environ.get("LD_PRELOAD", "").split(":") if path]
    return {"LD_PRELOAD": ":".join(dict.fromkeys([*preloaded, str(library)]))}
