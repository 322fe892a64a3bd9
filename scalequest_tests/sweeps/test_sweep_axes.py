"""Which points a sweep has, and what they are called."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from scalequest_assets.config.file import edit_document
from scalequest_assets.sweeps.axes import Point, points_of, read_axes, sweep_name, varied

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(min_size=1, max_size=5), inner, max_size=3),
    max_leaves=5,
)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("k=1,2,3", [1, 2, 3]),
        ("k=0,0.5,1", [0, 0.5, 1]),
        ("k=a, b", ["a", "b"]),
        ("k='a, b',c", ["a, b", "c"]),
        ("k={a: 1, b: 2},{a: 3}", [{"a": 1, "b": 2}, {"a": 3}]),
        ("k=[{a: 1}],[{a: 2}, {b: 3}]", [[{"a": 1}], [{"a": 2}, {"b": 3}]]),
        ("k=null,x=y", [None, "x=y"]),
    ],
)
def test_values_are_a_yaml_list_without_its_brackets(text, values):
    assert read_axes([text]) == {"k": values}


def test_points_are_all_combinations_in_order():
    axes = read_axes(["b=1,2", "a.x=3,4", "c=5"])
    assert [tuple(point.overrides.values()) for point in points_of(axes)] == [
        (3, 1, 5),
        (3, 2, 5),
        (4, 1, 5),
        (4, 2, 5),
    ]
    assert varied(axes) == ["a.x", "b"]
    assert points_of(axes)[0].label(varied(axes)) == "x=3, b=1"


def test_names_follow_from_the_overrides_alone_and_can_be_folders():
    one = points_of(read_axes(["random_seed=1,2", "models.*.path=/a b/$(c)"]))[0]
    same = points_of(read_axes(["models.*.path=/a b/$(c)", "random_seed=3,1"]))[1]
    assert one.name == same.name
    assert one.name.startswith("path-a-b-c-random_seed-1-")
    assert sweep_name(read_axes(["random_seed=1,2"])) != sweep_name(read_axes(["random_seed=1,3"]))


@given(VALUES)
def test_a_value_reaches_the_profile_as_it_was_read(value):
    (setting,) = Point({"key.inner": value}).settings
    written = edit_document({"key": {}}, [setting])["key"]["inner"]
    assert yaml.safe_dump(written) == yaml.safe_dump(value)


@given(VALUES)
def test_every_point_has_a_short_name_without_separators(value):
    name = Point({"key": value}).name
    assert "/" not in name
    assert not name.startswith((".", "-"))
    assert len(name) < 80
