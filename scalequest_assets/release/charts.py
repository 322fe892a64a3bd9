"""Charts as shapes: numbers become rectangles, lines and labels in a box of fixed width, which a template draws as SVG.

Nothing is drawn here and nothing is escaped: labels are data, and the template's task.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

import polars as pl

from scalequest_assets.release.figures import nice_step

WIDTH: Final = 460
"""Of all charts, in units of their box: about a phone's width, so that labels stay readable there."""
_LEFT, _RIGHT, _TOP, _PLOT = 52, 10, 26, 190
_ROW, _BAR, _LABEL_CHARS = 40, 14, 34
_NUM_TICKS = 5
_CELL_STRENGTH = 0.12
"""Opacity of a cell with one response; that of the fullest is 1."""

Anchor = Literal["start", "middle", "end"]


@dataclass(frozen=True)
class Rect:
    """A bar or a cell: its place, which series it is of, how strong its colour is, and what it says."""

    x: float
    y: float
    width: float
    height: float
    series: int
    title: str
    strength: float = 1.0


@dataclass(frozen=True)
class Label:
    """A text at a place."""

    x: float
    y: float
    text: str
    anchor: Anchor = "middle"
    kind: Literal["label", "tick", "axis"] = "tick"


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A chart.

    Attributes:
        height: Of its box.
        width: Of its box.
        rects: Bars and cells.
        lines: Axes and grid: x1, y1, x2, y2.
        labels: Texts.
        legend: Names of the series; empty where there is one.
    """

    height: float
    rects: Sequence[Rect]
    lines: Sequence[tuple[float, float, float, float]]
    labels: Sequence[Label]
    legend: Sequence[str] = ()
    width: float = WIDTH


def columns(bins: pl.DataFrame, series: Mapping[str, str], *, x: str, y: str) -> Chart:
    """Return a histogram.

    Args:
        bins: `low`, `high` and a count for each series.
        series: Columns of counts, with the name of each; at most three.
        x: Label of the horizontal axis, with its unit.
        y: Label of the vertical axis, with its unit.
    """
    most = max([1, *(count for name in series for count in bins[name].to_list())])
    step = nice_step(most / _NUM_TICKS, whole=True)
    top = step * -(-most // step)
    slot = (WIDTH - _LEFT - _RIGHT) / max(1, bins.height)
    bar = slot * 0.9 / len(series)
    rects = []
    for place, row in enumerate(bins.iter_rows(named=True)):
        for index, (column, name) in enumerate(series.items()):
            height = _PLOT * row[column] / top
            says = f"{name}, {number(row['low'])} to {number(row['high'])}: {row[column]:,}"
            left = _LEFT + place * slot + slot * 0.05 + index * bar
            rects.append(Rect(_r(left), _r(_TOP + _PLOT - height), _r(bar), _r(height), index, says))
    edges = [*bins["low"], *bins["high"].tail(1)]
    every = max(1, round(len(edges) / _NUM_TICKS))
    ticks = [
        Label(_r(_LEFT + place * slot), _TOP + _PLOT + 16, number(edge))
        for place, edge in enumerate(edges)
        if place % every == 0
    ]
    lines, labels = _frame(x, y, [(value, f"{value:,.0f}") for value in _ticks(0, top, step)], 0, top)
    return Chart(
        height=_TOP + _PLOT + 44,
        rects=rects,
        lines=lines,
        labels=[*labels, *ticks],
        legend=list(series.values()) if len(series) > 1 else (),
    )


def rows(names: Sequence[str], parts: Mapping[str, Sequence[float]], says: Sequence[str], *, x: str) -> Chart:
    """Return bars from left to right, one below the other, each in parts that follow one another.

    Args:
        names: What each bar is of; cut where it is long.
        parts: Numbers by name of the part, one for each bar.
        says: What stands at the end of each bar's line.
        x: Label of the axis, with its unit.
    """
    most = max([*(sum(numbers) for numbers in zip(*parts.values(), strict=True)), 0.0]) or 1.0
    step = nice_step(most / _NUM_TICKS)
    top = step * -(-most // step)
    width, height = WIDTH - 2 * _RIGHT, len(names) * _ROW + 8
    rects, labels = [], []
    for place, (name, end) in enumerate(zip(names, says, strict=True)):
        y, left = place * _ROW, float(_RIGHT)
        labels += [Label(_RIGHT, y + 16, _cut(name), "start", "label"), Label(WIDTH - _RIGHT, y + 16, end, "end")]
        for index, (part, numbers) in enumerate(parts.items()):
            wide = width * numbers[place] / top
            rects.append(Rect(_r(left), y + 22, _r(wide), _BAR, index, f"{name}, {part}: {number(numbers[place])}"))
            left += wide
    ends = [(_RIGHT + width * value / top, number(value)) for value in _ticks(0, top, step)]
    anchors: dict[int, Anchor] = {0: "start", len(ends) - 1: "end"}
    labels += [Label(_r(at), height + 14, text, anchors.get(i, "middle")) for i, (at, text) in enumerate(ends)]
    labels.append(Label(_RIGHT + width / 2, height + 32, x, kind="axis"))
    return Chart(
        height=height + 40,
        rects=rects,
        lines=[(_RIGHT, height, WIDTH - _RIGHT, height), *((_r(at), height, _r(at), height + 4) for at, _ in ends)],
        labels=labels,
        legend=list(parts) if len(parts) > 1 else (),
    )


def intervals(
    names: Sequence[str], values: Sequence[tuple[float, float, float]], says: Sequence[str], *, x: str
) -> Chart:
    """Return bars from left to right, one below the other, each with its interval over it.

    Args:
        names: What each bar is of; cut where it is long.
        values: The value of each, and both ends of its interval; none below 0.
        says: What stands at the end of each bar's line.
        x: Label of the axis, with its unit.
    """
    longest = max([high for _, _, high in values]) or 1.0
    plain = rows(names, {"": [longest] * len(names)}, says, x=x)
    scale = plain.rects[0].width / longest
    bars = [
        replace(bar, width=_r(value * scale), title=f"{name}: {say}")
        for bar, name, say, (value, _, _) in zip(plain.rects, names, says, values, strict=True)
    ]
    ends = [
        replace(bar, x=_r(bar.x + low * scale), y=bar.y + 5, width=_r(max((high - low) * scale, 1)), height=4, series=1)
        for bar, (_, low, high) in zip(bars, values, strict=True)
    ]
    return replace(plain, rects=[*bars, *ends], legend=("right", "95% interval"))


def cells(found: pl.DataFrame, *, x: str, y: str) -> Chart:
    """Return a map of counts: the more, the stronger.

    Args:
        found: `agreement` in tenths, `low` and `high` of the reward, `num_responses`; at least one row.
        x: Label of the horizontal axis.
        y: Label of the vertical axis.
    """
    low, high = min(found["low"].to_list()), max(found["high"].to_list())
    most, slot = max(found["num_responses"].to_list()), (WIDTH - _LEFT - _RIGHT) / 11
    rects = []
    for row in found.iter_rows(named=True):
        top, bottom = _height(row["high"], low, high), _height(row["low"], low, high)
        strength = _CELL_STRENGTH + (1 - _CELL_STRENGTH) * row["num_responses"] / most
        says = f"agreement {row['agreement']:.1f}, reward {number(row['low'])} to {number(row['high'])}: "
        left = _LEFT + round(row["agreement"] * 10) * slot
        place = (_r(left + 1), _r(top + 0.5), _r(slot - 2), _r(bottom - top - 1))
        rects.append(Rect(*place, 0, f"{says}{row['num_responses']:,}", round(strength, 3)))
    step = nice_step((high - low) / _NUM_TICKS)
    lines, labels = _frame(x, y, [(value, number(value)) for value in _ticks(low, high, step)], low, high)
    tenths = [
        Label(_r(_LEFT + (tenth + 0.5) * slot), _TOP + _PLOT + 16, f"{tenth / 10:.1f}") for tenth in range(0, 11, 2)
    ]
    return Chart(height=_TOP + _PLOT + 44, rects=rects, lines=lines, labels=[*labels, *tenths])


def number(value: float | None) -> str:
    """Return a number as people read it: whole ones with commas, small ones with three significant digits."""
    if value is None:
        return "–"
    if float(value).is_integer() or abs(value) >= 1_000:
        return f"{value + 0.0:,.0f}"  # -0.0 is 0
    return f"{value:.1f}" if abs(value) >= 100 else f"{value:.3g}"


def _frame(
    x: str, y: str, ticks: Sequence[tuple[float, str]], low: float, high: float
) -> tuple[list[tuple[float, float, float, float]], list[Label]]:
    """Return axes, grid and labels of a chart with a vertical axis."""
    places = [(_height(value, low, high), text) for value, text in ticks]
    lines: list[tuple[float, float, float, float]] = [(_LEFT, _r(at), WIDTH - _RIGHT, _r(at)) for at, _ in places]
    lines.append((_LEFT, _TOP + _PLOT, WIDTH - _RIGHT, _TOP + _PLOT))
    labels = [Label(_LEFT - 6, _r(at + 4), text, "end") for at, text in places]
    labels += [Label(4, 14, y, "start", "axis"), Label((_LEFT + WIDTH) / 2, _TOP + _PLOT + 36, x, kind="axis")]
    return lines, labels


def _height(value: float, low: float, high: float) -> float:
    return _TOP + _PLOT * (1 - (value - low) / (high - low))


def _ticks(low: float, high: float, step: float) -> list[float]:
    first, last = -(-(low - step * 1e-6) // step), (high + step * 1e-6) // step
    return [round(place * step, 10) for place in range(int(first), int(last) + 1)]


def _cut(name: str) -> str:
    return name if len(name) <= _LABEL_CHARS else f"{name[:_LABEL_CHARS]}…"


def _r(value: float) -> float:
    return round(value, 2)
