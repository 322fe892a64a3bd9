"""The local file store: whole files or none, whatever fails in between."""

import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalequest_assets.errors import HomeError
from scalequest_assets.storage.files import LocalFiles, Stat, replacing, store_at, temporaries, write_text

NAMES = st.lists(st.from_regex(r"[a-z=0-9]{1,8}", fullmatch=True), min_size=1, max_size=4).map("/".join)


@pytest.fixture
def files(tmp_path: Path) -> LocalFiles:
    return LocalFiles(tmp_path / "store")


def test_what_is_put_is_read_listed_and_removed(files: LocalFiles):
    assert files.list() == []
    files.put("a/b=1/part.parquet", b"one")
    files.put("a/b=2/part.parquet", memoryview(b"two"))
    files.put("other", b"")
    assert files.list() == ["a/b=1/part.parquet", "a/b=2/part.parquet", "other"]
    assert files.list("a/b=2") == ["a/b=2/part.parquet"]
    assert files.read("a/b=2/part.parquet") == Path(files.uri("a/b=2/part.parquet")).read_bytes() == b"two"
    files.put("a/b=2/part.parquet", b"three")
    assert files.stat("a/b=2/part.parquet").num_bytes == 5
    files.remove("a/b=2/part.parquet")
    files.remove("a/b=2/part.parquet")
    assert files.list("a") == ["a/b=1/part.parquet"]
    assert files.digest("a/b=1/part.parquet") == hashlib.sha256(b"one").hexdigest()
    assert [Path(path).read_bytes() for path in files.fetch(["a/b=1/part.parquet", "other"])] == [b"one", b""]
    for ask in (files.read, files.digest, files.stat):
        with pytest.raises(FileNotFoundError):
            ask("a/b=2/part.parquet")


def test_a_file_can_count_as_older_than_it_is(files: LocalFiles):
    files.put("a", b"x", modified_s=1000.0)
    assert files.stat("a") == Stat(num_bytes=1, modified_s=1000.0)


def test_files_of_writers_at_work_are_not_listed(files: LocalFiles):
    files.put("a/b", b"x")
    (files.root / "a" / ".b.1.tmp").write_bytes(b"half")
    (files.root / "a" / ".folder.1.tmp").mkdir()
    (files.root / "a" / ".folder.1.tmp" / "b").write_bytes(b"half")
    assert files.list() == files.list("a") == ["a/b"]


def test_a_folder_is_removed_with_all_that_is_in_it(files: LocalFiles):
    for name in ("a/b/one", "a/b/c/two", "a/other"):
        files.put(name, b"x")
    files.remove_folder("a/b")
    files.remove_folder("a/b")
    assert files.list() == ["a/other"]


@given(st.dictionaries(NAMES, st.binary(max_size=20), max_size=6))
def test_a_store_is_a_mapping_of_names(tmp_path_factory: pytest.TempPathFactory, contents: dict[str, bytes]):
    files = LocalFiles(tmp_path_factory.mktemp("store"))
    stored = {}
    for name, data in contents.items():
        if any(name.startswith(f"{other}/") or other.startswith(f"{name}/") for other in stored):
            continue  # a name that is a folder already
        files.put(name, data)
        stored[name] = data
    assert files.list() == sorted(stored)
    assert {name: files.read(name) for name in files.list()} == stored


def test_a_folder_is_swapped_whole(files: LocalFiles, tmp_path: Path):
    for text in ("old", "new"):
        source = tmp_path / text
        (source / "data").mkdir(parents=True)
        (source / "data" / f"{text}.txt").write_text(text)
        files.put_folder(source, "dataset", last=f"data/{text}.txt")
        assert not source.exists()
        assert files.list() == [f"dataset/data/{text}.txt"]
    assert [path.name for path in files.root.iterdir()] == ["dataset"], "nothing hidden is left behind"


def test_a_folder_that_cannot_be_put_in_place_leaves_the_old_one(files: LocalFiles, tmp_path: Path, monkeypatch):
    files.put("dataset/README.md", b"old")
    source = tmp_path / "new"
    source.mkdir()
    (source / "README.md").write_text("new")
    rename = Path.rename

    def fails_for_the_new(self: Path, target: Path) -> Path:
        if self == source:
            raise OSError("no")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fails_for_the_new)
    with pytest.raises(OSError, match="no"):
        files.put_folder(source, "dataset", last="README.md")
    assert files.read("dataset/README.md") == b"old"
    assert files.list() == ["dataset/README.md"]


def test_a_store_may_be_given_or_named(files: LocalFiles, tmp_path: Path):
    assert store_at(files) is files
    assert store_at(str(tmp_path)).where == str(tmp_path)
    assert store_at(f"file://{tmp_path}").where == str(tmp_path)
    for make in (store_at, LocalFiles):
        with pytest.raises(HomeError, match=r"s3://bucket is not a local path"):
            make("s3://bucket")


def test_a_relative_store_stays_where_it_was(tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    files = store_at("lake")
    monkeypatch.chdir("/")
    assert files.uri("a") == f"{tmp_path}{os.sep}lake{os.sep}a"


def test_a_failure_leaves_the_old_file_and_no_temporary(tmp_path):
    path = Path(tmp_path / "a.json")
    write_text(path, "old")
    with pytest.raises(RuntimeError), replacing(path) as temporary:  # noqa: PT012
        temporary.write_text("half")
        assert temporary.suffix == ".tmp"
        raise RuntimeError
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["a.json"]


def test_a_reader_keeps_the_file_it_has_open(tmp_path):
    path = Path(tmp_path / "a.json")
    write_text(path, "old")
    with path.open() as file:
        write_text(path, "new")
        assert file.read() == "old"
    assert path.read_text() == "new"


def test_temporaries_are_what_writers_began(tmp_path):
    (tmp_path / "lake").mkdir()
    begun = tmp_path / "lake" / ".part.parquet.1.tmp"
    for file in (begun, tmp_path / "lake" / "part.parquet", tmp_path / ".lock"):
        file.touch()
    folders = [tmp_path / ".dataset.1.tmp", tmp_path / ".dataset.2.old"]
    for folder in folders:
        folder.mkdir()
        (folder / "README.md").touch()
    assert sorted(temporaries(tmp_path)) == sorted([begun, *folders])
    assert list(temporaries(tmp_path / "nowhere")) == []
