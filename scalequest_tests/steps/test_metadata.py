import json

import dagster as dg
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from scalequest_assets.steps import metadata


def cells(table: dg.TableMetadataValue) -> list[dict[str, object]]:
    return [dict(record.data) for record in table.records]


def types(table: dg.TableMetadataValue) -> dict[str, str]:
    return {column.name: column.type for column in table.schema.columns}


def test_cells_are_shown_as_they_are():
    rows = [{"text": "<b>a</b> | `b`\n---", "num": 3, "is_exact": True, "share": 0.123456, "nothing": None}]
    table = metadata.table(rows)
    assert cells(table) == [rows[0] | {"share": 0.1235}]
    assert types(table) == {"text": "string", "num": "int", "is_exact": "bool", "share": "float", "nothing": "string"}


def test_what_json_has_no_word_for_is_text():
    table = metadata.table([{"a": float("nan")}, {"a": float("inf")}, {"a": [1.0, None, "b"]}, {"a": pl.Date}])
    assert [row["a"] for row in cells(table)] == ["nan", "inf", "1.0, None, b", "Date"]
    assert [json.loads(json.dumps(row, allow_nan=False)) for row in cells(table)] == cells(table)


def test_a_large_number_keeps_its_digits():
    assert cells(metadata.table([{"num_tokens": 123_456.7}])) == [{"num_tokens": 123_457.0}]


def test_long_text_is_cut():
    (row,) = cells(metadata.table([{"query": "x" * 301, "reasons": ["y" * 400] * 2}]))
    assert row["query"] == "x" * 160 + "…"
    assert len(row["reasons"]) == 161
    assert cells(metadata.table([{"query": "x" * 160}])) == [{"query": "x" * 160}]


def test_a_column_has_one_type():
    assert types(metadata.table([{"a": None}, {"a": 1}])) == {"a": "int"}
    assert types(metadata.table([{"a": 0.5}, {"a": 1}])) == {"a": "float"}
    assert types(metadata.table([{"a": True}, {"a": "x"}])) == {"a": "string"}


def test_rows_may_have_columns_that_others_do_not():
    assert cells(metadata.table([{"a": 1}, {"b": 2}])) == [{"a": 1, "b": None}, {"a": None, "b": 2}]


def test_a_table_without_rows_keeps_its_columns():
    frame = pl.DataFrame(schema={"query": pl.String, "keep": pl.Boolean, "drop_reason": pl.String})
    shown = metadata.screening(frame, ["query"])
    assert list(types(shown["dropped_sample"])) == ["query", "drop_reason"]
    assert list(types(shown["drop_reasons"])) == ["drop_reason", "rows"]
    assert metadata.table([]).records == []


def test_screening_shows_what_was_dropped_and_why():
    rows = {"query": ["a", "b", "c", "d"], "keep": [True, False, False, False], "drop_reason": [None, "x", "y", "y"]}
    shown = metadata.screening(pl.DataFrame(rows), ["query"])
    assert (shown["kept"], shown["keep_rate"]) == (1, 0.25)
    assert cells(shown["drop_reasons"]) == [{"drop_reason": "y", "rows": 2}, {"drop_reason": "x", "rows": 1}]
    assert cells(shown["kept_sample"]) == [{"query": "a"}]
    assert cells(shown["dropped_sample"])[0] == {"query": "b", "drop_reason": "x"}


def test_shares_are_counted_by_tenths():
    shown = cells(metadata.shares({"before": [0.0, 0.05, 0.1, 0.999, 1.0], "after": []}))
    assert [row["from"] for row in shown] == [n / 10 for n in range(10)]
    assert [row["before"] for row in shown] == [2, 1, 0, 0, 0, 0, 0, 0, 0, 2]
    assert {row["after"] for row in shown} == {0}


def test_a_curve_keeps_its_ends():
    rows = [record.data for record in metadata.curve([(i, i / 2) for i in range(100)], "step", "loss").records]
    assert len(rows) == 12
    assert (rows[0], rows[-1]) == ({"step": 0, "loss": 0.0}, {"step": 99, "loss": 49.5})
    assert [row["step"] for row in rows] == sorted({row["step"] for row in rows})
    assert len(metadata.curve([(1, 2.0), (2, 1.0)], "step", "loss").records) == 2
    assert metadata.curve([], "step", "loss").records == []


@given(st.lists(st.floats(-1e6, 1e6), max_size=40))
def test_every_value_lies_in_one_tenth_of_the_range(values: list[float]):
    rows = [record.data for record in metadata.spread(values).records]
    assert sum(row["rows"] for row in rows) == len(values)
    assert len(rows) == (10 if values else 0)


def test_a_standard_error_stands_beside_its_figure():
    rows = pl.DataFrame({"stage": ["base", "qft"], "share": [0.5, None], "share_stderr": [0.05, None], "num": [2, 0]})
    assert [record.data for record in metadata.with_errors(rows).records] == [
        {"stage": "base", "share": "0.5 ± 0.05", "num": 2},
        {"stage": "qft", "share": None, "num": 0},
    ]
