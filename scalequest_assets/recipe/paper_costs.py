"""The paper's cost table, and which of our assets each of its lines is about.

Source: PAPER.md section 2, cost (8 A100-40G, two generators, one million released pairs).
"""

from dataclasses import dataclass
from typing import Final

PAPER_PAIRS: Final = 1_000_000
"""Question-answer pairs that the paper's costs are for."""


@dataclass(frozen=True, kw_only=True)
class PaperStage:
    """One line.

    Attributes:
        name: What the line is called here.
        assets: The assets that do this work.
        gpu_hours: Of all 8 GPUs together; None for a line that is paid by token.
        usd: Price of a line that is paid by token.
    """

    name: str
    assets: tuple[str, ...]
    gpu_hours: float | None
    usd: float | None = None


PAPER_STAGES: Final = (
    PaperStage(name="QFT", assets=("qft_model",), gpu_hours=3.9),
    PaperStage(name="QPO generation", assets=("raw_questions",), gpu_hours=0.4),
    PaperStage(name="QPO rewriting", assets=("optimized_questions",), gpu_hours=None, usd=6.2),
    PaperStage(name="QPO training", assets=("qpo_model",), gpu_hours=6.6),
    PaperStage(name="question generation", assets=("synthetic_questions",), gpu_hours=38.4),
    PaperStage(
        name="solvability and difficulty",
        assets=("solvability_verdicts", "seed_responses", "difficulty_model", "difficulty_scores"),
        gpu_hours=110.6,
    ),
    PaperStage(name="responses", assets=("responses",), gpu_hours=251.0),
    PaperStage(name="reward", assets=("reward_model", "response_scores"), gpu_hours=112.0),
)
PAPER_TOTAL_GPU_HOURS: Final = 522.9
PAPER_TOTAL_USD: Final = 680.8

STAGE_OF_ASSET: Final = {asset: stage.name for stage in PAPER_STAGES for asset in stage.assets}
"""The line of each asset that has one."""
