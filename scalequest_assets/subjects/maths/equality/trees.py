"""Mathematics as a tree."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

Node = tuple[Any, ...]
"""(`number`, Fraction), (`variable`, name), (`constant`, name), or (name of an operation, nodes…)."""
ZERO: Final[Node] = ("number", Fraction(0))
ONE: Final[Node] = ("number", Fraction(1))


@dataclass(frozen=True)
class Expression:
    """An expression.

    Attributes:
        readings: Its tree; two where a slash can be read in two ways.
    """

    readings: tuple[Node, ...]


def variables(node: Node) -> frozenset[str]:
    """Return the names of the variables in a tree."""
    if node[0] == "variable":
        return frozenset([node[1]])
    return frozenset().union(*(variables(child) for child in node[1:] if isinstance(child, tuple)))


def times(nodes: Sequence[Node]) -> Node:
    """Return the product of trees; of one, itself."""
    return nodes[0] if len(nodes) == 1 else ("product", *nodes)
