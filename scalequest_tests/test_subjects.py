"""The seam for subjects: a toy one runs through the whole graph, and nothing outside a subject's folder knows one."""

import re
from pathlib import Path

import polars as pl
import pytest

from scalequest_assets import subjects
from scalequest_assets.config.file import edit_document, read_profile, validate
from scalequest_assets.errors import ProfileError
from scalequest_assets.orchestration.groups import GROUPS
from scalequest_assets.recipe.funnel import assert_adds_up
from scalequest_assets.subjects import add_subject, family_styles, subject_named, subject_names
from scalequest_assets.subjects.maths import STYLES
from scalequest_assets.subjects.maths.families import families
from scalequest_tests.conftest import FakeRun
from scalequest_tests.fakes import FakeFactory
from scalequest_tests.toy_subject import Toy, toy_text

PACKAGE = Path(subjects.__file__).parents[1]
NEUTRAL = (
    "assets",
    "steps",
    "storage",
    "planning",
    "recipe",
    "checks",
    "explain",
    "orchestration",
    "release",
    "schemas",
)
MATHEMATICAL = re.compile(
    r"maths?\b|mathemat|boxed|latex|algebra|geometry|[\"']arithmetic[\"']|grade_school|competition|gsm8k|subjects\.maths",
    re.IGNORECASE,
)

ALLOWED = {"recipe/judgements.py", "release/typesetting.py"}
"""A judge of any subject dresses its verdict in LaTeX now and then; any subject may have formulas to typeset."""


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> Toy:
    monkeypatch.setattr(subjects, "_ADDED", {})
    added = Toy()
    add_subject(added)
    return added


def test_a_toy_subject_runs_through_the_whole_graph(toy: Toy, fake_run: FakeRun):
    fake_run.factory = FakeFactory(toy_text)
    fake_run.use(
        "num_shards=1",
        "screening.min_tokens=3",
        "subject=words",
        "role_model.styles=null",
        "seeds.sources=[{kind: families, style: tasks, max_questions: 60}]",
        "students.evaluation.held_out=[{kind: families, name: others, style: tasks, max_questions: 20}]",
    )
    made = fake_run.make(*fake_run.graph.assets())
    assert {name.split()[0] for name in made} == {t.name for templates in GROUPS.values() for t in templates}
    assert_adds_up(fake_run.lake.scan("funnel", [{}]).collect())
    pairs = pl.read_parquet(str(fake_run.home.releases / "data" / "*.parquet"))
    assert pairs.height > 0
    assert pairs["query"].str.contains("the word").all()
    assert set(pairs["topic"]) <= set(toy.names)
    reasons = fake_run.lake.scan("screened_questions", fake_run.lake.partitions("screened_questions")).collect()
    assert "not_a_question" in set(reasons["drop_reason"])
    assert fake_run.make(*fake_run.graph.assets()) == []
    assert "mathematics" not in (fake_run.home.releases / "README.md").read_text(encoding="utf-8")


def test_the_default_subject_adds_nothing_to_a_version_and_another_changes_those_that_use_it(toy: Toy):
    default = validate(read_profile("embedded"), "embedded")
    named = validate(edit_document(read_profile("embedded"), ["subject=maths"]), "embedded")
    words = [
        "subject=words",
        "role_model.styles=null",
        "seeds.sources=[{kind: families, style: tasks}]",
        "benchmarks.sources=[]",
        "students.evaluation.held_out=[]",
    ]
    other = validate(edit_document(read_profile("embedded"), words), "embedded")
    for template in (t for templates in GROUPS.values() for t in templates):
        assert template.code_version(named) == template.code_version(default)
        differs = template.code_version(other) != template.code_version(default)
        assert differs == ("subject" in template.settings) or template.reads_files, template.name


def test_an_unknown_subject_is_named_with_those_there_are():
    assert subject_names() == ["code", "logic", "maths"]
    with pytest.raises(ProfileError, match=r"none named 'cooking'(.|\n)*one of: code, logic, maths"):
        subject_named("cooking")
    with pytest.raises(ProfileError, match=r"no subject is named 'cooking'(.|\n)*one of code, logic, maths"):
        validate(edit_document(read_profile("embedded"), ["subject=cooking"]), "embedded")


def test_a_style_that_the_subject_does_not_have_is_named():
    settings = ["seeds.sources=[{kind: families, style: poems}]"]
    with pytest.raises(ProfileError, match=r"maths has no style 'poems'(.|\n)*grade_school, competition"):
        validate(edit_document(read_profile("embedded"), settings), "embedded")


def test_styles_are_those_of_the_families():
    assert family_styles("maths") == STYLES == subject_named("maths").families.styles
    assert all(families(style) for style in STYLES)
    for name in subject_names():
        assert family_styles(name) == subject_named(name).families.styles


def test_nothing_outside_a_subjects_folder_knows_one_by_name_or_content():
    found = [
        f"{path.relative_to(PACKAGE)}:{number}: {line.strip()}"
        for place in NEUTRAL
        for path in ([PACKAGE / place] if place.endswith(".py") else sorted((PACKAGE / place).rglob("*.py")))
        if path.relative_to(PACKAGE).as_posix() not in ALLOWED
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if MATHEMATICAL.search(line) and not re.search(r"\bimport math\b|\bmath\.\w|parse_math", line)
    ]
    assert found == []
