"""The paper's cost table; `stages` says which of our assets each of its lines is about.

Source: PAPER.md section 2, cost (8 A100-40G, two generators, one million released pairs).
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class PaperStage:
    """One line.

    Attributes:
        name: What the line is called here.
        gpu_hours: Of all 8 GPUs together; None for a line that is paid by token.
        usd: Price of a line that is paid by token.
    """

    name: str
    gpu_hours: float | None
    usd: float | None = None


PAPER_STAGES: Final = (
    PaperStage(name="QFT", gpu_hours=3.9),
    PaperStage(name="QPO generation", gpu_hours=0.4),
    PaperStage(name="QPO rewriting", gpu_hours=None, usd=6.2),
    PaperStage(name="QPO training", gpu_hours=6.6),
    PaperStage(name="question generation", gpu_hours=38.4),
    PaperStage(name="solvability and difficulty", gpu_hours=110.6),
    PaperStage(name="responses", gpu_hours=251.0),
    PaperStage(name="reward", gpu_hours=112.0),
)
PAPER_TOTAL_GPU_HOURS: Final = 522.9
PAPER_TOTAL_USD: Final = 680.8
