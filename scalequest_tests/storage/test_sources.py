import bz2
import gzip
import json

import polars as pl
import pyarrow as pa
import pytest

from scalequest_assets.errors import SeedError
from scalequest_assets.storage.sources import file_hash, read_files, read_hub, source_hash

Q = {"query": "q"}


def write(path, *lines: str | bytes) -> str:
    path.write_bytes(b"\n".join(line if isinstance(line, bytes) else line.encode() for line in lines))
    return str(path)


def read(path: str, kind: str = "jsonl", /, **columns: str) -> list[tuple[str | None, ...]]:
    return read_files(path, kind, columns or Q).rows()


def test_lines_become_rows_and_blank_ones_are_left_out(tmp_path):
    path = write(tmp_path / "q.jsonl", '{"q": "a?", "n": 3}', "", '{"n": null, "q": "b?"}', '{"q": "c", "n": 1.50}')
    assert read(path, query="q", level="n") == [("a?", "3"), ("b?", None), ("c", "1.50")]


def test_a_byte_order_mark_is_no_fault(tmp_path):
    assert read(write(tmp_path / "q.jsonl", b"\xef\xbb\xbf" + b'{"q": "a"}')) == [("a",)]


def test_numbers_stay_as_written_and_python_s_nan_is_null(tmp_path):
    path = write(
        tmp_path / "q.jsonl", '{"q": "a", "n": NaN}', f'{{"q": "b", "n": {"9" * 5000}}}', '{"q": "c", "n": -0.10}'
    )
    assert read(path, query="q", answer="n") == [("a", None), ("b", "9" * 5000), ("c", "-0.10")]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (['{"q": "a"}', '{"q": "b"'], "line 2: not JSON"),
        (['{"q": "a"}', "[1]"], "line 2: a JSON object is expected, found list"),
        (['{"q": "a"}', '{"question": "b"}'], "line 2: column 'q' is missing; it has 'question'"),
        ([], "line 1: the source has no rows"),
        (["", "  "], "line 1: the source has no rows"),
        (['{"q": "a"}', b'{"q": "\xe9"}'], r"line 2: byte 8 \(0xe9\) is not UTF-8"),
        (
            ['{"q": "a"}', r'{"q": "b \ud800 c"}'],
            r"line 2: column 'q' has '\\ud800' alone, which is half of a character",
        ),
        (["question,answer", "a,1"], "line 1: not JSON .*if it is CSV, give `kind: csv`"),
        (["{", '"q": "a"', "}"], "line 1: a JSON object over several lines"),
        (["[", '{"q": "a"},', "{]"], "not a JSON array .*line 3"),
        (['[{"q": "a"}, 7]'], "item 2: a JSON object is expected, found str"),
        (["version https://git-lfs.github.com/spec/v1"], "a pointer of Git LFS"),
        (["", "<!DOCTYPE html>"], "a page of HTML"),
        ([b"PK\x03\x04"], "a zip archive"),
        ([b"\xff\xfe{\x00"], "UTF-16"),
        ([b"PAR1"], "a Parquet file\n  -> give `kind: parquet`"),
        ([gzip.compress(b'{"q": "a"}\n' * 99)[:20]], "behind line 0|damaged"),
        (['{"q": ["x"]}'], r"line 1: column 'q' is a list, not text; it has 'q\[0\]'"),
        (['{"q": {"value": "x", "n": [1]}}'], r"column 'q' is a set of keys, not text; it has 'q.value', 'q.n\[0\]'"),
        (["[" * 100_000], "not a JSON array"),
    ],
)
def test_faults_name_file_and_line(tmp_path, lines, expected):
    path = write(tmp_path / "bad.jsonl", *lines)
    with pytest.raises(SeedError, match=expected) as caught:
        read(path)
    assert "bad.jsonl" in str(caught.value)


def test_a_surrogate_in_a_column_that_is_not_read_is_no_fault(tmp_path):
    assert read(write(tmp_path / "q.jsonl", r'{"q": "a", "id": "\udfff"}')) == [("a",)]


