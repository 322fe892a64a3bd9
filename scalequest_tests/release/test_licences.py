"""What licence a data set has, and what its origins forbid."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalequest_assets.release.licences import licence_of

IDS = [
    "apache-2.0", "mit", "cc-by-4.0", "cc-by-sa-4.0", "cc-by-nc-4.0", "cc-by-nc-sa-4.0", "llama3.1", "gemma", "other",
    "unknown", "gpl-3.0", "bigscience-openrail-m", "", "no such licence",
]  # fmt: skip


def derived(*ids: str) -> str:
    return licence_of((f"m{i}", license_id) for i, license_id in enumerate(ids)).id


def kinds(*ids: str) -> list[str]:
    return [item.kind for item in licence_of((f"m{i}", license_id) for i, license_id in enumerate(ids)).restrictions]


@pytest.mark.parametrize(
    ("ids", "license_id"),
    [
        (["apache-2.0", "apache-2.0"], "apache-2.0"),
        (["mit", "apache-2.0"], "apache-2.0"),
        (["apache-2.0", "cc-by-4.0", "mit"], "cc-by-4.0"),
        (["Apache-2.0 "], "apache-2.0"),
        (["mit", "cc-by-sa-4.0"], "cc-by-sa-4.0"),
        (["mit", "llama3.1", "llama3.1"], "llama3.1"),
        (["llama3.1", "gemma"], "other"),
        (["cc-by-nc-4.0", "llama3.1"], "other"),
        (["mit", "other"], "other"),
        (["mit", "unknown"], "unknown"),
        (["mit", ""], "unknown"),
        (["a", "b"], "unknown"),
        (["a", "cc-by-nc-4.0"], "other"),
        ([], "unknown"),
    ],
)
def test_the_strictest_reading_is_taken(ids: list[str], license_id: str):
    assert derived(*ids) == license_id


@pytest.mark.parametrize(
    ("license_id", "found"),
    [
        ("apache-2.0", []),
        ("cc-by-nc-4.0", ["non-commercial"]),
        ("cc-by-nc-sa-4.0", ["non-commercial", "share-alike"]),
        ("cc-by-nc-nd-4.0", ["non-commercial", "no derivatives"]),
        ("fair-noncommercial-research-license", ["non-commercial", "research only"]),
        ("intel-research", ["research only"]),
        ("llama2", ["community terms"]),
        ("openrail++", ["use restrictions"]),
        ("agpl-3.0", ["share-alike"]),
        ("other", ["terms of its own"]),
        ("unknown", ["unknown licence"]),
    ],
)
def test_each_restriction_is_named(license_id: str, found: list[str]):
    assert kinds("mit", license_id) == found


def test_the_profiles_word_is_taken_and_held_against_the_origins():
    made = licence_of([("m", "cc-by-nc-4.0")], "mit")
    assert (made.id, made.derived) == ("mit", "cc-by-nc-4.0")
    assert made.warnings[0].startswith("non-commercial: no commercial use (cc-by-nc-4.0, of m)")
    assert "release.license" in made.warnings[-1]
    assert licence_of([("m", "apache-2.0")], "mit").warnings == []


@given(st.lists(st.sampled_from(IDS), max_size=6))
def test_order_does_not_matter_and_what_restricts_is_never_silent(ids: list[str]):
    assert derived(*ids) == derived(*reversed(ids))
    if derived(*ids) not in ("apache-2.0", "mit", "cc-by-4.0") and ids:
        assert kinds(*ids)


@given(st.text(max_size=30))
def test_any_identifier_has_an_answer(license_id: str):
    made = licence_of([("m", license_id)])
    assert made.id
    assert made.warnings or made.id in ("mit", "isc", "cc", "bsd", "zlib") or made.id.islower()
