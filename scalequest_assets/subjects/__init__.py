"""What a data set is about. Each subject is a folder here with a `SUBJECT`; `base` says what one must give."""

from collections.abc import Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Final

from scalequest_assets.errors import ProfileError
from scalequest_assets.recipe.languages import ENGLISH

if TYPE_CHECKING:  # a profile is read without Polars
    from scalequest_assets.recipe.parts import Likeness
    from scalequest_assets.subjects.base import Subject

DEFAULT: Final = "maths"
"""The subject of a profile that names none."""

_ADDED: dict[str, "Subject"] = {}


def subject_names() -> list[str]:
    """Return the names of all subjects: the folders beside this module, and what `add_subject` has added."""
    return sorted({*_shipped(), *_ADDED})


@cache
def _shipped() -> Sequence[str]:
    return [path.parent.name for path in Path(__file__).parent.glob("*/subject.py")]


def subject_named(name: str, language: str = ENGLISH) -> "Subject":
    """Return a subject in a language; its code is imported when it is first asked for.

    Raises:
        ProfileError: There is none of that name, or it has no prompts in that language.
    """
    if language not in (known := subject_languages(name)):
        what = f"language: subject {name} has no prompts in '{language}'"
        raise ProfileError(what, f"one of: {', '.join(known)}")
    subject: Subject = _ADDED[name] if name in _ADDED else import_module(f"{__name__}.{name}.subject").SUBJECT
    return subject.in_language(language)


def likeness_of(name: str, language: str = ENGLISH) -> "Likeness":
    """Return when two questions of a subject are one, without importing the rest of its code where it is in English.

    Raises:
        ProfileError: There is no subject of that name, or it has no prompts in that language.
    """
    if name in _ADDED or name not in subject_names() or language != ENGLISH:
        return subject_named(name, language).likeness
    likeness: Likeness = import_module(f"{__name__}.{name}.likeness").LIKENESS
    return likeness


def subject_languages(name: str) -> Sequence[str]:
    """Return the languages in which a subject has prompts, by their codes, without importing its code.

    Raises:
        ProfileError: There is no subject of that name.
    """
    if name in _ADDED:
        return _ADDED[name].languages
    languages: Sequence[str] = _folder(name).LANGUAGES
    return languages


def family_styles(name: str, language: str = ENGLISH) -> Sequence[str]:
    """Return the styles of a subject's families of problems in a language, without importing its code.

    Those of the subjects here are in English alone.

    Raises:
        ProfileError: There is no subject of that name.
    """
    if name in _ADDED:
        return subject_named(name, language).families.styles
    styles: Sequence[str] = _folder(name).STYLES
    return styles if language == ENGLISH else ()


def _folder(name: str) -> ModuleType:
    if name not in subject_names():
        raise ProfileError(f"subject: there is none named '{name}'", f"one of: {', '.join(subject_names())}")
    return import_module(f"{__name__}.{name}")


def add_subject(subject: "Subject") -> None:
    """Make a subject of another package known under its name; one of that name is replaced."""
    _ADDED[subject.name] = subject
