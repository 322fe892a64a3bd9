#!/usr/bin/env bash
# Tested with: dagster, dagster-graphql and dagster-webserver 1.13.27.
#
# Behaviour: `dg.MetadataValue.table` takes a record with a float that is not a number (or infinite), declared as a
# column of type float, and Dagster stores it. GraphQL then gives that record as text which is no JSON: `{"loss": NaN}`.
# The page reads each record with the browser's JSON.parse, which refuses it, and shows "Could not parse record:" over
# the raw text in place of the row, with the row's good cells in it. The other rows of the table are shown. A lone float
# (`dg.MetadataValue.float`) does not have this: GraphQL gives null for it, and the page a value.
#
# Output seen:
#   record 0: {"step": 1, "loss": 0.5}      strict JSON: yes
#   record 1: {"step": 2, "loss": NaN}      strict JSON: no
#   float entry: None
#   in the page's code: Could not parse record
#
# Common guess: that a table shows such a cell as "NaN" or empty, as the float entry beside it, or that it is refused
# where the metadata is made.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
  dagster==1.13.27 dagster-graphql==1.13.27 dagster-webserver==1.13.27

cat >"$folder/show.py" <<'PYTHON'
import json
import pathlib

import dagster as dg
import dagster_webserver
from dagster_graphql.implementation.events import iterate_metadata_entries


@dg.asset
def losses() -> dg.MaterializeResult:
    rows = [dg.TableRecord({"step": 1, "loss": 0.5}), dg.TableRecord({"step": 2, "loss": float("nan")})]
    schema = dg.TableSchema([dg.TableColumn("step", "int"), dg.TableColumn("loss", "float")])
    return dg.MaterializeResult(
        metadata={"table": dg.MetadataValue.table(rows, schema), "last": dg.MetadataValue.float(float("nan"))}
    )


def refuse(word):
    raise ValueError(word)


def is_strict(text):
    """Whether the text is JSON; Python's reader takes NaN unless it is asked not to."""
    try:
        json.loads(text, parse_constant=refuse)
    except ValueError:
        return False
    return True


with dg.DagsterInstance.ephemeral() as instance:
    assert dg.materialize([losses], instance=instance).success
    metadata = instance.get_latest_materialization_event(dg.AssetKey("losses")).asset_materialization.metadata
    entries = {entry.label: entry for entry in iterate_metadata_entries(metadata)}
records = entries["table"].table.records
for number, record in enumerate(records):
    print(f"record {number}: {record}      strict JSON: {'yes' if is_strict(record) else 'no'}")
print(f"float entry: {entries['last'].floatValue}")
scripts = pathlib.Path(dagster_webserver.__file__).parent.glob("webapp/build/**/*.js")
found = any("Could not parse record" in script.read_text(encoding="utf-8") for script in scripts)
print(f"in the page's code: {'Could not parse record' if found else 'nothing of it'}")
assert [is_strict(record) for record in records] == [True, False], records
assert found
PYTHON
"$folder/venv/bin/python" "$folder/show.py"
