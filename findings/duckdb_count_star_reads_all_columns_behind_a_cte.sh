#!/usr/bin/env bash
# Tested with: duckdb 2.0.1.
#
# Behaviour: `SELECT count(*)` of a view (or subquery) whose statement has a CTE that is materialized reads every column of
# the files that the view reads, joins with all of them, and throws them away. `SELECT count(column)`, or any statement
# that names a column, reads what it needs. DuckDB materializes by itself a CTE that is used more than once. It is the same
# with `WHERE` and with `count(*) FILTER`; a branch without rows (`UNION ALL … WHERE false`) behind the statement has the
# columns left out again. On wide tables counting rows takes more than twice as long as counting the ids.
#
# Output seen:
#   count(*)   of the view: ['id', 'text', 'id', 'note']
#   count(id)  of the view: ['id', 'id']
#   count(*)   of the view without MATERIALIZED: ['id', 'id']
#   count(*)   of the view and no rows: ['id', 'id']
#
# Common guess: that nothing is cheaper to ask of a view than how many rows it has.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check duckdb==2.0.1

cat >"$folder/show.py" <<'PYTHON'
import json
import os
import sys

import duckdb

os.chdir(sys.argv[1])
database = duckdb.connect()
database.execute("COPY (SELECT i AS id, 'question ' || i AS text FROM range(5000) r(i)) TO 'questions.parquet'")
database.execute("COPY (SELECT i AS id, 'note ' || i AS note FROM range(0, 5000, 2) r(i)) TO 'notes.parquet'")
VIEW = """
    WITH withdrawn AS {} (SELECT 3 AS id)
    SELECT id, text, note FROM 'questions.parquet' LEFT JOIN (
        SELECT * FROM 'notes.parquet' ANTI JOIN withdrawn USING (id)
    ) USING (id)"""


def columns_read(select, view):
    plan = json.loads(database.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) SELECT {select} FROM ({view})").fetchone()[1])
    found = []

    def look(operator):
        if "PARQUET" in operator["name"]:
            projected = operator["extra_info"]["Projections"]
            found.extend([projected] if isinstance(projected, str) else projected)
        for child in operator.get("children", ()):
            look(child)

    for operator in plan["operator"]:
        look(operator)
    return found


materialized, inlined = VIEW.format("MATERIALIZED"), VIEW.format("NOT MATERIALIZED")
seen = {
    "count(*)   of the view": columns_read("count(*)", materialized),
    "count(id)  of the view": columns_read("count(id)", materialized),
    "count(*)   of the view without MATERIALIZED": columns_read("count(*)", inlined),
    "count(*)   of the view and no rows": columns_read("count(*)", f"FROM ({materialized}) UNION ALL SELECT 0, '', '' WHERE false"),
}
for what, columns in seen.items():
    print(f"{what}: {columns}")
assert sorted(seen.pop("count(*)   of the view")) == ["id", "id", "note", "text"]
assert all(columns == ["id", "id"] for columns in seen.values())
PYTHON
"$folder/venv/bin/python" "$folder/show.py" "$folder"
