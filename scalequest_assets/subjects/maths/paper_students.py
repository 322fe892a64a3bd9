"""What the paper's students scored, to stand beside our own. Source: PAPER section 2, students."""

from collections.abc import Mapping
from typing import Final

PAPER_STUDENTS: Final[Mapping[str, Mapping[str, float]]] = {
    "mistralai/Mistral-7B-v0.1": {"gsm8k": 0.885, "math": 0.629, "college_math": 0.435, "olympiad_bench": 0.268},
    "meta-llama/Meta-Llama-3-8B": {"gsm8k": 0.879, "math": 0.644, "college_math": 0.428, "olympiad_bench": 0.253},
    "deepseek-ai/deepseek-math-7b-base": {
        "gsm8k": 0.895,
        "math": 0.666,
        "college_math": 0.477,
        "olympiad_bench": 0.299,
    },
    "Qwen/Qwen2-Math-7B": {"gsm8k": 0.897, "math": 0.734, "college_math": 0.5, "olympiad_bench": 0.385},
}
"""Share of questions that a base, trained on the million pairs, gets right, by hub id and name of the benchmark."""
