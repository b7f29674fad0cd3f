"""Database triggers: an event and a seal never change and are never deleted, a chain only grows.

SQLite drops a table's triggers when a later migration rebuilds the table: such a migration calls ``create``
again.
"""

from __future__ import annotations

from django.db.backends.base.schema import BaseDatabaseSchemaEditor

EVENTS, CHAINS, SEALS = "eventlog_caseevent", "eventlog_chain", "eventlog_seal"
WHY = {
    EVENTS: "events of a case are append-only",
    SEALS: "seals are append-only",
    CHAINS: "the chain of a case only grows",
}
GREW = 'NEW.length > OLD.length AND NEW.id = OLD.id AND NEW."case" = OLD."case"'


def create(_apps: object, editor: BaseDatabaseSchemaEditor) -> None:
    """Install the triggers for the database at hand."""
    for statement in _sqlite() if editor.connection.vendor == "sqlite" else _postgresql():
        editor.execute(statement, params=None)


def drop(_apps: object, editor: BaseDatabaseSchemaEditor) -> None:
    """Remove them again (for a reverse migration)."""
    for statement in drop_statements(editor.connection.vendor):
        editor.execute(statement, params=None)


def _sqlite() -> list[str]:
    statements = []
    for table, why in WHY.items():
        refuse = f"BEGIN SELECT RAISE(ABORT, '{why}'); END"
        when = f"WHEN NOT ({GREW})" if table == CHAINS else ""
        statements += [
            f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {when} {refuse}",
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}",
        ]
    return statements


def _postgresql() -> list[str]:
    statements = []
    for table, why in WHY.items():
        when = f"WHEN (NOT ({GREW}))" if table == CHAINS else ""
        call = f"EXECUTE FUNCTION {table}_refuse()"
        statements += [
            f"CREATE OR REPLACE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{why}'; END $$",
            f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} FOR EACH ROW {when} {call}",
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} FOR EACH ROW {call}",
        ]
    return statements


def drop_statements(vendor: str) -> list[str]:
    """What removes the triggers."""
    if vendor == "sqlite":
        return [f"DROP TRIGGER {table}_no_{verb}" for table in WHY for verb in ("update", "delete")]
    return [
        statement
        for table in WHY
        for statement in (
            *(f"DROP TRIGGER {table}_no_{verb} ON {table}" for verb in ("update", "delete")),
            f"DROP FUNCTION {table}_refuse()",
        )
    ]
