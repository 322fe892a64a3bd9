"""The file store in a bucket: as the local one, with copies of versions, and one listing for many questions."""

import hashlib
from collections import Counter
from pathlib import Path

import pytest

obstore = pytest.importorskip("obstore")
from obstore.store import MemoryStore  # noqa: E402 - only where it is installed

from scalequest_assets.errors import HomeError  # noqa: E402
from scalequest_assets.storage import object_files  # noqa: E402
from scalequest_assets.storage.object_files import ObjectFiles, bucket_files  # noqa: E402


class Bucket:
    """A bucket in memory, seen by several machines; counts what is asked of it."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._store, self._root = MemoryStore(), root
        self.asked = Counter[str]()
        for name in ("head", "get", "put", "list", "delete"):
            monkeypatch.setattr(object_files.obstore, name, self._counted(name, getattr(obstore, name)))

    def machine(self, name: str) -> ObjectFiles:
        return ObjectFiles(self._store, "s3://bucket", copies=self._root / name / "copies", work=self._root / name)

    def _counted(self, name: str, ask):
        def counted(*arguments, **options):
            self.asked[name] += 1
            return ask(*arguments, **options)

        return counted


@pytest.fixture
def bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    return Bucket(tmp_path, monkeypatch)


def text(files: ObjectFiles, name: str) -> str:
    return Path(files.fetch([name])[0]).read_text()


def test_what_is_put_is_read_listed_and_removed(bucket: Bucket):
    files = bucket.machine("a")
    for name in ("a/b=1/part.parquet", "a/b=2/part.parquet", "ab/part.parquet", ".hidden", "a/.b/c"):
        files.put(name, name.encode())
    assert files.list() == ["a/b=1/part.parquet", "a/b=2/part.parquet", "ab/part.parquet"]
    assert files.list("a") == ["a/b=1/part.parquet", "a/b=2/part.parquet"]
    assert files.read("ab/part.parquet") == b"ab/part.parquet"
    assert files.uri("ab/part.parquet") == "s3://bucket/ab/part.parquet"
    files.put("ab/part.parquet", b"new")
    assert (files.stat("ab/part.parquet").num_bytes, files.read("ab/part.parquet")) == (3, b"new")
    assert files.digest("ab/part.parquet") == hashlib.sha256(b"new").hexdigest()
    files.remove("ab/part.parquet")
    files.remove("ab/part.parquet")
    files.remove_folder("a/b=1")
    files.remove_folder("a/b=1")
    assert files.list() == ["a/b=2/part.parquet"]
    for ask in (files.read, files.digest, files.stat, files.listed().read, files.listed().stat):
        with pytest.raises(FileNotFoundError):
            ask("ab/part.parquet")
    with pytest.raises(FileNotFoundError):
        files.fetch(["a/b=2/part.parquet", "ab/part.parquet"])


def test_what_a_machine_put_is_never_fetched_and_what_it_fetched_once(bucket: Bucket):
    writer, reader = bucket.machine("a"), bucket.machine("b")
    writer.put("part.parquet", b"x" * 100)
    bucket.asked.clear()
    writer.fetch(["part.parquet"])
    assert bucket.asked == {"head": 1}
    reader.fetch(["part.parquet"])
    bucket.asked.clear()
    assert text(reader, "part.parquet") == "x" * 100
    assert bucket.asked == {"head": 1}


def test_a_large_file_comes_in_pieces_of_one_version(bucket: Bucket, monkeypatch: pytest.MonkeyPatch):
    """It is replaced between its pieces: what comes is all of the new one."""
    monkeypatch.setattr(object_files, "CHUNK_BYTES", 10)
    writer, reader = bucket.machine("a"), bucket.machine("b")
    writer.put("part", b"old" * 10)
    get = object_files.obstore.get

    def replacing_it(*arguments, **options):
        answer = get(*arguments, **options)
        if options.get("options", {}).get("range") == (10, 20) and writer.stat("part").num_bytes == 30:
            writer.put("part", b"newer" * 9)
        return answer

    monkeypatch.setattr(object_files.obstore, "get", replacing_it)
    assert text(reader, "part") == "newer" * 9


def test_a_reader_of_one_version_reads_it_to_its_end(bucket: Bucket):
    files = bucket.machine("a")
    files.put("part", b"old")
    path = Path(files.fetch(["part"])[0])
    files.put("part", b"new")
    assert (path.read_text(), text(files, "part")) == ("old", "new")
    assert [copy.read_text() for copy in files.superseded()] == ["old"]


def test_one_listing_answers_for_all(bucket: Bucket):
    files = bucket.machine("a")
    for number in range(30):
        files.put(f"table/{number}", b"x")
    bucket.asked.clear()
    now = files.listed()
    assert all(now.stat(name).num_bytes == 1 for name in now.list("table"))
    assert {*map(now.read, now.list("table"))} == {b"x"}
    assert len(now.fetch(now.list("table"))) == 30
    assert now.listed("table") is now
    assert bucket.asked == {"list": 1}
    below = files.listed("table")
    files.put("other", b"y")
    assert below.read("other") == b"y", "what was not listed is asked for"


def test_a_folder_is_put_file_by_file_and_the_last_one_last(bucket: Bucket, tmp_path: Path):
    source = tmp_path / "source"
    for name in ("a/weights", "record.json", "z"):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text(name)
    with pytest.raises(FileNotFoundError, match=r"nothing\.json"):
        bucket.machine("a").put_folder(source, "model", last="nothing.json")
    put, names = object_files.obstore.put, []
    object_files.obstore.put = lambda store, name, *rest, **options: (
        names.append(name) or put(store, name, *rest, **options)
    )
    bucket.machine("a").put_folder(source, "model", last="record.json")
    assert names == ["model/a/weights", "model/z", "model/record.json"]
    assert not source.exists()
    bucket.asked.clear()
    here = bucket.machine("a").local_folder("model")
    assert bucket.asked == {"list": 1}, "what was put is here already"
    there = bucket.machine("b").local_folder("model")
    for folder in (here, there):
        inside = {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}
        assert inside == {name: name for name in ("a/weights", "record.json", "z")}
    assert bucket.machine("b").local_folder("model") == there
    bucket.machine("a").put("model/record.json", b"new")
    assert (bucket.machine("b").local_folder("model") / "record.json").read_text() == "new"
    assert [path for path in bucket.machine("b").superseded() if path.is_dir()] == [there]
    assert not bucket.machine("b").local_folder("none").exists()


def test_an_update_loses_nothing_that_another_put_meanwhile(bucket: Bucket):
    one, other = bucket.machine("a"), bucket.machine("b")
    other.update("names", lambda old: b"first")
    seen = []

    def change(old: bytes | None) -> bytes:
        if not seen:
            other.put("names", b"first second")
        seen.append(old)
        return (old or b"") + b" third"

    one.update("names", change)
    assert seen == [b"first", b"first second"]
    assert other.read("names") == b"first second third"


def test_a_request_that_fails_is_sent_again_and_then_named(bucket: Bucket, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(object_files, "FIRST_WAIT_S", 0.0)
    failures = [obstore.exceptions.GenericError("cut")] * 4
    head = object_files.obstore.head

    def failing(*arguments):
        if failures:
            raise failures.pop()
        return head(*arguments)

    files = bucket.machine("a")
    files.put("part", b"x")
    monkeypatch.setattr(object_files.obstore, "head", failing)
    assert files.stat("part").num_bytes == 1
    failures = [obstore.exceptions.GenericError("cut\n at length")] * 5
    with pytest.raises(HomeError, match=r"^s3://bucket/part: cut\n  -> see that the bucket is there"):
        files.stat("part")


class Failing:
    """Fails as often as there are errors left, then asks."""

    def __init__(self, ask, *errors: type[Exception]) -> None:
        self.ask, self.errors = ask, list(errors)

    def __call__(self, *arguments, **options):
        if self.errors:
            raise self.errors.pop(0)("no\n at length")
        return self.ask(*arguments, **options)


def test_a_put_that_meets_another_is_sent_again(bucket: Bucket, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(object_files, "FIRST_WAIT_S", 0.0)
    put, files = object_files.obstore.put, bucket.machine("a")
    conflict = obstore.exceptions.AlreadyExistsError
    monkeypatch.setattr(object_files.obstore, "put", Failing(put, *[conflict] * 4))
    files.put("part", b"x")
    assert files.read("part") == b"x"
    monkeypatch.setattr(object_files.obstore, "put", Failing(put, *[conflict] * 5))
    with pytest.raises(HomeError, match=r"^s3://bucket/part: no\n  -> see that the bucket is there"):
        files.put("part", b"y")


@pytest.mark.parametrize(
    ("name", "num"), [("GenericError", 5), ("PermissionDeniedError", 1), ("UnauthenticatedError", 1)]
)
def test_an_update_that_the_store_does_not_take_says_what_the_store_says(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch, name: str, num: int
):
    monkeypatch.setattr(object_files, "FIRST_WAIT_S", 0.0)
    files, error = bucket.machine("a"), getattr(obstore.exceptions, name)
    put = Failing(object_files.obstore.put, *[error] * (num - 1))
    monkeypatch.setattr(object_files.obstore, "put", put)
    files.update("names", lambda old: b"first")
    put.errors = [error] * num
    with pytest.raises(HomeError, match=r"^s3://bucket/names: no\n  -> see that the bucket is there"):
        files.update("names", lambda old: b"second")
    assert files.read("names") == b"first"


def test_a_wrong_variable_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AWS_CONDITIONAL_PUT", "sometimes")
    with pytest.raises(HomeError, match=r"s3://bucket/x: (.|\n)*AWS_\* variables"):
        bucket_files("s3://bucket/x", copies=tmp_path, work=tmp_path)
