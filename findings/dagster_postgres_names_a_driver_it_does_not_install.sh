#!/usr/bin/env bash
# Tested with: dagster-postgres 0.29.27, dagster 1.13.27, SQLAlchemy 2.1.9.
#
# Behaviour: with the configuration that its documentation shows (user, password, host, database), Dagster's storage for
# PostgreSQL cannot be opened in a new environment. It installs the driver psycopg2 and makes an address
# `postgresql://…` without a driver; SQLAlchemy 2.1 reads that as psycopg 3, which nothing installs. With `scheme:
# postgresql+psycopg2` the same installation works. No version range keeps the two apart.
#
# Output seen:
#   address  postgresql://user:password@localhost:5432/records
#   engine   ModuleNotFoundError: No module named 'psycopg'
#   address  postgresql+psycopg2://user:password@localhost:5432/records
#   engine   psycopg2
#
# Common guess: that `postgresql://` means psycopg2, as it did up to SQLAlchemy 2.0, so that what a package installs for
# itself is what its address names.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check dagster-postgres==0.29.27 dagster==1.13.27 sqlalchemy==2.1.9

cat >"$folder/show.py" <<'PYTHON'
from importlib.util import find_spec

from dagster_postgres.utils import get_conn_string
from sqlalchemy import create_engine

assert find_spec("psycopg2") and not find_spec("psycopg"), "another driver is installed"
found = []
for more in ({}, {"scheme": "postgresql+psycopg2"}):
    address = get_conn_string("user", "password", "localhost", "records", **more)
    try:
        made = create_engine(address).driver  # connects to nothing yet
    except ModuleNotFoundError as error:
        made = f"{type(error).__name__}: {error}"
    print(f"address  {address}\nengine   {made}")
    found.append(made)
assert found == ["ModuleNotFoundError: No module named 'psycopg'", "psycopg2"], found
PYTHON
"$folder/venv/bin/python" -W ignore "$folder/show.py"
