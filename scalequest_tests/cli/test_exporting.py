import json
import shutil
from pathlib import Path

import polars as pl
import pytest

from scalequest_assets.cli.exporting import export
from scalequest_assets.cli.pushing import _message
from scalequest_assets.errors import HomeError, ReleaseError
from scalequest_assets.release.forms import validation_ids
from scalequest_assets.storage.home import Home
from scalequest_tests.conftest import CommandLine
from scalequest_tests.release.frames import pairs
from scalequest_tests.release.released import release


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home with a released folder."""
    release(tmp_path)
    return Home(tmp_path / "home")


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_the_folder_is_copied_as_it_is(home: Home, tmp_path: Path):
    written = export(home, tmp_path / "a" / "copy", "folder")
    assert pl.read_parquet(written / "data" / "*.parquet").equals(pairs())
    assert (written / "README.md").read_bytes() == (home.releases / "README.md").read_bytes()


def test_a_mounted_directory_that_is_empty_is_written_and_keeps_its_times(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    target, copystat = tmp_path / "mounted", shutil.copystat
    target.mkdir()

    def of_its_owner(source, copy, **options):
        if Path(copy) == target:
            raise PermissionError(1, "Operation not permitted")
        copystat(source, copy, **options)

    monkeypatch.setattr("shutil.copystat", of_its_owner)
    assert (export(home, target, "folder") / "README.md").exists()
    assert pl.read_parquet(target / "data" / "*.parquet").equals(pairs())


def test_a_home_whose_path_is_a_pattern_is_exported_and_counted(tmp_path: Path):
    for folder in ("a1xbx", "a[1]*b?"):
        release(tmp_path / folder)
    home = Home(tmp_path / "a[1]*b?" / "home")
    assert len(lines(export(home, tmp_path / "out", "alpaca"))) == 2
    assert _message(home.releases).startswith("2 pairs of profile ")


def test_alpaca_has_instructions_and_outputs(home: Home, tmp_path: Path):
    found = lines(export(home, tmp_path / "out", "alpaca"))
    assert found[0] == {"instruction": "What is 2 + 3?", "input": "", "output": "2 + 3 = 5.\nThe answer is 5."}
    assert len(found) == 2


def test_what_is_set_apart_for_validation_is_in_a_file_of_its_own(tmp_path: Path):
    ids = pairs()["query_id"]
    share = next(share / 100 for share in range(1, 100) if len(validation_ids(ids, share / 100)) == 1)
    release(tmp_path, share)
    written = export(Home(tmp_path / "home"), tmp_path / "out", "sharegpt")
    train, held = (lines(tmp_path / "out" / name) for name in ("sharegpt.jsonl", "sharegpt.validation.jsonl"))
    assert written == tmp_path / "out" / "sharegpt.jsonl"
    assert [row["id"] for row in held] == validation_ids(ids, share).to_list()
    assert sorted(str(row["id"]) for row in (*train, *held)) == sorted(ids)


def test_an_older_validation_split_is_not_written_over(home: Home, tmp_path: Path):
    older = tmp_path / "out" / "alpaca.validation.jsonl"
    older.parent.mkdir()
    older.write_text("older")
    with pytest.raises(HomeError, match=r"alpaca\.validation\.jsonl is there already"):
        export(home, tmp_path / "out", "alpaca")
    assert [*older.parent.iterdir()] == [older]


def test_sharegpt_has_conversations(home: Home, tmp_path: Path):
    first, _ = lines(export(home, tmp_path / "out", "sharegpt"))
    assert first["id"] == "a/s0000/0"
    assert first["conversations"] == [
        {"from": "human", "value": "What is 2 + 3?"},
        {"from": "gpt", "value": "2 + 3 = 5.\nThe answer is 5."},
    ]


def test_what_is_there_is_not_written_over(home: Home, tmp_path: Path):
    (tmp_path / "empty").mkdir()
    export(home, tmp_path / "empty", "folder")
    for form in ("folder", "alpaca"):
        export(home, tmp_path / form, form)
        with pytest.raises(HomeError, match="is there already"):
            export(home, tmp_path / form, form)
    assert sorted(path.name for path in (tmp_path / "alpaca").iterdir()) == ["alpaca.jsonl"]


def test_a_home_without_a_data_set_says_how_to_make_one(tmp_path: Path):
    with pytest.raises(ReleaseError, match="scalequest run"):
        export(Home(tmp_path), tmp_path / "out", "folder")
    assert not (tmp_path / "out").exists()


def test_a_place_that_cannot_be_written_is_an_error_with_its_name(home: Home, tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(HomeError, match=r"file/out.* cannot be written: Not a directory"):
        export(home, tmp_path / "file" / "out", "alpaca")


def test_the_command_says_what_it_wrote(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    scalequest = CommandLine(home.root, monkeypatch, capsys)
    code, out, err = scalequest("export", str(tmp_path / "x"), "--format", "sharegpt")
    assert (code, out.replace("\n", "")) == (0, str(tmp_path / "x" / "sharegpt.jsonl")), err
