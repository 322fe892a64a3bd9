import json

import polars as pl
import pytest

from scalequest_assets.errors import SeedError
from scalequest_assets.storage.sources import read_hub, read_jsonl, read_parquet


def write(path, *lines: str | bytes) -> str:
    path.write_bytes(b"\n".join(line if isinstance(line, bytes) else line.encode() for line in lines))
    return str(path)


def test_lines_become_rows_and_blank_ones_are_left_out(tmp_path):
    path = write(tmp_path / "q.jsonl", '{"q": "a?", "n": 3}', "", '{"n": null, "q": "b?"}', '{"q": ["x"], "n": 1.5}')
    rows = read_jsonl(path, ["q", "n"])
    assert rows.rows() == [("a?", "3"), ("b?", None), ('["x"]', "1.5")]


def test_a_byte_order_mark_is_no_fault(tmp_path):
    assert read_jsonl(write(tmp_path / "q.jsonl", b"\xef\xbb\xbf" + b'{"q": "a"}'), ["q"]).height == 1


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (['{"q": "a"}', '{"q": "b"'], "line 2: not JSON"),
        (['{"q": "a"}', "[1]"], "line 2: a JSON object is expected, found list"),
        (['{"q": "a"}', '{"question": "b"}'], "line 2: column 'q' is missing; it has 'question'"),
        ([], "line 1: the file has no rows"),
        (["", "  "], "line 1: the file has no rows"),
        (['{"q": "a"}', b'{"q": "\xe9"}'], r"line 2: byte 8 \(0xe9\) is not UTF-8"),
    ],
)
def test_faults_name_file_and_line(tmp_path, lines, expected):
    path = write(tmp_path / "bad.jsonl", *lines)
    with pytest.raises(SeedError, match=expected) as caught:
        read_jsonl(path, ["q"])
    assert "bad.jsonl" in str(caught.value)


def test_many_faults_are_counted_not_listed(tmp_path):
    with pytest.raises(SeedError, match="and 3 more"):
        read_jsonl(write(tmp_path / "bad.jsonl", *["x"] * 8), ["q"])


def test_a_file_that_is_absent(tmp_path):
    for read in (read_jsonl, read_parquet):
        with pytest.raises(SeedError, match="no such file"):
            read(str(tmp_path / "none"), ["q"])


def test_parquet(tmp_path):
    path = tmp_path / "q.parquet"
    pl.DataFrame({"q": ["a"], "level": [3]}).write_parquet(path)
    assert read_parquet(str(path), ["q", "level"]).rows() == [("a", "3")]
    with pytest.raises(SeedError, match="column 'answer' is missing; it has q, level"):
        read_parquet(str(path), ["q", "answer"])
    pl.DataFrame({"q": []}).write_parquet(path)
    with pytest.raises(SeedError, match="no rows"):
        read_parquet(str(path), ["q"])
    path.write_text("not parquet")
    with pytest.raises(SeedError, match="not a Parquet file"):
        read_parquet(str(path), ["q"])


def test_the_hub_reader_reads_what_the_library_loads(tmp_path):
    (tmp_path / "train.jsonl").write_text(json.dumps({"question": "a?", "answer": "1"}) + "\n")
    assert read_hub(str(tmp_path), "main", "train", None, ["question"]).rows() == [("a?",)]
    with pytest.raises(SeedError, match="hub data set nobody/nothing@main"):
        read_hub("nobody/nothing", "main", "train", None, ["question"])
