"""What a model of a given size takes: disk, and memory while it is converted and while it runs. An estimate."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from scalequest_assets.errors import EngineError

_GB: Final = 1e9
PROCESS_BYTES: Final = int(1.2 * _GB)
"""Python, torch and the libraries; on a GPU its context and the allocator's slack."""


@dataclass(frozen=True)
class Memory:
    """Bytes of memory of this machine, or of the container that the process is in."""

    total: int
    free: int


@dataclass(frozen=True)
class Footprint:
    """Bytes that a model takes, from its number of weights alone.

    Attributes:
        num_parameters: Its weights.
    """

    num_parameters: int

    @property
    def disk(self) -> int:
        """Converted, in bfloat16."""
        return 2 * self.num_parameters

    @property
    def converting(self) -> int:
        """Memory while it is converted: all weights in bfloat16, and one tensor after the other in float32."""
        return 3 * self.num_parameters + PROCESS_BYTES

    @property
    def running(self) -> dict[str, int]:
        """Memory of the running model by dtype, without the texts that it works on."""
        twice = min(round(_WORDS_SHARE * self.num_parameters), _MOST_WORDS)
        weights = {
            "int8": self.num_parameters + 2 * twice,
            "bfloat16": 2 * self.num_parameters,
            "float32": 4 * (self.num_parameters + twice),
        }
        return {name: size + PROCESS_BYTES for name, size in weights.items()}

    def __str__(self) -> str:
        running = ", ".join(f"{size / _GB:.1f} GB in {dtype}" for dtype, size in self.running.items())
        return (
            f"{self.num_parameters / 1e9:.2f} billion weights: {self.disk / _GB:.1f} GB of disk; memory: "
            f"{self.converting / _GB:.1f} GB while they are converted (once), then {running}, and more for each text "
            "of a batch"
        )

    def beside(self, memory: Memory) -> str:
        """Return what of it a machine's memory holds, in words."""
        holds = [name for name, size in self.running.items() if size <= memory.total]
        fits = f"it runs here in {', '.join(holds)}" if holds else "it does not run here"
        return f"{memory.total / _GB:.1f} GB of memory are here, {memory.free / _GB:.1f} GB of them free: {fits}"

    def require_room(self, name: str, folder: Path, memory: Memory | None = None) -> None:
        """Check that the machine can convert the model.

        Args:
            name: The model's, for people.
            folder: Where it will lie.
            memory: What there is; None looks.

        Raises:
            EngineError: Memory or disk do not suffice.
        """
        memory = memory or memory_here()
        if self.converting > memory.free:
            raise EngineError(
                f"model {name}, {self}: too large to be converted now; {self.beside(memory)}",
                "close other programs, or name a smaller model (--set models.…); the home may be made on a larger "
                "machine and copied: what is converted once is not converted again",
            )
        if self.disk > (free := shutil.disk_usage(folder).free):
            raise EngineError(
                f"model {name}, {self}: {free / _GB:.1f} GB are free at {folder}",
                "make space (`scalequest clean` shows what nothing needs), or keep the home on a larger disk "
                "(SCALEQUEST_HOME)",
            )


def memory_here() -> Memory:
    """Return what the system, or a container's limit, gives a process."""
    found = psutil.virtual_memory()
    limit, left = _cgroup()
    return Memory(
        total=int(min(found.total, limit or found.total)), free=int(min(found.available, left or found.available))
    )


def _cgroup() -> tuple[int | None, int | None]:
    """Return a container's limit and what is left of it, if there is one."""
    folder = Path("/sys/fs/cgroup")
    try:
        limit = (folder / "memory.max").read_text(encoding="ascii").strip()
        used = int((folder / "memory.current").read_text(encoding="ascii"))
        statistics = (folder / "memory.stat").read_text(encoding="ascii")
    except OSError:
        return None, None
    if limit == "max":
        return None, None
    cache = sum(int(line.split()[1]) for line in statistics.splitlines() if line.startswith("inactive_file "))
    return int(limit), max(1, int(limit) - used + cache)


_WORDS_SHARE: Final = 0.28
_MOST_WORDS: Final = int(0.3 * _GB)
"""Weights of the table of words, at most, of a model that also reads its output from it: in int8 and float32 they are
there twice.

It has 21% of the weights of SmolLM2-135M, 28, 15 and 10% of Qwen2.5-0.5B, 1.5B and 3B; larger models have two tables.
"""