def test_many_faults_are_counted_not_listed(tmp_path):
    with pytest.raises(SeedError, match="and 3 more"):
        read(write(tmp_path / "bad.jsonl", *["x"] * 8))


def test_nested_columns_are_read_by_path(tmp_path):
    chat = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "2 + 2?"}]
    record = {"prompt": chat, "rm": {"ground_truth": "4"}, "answers": ["four", "4"], "info": '{"level": 3, "tags": []}'}
    columns = {
        "query": "prompt[-1].content",
        "answer": "rm.ground_truth",
        "solution": "answers[0]",
        "subject": "info.tags[0]",
        "level": "info.level",
    }
    expected = [("2 + 2?", "4", "four", None, "3")]
    assert read(write(tmp_path / "q.jsonl", json.dumps(record)), **columns) == expected
    pl.DataFrame([record]).write_parquet(tmp_path / "q.parquet")
    assert read(str(tmp_path / "q.parquet"), "parquet", **columns) == expected


@pytest.mark.parametrize("path", ["chat.0.content", "chat[0].content", "chat.-1.content", "chat[-1].content"])
def test_a_place_in_a_list_is_a_number_with_or_without_brackets(tmp_path, path):
    line = json.dumps({"chat": [{"content": "2 + 2?"}], "by_number": {"0": "zero"}})
    assert read(write(tmp_path / "q.jsonl", line), query=path, answer="by_number.0") == [("2 + 2?", "zero")]


def test_a_column_called_like_a_path_is_that_column(tmp_path):
    path = write(tmp_path / "q.jsonl", '{"a.b": "x", "a": {"b": "y"}, "c[0]": "z"}')
    assert read(path, query="a.b", answer="c[0]") == [("x", "z")]


def test_several_columns_are_one_text(tmp_path):
    lines = [
        '{"body": "Ann has 2.", "ask": {"q": "How many?"}, "a": 2}',
        '{"body": null, "ask": {"q": "1 + 1?"}, "a": 2}',
        '{"body": null, "ask": {"q": null}, "a": 0}',
        '{"body + ask.q": "2 + 2?", "a": 4}',
    ]
    expected = [("Ann has 2. How many?", "2"), ("1 + 1?", "2"), (None, "0")]
    columns = {"query": "body + ask.q", "answer": "a"}
    assert read(write(tmp_path / "q.jsonl", *lines), **columns) == [*expected, ("2 + 2?", "4")]
    frame = pl.DataFrame([json.loads(line) for line in lines[:3]])
    frame.write_parquet(tmp_path / "q.parquet")
    assert read(str(tmp_path / "q.parquet"), "parquet", **columns) == expected
    with pytest.raises(SeedError, match=r"column 'body \+ ask.text' is missing"):
        read(str(tmp_path / "q.parquet"), "parquet", query="body + ask.text", answer="a")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (
            "chat.content",
            r"column 'chat' is a list, which has no '.content'; it has 'chat\[0\].role', 'chat",
        ),
        ("q.x", "column 'q' is text, which has no '.x'"),
        ("n[0]", r"column 'n' is a number, which has no '\[0\]'"),
        ("chat[0][0]", r"column 'chat\[0\]' is a set of keys, which has no '\[0\]'; it has 'chat\[0\].role'"),
        ("chat[0].text", r"column 'chat\[0\].text' is missing"),
        ("chat[", r"column 'chat\[' is missing"),
    ],
)
def test_a_path_that_does_not_fit_is_named(tmp_path, path, expected):
    line = json.dumps({"q": "a", "n": 3, "chat": [{"role": "user", "content": "hi"}]})
    with pytest.raises(SeedError, match=expected):
        read(write(tmp_path / "q.jsonl", line), query=path)


def test_a_line_may_lack_any_column_but_the_question(tmp_path):
    path = write(tmp_path / "q.jsonl", '{"q": "a", "level": 2}', '{"q": "b"}', '{"q": "c", "answer": {}}')
    assert read(path, query="q", level="level") == [("a", "2"), ("b", None), ("c", None)]


