"""The data set's licence, from those of the models and seeds behind it, and what each of them forbids or asks for.

A licence is named by the hub's identifier. Nobody's law is decided here: where terms restrict, the strictest reading is
taken, and the card says so.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

OTHER, UNKNOWN = "other", "unknown"

_PERMISSIVE: Final = (
    "cc0-1.0", "pddl", "unlicense", "wtfpl", "zlib", "isc", "mit", "bsd", "bsd-2-clause", "bsd-3-clause",
    "bsd-3-clause-clear", "bsl-1.0", "ncsa", "postgresql", "artistic-2.0", "afl-3.0", "ecl-2.0", "ms-pl", "openmdw-1.0",
    "apache-2.0", "cdla-permissive-1.0", "cdla-permissive-2.0", "odc-by", "cc-by-2.0", "cc-by-2.5", "cc-by-3.0",
    "cc-by-4.0", "cc",
)  # fmt: skip
"""Licences that ask for a notice at most, those with fewer conditions first."""
_RESTRICTIONS: Final = (
    (r"cc-by-nc.*|c-uda|fair-noncommercial.*|.*non-?commercial.*", "non-commercial", "no commercial use"),
    (r"h-research|intel-research|apple-amlr|.*research.*", "research only", "use for research alone"),
    (r"cc-by(-nc)?-nd-.*", "no derivatives", "no changed copies may be passed on"),
    (
        r"llama.*|gemma.*|deepseek.*|qwen.*|falcon.*|tii.*|apple-ascl|nvidia.*",
        "community terms",
        "terms of the model's maker, which may bind what is made with it: names to carry, uses and users excluded, "
        "limits on training other models",
    ),
    (r".*openrail.*|creativeml.*|deepfloyd.*", "use restrictions", "uses that are excluded, to be passed on"),
    (
        r"cc-by(-nc)?-sa-.*|(a|l)?gpl.*|gfdl|odbl|cdla-sharing-1\.0|mpl-2\.0|epl-.*|eupl-.*|osl-3\.0|lgpl-lr",
        "share-alike",
        "what is made from it goes under the same terms",
    ),
    (OTHER, "terms of its own", "read them before the data is used or passed on"),
)
"""Patterns of identifiers, the name of the restriction and what it says."""
_NOTHING_KNOWN: Final = ("unknown licence", "nothing is known of its terms, so ask its makers")


@dataclass(frozen=True)
class Restriction:
    """Something that a licence behind the data forbids or asks for.

    Attributes:
        kind: Its name, such as `non-commercial`.
        license: The licence.
        meaning: What it says.
        whose: Names of the models and sources under it.
    """

    kind: str
    license: str
    meaning: str
    whose: Sequence[str]

    def __str__(self) -> str:
        """Return it as one sentence."""
        whose = f"of {', '.join(self.whose)}"
        return f"{self.kind}: {self.meaning} ({whose if self.license == UNKNOWN else f'{self.license}, {whose}'})"


@dataclass(frozen=True)
class Licence:
    """The data set's licence.

    Attributes:
        id: Hub identifier that the card's head names.
        derived: What the licences behind the data give; it is `id` unless the profile names another.
        restrictions: What a user has to know, most restrictive first.
    """

    id: str
    derived: str
    restrictions: Sequence[Restriction]

    @property
    def is_overridden(self) -> bool:
        """Whether the profile names another licence than the data's origins give."""
        return self.id != self.derived

    @property
    def warnings(self) -> list[str]:
        """What to say aloud: every restriction, and a licence that promises more than its origins."""
        said = [str(restriction) for restriction in self.restrictions]
        if self.is_overridden and self.restrictions:
            said.append(
                f"the profile says {self.id} (release.license), what it is made with gives {self.derived}: who "
                "publishes it answers for that"
            )
        return said


def licence_of(behind: Iterable[tuple[str, str]], override: str | None = None) -> Licence:
    """Return the licence of what was made with models and sources.

    All permissive gives the one with the most conditions; one kind of restricting licence beside permissive ones gives
    that; several different ones `other`; an unknown one gives `unknown`, or `other` beside a restricting one.

    Args:
        behind: Name and licence of each model and source.
        override: The profile's word on it, which the head then names.
    """
    whose: dict[str, list[str]] = {}
    for name, license_id in behind:
        whose.setdefault(license_id.strip().lower() or UNKNOWN, []).append(name)
    derived = _derived(whose)
    return Licence(override or derived, derived, _restrictions(whose))


def _derived(whose: Mapping[str, Sequence[str]]) -> str:
    restricting = [license_id for license_id in whose if license_id not in _PERMISSIVE]
    if not restricting:
        return max(whose, key=_PERMISSIVE.index, default=UNKNOWN)
    if not any(_restricts(license_id) for license_id in restricting):
        return UNKNOWN
    return restricting[0] if len(restricting) == 1 else OTHER


def _restrictions(whose: Mapping[str, Sequence[str]]) -> list[Restriction]:
    found = []
    for license_id, names in sorted(whose.items()):
        if license_id not in _PERMISSIVE:
            said = _restricts(license_id) or [_NOTHING_KNOWN]
            found += [Restriction(kind, license_id, meaning, tuple(sorted(set(names)))) for kind, meaning in said]
    order = [*(kind for _, kind, _ in _RESTRICTIONS), _NOTHING_KNOWN[0]]
    return sorted(found, key=lambda item: order.index(item.kind))


def _restricts(license_id: str) -> list[tuple[str, str]]:
    """Return all that a licence restricts, by name and meaning; empty where it is not known."""
    return [(kind, meaning) for pattern, kind, meaning in _RESTRICTIONS if re.fullmatch(pattern, license_id)]
