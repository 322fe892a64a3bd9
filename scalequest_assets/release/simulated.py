"""Whether what is released was simulated: read from the models' versions, which say so beside every row."""

import polars as pl

from scalequest_assets.simulated import SIMULATED

NOTICE = (
    "These texts are simulated. No model wrote, judged or answered anything (engine.kind: simulate); they are there to "
    "measure the pipeline, and must not be trained on."
)
"""What card and report say on top."""


def are_simulated(models: pl.Series) -> bool:
    """Return whether one of the models (`name@version`, null for none) is simulated."""
    return bool(models.str.contains(f"@{SIMULATED}:", literal=True).any())