def test_a_column_that_no_line_has_is_a_fault_unless_it_is_optional(tmp_path):
    path = write(tmp_path / "q.jsonl", '{"q": "a", "x": 1}', '{"q": "b", "y": 1}')
    with pytest.raises(SeedError, match="column 'level' is in no row; they have 'q', 'x', 'y'"):
        read(path, query="q", level="level")
    rows = read_files(path, "jsonl", {"query": "q", "answer": "answer"}, optional={"answer"})
    assert rows.rows() == [("a", None), ("b", None)]


def packed(compression):
    def pack(data: bytes) -> bytes:
        buffer = pa.BufferOutputStream()
        with pa.CompressedOutputStream(buffer, compression) as stream:
            stream.write(data)
        return buffer.getvalue().to_pybytes()

    return pack


@pytest.mark.parametrize(
    ("ending", "pack"),
    [(".gz", gzip.compress), (".zst", packed("zstd")), (".bz2", bz2.compress), (".lz4", packed("lz4"))],
)
def test_compressed_files_are_known_by_their_first_bytes(tmp_path, ending, pack):
    lines, table = b'{"q": "a"}\n{"q": "\xc3\xa9"}\n', b"q\na\n\xc3\xa9\n"
    for name, kind, data in ((f"q.jsonl{ending}", "jsonl", lines), ("q.jsonl", "jsonl", lines), ("q", "csv", table)):
        (tmp_path / name).write_bytes(pack(data))
        assert read(str(tmp_path / name), kind) == [("a",), ("é",)]


def test_files_put_behind_one_another_are_read_to_the_end(tmp_path):
    (tmp_path / "q.jsonl.gz").write_bytes(gzip.compress(b'{"q": "a"}\n') + gzip.compress(b'{"q": "b"}\n'))
    assert read(str(tmp_path / "q.jsonl.gz")) == [("a",), ("b",)]


@pytest.mark.parametrize("kind", ["json", "jsonl"])
def test_a_json_array_is_read_however_it_is_broken_into_lines(tmp_path, kind):
    for text in ('[{"q": "a"}, {"q": "b"}]', '\n [\n{"q": "a"},\n{\n"q":\n"b"\n}\n]\n'):
        assert read(write(tmp_path / "q.json", text), kind) == [("a",), ("b",)]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_csv_with_any_usual_separator_and_texts_over_lines(tmp_path, separator):
    text = 'q,n\r\n"a, ""b""\nc",3\r\n\r\nd,\r\n'.replace(",3", f"{separator}3").replace("q,", f"q{separator}")
    text = text.replace("d,", f"d{separator}")
    path = write(tmp_path / "q.csv", b"\xef\xbb\xbf" + text.encode())
    assert read(path, "csv", query="q", answer="n") == [('a, "b"\nc', "3"), ("d", None)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("q,n\na,1\nb,2,3", "line 3: 3 fields, where the first line names 2"),
        ('q,n\n"a\nb",1\nc', "line 4: 1 fields, where the first line names 2"),
        ('q,n\n"a,1\n', "line 2: not CSV"),
        ("question,n\na,1", "line 2: column 'q' is missing; it has 'question', 'n'"),
        ("q,n,n\na,1,2", "line 1: several columns are called 'n'"),
        ("q", "no rows"),
        ("", "no rows"),
    ],
)
def test_csv_faults_name_the_line(tmp_path, text, expected):
    with pytest.raises(SeedError, match=expected):
        read(write(tmp_path / "q.csv", text), "csv")


