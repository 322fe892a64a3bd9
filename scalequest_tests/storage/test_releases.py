"""What leaves the home: the folder as a whole, and what stays where something fails."""

from pathlib import Path

import datasets
import polars as pl
import pyarrow.parquet as pq
import pytest

from scalequest_assets.storage import releases
from scalequest_assets.storage.home import Home
from scalequest_assets.storage.releases import Releases

ROWS = pl.DataFrame({"query": ["one", "two", "three"], "response": ["1", "2", "3"]})


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.prepare()
    return home


def files_in(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def hidden_in(home: Home) -> list[str]:
    return [path.name for path in home.root.iterdir() if path.name.startswith(".")]


def test_the_folder_has_rows_card_and_profile(home: Home, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(releases, "ROWS_PER_FILE", 2)
    folder, version = Releases(home).write_dataset({"data/train": ROWS}.items(), "# card", "name: p\n")
    assert folder == home.releases
    assert files_in(folder) == [
        "README.md",
        "data/train-00000-of-00002.parquet",
        "data/train-00001-of-00002.parquet",
        "profile.yaml",
    ]
    assert pl.read_parquet(folder / "data" / "*.parquet").equals(ROWS)
    assert ((folder / "README.md").read_text(), (folder / "profile.yaml").read_text()) == ("# card", "name: p\n")
    assert len(version) == 16
    assert hidden_in(home) == []


def test_what_is_not_part_of_this_release_is_gone_from_the_folder(home: Home, monkeypatch: pytest.MonkeyPatch):
    store = Releases(home)
    monkeypatch.setattr(releases, "ROWS_PER_FILE", 1)
    store.write_dataset({"data/train": ROWS}.items(), "old", "")
    store.write_dataset({"data/train": ROWS.head(1)}.items(), "new", "")
    assert files_in(home.releases) == ["README.md", "data/train-00000-of-00001.parquet", "profile.yaml"]


def test_the_version_follows_the_content_and_not_the_place(home: Home, tmp_path: Path):
    other = Home(tmp_path / "other")
    other.prepare()
    versions = [
        Releases(place).write_dataset({"data/train": ROWS}.items(), "card", "name: p")[1] for place in (home, other)
    ]
    assert versions[0] == versions[1]
    same = {"data/train": ROWS}
    for change in (
        ({"data/train": ROWS.head(2)}, "card", "name: p"),
        (same | {"sft/train": ROWS}, "card", "name: p"),
        (same, "other", "name: p"),
        (same, "card", "name: q"),
    ):
        assert Releases(home).write_dataset(change[0].items(), *change[1:])[1] != versions[0]


def test_a_rename_that_fails_leaves_the_old_data_set_under_its_name(home: Home, monkeypatch: pytest.MonkeyPatch):
    """The old folder has stepped aside by then: it used to stay hidden, and there was none."""
    store, rename, moved = Releases(home), Path.rename, []
    store.write_dataset({"data/train": ROWS}.items(), "old", "")

    def fails_the_second_time(self: Path, target: Path) -> Path:
        moved.append(self.name)
        if len(moved) == 2:
            raise OSError("no")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fails_the_second_time)
    with pytest.raises(OSError, match="no"):
        store.write_dataset({"data/train": ROWS.head(1)}.items(), "new", "")
    assert moved[0] == "dataset"
    assert (home.releases / "README.md").read_text() == "old"
    assert pl.read_parquet(home.releases / "data" / "*.parquet").equals(ROWS)
    assert store.is_there("dataset")
    assert hidden_in(home) == []


def test_a_write_that_fails_leaves_the_old_data_set(home: Home, monkeypatch: pytest.MonkeyPatch):
    store = Releases(home)
    store.write_dataset({"data/train": ROWS}.items(), "old", "")
    monkeypatch.setattr(releases.pq.ParquetWriter, "write_table", _full_disk)
    with pytest.raises(OSError, match="No space"):
        store.write_dataset({"data/train": ROWS.head(1)}.items(), "new", "")
    assert (home.releases / "README.md").read_text() == "old"
    assert hidden_in(home) == []


def _full_disk(*arguments: object, **options: object) -> None:
    raise OSError(28, "No space left on device")


def test_what_has_been_written_is_there(home: Home):
    store = Releases(home)
    assert [store.is_there(asset) for asset in ("dataset", "report")] == [False, False]
    store.write_dataset({"data/train": ROWS}.items(), "card", "")
    path, version = store.write_report("<html>été</html>")
    assert [store.is_there(asset) for asset in ("dataset", "report")] == [True, True]
    assert path.read_bytes() == "<html>été</html>".encode()
    assert store.write_report("<html>other</html>")[1] != version


def test_the_set_joins_with_one_from_json_lines(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    folder, _ = Releases(home).write_dataset(
        {"data/train": ROWS.with_columns(num=pl.lit(1, pl.Int64), note=pl.lit(None, pl.String))}.items(), "", ""
    )
    types = [str(field.type) for field in pq.read_schema(folder / "data" / "train-00000-of-00001.parquet")]
    assert types == ["string", "string", "int64", "string"]
    (tmp_path / "more.jsonl").write_text('{"query": "four", "response": "4", "num": 2, "note": "x"}\n')
    ours = datasets.load_dataset(str(folder), split="train", cache_dir=str(tmp_path / "a"))
    more = datasets.load_dataset(
        "json", data_files=str(tmp_path / "more.jsonl"), split="train", cache_dir=str(tmp_path / "b")
    )
    assert datasets.concatenate_datasets([ours, more])["query"][:] == ["one", "two", "three", "four"]


def test_files_are_bounded_in_bytes_and_none_is_empty(home: Home, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(releases, "BYTES_PER_FILE", 100_000)
    rows = pl.DataFrame({"query": [f"{i:05d}" * 40 for i in range(3_001)], "n": range(3_001)})
    folder, version = Releases(home).write_dataset({"data/train": rows}.items(), "card", "")
    files = sorted((folder / "data").iterdir())
    assert len(files) == 7
    heights = [pl.read_parquet(file).height for file in files]
    assert sum(heights) == rows.height
    assert max(heights) - min(heights) <= len(files)
    assert pl.read_parquet(files).equals(rows)
    sliced = pl.concat([rows, rows]).slice(0, rows.height)  # equal rows from another place in memory
    assert Releases(home).write_dataset({"data/train": sliced}.items(), "card", "")[1] == version


def test_further_files_lie_beside_the_card(home: Home):
    folder, _ = Releases(home).write_dataset({"data/train": ROWS}.items(), "card", "", more={"funnel.png": b"png"})
    assert (folder / "funnel.png").read_bytes() == b"png"
