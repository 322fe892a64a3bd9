from importlib.resources import files

import pytest
from jinja2 import UndefinedError

from scalequest_assets.release.rendering import inert, render


@pytest.mark.parametrize("name", ["card.md.j2", "report.html.j2"])
def test_templates_are_data_of_the_package(name: str):
    assert "{{ name }}" in (files("scalequest_assets.release") / "templates" / name).read_text(encoding="utf-8")


def test_what_a_template_names_must_be_given():
    with pytest.raises(UndefinedError, match="'description' is undefined"):
        render("card.md.j2", name="a", notice=None)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (-3, "-3"),
        (0.5, "0.5"),
        ("num_seed_questions", "num_seed_questions"),
        ("_a_ __b__", r"\_a\_ \_\_b\_\_"),
        ("a|b", r"a\|b"),
        ("a\\", r"a\\"),
        (" a\n\n b\r\n", "a b"),
        ("---", r"\---"),
        ("12. a", r"12\. a"),
        ("12.5 a-b", "12.5 a-b"),
        ("{{ x }}", "{{ x }}"),
        ("&lt;", r"\&lt;"),
    ],
)
def test_markdown_reads_as_it_is(value: object, text: str):
    assert inert(value) == text
