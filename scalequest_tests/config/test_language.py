"""The setting `language`: old profiles are about English and keep their versions; what is not there is named."""

import pytest

from scalequest_assets.config.file import edit_document, read_profile, validate
from scalequest_assets.errors import ProfileError, SeedError
from scalequest_assets.orchestration.groups import GROUPS
from scalequest_assets.storage.sources import read_files

SEEDS = "seeds.sources=[{kind: jsonl, name: own, path: x.jsonl}]"


def profile(*settings: str, base: str = "laptop"):
    return validate(edit_document(read_profile(base), settings), base)


def test_english_adds_nothing_to_a_version_and_another_language_changes_what_is_about_the_subject():
    plain, english = profile(), profile("language=en")
    german = profile("language=de", base="laptop-de")
    spanish = profile("language=es", base="laptop-de")
    for template in (t for templates in GROUPS.values() for t in templates):
        assert template.code_version(english) == template.code_version(plain)
        is_about = "subject" in template.settings
        assert ("language" in template.settings_of(german)) == is_about, template.name
        assert (template.code_version(german) != template.code_version(spanish)) == is_about, template.name


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (["language=fr", SEEDS], r"maths has no prompts in 'fr'\n.*en \(English\), de \(German\), es \(Spanish\)"),
        (["language=de", "subject=code", SEEDS], r"code has no prompts in 'de'\n.*one of: en \(English\)"),
        (
            ["language=de"],
            r"seeds.sources.0.style: maths has no families of problems in German\n.*by file or from the hub",
        ),
        (["language=de", SEEDS, "screening.language=ascii"], r"screening.language: ascii keeps English alone"),
        (["language=de", SEEDS, "engine.kind=simulate"], r"engine.kind: simulate: .* in English, and language is de"),
        (["language=[de]", SEEDS], r"language"),
    ],
)
def test_what_is_not_there_is_named(settings: list[str], message: str):
    with pytest.raises(ProfileError, match=message):
        profile(*settings)


def test_a_role_model_is_english():
    with pytest.raises(ProfileError, match=r"role_model: it is taught on families of problems, which are in English"):
        profile("language=es", SEEDS, base="embedded")


def test_a_file_of_the_package_is_found_wherever_the_package_lies():
    rows = read_files("package:german_school.jsonl", "jsonl", {"query": "question", "answer": "answer"})
    assert rows.height == 42
    with pytest.raises(SeedError, match=r"package:../secret.jsonl: no such file(.|\n)*german_school.jsonl"):
        read_files("package:../secret.jsonl", "jsonl", {"query": "question"})
