#!/usr/bin/env bash
# Tested with: ray 2.60.0 on Linux.
#
# Behaviour: where `ray.init(address="local")` is called in a thread, all processes of the cluster that it starts (its
# server, its node) are killed with signal 9 when that thread ends, though the program goes on: the processes ask Linux to
# be killed with their parent, and Linux takes the thread that started them for the parent. `ray.is_initialized()` goes on
# to say True. In a thread that stays, the cluster stays.
#
# Output seen:
#   while the thread is there: 0 of the cluster's processes are dead, ray.is_initialized() is True
#   once the thread has ended: all of the cluster's processes are dead, ray.is_initialized() is True
#
# Common guess: that a cluster lives as long as the program that started it, whatever thread called `ray.init`.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check ray==2.60.0

cat >"$folder/show.py" <<'PYTHON'
import os
import pathlib
import threading
import time

import ray

PROGRAMS = {"gcs_server", "raylet"}


def states():
    """The state of each of the cluster's main processes that this one started; Z is dead."""
    found = {}
    for file in pathlib.Path("/proc").glob("[0-9]*/status"):
        try:
            lines = dict(line.split(":", 1) for line in file.read_text().splitlines() if ":" in line)
        except OSError:
            continue
        if int(lines["PPid"]) == os.getpid() and lines["Name"].strip() in PROGRAMS:
            found[lines["Name"].strip()] = lines["State"].split()[0]
    return found


started, may_end = threading.Event(), threading.Event()


def start():
    ray.init(address="local", num_cpus=1, include_dashboard=False, logging_level="ERROR", log_to_driver=False)
    started.set()
    may_end.wait()


thread = threading.Thread(target=start)
thread.start()
started.wait()
time.sleep(2)
before, is_initialized = states(), ray.is_initialized()
num_dead = sum(state == "Z" for state in before.values())
print(f"while the thread is there: {num_dead} of the cluster's processes are dead, ray.is_initialized() is {is_initialized}")
assert before.keys() == PROGRAMS and num_dead == 0 and is_initialized, before

may_end.set()
thread.join()
time.sleep(2)
after, is_initialized = states(), ray.is_initialized()
are_dead = all(state == "Z" for state in after.values())
print(
    f"once the thread has ended: {'all' if are_dead else 'not all'} of the cluster's processes are dead, "
    f"ray.is_initialized() is {is_initialized}",
    flush=True,
)
assert are_dead and is_initialized, after
os._exit(0)  # without Ray's farewell to a cluster that is gone
PYTHON
"$folder/venv/bin/python" "$folder/show.py" 2>/dev/null
