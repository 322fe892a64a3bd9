"""How rows are shown in a terminal."""

import polars as pl
import pytest
from rich.cells import cell_len

from scalequest_assets.cli import console


def _shown(capsys: pytest.CaptureFixture[str], frame: pl.DataFrame, width: int) -> list[str]:
    console.out.width = width
    console.show_table(frame, title="Found")
    return capsys.readouterr().out.splitlines()


@pytest.fixture(autouse=True)
def _width_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console.out, "_width", None)


def test_columns_that_fit_stand_beside_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    lines = _shown(capsys, pl.DataFrame({"asset": ["responses"], "seconds": [1.5]}), 40)
    assert any("asset" in line and "seconds" in line for line in lines)


def test_more_columns_than_fit_are_shown_row_by_row(capsys: pytest.CaptureFixture[str]) -> None:
    frame = pl.DataFrame({f"column_{number:02d}": [number, None] for number in range(12)})
    lines = _shown(capsys, frame, 60)
    assert lines[0] == "Found"
    assert [line.split()[1] for line in lines if line.startswith("row ")] == ["1", "2"]
    assert [line.split() for line in lines if line.startswith("column_07")] == [["column_07", "7"], ["column_07", "–"]]


def test_values_row_by_row_are_below_each_other_whatever_their_signs_are_wide(
    capsys: pytest.CaptureFixture[str],
) -> None:
    named = {"空の名前": "値" * 30, "empty": "", "a \n\x1b[2Jb": "words " * 12, "n" * 70: "x"}
    lines = _shown(capsys, pl.DataFrame({**{name: [value] for name, value in named.items()}, **_MORE}), 40)[2:]
    assert all(cell_len(line) <= 40 and line == line.rstrip() for line in lines)
    assert "empty" in lines
    width = min(cell_len(line[: len(line) - len(line.lstrip())]) for line in lines if line.startswith(" "))
    assert width == 22  # half of it for names, and two between
    assert [line for line in lines if line.startswith("空")] == ["空の名前" + " " * 14 + "値" * 9]
    assert sum(line.count("値") for line in lines) == 30
    assert sum(line.count("words") for line in lines) == 12
    assert any(line.startswith("a [2Jb  ") and line.endswith("words words") for line in lines)
    assert any(line.split() == ["n" * 20, "x"] for line in lines)


_MORE = {f"column_{number}": [number] for number in range(9)}


def test_a_long_cell_alone_needs_no_row_by_row(capsys: pytest.CaptureFixture[str]) -> None:
    lines = _shown(capsys, pl.DataFrame({"query_id": ["a/s0000/000001"], "query": ["word " * 20]}), 60)
    assert not any(line.startswith("row ") for line in lines)


def test_no_rows_leave_the_heading(capsys: pytest.CaptureFixture[str]) -> None:
    lines = _shown(capsys, pl.DataFrame({f"column_{number:02d}": [] for number in range(12)}), 60)
    assert not any(line.startswith("row ") for line in lines)


def test_what_a_model_wrote_is_text_row_by_row_too(capsys: pytest.CaptureFixture[str]) -> None:
    frame = pl.DataFrame({f"column_{number:02d}": ["[red]\x1b[2Jx[/red]"] for number in range(12)})
    shown = "\n".join(_shown(capsys, frame, 60))
    assert "[red]" in shown
    assert "\x1b[2J" not in shown
