import dagster as dg
import pytest
from upath import UPath

from scalequest_assets.errors import HomeError
from scalequest_assets.storage.home import Home, replacing, temporaries, write_text


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
    assert home.lake == UPath(tmp_path / "data" / "lake")
    assert home == Home(tmp_path / "data")


def test_the_lake_may_lie_elsewhere():
    home = Home("data", lake_url="memory://bucket/lake")
    assert str(home.lake) == "memory://bucket/lake"


@pytest.mark.parametrize("root", ["/proc/scalequest", "memory://bucket/home"])
def test_a_home_that_cannot_be_written_is_named(root):
    with pytest.raises(HomeError, match=f"{root}(.|\n)*SCALEQUEST_HOME"):
        Home(root).prepare()


def test_a_file_in_the_way_is_named(tmp_path):
    (tmp_path / "home").write_text("")
    with pytest.raises(HomeError, match="cannot be written"):
        Home(tmp_path / "home").prepare()


def test_a_failure_leaves_the_old_file_and_no_temporary(tmp_path):
    path = UPath(tmp_path / "a.json")
    write_text(path, "old")
    with pytest.raises(RuntimeError), replacing(path) as temporary:  # noqa: PT012
        temporary.write_text("half")
        assert temporary.suffix == ".tmp"
        raise RuntimeError
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["a.json"]


def test_a_reader_keeps_the_file_it_has_open(tmp_path):
    path = UPath(tmp_path / "a.json")
    write_text(path, "old")
    with path.open() as file:
        write_text(path, "new")
        assert file.read() == "old"
    assert path.read_text() == "new"


def test_temporaries_are_what_writers_began(tmp_path):
    (tmp_path / "lake").mkdir()
    begun = tmp_path / "lake" / ".part.parquet.1.tmp"
    for file in (begun, tmp_path / "lake" / "part.parquet"):
        file.touch()
    assert list(temporaries(UPath(tmp_path))) == [begun]
    assert list(temporaries(UPath(tmp_path / "nowhere"))) == []
