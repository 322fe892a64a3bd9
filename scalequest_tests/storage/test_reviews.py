"""Judgements are kept by session, seen by SQL, and removed by nothing."""

import os
import time

import pytest

from scalequest_assets.config.file import read_profile, validate
from scalequest_assets.errors import SchemaError
from scalequest_assets.storage.asking import opened
from scalequest_assets.storage.catalog import Catalog
from scalequest_assets.storage.cleaning import leftovers
from scalequest_assets.storage.home import Home
from scalequest_assets.storage.lake import Lake
from scalequest_assets.storage.reviews import Reviews, new_session
from scalequest_assets.storage.sql import query
from scalequest_tests.release.test_reviewing import frame, pairs, said


@pytest.fixture
def home(tmp_path) -> Home:
    home = Home(tmp_path / "home")
    home.prepare()
    return home


ONE, TWO = (said(pair, True, False) for pair in pairs(a=2).iter_rows(named=True))


def test_a_session_is_replaced_whole_and_others_stay(home: Home):
    reviews, session = Reviews(home), new_session()
    assert (reviews.read().is_empty(), reviews.version()) == (True, "")
    reviews.write(session, frame(ONE))
    first = reviews.version()
    reviews.write(session, frame(ONE, TWO))
    reviews.write(new_session(), frame({**ONE, "reviewer": "bob"}))
    assert Reviews(home).read().height == 3
    assert len({"", first, reviews.version()}) == 3
    assert Reviews(home).version() == reviews.version()


def test_a_frame_with_other_columns_is_refused(home: Home):
    with pytest.raises(SchemaError, match="note"):
        Reviews(home).write(new_session(), frame(ONE).drop("note"))
    assert Reviews(home).read().is_empty()


def test_sql_sees_what_is_there_and_an_empty_table_before(home: Home):
    catalog = Catalog(home, Lake(home.lake), {})
    catalog.publish()
    assert query(home.catalog_file, "SELECT count(*) FROM reviews").item() == 0
    Reviews(home).write(new_session(), frame(ONE, TWO))
    catalog.publish()
    found = query(home.catalog_file, "SELECT * FROM reviews")
    assert found.equals(frame(ONE, TWO))


def test_a_home_that_moved_finds_its_judgements(home: Home, tmp_path):
    lake = Lake(tmp_path / "lake")
    Reviews(home).write(new_session(), frame(ONE))
    Catalog(home, lake, {}).publish()
    home.root.rename(tmp_path / "moved")
    moved = Home(tmp_path / "moved", str(tmp_path / "lake"))
    with opened(moved, dict, on_note=pytest.fail) as tables:
        assert tables.ask("SELECT reviewer FROM reviews").item() == "ada"


def test_clean_leaves_them(home: Home):
    Reviews(home).write(new_session(), frame(ONE))
    for path in home.root.rglob("*"):
        os.utime(path, (0, 0))
    profile = validate(read_profile("embedded"), "embedded")
    assert leftovers(home, Lake(home.lake), profile, {}, older_than_s=0, now=time.time()) == []
    assert Reviews(home).read().height == 1
