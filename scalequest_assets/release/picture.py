"""The funnel as a picture that lies beside the card.

A PNG file and not SVG: the Hub shows it whatever it is served as, and it can hold no script.
"""

import io
from collections.abc import Mapping, Sequence
from typing import Any, Final

FUNNEL_FILE: Final = "funnel.png"
_KEPT, _LOST = "#4c5fd7", "#d9dcef"
_MAX_LABEL_CHARS = 40


def funnel_picture(stages: Sequence[Mapping[str, Any]]) -> bytes:
    """Return the funnel as PNG: for each stage what it kept, and what of its input it lost.

    Args:
        stages: `stage`, `num_input`, `num_kept` of each, in order.

    Returns:
        Equal bytes for equal stages, with one version of matplotlib.
    """
    from matplotlib.figure import Figure  # slow to import

    figure = Figure(figsize=(8, 0.7 + 0.42 * max(len(stages), 1)), layout="constrained")
    axes = figure.subplots()
    places = range(len(stages))
    axes.barh(places, [row["num_input"] for row in stages], color=_LOST, label="came in and were dropped")
    axes.barh(places, [row["num_kept"] for row in stages], color=_KEPT, label="kept")
    for place, row in enumerate(stages):
        axes.annotate(f" {row['num_kept']:,}", (row["num_input"], place), va="center", fontsize=9)
    axes.set_yticks(places, [_label(row["stage"]) for row in stages], parse_math=False)
    axes.invert_yaxis()
    axes.spines[["top", "right", "bottom"]].set_visible(False)
    axes.tick_params(bottom=False, labelbottom=False)
    axes.margins(x=0.12)
    axes.legend(loc="lower right", frameon=False, fontsize=8)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=110, metadata={"Software": None})
    return buffer.getvalue()


def _label(stage: str) -> str:
    """Return a stage's name as it fits beside its bar."""
    printable = "".join(c if c.isprintable() else " " for c in stage)
    return printable if len(printable) <= _MAX_LABEL_CHARS else f"{printable[: _MAX_LABEL_CHARS - 1]}…"
