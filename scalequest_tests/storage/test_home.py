import sys

import dagster as dg
import pytest

from scalequest_assets.errors import HomeError
from scalequest_assets.storage.home import Home


def test_dagster_accepts_the_configuration(tmp_path):
    home = Home(tmp_path / "home")
    home.prepare()
    with dg.DagsterInstance.from_config(str(home.dagster)) as instance:
        assert not instance.telemetry_enabled
        assert not instance.nux_enabled
        assert instance.get_concurrency_config().pool_config.pool_granularity.value == "op"
        assert instance.run_monitoring_enabled


def test_prepare_keeps_what_is_there(tmp_path):
    home = Home(str(tmp_path))
    home.prepare()
    (home.dagster / "dagster.yaml").write_text("telemetry: {enabled: true}\n")
    home.prepare()
    assert (home.dagster / "dagster.yaml").read_text() == "telemetry: {enabled: true}\n"
    assert not (tmp_path / ".writable").exists()


def test_a_relative_home_is_made_absolute(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    home = Home("data")
    monkeypatch.chdir("/")
    assert home.lake == tmp_path / "data" / "lake"
    assert home == Home(tmp_path / "data")


def test_the_lake_may_lie_in_another_directory(tmp_path):
    home = Home(tmp_path / "data", lake_dir=str(tmp_path / "lake"))
    home.prepare()
    assert home.lake == tmp_path / "lake"
    assert home.lake.is_dir()


def test_a_lake_at_another_address_is_refused(tmp_path):
    with pytest.raises(HomeError, match=r"gs://bucket/lake is not a local path(.|\n)*SCALEQUEST_LAKE=s3://"):
        Home(tmp_path, lake_dir="gs://bucket/lake").prepare()


def test_a_bucket_without_its_package_names_the_remedy(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "obstore", None)
    monkeypatch.delitem(sys.modules, "scalequest_assets.storage.object_files", raising=False)
    with pytest.raises(HomeError, match=r"s3://bucket/x/\w+: obstore is not installed(.|\n)*scalequest-assets\[s3\]"):
        Home(tmp_path, lake_dir="s3://bucket/x").prepare()


def test_a_home_on_an_object_store_is_refused_and_makes_no_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(HomeError, match=r"s3://bucket/home is not a local path(.|\n)*name a directory"):
        Home("s3://bucket/home").prepare()
    assert list(tmp_path.iterdir()) == []


def test_a_home_that_cannot_be_written_is_named():
    with pytest.raises(HomeError, match=r"/proc/scalequest(.|\n)*SCALEQUEST_HOME"):
        Home("/proc/scalequest").prepare()


def test_a_file_in_the_way_is_named(tmp_path):
    (tmp_path / "home").write_text("")
    with pytest.raises(HomeError, match="cannot be written"):
        Home(tmp_path / "home").prepare()
