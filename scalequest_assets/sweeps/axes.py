"""From `KEY=V1,V2` to the points of a sweep: the cross product of all keys' values."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import yaml

from scalequest_assets.config.file import read_yaml
from scalequest_assets.errors import ProfileError

SEED = "random_seed"
"""The key whose values are repetitions: figures are averaged over them."""
_MAX_SLUG = 60

Axes = Mapping[str, Sequence[Any]]
"""Dotted profile key to its values, sorted by key: so `models.*.x` comes before `models.tiny.x`, and is overridden."""


@dataclass(frozen=True)
class Point:
    """One point of a sweep.

    Attributes:
        overrides: Dotted profile key to value, sorted by key.
    """

    overrides: Mapping[str, Any]

    @property
    def name(self) -> str:
        """A readable name that follows from the overrides alone, so that a later sweep finds the point again."""
        text = "-".join(f"{key.rpartition('.')[2]}-{_text(value)}" for key, value in self.overrides.items())
        slug = re.sub(r"[^A-Za-z0-9_.]+", "-", text)[:_MAX_SLUG].strip("-.")
        return f"{slug}-{_digest(self.overrides)}"

    @property
    def settings(self) -> list[str]:
        """The overrides as `--set` takes them."""
        return [f"{key}={_yaml(value)}" for key, value in self.overrides.items()]

    def label(self, keys: Iterable[str]) -> str:
        """Return some of the overrides for people: `solvability_share=0.5, min_pairs=2`."""
        return ", ".join(f"{key.rpartition('.')[2]}={_text(self.overrides[key])}" for key in keys)


def read_axes(texts: Sequence[str]) -> Axes:
    """Read `KEY=V1,V2`; the values are a YAML list without its brackets, so that quotes and brackets protect commas.

    Raises:
        ProfileError: All that is wrong with them.
    """
    axes, problems = dict[str, list[Any]](), list[str]()
    for text in texts:
        key, separator, listed = text.partition("=")
        key = key.strip()
        try:
            values = read_yaml(f"[{listed}\n]")
        except yaml.YAMLError:
            problems.append(f"{text}: the values are not YAML; quote those with commas, colons or brackets")
            continue
        if not separator or not key or not values:
            problems.append(f"{text}: no {'key' if separator and not key else 'value'}")
        elif key in axes:
            problems.append(f"{text}: the key is there already; name all its values in one list")
        elif len({_text(value) for value in values}) < len(values):
            problems.append(f"{text}: a value is there twice")
        axes[key] = values
    if problems or not axes:
        what = "".join(f"\n  {problem}" for problem in problems) or " no key and values"
        raise ProfileError(f"sweep:{what}", "write KEY=V1,V2, for example: scalequest sweep random_seed=1,2,3")
    return dict(sorted(axes.items()))


def points_of(axes: Axes) -> list[Point]:
    """Return all combinations of values, the last key's values changing fastest."""
    return [Point(dict(zip(axes, values, strict=True))) for values in product(*axes.values())]


def varied(axes: Axes) -> list[str]:
    """Return the keys with more than one value; a key with one is a setting of all points."""
    return [key for key, values in axes.items() if len(values) > 1]


def sweep_name(axes: Axes) -> str:
    """Return the name of a sweep's comparison: the same axes and values give the same."""
    keys = "-".join(key.rpartition(".")[2] for key in varied(axes) or axes)
    return f"{re.sub(r'[^A-Za-z0-9_]+', '-', keys)[:_MAX_SLUG]}-{_digest(axes)}"


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)


def _yaml(value: Any) -> str:
    """Return a value as YAML on one line."""
    return yaml.safe_dump([value], default_flow_style=True, width=10**9).strip()[1:-1]


def _digest(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:8]
