"""What a data set is about. Each subject is a folder here with a `SUBJECT`; `base` says what one must give."""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final

from scalequest_assets.errors import ProfileError

if TYPE_CHECKING:  # a profile is read without Polars
    from scalequest_assets.recipe.parts import Likeness
    from scalequest_assets.subjects.base import Subject

DEFAULT: Final = "maths"
"""The subject of a profile that names none."""

_ADDED: dict[str, "Subject"] = {}


def subject_names() -> list[str]:
    """Return the names of all subjects: the folders beside this module, and what `add_subject` has added."""
    shipped = [path.parent.name for path in Path(__file__).parent.glob("*/subject.py")]
    return sorted({*shipped, *_ADDED})


def subject_named(name: str) -> "Subject":
    """Return a subject; its code is imported when it is first asked for.

    Raises:
        ProfileError: There is none of that name.
    """
    if name in _ADDED:
        return _ADDED[name]
    if name not in subject_names():
        raise ProfileError(f"subject: there is none named '{name}'", f"one of: {', '.join(subject_names())}")
    subject: Subject = import_module(f"{__name__}.{name}.subject").SUBJECT
    return subject


def likeness_of(name: str) -> "Likeness":
    """Return when two questions of a subject are one, without importing the rest of its code.

    Raises:
        ProfileError: There is no subject of that name.
    """
    if name in _ADDED or name not in subject_names():
        return subject_named(name).likeness
    likeness: Likeness = import_module(f"{__name__}.{name}.likeness").LIKENESS
    return likeness


def family_styles(name: str) -> Sequence[str]:
    """Return the styles of a subject's families of problems, without importing its code.

    Raises:
        ProfileError: There is no subject of that name.
    """
    if name in _ADDED or name not in subject_names():
        return subject_named(name).families.styles
    styles: Sequence[str] = import_module(f"{__name__}.{name}").STYLES
    return styles


def add_subject(subject: "Subject") -> None:
    """Make a subject of another package known under its name; one of that name is replaced."""
    _ADDED[subject.name] = subject
