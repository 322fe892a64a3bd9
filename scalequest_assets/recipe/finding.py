"""What a check says."""

from typing import NamedTuple


class Finding(NamedTuple):
    """Whether something is as it should be, and the figures in a sentence."""

    passed: bool
    text: str
