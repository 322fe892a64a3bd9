"""Each setting is declared once."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import scalequest_assets
from scalequest_assets import definitions
from scalequest_assets.settings import Settings

PACKAGE = Path(scalequest_assets.__file__).parent


def declared(of: type[Settings] = Settings) -> Iterator[type[Settings]]:
    for found in of.__subclasses__():
        yield found
        yield from declared(found)


def test_no_two_classes_declare_the_same_settings():
    assert definitions.defs, "importing it imports all settings"
    by_fields = defaultdict[frozenset[str], set[str]](set)
    for found in declared():
        if len(found.model_fields) > 1 and found.__module__.startswith("scalequest_assets."):
            by_fields[frozenset(found.model_fields)].add(f"{found.__module__}.{found.__name__}")
    assert len(by_fields) > 30
    assert [names for names in by_fields.values() if len(names) > 1] == []


def test_no_settings_are_copied_into_another_class():
    """`Other(**settings.model_dump())` holds for as long as two classes have the same fields."""
    copies = [
        f"{path.name}:{call.lineno}"
        for path in PACKAGE.rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call)
        for keyword in call.keywords
        if keyword.arg is None and isinstance(keyword.value, ast.Call)
        for copied in [ast.unparse(keyword.value.func)]
        if copied.endswith(".model_dump") or copied.endswith("asdict")
    ]
    assert copies == []
