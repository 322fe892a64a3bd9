"""Each setting is declared once."""

import ast
import importlib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import scalequest_assets
from scalequest_assets import definitions
from scalequest_assets.settings import Settings

PACKAGE = Path(scalequest_assets.__file__).parent
TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(PACKAGE.rglob("*.py"))}


def declared(of: type[Settings] = Settings) -> Iterator[type[Settings]]:
    for found in of.__subclasses__():
        yield found
        yield from declared(found)


def all_settings() -> list[type[Settings]]:
    assert definitions.defs, "importing it imports all settings"
    return [found for found in declared() if found.__module__.startswith("scalequest_assets.")]


def fields(node: ast.ClassDef) -> frozenset[str]:
    """Return the names that a class annotates in its body, as dataclasses, named tuples and settings declare fields."""
    named = [
        item.target for item in node.body if isinstance(item, ast.AnnAssign) and "ClassVar" not in ast.unparse(item)
    ]
    return frozenset(target.id for target in named if isinstance(target, ast.Name))


def copies(tree: ast.AST) -> list[int]:
    """Return the lines of calls with a keyword splat that dumps settings or a dataclass."""
    splats = [
        (call.lineno, keyword.value)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        for keyword in call.keywords
        if keyword.arg is None
    ]
    dumps = ("model_dump", "asdict")
    return [line for line, value in splats if any(_called(node).endswith(dumps) for node in ast.walk(value))]


def _called(node: ast.AST) -> str:
    return ast.unparse(node.func) if isinstance(node, ast.Call) else ""


def test_no_two_classes_declare_the_same_settings():
    by_fields = defaultdict[frozenset[str], set[str]](set)
    for found in all_settings():
        if len(found.model_fields) > 1:
            by_fields[frozenset(found.model_fields)].add(f"{found.__module__}.{found.__name__}")
    assert len(by_fields) > 30
    assert [names for names in by_fields.values() if len(names) > 1] == []


def test_no_other_class_has_the_fields_of_settings():
    """A dataclass beside them is the second declaration that glue copies into."""
    settings = {frozenset(found.model_fields): found for found in all_settings() if len(found.model_fields) > 1}
    others = {
        f"{path.relative_to(PACKAGE)}:{node.name}": settings[fields(node)].__name__
        for path, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and fields(node) in settings
    }
    assert {name: of for name, of in others.items() if not name.endswith(f":{of}")} == {}
    assert len(others) > 20, "settings are found among the package's classes"


def test_no_settings_are_copied_into_another_class():
    """`Other(**settings.model_dump())` holds for as long as two classes have the same fields."""
    assert {path.name: lines for path, tree in TREES.items() if (lines := copies(tree))} == {}


def test_copies_are_recognised():
    source = """
Other(**settings.model_dump())
Other(**{**settings.model_dump(mode="json"), "kind": "x"})
Other(one=1, **dataclasses.asdict(job))
Other(**fields)
write(settings.model_dump())
"""
    assert copies(ast.parse(source)) == [2, 3, 4]


def test_settings_of_components_are_read_without_a_profile():
    """Who declares settings is not allowed to know the profile that composes them."""
    owners = {found.__module__ for found in all_settings()} - {"scalequest_assets.config.profile"}
    assert len({name for name in owners if not name.startswith("scalequest_assets.config")}) >= 8
    for name in owners:
        assert not hasattr(importlib.import_module(name), "Profile"), name
