"""Database triggers that refuse to change or delete an audit line, whoever asks."""

from __future__ import annotations

from django.db.backends.base.schema import BaseDatabaseSchemaEditor

SQLITE = """
CREATE TRIGGER audit_line_no_{name} BEFORE {verb} ON audit_auditline
BEGIN SELECT RAISE(ABORT, 'audit lines are append-only'); END
"""
POSTGRESQL = """
CREATE OR REPLACE FUNCTION audit_line_refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'audit lines are append-only'; END $$;
CREATE TRIGGER audit_line_append_only BEFORE UPDATE OR DELETE ON audit_auditline
FOR EACH ROW EXECUTE FUNCTION audit_line_refuse()
"""


def create(_apps: object, editor: BaseDatabaseSchemaEditor) -> None:
    """Install the triggers for the database at hand."""
    if editor.connection.vendor == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            editor.execute(SQLITE.format(name=verb.lower(), verb=verb))
    else:
        editor.execute(POSTGRESQL, params=None)


def drop(_apps: object, editor: BaseDatabaseSchemaEditor) -> None:
    """Remove them again (for a reverse migration)."""
    for statement in drop_statements(editor.connection.vendor):
        editor.execute(statement, params=None)


def drop_statements(vendor: str) -> list[str]:
    """What removes the triggers."""
    if vendor == "sqlite":
        return [f"DROP TRIGGER audit_line_no_{verb}" for verb in ("update", "delete")]
    return ["DROP TRIGGER audit_line_append_only ON audit_auditline", "DROP FUNCTION audit_line_refuse()"]
