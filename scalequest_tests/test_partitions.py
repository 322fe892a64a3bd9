import dagster as dg
import pytest

from scalequest_assets.config.file import edit_document, read_profile, validate
from scalequest_assets.partitions import key_parts, key_text, matches, partition_keys, partitions_of

PROFILE = validate(edit_document(read_profile("embedded"), ["num_shards=3"]), "test")


def test_keys_are_dagsters():
    definition = partitions_of(PROFILE, "shard")
    assert isinstance(definition, dg.MultiPartitionsDefinition)
    ours = [key_text(key) for key in partition_keys(PROFILE, "shard")]
    assert sorted(ours) == sorted(str(key) for key in definition.get_partition_keys())
    assert ours[:2] == ["grade_school|s0000", "grade_school|s0001"]


@pytest.mark.parametrize("by", ["nothing", "generator", "shard", "student"])
def test_text_and_parts_are_inverse(by):
    keys = partition_keys(PROFILE, by)
    assert keys
    for partition in keys:
        assert key_parts(key_text(partition), by) == partition


def test_a_profile_without_students_has_no_partition_of_them():
    none = validate(edit_document(read_profile("simple"), []), "test")
    assert partition_keys(none, "student") == []
    assert list(partitions_of(none, "student").get_partition_keys()) == []


def test_a_base_is_a_student_and_the_first():
    keys = [key["student"] for key in partition_keys(PROFILE, "student")]
    assert keys == [*PROFILE.students.bases, *PROFILE.students.trained]
    assert list(partitions_of(PROFILE, "student").get_partition_keys()) == keys


@pytest.mark.parametrize(
    ("partition", "selected", "expected"),
    [
        ({"generator": "a", "shard": "s0000"}, [], True),
        ({"generator": "a", "shard": "s0000"}, ["a"], True),
        ({"generator": "a", "shard": "s0000"}, ["a|s0001"], False),
        ({"generator": "a", "shard": "s0001"}, ["*|s0001"], True),
        ({"generator": "b"}, ["a|s0001"], False),
        ({"generator": "a"}, ["a|s0001"], True),
        ({}, ["a|s0001"], True),
        ({"student": "a"}, [], True),
        ({"student": "a"}, ["b", "a"], True),
        ({"student": "a"}, ["b"], False),
        ({"student": "a"}, ["a|s0001"], False),
        ({"student": "a"}, ["*"], True),
    ],
)
def test_selection(partition, selected, expected):
    assert matches(partition, selected) is expected
