"""Database triggers: a published version never changes, an evaluation is only ever added, whoever asks.

SQLite drops a table's triggers when a later migration rebuilds the table: such a migration calls
``create`` again.
"""

from __future__ import annotations

from django.db.backends.base.schema import BaseDatabaseSchemaEditor

EVALUATIONS = "processes_evaluation"
# what withdrawing leaves as it is: everything but the state, the last day and who withdrew it why
FROZEN = (
    "id",
    "number",
    "sha256",
    "revision",
    "status",
    "author_id",
    "hands",
    "note",
    "created_at",
    "changed_at",
    "valid_from",
    "published_by_id",
    "published_at",
)
# owner of versions → columns of its own that never change
OWN = {"decision": ("decision_id", "main", "dmn"), "process": ("process_id", "bpmn")}
UNCHANGED, APPEND_ONLY = "a published version never changes", "evaluations are append-only"
FUNCTION = (
    "CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION '{why}'; END $$"
)
REFUSE = "BEGIN SELECT RAISE(ABORT, '{why}'); END"


def create(_apps: object, editor: BaseDatabaseSchemaEditor) -> None:
    """Install the triggers of decisions and their evaluations for the database at hand."""
    vendor = editor.connection.vendor
    _run(editor, [*version_statements(vendor, "decision"), *_evaluation_statements(vendor)])


def drop(_apps: object, editor: BaseDatabaseSchemaEditor) -> None:
    """Remove them again (for a reverse migration)."""
    vendor = editor.connection.vendor
    _run(editor, [*version_drops(vendor, "decision"), *_evaluation_drops(vendor)])


def create_processes(_apps: object, editor: BaseDatabaseSchemaEditor) -> None:
    """Install the triggers of processes."""
    _run(editor, version_statements(editor.connection.vendor, "process"))


def drop_processes(_apps: object, editor: BaseDatabaseSchemaEditor) -> None:
    """Remove them again."""
    _run(editor, version_drops(editor.connection.vendor, "process"))


def _run(editor: BaseDatabaseSchemaEditor, statements: list[str]) -> None:
    for statement in statements:
        editor.execute(statement, params=None)


def version_statements(vendor: str, owner: str) -> list[str]:
    """What installs the triggers of the versions of ``owner``."""
    table, name = f"processes_{owner}version", f"{owner}_version"
    same = "IS" if vendor == "sqlite" else "IS NOT DISTINCT FROM"
    kept = " AND ".join(f"NEW.{column} {same} OLD.{column}" for column in (*FROZEN, *OWN[owner]))
    withdrawn = f"(OLD.state = 'published' AND NEW.state = 'withdrawn' AND {kept})"
    changed = f"OLD.state <> 'draft' AND NOT {withdrawn}"
    if vendor == "sqlite":
        refuse = REFUSE.format(why=UNCHANGED)
        return [
            f"CREATE TRIGGER {name}_no_update BEFORE UPDATE ON {table} WHEN {changed} {refuse}",
            f"CREATE TRIGGER {name}_no_delete BEFORE DELETE ON {table} WHEN OLD.state <> 'draft' {refuse}",
        ]
    return [
        FUNCTION.format(name=f"{name}_refuse", why=UNCHANGED),
        f"CREATE TRIGGER {name}_no_update BEFORE UPDATE ON {table} FOR EACH ROW "
        f"WHEN ({changed}) EXECUTE FUNCTION {name}_refuse()",
        f"CREATE TRIGGER {name}_no_delete BEFORE DELETE ON {table} FOR EACH ROW "
        f"WHEN (OLD.state <> 'draft') EXECUTE FUNCTION {name}_refuse()",
    ]


def version_drops(vendor: str, owner: str) -> list[str]:
    """What removes the triggers of the versions of ``owner``."""
    table, name = f"processes_{owner}version", f"{owner}_version"
    names = (f"{name}_no_update", f"{name}_no_delete")
    if vendor == "sqlite":
        return [f"DROP TRIGGER {trigger}" for trigger in names]
    return [*(f"DROP TRIGGER {trigger} ON {table}" for trigger in names), f"DROP FUNCTION {name}_refuse()"]


def _evaluation_statements(vendor: str) -> list[str]:
    if vendor == "sqlite":
        refuse = REFUSE.format(why=APPEND_ONLY)
        return [
            f"CREATE TRIGGER evaluation_no_update BEFORE UPDATE ON {EVALUATIONS} {refuse}",
            f"CREATE TRIGGER evaluation_no_delete BEFORE DELETE ON {EVALUATIONS} {refuse}",
        ]
    return [
        FUNCTION.format(name="evaluation_refuse", why=APPEND_ONLY),
        f"CREATE TRIGGER evaluation_append_only BEFORE UPDATE OR DELETE ON {EVALUATIONS} FOR EACH ROW "
        "EXECUTE FUNCTION evaluation_refuse()",
    ]


def _evaluation_drops(vendor: str) -> list[str]:
    if vendor == "sqlite":
        return ["DROP TRIGGER evaluation_no_update", "DROP TRIGGER evaluation_no_delete"]
    return [
        f"DROP TRIGGER evaluation_append_only ON {EVALUATIONS}",
        "DROP FUNCTION evaluation_refuse()",
    ]
