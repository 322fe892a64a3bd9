#!/usr/bin/env bash
# Tested with: dagster 1.13.27.
#
# Behaviour: where `dagster.yaml` has any setting at all (here: no telemetry), each run that begins closes all handlers of
# Python's `logging` in its process, those of the program too, although nothing in it concerns logs. A log file that was
# opened with `mode="w"` gets nothing from then on, and no error says so: the handler is still the logger's, its stream is
# gone. (Dagster gives an empty configuration to `logging.config.dictConfig`, which closes what there is before it reads
# it. It does so with the lock of `logging` held, so runs in threads of one process must not begin while another writes.)
# Without a setting in `dagster.yaml` the log goes on.
#
# Output seen:
#   without settings, the log has: ['before the run', 'after the run']   its file is open: True
#   with a setting, the log has: ['before the run']   its file is open: False
#
# Common guess: that a run adds handlers of its own and leaves the program's as they are.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check dagster==1.13.27

cat >"$folder/show.py" <<'PYTHON'
import logging
import pathlib
import sys

import dagster as dg


@dg.asset
def questions() -> int:
    return 1


def logged(folder, settings):
    """What a program's log has after a run, and whether its file is still open."""
    folder.mkdir()
    (folder / "dagster.yaml").write_text(settings)
    file = folder / "program.log"
    handler = logging.FileHandler(file, mode="w")
    log = logging.Logger("program")
    log.addHandler(handler)
    log.info("before the run")
    with dg.DagsterInstance.from_config(str(folder)) as instance:
        assert dg.materialize([questions], instance=instance).success
    log.info("after the run")
    assert log.handlers == [handler]
    return file.read_text().splitlines(), handler.stream is not None


root = pathlib.Path(sys.argv[1])
plain = logged(root / "plain", "")
configured = logged(root / "configured", "telemetry:\n  enabled: false\n")
print(f"without settings, the log has: {plain[0]}   its file is open: {plain[1]}")
print(f"with a setting, the log has: {configured[0]}   its file is open: {configured[1]}")
assert plain == (["before the run", "after the run"], True), plain
assert configured == (["before the run"], False), configured
PYTHON
"$folder/venv/bin/python" "$folder/show.py" "$folder" 2>/dev/null
