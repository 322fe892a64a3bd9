"""The vocabulary of drop reasons, and the document that lists it."""

import ast
import re
from pathlib import Path

from scalequest_assets.recipe import (
    clusters,
    difficulty,
    observed,
    preferences,
    reasons,
    rewriting,
    selection,
    solvability,
    text_rules,
)
from scalequest_assets.subjects import subject_named, subject_names
from scalequest_tests.maths import WORDING

ROOT = Path(__file__).parents[2]


def test_stages_use_the_vocabulary():
    used = [m.DROP_REASONS for m in (clusters, difficulty, observed, preferences, rewriting, selection, solvability)]
    used += [text_rules.RULES, [reasons.LOW_AGREEMENT]]
    assert {name for names in used for name in names} == set(reasons.MEANINGS)
    assert not set(WORDING.rules) & set(reasons.MEANINGS), "a subject's own rules have names of their own"


def test_no_reason_is_spelled_elsewhere():
    spelled = [
        f"{path.name}:{node.lineno} {node.value}"
        for path in (ROOT / "scalequest_assets" / "recipe").glob("*.py")
        if path.name not in ("reasons.py", "duplicates.py")  # a pair's relation has a name in common
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and node.value in set(reasons.MEANINGS) - {"language", "unchanged"}
    ]
    assert spelled == []


def test_the_document_lists_all_reasons_with_their_meanings():
    text = (ROOT / "docs" / "reasons.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", text, re.MULTILINE))
    wordings = [subject_named(name).wording for name in subject_names()]
    assert rows == reasons.MEANINGS | {name: said for wording in wordings for name, said in wording.meanings.items()}
    assert all(set(wording.meanings) == set(wording.rules) for wording in wordings)
