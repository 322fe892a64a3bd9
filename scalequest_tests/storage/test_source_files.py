"""Earlier sets: where their questions lie, and what is said where they do not."""

import json
from pathlib import Path

import polars as pl
import pytest

from scalequest_assets.config.sources import EarlierHome, EarlierRelease, FamiliesSource, FileSource, KnownFiles
from scalequest_assets.errors import SeedError
from scalequest_assets.storage.source_files import files_hash, read_known
from scalequest_assets.storage.sources import read_files, source_hash

PAIRS = pl.DataFrame({"query_id": ["g/s0000/000000", "g/s0000/000001"], "query": ["a?", "b?"], "answer": ["1", "2"]})


def written(folder: Path, frame: pl.DataFrame, name: str = "part.parquet") -> None:
    folder.mkdir(parents=True)
    frame.write_parquet(folder / name)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """What an earlier home leaves, older columns and all."""
    root = tmp_path / "an [earlier] home"
    written(root / "lake/qa_pairs/generator=g/shard=s0000", PAIRS)
    kept = pl.DataFrame(
        {"query_id": ["g/s0000/000000", "g/s0000/000002"], "query": ["a?", "c?"], "keep": [True, False]}
    )
    written(root / "lake/deduplicated_questions/generator=g/shard=s0000", kept)
    written(root / "dataset/data", PAIRS.head(1), "train-00000-of-00001.parquet")
    written(root / "dataset/sft", pl.DataFrame({"messages": ["other columns"]}), "train-00000-of-00001.parquet")
    return root


@pytest.mark.parametrize(("questions", "expected"), [("pairs", ["a?", "b?"]), ("released", ["a?"]), ("kept", ["a?"])])
def test_a_home_has_three_kinds_of_questions(home: Path, questions: str, expected: list[str]):
    source = EarlierHome(kind="home", path=str(home), questions=questions)
    found = read_known(source, ())
    assert found["query"].to_list() == expected
    assert found["id"][0] == "g/s0000/000000"
    assert set(found.columns) == {"query", "id"}


def test_a_released_folder_is_read_by_its_pairs(home: Path):
    found = read_known(EarlierRelease(kind="release", path=str(home / "dataset")), ())
    assert found.rows() == [("a?", "g/s0000/000000")]


def test_a_file_has_ids_where_a_column_is_named(tmp_path: Path):
    file = tmp_path / "old.jsonl"
    file.write_text(json.dumps({"question": "a?", "n": {"key": 7}}) + "\n")
    source = {"kind": "jsonl", "path": str(file)}
    assert read_known(KnownFiles.model_validate(source), ()).rows() == [("a?", None)]
    named = KnownFiles.model_validate({**source, "columns": {"id": "n.key"}})
    assert read_known(named, ()).rows() == [("a?", "7")]
    with pytest.raises(SeedError, match="column 'text' is missing; it has 'question', 'n'"):
        read_known(KnownFiles.model_validate({**source, "columns": {"query": "text"}}), ())
    with pytest.raises(SeedError, match="column 'key' is in no row; they have 'question', 'n'"):
        read_known(KnownFiles.model_validate({**source, "columns": {"id": "key"}}), ())


def test_what_is_not_there_is_named_with_what_to_do(home: Path, tmp_path: Path):
    for source, remedy in (
        (EarlierHome(kind="home", path=str(tmp_path / "none")), "SCALEQUEST_HOME=.*none scalequest run"),
        (EarlierRelease(kind="release", path=str(home)), "name the folder that has its card and `data`"),
    ):
        with pytest.raises(SeedError, match=f"known source '.*': there is no folder .*\n.*{remedy}"):
            read_known(source, ())
    empty = tmp_path / "empty"
    written(empty / "data", PAIRS.clear())
    with pytest.raises(SeedError, match="the source has no rows"):
        read_known(EarlierRelease(kind="release", path=str(empty)), ())
    other = tmp_path / "other"
    written(other / "data", PAIRS.rename({"query_id": "id"}))
    with pytest.raises(SeedError, match="column 'query_id' is in no row; they have 'id', 'query', 'answer'"):
        read_known(EarlierRelease(kind="release", path=str(other)), ())


def test_a_set_that_the_reading_home_writes_is_refused(home: Path):
    own = (home / "lake", home / "dataset")
    for source in (
        EarlierHome(kind="home", path=str(home)),
        EarlierRelease(kind="release", path=str(home / "dataset")),
    ):
        with pytest.raises(SeedError, match="is this home itself"):
            read_known(source, own)


def test_a_hash_follows_the_files_that_are_read(home: Path):
    source = EarlierHome(kind="home", path=str(home))
    released = EarlierRelease(kind="release", path=str(home / "dataset"))
    before = files_hash(source), files_hash(released)
    written(home / "lake/qa_pairs/generator=g/shard=s0001", PAIRS)
    assert files_hash(source) != before[0]
    assert files_hash(released) == before[1]
    assert files_hash(EarlierHome(kind="home", path=str(home / "none"))) == "absent"
    assert files_hash(FamiliesSource(kind="families", style="competition")) is None
    file = home / "a.jsonl"
    file.write_text("{}")
    assert files_hash(FileSource(kind="jsonl", path=str(file))) == source_hash(str(file), "jsonl")


def test_plain_columns_of_parquet_are_read_as_records_are(tmp_path: Path):
    """The fast way and the one by records, which a column that is no text takes, say the same."""
    frame = pl.DataFrame({"q": ["a?", None, "ü\x00🙂"], "keep": [True, None, False], "n": [1, 2, 3]})
    frame.write_parquet(tmp_path / "q.parquet")
    plain = read_files(str(tmp_path / "q.parquet"), "parquet", {"query": "q", "keep": "keep", "again": "q"})
    records = read_files(str(tmp_path / "q.parquet"), "parquet", {"query": "q", "keep": "keep", "again": "q", "n": "n"})
    assert plain.equals(records.drop("n"))
    assert plain["keep"].to_list() == ["true", None, "false"]