def test_a_folder_and_a_pattern_are_read_in_order(tmp_path):
    (tmp_path / "more").mkdir()
    (tmp_path / ".hidden").mkdir()
    write(tmp_path / "b.jsonl", '{"q": "b", "level": 1}')
    write(tmp_path / "notes.txt", "no")
    write(tmp_path / ".hidden" / "c.jsonl", "no")
    (tmp_path / "more" / "a.JSONL.gz").write_bytes(gzip.compress(b'{"q": "c"}'))
    (tmp_path / "a.ndjson").write_text('{"q": "a"}\n')
    assert read(str(tmp_path), query="q", level="level") == [("a", None), ("b", "1"), ("c", None)]
    assert read(f"{tmp_path}/[ab].*json*") == [("a",), ("b",)]
    assert read(f"{tmp_path}/**/*.jsonl") == [("b",)]
    with pytest.raises(SeedError, match=r"no file in this folder ends in \.parquet"):
        read(str(tmp_path), "parquet")
    with pytest.raises(SeedError, match="no file fits this pattern"):
        read(f"{tmp_path}/*.csv", "csv")


def test_a_fault_in_one_of_several_files_names_that_file(tmp_path):
    write(tmp_path / "a.jsonl", '{"q": "a"}')
    write(tmp_path / "b.jsonl", '{"q": "a"}', "{")
    with pytest.raises(SeedError, match=r"b\.jsonl, line 2"):
        read(str(tmp_path))


def test_a_name_with_the_signs_of_a_pattern_is_a_name(tmp_path):
    assert read(write(tmp_path / "q[1].jsonl", '{"q": "a"}')) == [("a",)]


def test_the_hash_of_a_source_is_that_of_all_its_files(tmp_path):
    one = write(tmp_path / "a.jsonl", '{"q": "a"}')
    assert source_hash(one, "jsonl") == file_hash(one) == source_hash(str(tmp_path), "jsonl")
    two = write(tmp_path / "b.jsonl", '{"q": "b"}')
    before = source_hash(str(tmp_path), "jsonl")
    assert before not in (file_hash(one), file_hash(two))
    write(tmp_path / "b.jsonl", '{"q": "c"}')
    assert source_hash(f"{tmp_path}/*.jsonl", "jsonl") == source_hash(str(tmp_path), "jsonl") != before
    assert source_hash(str(tmp_path / "none"), "jsonl") == "absent"


@pytest.mark.parametrize("kind", ["jsonl", "json", "csv", "parquet"])
def test_a_file_that_is_absent(tmp_path, kind):
    with pytest.raises(SeedError, match="no such file"):
        read(str(tmp_path / "none"), kind)


def test_parquet(tmp_path):
    path = tmp_path / "q.parquet"
    pl.DataFrame({"q": ["a"], "level": [3], "score": [float("nan")], "id": [b"x"]}).write_parquet(path)
    assert read(str(path), "parquet", query="q", level="level", answer="score") == [("a", "3", None)]
    with pytest.raises(SeedError, match="column 'answer' is in no row; they have 'q', 'level', 'score', 'id'"):
        read(str(path), "parquet", query="q", answer="answer")
    with pytest.raises(SeedError, match="row 1: column 'id' is bytes, not text"):
        read(str(path), "parquet", query="id")
    pl.DataFrame({"q": []}).write_parquet(path)
    with pytest.raises(SeedError, match="no rows"):
        read(str(path), "parquet")
    path.write_text("not parquet")
    with pytest.raises(SeedError, match="not a Parquet file"):
        read(str(path), "parquet")


def test_the_hub_reader_reads_what_the_library_loads(tmp_path):
    rows = [{"chat": [{"content": "a?"}], "story": "b.", "answer": "1", "final": ["2"]}]
    (tmp_path / "train.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    columns = {"query": "chat[0].content", "answer": "answer"}
    assert read_hub(str(tmp_path), "main", "train", None, columns).rows() == [("a?", "1")]
    columns = {"query": "story + chat[0].content", "answer": "final[0]"}
    assert read_hub(str(tmp_path), "main", "train", None, columns).rows() == [("b. a?", "2")]
    with pytest.raises(SeedError, match="hub data set nobody/nothing@main"):
        read_hub("nobody/nothing", "main", "train", None, Q)
