"""The way to the database without Django's cursor, which costs more than the statements of a step do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper

Run = Callable[[str, Sequence[Any]], Any]
"""Runs a statement with ``%s`` marks; gives the driver's cursor."""


@lru_cache(maxsize=1024)
def _marks(statement: str) -> str:
    """The statement as SQLite marks its parameters."""
    return statement.replace("%s", "?")


def runner() -> tuple[str, Run]:
    """(vendor, how to run a statement) of the default database, in whatever transaction it is.

    Errors are the driver's own: put ``connection.wrap_database_errors`` around.
    """
    wrapper = connections[DEFAULT_DB_ALIAS]
    if wrapper.connection is None:
        wrapper.ensure_connection()
    if wrapper.queries_logged or wrapper.execute_wrappers:
        return wrapper.vendor, _told(wrapper)
    if wrapper.vendor == "sqlite":
        execute = wrapper.connection.execute

        def run(statement: str, values: Sequence[Any]) -> Any:
            return execute(_marks(statement), values)

        return "sqlite", run
    from psycopg import Cursor

    cursor = Cursor(wrapper.connection)

    def run_prepared(statement: str, values: Sequence[Any]) -> Any:
        return cursor.execute(statement, values, prepare=True)

    return wrapper.vendor, run_prepared


def _told(wrapper: BaseDatabaseWrapper) -> Run:
    """Through Django's cursor after all, where somebody wants to see the statements."""

    def run(statement: str, values: Sequence[Any]) -> Any:
        cursor = wrapper.cursor()
        cursor.execute(statement, values)
        return cursor

    return run
