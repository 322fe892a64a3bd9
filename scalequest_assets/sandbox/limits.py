"""What a program may take, and the layers that contain it."""

from dataclasses import dataclass
from typing import Final, Literal

Layer = Literal["namespaces", "filter"]
"""`namespaces`: no network, no files and no other process are there. `filter`: the kernel refuses all system calls but
those of computing, so that a program opens, starts and signals nothing. Resource limits are always there."""
LAYERS: Final[tuple[Layer, ...]] = ("namespaces", "filter")


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one program may take.

    Attributes:
        wall_s: Seconds for all of its calls, by the clock.
        cpu_s: Seconds of processor, whole ones.
        memory_mb: Address space, of which some 60 MB are Python's own.
        result_bytes: What its calls may return together, as they are sent back.
        open_files: Files, pipes and sockets.
    """

    wall_s: float = 3.0
    cpu_s: int = 2
    memory_mb: int = 512
    result_bytes: int = 65_536
    open_files: int = 16
