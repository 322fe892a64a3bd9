"""Dagster's records of a home in three SQLite files, whose connections stay open.

Dagster's own storage makes a database for each run, and opens it again for each event. Where a model answers at once,
that is most of a partition's time.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import dagster as dg
import sqlalchemy
from dagster._core.storage.base_storage import DagsterStorage
from dagster._core.storage.event_log.polling_event_watcher import SqlPollingEventWatcher
from dagster._core.storage.event_log.sqlite.consolidated_sqlite_event_log import (
    SQLITE_EVENT_LOG_FILENAME,
    ConsolidatedSqliteEventLogStorage,
)
from dagster._core.storage.runs.sqlite import SqliteRunStorage
from dagster._core.storage.schedules.sqlite import SqliteScheduleStorage
from dagster._core.storage.sqlite import create_db_conn_string
from dagster._serdes import ConfigurableClass, ConfigurableClassData
from sqlalchemy.engine import Connection, Engine

from scalequest_assets.storage.records import make_once

_HISTORY, _SCHEDULES = "history", "schedules"
"""Folders in the instance's directory, named as Dagster's own storage names them."""
_BUSY_SECONDS = 30


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


class _Events(_Kept, ConsolidatedSqliteEventLogStorage):
    """The events of all runs, in one file."""

    def __init__(self) -> None:
        self._instance_weakref = None

    def register_instance(self, instance: dg.DagsterInstance) -> None:
        folder = self._lie_in(instance, _HISTORY, SQLITE_EVENT_LOG_FILENAME, ConsolidatedSqliteEventLogStorage)
        ConsolidatedSqliteEventLogStorage.__init__(self, str(folder))
        super().register_instance(instance)

    _connect = _Kept.connect

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
