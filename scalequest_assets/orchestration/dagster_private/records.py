"""Dagster's records of a home in three SQLite files, whose connections stay open.

Dagster's own storage makes a database for each run, and opens it again for each event; it looks up a table's columns
with each event, and reads the last making of an input again for each partition. Where a model answers at once, that is
most of a partition's time.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import dagster as dg
import sqlalchemy
from dagster._core.events import ASSET_CHECK_EVENTS, ASSET_EVENTS
from dagster._core.snap import ExecutionPlanSnapshot
from dagster._core.storage.base_storage import DagsterStorage
from dagster._core.storage.event_log.polling_event_watcher import SqlPollingEventWatcher
from dagster._core.storage.event_log.schema import AssetKeyTable, SqlEventLogStorageTable
from dagster._core.storage.event_log.sqlite.consolidated_sqlite_event_log import (
    SQLITE_EVENT_LOG_FILENAME,
    ConsolidatedSqliteEventLogStorage,
)
from dagster._core.storage.runs.schema import RunsTable
from dagster._core.storage.runs.sqlite import SqliteRunStorage
from dagster._core.storage.schedules.sqlite import SqliteScheduleStorage
from dagster._core.storage.sqlite import create_db_conn_string
from dagster._serdes import ConfigurableClass, ConfigurableClassData, deserialize_value
from sqlalchemy.engine import Connection, Engine

from scalequest_assets.storage.records import make_once

_HISTORY, _SCHEDULES = "history", "schedules"
"""Folders in the instance's directory, named as Dagster's own storage names them."""
_BUSY_SECONDS = 30
_INSERT = SqlEventLogStorageTable.insert()
_AT_ONCE = 500
"""Records that one query asks for."""
_SHOWN = "$.dagster_event.event_specific_data.materialization.metadata_entries"
"""Where in a stored event lies what a making shows."""


class HomeRecords(DagsterStorage, ConfigurableClass):
    """Storage for `dagster.yaml`. It lies in the instance's own directory, so that a home can be moved and copied."""

    def __init__(self, inst_data: ConfigurableClassData | None = None) -> None:
        self._inst_data = inst_data
        self._runs, self._events, self._schedules = _Runs(""), _Events(), _Schedules("")
        super().__init__()  # type: ignore[no-untyped-call]

    @property
    def inst_data(self) -> ConfigurableClassData | None:
        """How `dagster.yaml` names it."""
        return self._inst_data

    @classmethod
    def config_type(cls) -> dict[str, Any]:
        """Return its settings, of which there are none."""
        return {}

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]) -> Self:
        """Return the storage; an instance that takes it says where it lies."""
        return cls(inst_data, **config_value)

    @property
    def event_log_storage(self) -> ConsolidatedSqliteEventLogStorage:
        """What happened in runs."""
        return self._events

    @property
    def run_storage(self) -> SqliteRunStorage:
        """The runs."""
        return self._runs

    @property
    def schedule_storage(self) -> SqliteScheduleStorage:
        """What schedules and sensors did."""
        return self._schedules


def last_makings(instance: dg.DagsterInstance, asset: dg.AssetKey) -> dict[str, dg.EventLogRecord]:
    """Return the last making of each partition of an asset that was made, by partition key.

    Of a home's own records without what the makings show: nothing that asks for states reads it.
    """
    if isinstance(events := instance.event_log_storage, _Events):
        return events.last_makings(asset)
    made = dg.DagsterEventType.ASSET_MATERIALIZATION
    ids = [i for i in instance.get_latest_storage_id_by_partition(asset, made).values() if i is not None]
    found: list[dg.EventLogRecord] = []
    for begin in range(0, len(ids), _AT_ONCE):
        some = ids[begin : begin + _AT_ONCE]
        these = dg.AssetRecordsFilter(asset_key=asset, storage_ids=some)
        found += instance.fetch_materializations(these, limit=len(some)).records
    return {record.partition_key: record for record in found if record.partition_key is not None}


class _Kept:
    """A storage's file and its connections, which stay."""

    _conn_string: str

    def _lie_in(self, instance: dg.DagsterInstance, folder: str, name: str, make: Callable[[str], object]) -> Path:
        """Make the file where there is none; return its folder."""
        place = Path(instance.root_directory) / folder
        make_once(place / f"{name}.db", lambda new: make(str(new)))
        self._conn_string = create_db_conn_string(str(place), name)
        return place

    @cached_property
    def _engine(self) -> Engine:
        return _engine(self._conn_string)

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """Yield a connection in a transaction."""
        with self._engine.begin() as connection:
            yield connection

    def dispose(self) -> None:
        """Close the connections."""
        if "_engine" in vars(self):
            self._engine.dispose()

    def _columns(self, table: str) -> frozenset[str]:
        with self.connect() as connection:
            return frozenset(column["name"] for column in sqlalchemy.inspect(connection).get_columns(table))


