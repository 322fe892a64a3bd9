"""What the footer of a shard's file says of the questions in it: how many came in and were kept, and which.

Two tables have the same questions where their tallies agree. So the views need not read the rows of all tables to tell
which one was made of earlier questions. Which questions they are is said by one number: the exclusive or over a hash of
the id and text of each.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Final

import polars as pl

KEY: Final = "scalequest.questions"
"""Key of a file's metadata: generator, shard, and the numbers of `NUMBERS`, a space between two."""
SCHEMA: Final = "tallies"
"""Schema with a view of the tallies of each table of questions, named like the table."""
NUMBERS: Final = ("num", "came_in", "num_kept", "kept")
"""How many questions, which, how many of them are kept, and which of them."""
DESCRIPTION: Final = "What the files of this table say of the questions in them; the view older_tables compares it"
_PARTITION: Final = ("generator", "shard")


def tally(partition: Mapping[str, str], rows: pl.DataFrame) -> str | None:
    """Return what a file's metadata says under `KEY`; None where it is no shard's, or its rows have no questions.

    Args:
        partition: The file's.
        rows: Its rows. Those of one question, such as its responses, count once; it is kept where one of them is.
    """
    if set(partition) != set(_PARTITION) or not {"query_id", "query"} <= set(rows.columns):
        return None
    keep = pl.col("keep").any() if "keep" in rows.columns else pl.lit(True)
    questions = rows.group_by("query_id", pl.col("query").fill_null("")).agg(keep=keep)
    num_kept = came_in = kept = 0
    for query_id, query, is_kept in questions.iter_rows():
        number = _hash(query_id, query)
        came_in ^= number
        if is_kept:
            num_kept, kept = num_kept + 1, kept ^ number
    numbers = (questions.height, came_in, num_kept, kept)
    return " ".join([*(partition[name] for name in _PARTITION), *map(str, numbers)])


def select(tallied: Sequence[str], others: str | None, *, has_keep: bool) -> str:
    """Return the statement of a table's tallies: `generator`, `shard` and `NUMBERS`, a row for each shard.

    Args:
        tallied: Quoted paths of its files that have a tally.
        others: Statement of the rows of its other files, which earlier releases wrote; None where there are none.
        has_keep: Whether its rows say which are kept.
    """
    columns = [f"split_part(said, ' ', {place}) AS {name}" for place, name in enumerate(_PARTITION, start=1)]
    columns += [f"split_part(said, ' ', {place})::UBIGINT AS {name}" for place, name in enumerate(NUMBERS, start=3)]
    said = "SELECT NULL::VARCHAR AS said WHERE false"
    if tallied:
        said = (
            f"SELECT decode(value) AS said FROM parquet_kv_metadata([{', '.join(tallied)}]) "  # noqa: S608 - quoted
            f"WHERE decode(key) = '{KEY}'"
        )
    parts = [f"SELECT {', '.join(columns)} FROM ({said})"]  # noqa: S608 - names of ours
    if others:
        keep = "bool_or(keep)" if has_keep else "true"
        parts.append(f"""
        SELECT generator, shard, count(*)::UBIGINT AS num, bit_xor(question) AS came_in,
               (count(*) FILTER (WHERE keep))::UBIGINT AS num_kept,
               coalesce(bit_xor(question) FILTER (WHERE keep), 0) AS kept
        FROM (
            SELECT generator, shard, md5_number_lower(concat(query_id, chr(10), query)) AS question, {keep} AS keep
            FROM ({others}) GROUP BY generator, shard, question
        )
        GROUP BY generator, shard""")  # noqa: S608 - ours
    return " UNION ALL ".join(parts)


def _hash(query_id: str, query: str) -> int:
    """Return DuckDB's `md5_number_lower(concat(query_id, chr(10), query))`."""
    text = f"{query_id}\n{query}".encode()
    return int.from_bytes(hashlib.md5(text, usedforsecurity=False).digest()[8:], "little")
