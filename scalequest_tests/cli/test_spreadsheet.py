"""A sample as CSV: nothing in it is a formula to a spreadsheet, and what comes back is read whole or not at all."""

import csv
import io
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalequest_assets.cli.interview import Said
from scalequest_assets.cli.spreadsheet import TO_FILL, as_text, read_filled, write_sample
from scalequest_assets.errors import HomeError, ReviewError
from scalequest_assets.release.reviewing import hashed

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001
HOSTILE = [
    '=HYPERLINK("http://x","y")',
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "  =1",
    '"=1',
    "＝1",  # noqa: RUF001
    "a;=1",
    "a\n\"=cmd|'/c calc'!A1",
    'x","=1',
    "a\x1b[31m\x00b",
]


def pairs(*texts: str) -> pl.DataFrame:
    """Pairs whose texts all are the given ones."""
    ids = [f"a/s0000/{row:06d}" for row in range(len(texts))]
    return hashed(pl.DataFrame({"query_id": ids, **dict.fromkeys(("query", "response", "answer"), texts)}))


def filled(path: Path, sample: pl.DataFrame, *rows: tuple[str, str, str], delimiter: str = ",") -> Path:
    """Write a sample and fill in its rows, as a spreadsheet saves it."""
    write_sample(path, sample)
    records = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow(records[0])
        writer.writerows([*record[:-3], *row] for record, row in zip(records[1:], rows, strict=True))
    return path


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_no_cell_is_a_formula_whatever_separates_cells(tmp_path, delimiter):
    write_sample(tmp_path / "s.csv", pairs(*HOSTILE))
    text = (tmp_path / "s.csv").read_text(encoding="utf-8-sig")
    cells = [cell for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) for cell in row]
    assert [cell for cell in cells if cell.lstrip(" ").startswith(DANGEROUS)] == []
    assert not {"\x00", "\x1b"} & set(text)


@given(st.text(alphabet=st.sampled_from([*DANGEROUS, *"a1;,\" '/"])))
def test_no_text_becomes_a_formula(text):
    for delimiter in (";", "\t"):
        written = io.StringIO()
        csv.writer(written, quoting=csv.QUOTE_ALL).writerow(["id", as_text(text), "end"])
        cells = [
            cell for row in csv.reader(io.StringIO(written.getvalue(), newline=""), delimiter=delimiter) for cell in row
        ]
        assert [cell for cell in cells if cell.lstrip(' "').startswith(DANGEROUS[:4])] == []
    assert not as_text(text).startswith(DANGEROUS)


@pytest.mark.parametrize(
    ("text", "shown"),
    [("12", "12"), ("1/2", "'1/2"), ("3-4", "'3-4"), ("1.5", "'1.5"), ("2 = x", "2 = x"), ("a\n- b", "a\n'- b")],
)
def test_a_fraction_stays_no_date_and_plain_text_stays(text, shown):
    assert as_text(text) == shown


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_what_comes_back_is_read_by_id_and_hash(tmp_path, delimiter):
    sample = pairs(*HOSTILE[:5])
    rows = [("y", "N", ""), ("", "", ""), ("no", "", " =hm "), ("Unsure", "yes", ""), ("n", "y", "")]
    found = read_filled(filled(tmp_path / "s.csv", sample, *rows, delimiter=delimiter), sample)
    assert found.num_empty == 1
    assert [(pair["query"], said) for pair, said in found.judged] == [
        (HOSTILE[0], Said(is_question_sound=True, is_answer_right=False)),
        (HOSTILE[2], Said(is_question_sound=False, note="=hm")),
        (HOSTILE[3], Said(is_question_sound=None, is_answer_right=True)),
        (HOSTILE[4], Said(is_question_sound=False)),
    ]


BAD = [
    (("maybe", "y", ""), "is_question_sound is 'maybe': say y, n or unsure"),
    (("y", "1", ""), "is_answer_right is '1'"),
    (("y", "", ""), "is_answer_right is empty"),
    (("", "y", ""), "is_question_sound is empty"),
    (("", "", "a note"), "is_question_sound is empty"),
]


@pytest.mark.parametrize(("row", "said"), BAD)
def test_a_row_that_cannot_be_read_is_named(tmp_path, row, said):
    sample = pairs("a", "b")
    with pytest.raises(ReviewError) as caught:
        read_filled(filled(tmp_path / "s.csv", sample, ("y", "y", ""), row), sample)
    assert f"row 3 (a/s0000/000001): {said}" in caught.value.what


def test_unknown_changed_and_repeated_pairs_are_named_all_at_once(tmp_path):
    sample = pairs("a", "b", "c")
    path = filled(tmp_path / "s.csv", sample, *[("y", "y", "")] * 3)
    text = path.read_text(encoding="utf-8-sig")
    path.write_text(text + text.splitlines()[1] + "\n", encoding="utf-8")
    now = hashed(sample.with_columns(pl.Series("response", ["a", "other", "c"]))).head(2)
    with pytest.raises(ReviewError) as caught:
        read_filled(path, now)
    for part in (
        "row 3 (a/s0000/000001): the pair has changed",
        "row 4 (a/s0000/000002): no pair",
        "row 5 (a/s0000/000000): the same pair as row 2",
    ):
        assert part in caught.value.what


def test_missing_columns_are_named(tmp_path):
    path = tmp_path / "s.csv"
    path.write_text("query_id,note\na,b\n")
    with pytest.raises(ReviewError, match="columns are missing: content_hash, is_question_sound, is_answer_right"):
        read_filled(path, pairs("a"))
    path.write_text("")
    with pytest.raises(ReviewError, match="columns are missing"):
        read_filled(path, pairs("a"))


def test_a_file_in_another_encoding_or_none_is_one_error(tmp_path):
    path = filled(tmp_path / "s.csv", pairs("é"), ("y", "y", "naïve"))
    path.write_bytes(path.read_text(encoding="utf-8-sig").encode("cp1252"))
    with pytest.raises(ReviewError, match="not UTF-8"):
        read_filled(path, pairs("é"))
    with pytest.raises(HomeError, match="cannot be read"):
        read_filled(tmp_path / "none.csv", pairs("a"))


def test_a_file_that_is_there_is_not_written_over(tmp_path):
    write_sample(tmp_path / "s.csv", pairs("a"))
    with pytest.raises(HomeError, match="is there already"):
        write_sample(tmp_path / "s.csv", pairs("a"))
    with pytest.raises(HomeError, match="cannot be written"):
        write_sample(tmp_path / "none" / "s.csv", pairs("a"))


def test_the_columns_to_fill_are_the_tables(tmp_path):
    write_sample(tmp_path / "s.csv", pairs("a"))
    head = (tmp_path / "s.csv").read_text(encoding="utf-8-sig").splitlines()[0]
    assert head.endswith(",".join(f'"{name}"' for name in TO_FILL))
