"""Our own families of maths problems: exact answers, worked solutions, and broken and harder forms of each.

`registry` draws problems, `alter` breaks and extends them; each family is a function in a ``grade_school_*``,
``competition_*`` or ``first_*`` module that tells a story through a `draft.Draft`. Standard library only, deterministic
in the seed.
"""

from scalequest_assets.subjects.maths.families import (  # noqa: F401  (importing them enters their families)
    competition_algebra,
    competition_basics,
    competition_coordinates,
    competition_counting,
    competition_divisors,
    competition_geometry,
    competition_integers,
    competition_intermediate,
    competition_probability,
    first_formulas,
    first_stories,
    grade_school_changes,
    grade_school_farm,
    grade_school_groups,
    grade_school_measures,
    grade_school_money,
    grade_school_people,
    grade_school_rates,
    grade_school_shares,
    grade_school_shopping,
    grade_school_things,
    grade_school_time,
    grade_school_travel,
)
from scalequest_assets.subjects.maths.families.alter import broken, harder, impossible, mismatched
from scalequest_assets.subjects.maths.families.problem import BrokenProblem, FamilyError, Problem
from scalequest_assets.subjects.maths.families.registry import families, generate, skeletons
from scalequest_assets.subjects.maths.families.story import FORMULAS, Style

__all__ = [
    "FORMULAS",
    "BrokenProblem",
    "FamilyError",
    "Problem",
    "Style",
    "broken",
    "families",
    "generate",
    "harder",
    "impossible",
    "mismatched",
    "skeletons",
]