class _Events(_Kept, ConsolidatedSqliteEventLogStorage):
    """The events of all runs, in one file."""

    def __init__(self) -> None:
        self._instance_weakref = None
        self._tables = set[str]()
        self._last: dict[str, tuple[Sequence[object], Mapping[dg.AssetKey, dg.EventLogRecord | None]]] = {}

    def register_instance(self, instance: dg.DagsterInstance) -> None:
        folder = self._lie_in(instance, _HISTORY, SQLITE_EVENT_LOG_FILENAME, ConsolidatedSqliteEventLogStorage)
        ConsolidatedSqliteEventLogStorage.__init__(self, str(folder))
        super().register_instance(instance)

    _connect = _Kept.connect

    @cached_property
    def _asset_columns(self) -> frozenset[str]:
        return self._columns(AssetKeyTable.name)

    def has_asset_key_col(self, column_name: str) -> bool:
        return column_name in self._asset_columns

    def _has_asset_key_col_on_connection(self, conn: Connection, column_name: str) -> bool:
        return column_name in self._asset_columns

    def has_table(self, table_name: str) -> bool:
        if table_name not in self._tables and super().has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

    def store_event(self, event: dg.EventLogEntry) -> None:
        """Store an event: in one transaction, and by a statement that is the same for all of them."""
        kind = event.dagster_event_type
        with self.connect() as connection:
            number = connection.execute(_INSERT, self._event_to_row(event)).lastrowid
            if kind in ASSET_EVENTS and event.get_dagster_event().asset_key:
                self._store_asset_event_tags(connection, [event], [number])
                self._store_asset_event(connection, event, number)
        if kind in ASSET_CHECK_EVENTS:
            self.store_asset_check_event(event, number)

    def last_makings(self, asset: dg.AssetKey) -> dict[str, dg.EventLogRecord]:
        """Return the last making of each partition, without what it shows: that is most of a record's text."""
        last = self._latest_event_ids_by_partition_subquery(asset, [dg.DagsterEventType.ASSET_MATERIALIZATION])
        event = sqlalchemy.func.json_replace(SqlEventLogStorageTable.c.event, _SHOWN, sqlalchemy.func.json("[]"))
        found = sqlalchemy.select(last.c.partition, last.c.id, event).join_from(
            last, SqlEventLogStorageTable, SqlEventLogStorageTable.c.id == last.c.id
        )
        with self.connect() as connection:
            rows = connection.execute(found).all()
        return {
            key: dg.EventLogRecord(storage_id=number, event_log_entry=deserialize_value(text, dg.EventLogEntry))
            for key, number, text in rows
        }

    def _get_latest_materialization_records(
        self, raw_asset_rows: Sequence[Mapping[str, Any]]
    ) -> Mapping[dg.AssetKey, dg.EventLogRecord | None]:
        """Return the last makings of assets: each is read once, until there is a later one or it is wiped."""
        found: dict[dg.AssetKey, dg.EventLogRecord | None] = {}
        for row in raw_asset_rows:
            name, stored = row["asset_key"], (row["last_materialization"], row["asset_details"])
            known = self._last.get(name)
            if known and known[0] == stored:
                found |= known[1]
                continue
            read = super()._get_latest_materialization_records([row])
            if read and row["last_materialization"]:
                self._last[name] = stored, read
            found |= read
        return found

    @cached_property
    def _watcher(self) -> SqlPollingEventWatcher:
        return SqlPollingEventWatcher(self)

    def watch(self, run_id: str, cursor: str | None, callback: Callable[..., Any]) -> None:
        # The base class waits for the file to change, which it does not while SQLite writes into its log.
        self._watcher.watch_run(run_id, cursor, callback)

    def end_watch(self, run_id: str, handler: Callable[..., Any]) -> None:
        self._watcher.unwatch_run(run_id, handler)

    def dispose(self) -> None:
        if "_watcher" in vars(self):
            self._watcher.close()
        super().dispose()


class _Runs(_Kept, SqliteRunStorage):
    """The runs. Snapshots of jobs and plans have names by their content: what was seen once is there."""

    def __init__(self, conn_string: str) -> None:
        super().__init__(conn_string)
        self._jobs, self._plans = set[str](), dict[str, ExecutionPlanSnapshot]()

    @cached_property
    def _run_columns(self) -> frozenset[str]:
        return self._columns(RunsTable.name)

    def has_run_stats_index_cols(self) -> bool:
        return {"start_time", "end_time"} <= self._run_columns

    def has_job_snapshot(self, job_snapshot_id: str) -> bool:
        if job_snapshot_id not in self._jobs and super().has_job_snapshot(job_snapshot_id):
            self._jobs.add(job_snapshot_id)
        return job_snapshot_id in self._jobs

    def get_execution_plan_snapshot(self, execution_plan_snapshot_id: str) -> ExecutionPlanSnapshot:
        if execution_plan_snapshot_id not in self._plans:
            found = super().get_execution_plan_snapshot(execution_plan_snapshot_id)
            if not found:  # Dagster's type leaves out that it may be None
                return found
            self._plans[execution_plan_snapshot_id] = found
        return self._plans[execution_plan_snapshot_id]

    def register_instance(self, instance: dg.DagsterInstance) -> None:
        self._lie_in(instance, _HISTORY, "runs", SqliteRunStorage.from_local)
        super().register_instance(instance)


class _Schedules(_Kept, SqliteScheduleStorage):
    def register_instance(self, instance: dg.DagsterInstance) -> None:
        self._lie_in(instance, _SCHEDULES, "schedules", SqliteScheduleStorage.from_local)
        super().register_instance(instance)


def _engine(url: str) -> Engine:
    """Return an engine that keeps its connections.

    A power cut may undo the last transactions, never break the file. A process that dies undoes none.
    """
    engine = sqlalchemy.create_engine(url, max_overflow=-1, connect_args={"timeout": _BUSY_SECONDS})

    @sqlalchemy.event.listens_for(engine, "connect")
    def prepare(connection: Any, record: object) -> None:
        connection.execute("PRAGMA synchronous=NORMAL")

    return engine
