"""Database triggers: a published version never changes, an evaluation is only ever added, whoever asks.

SQLite drops a table's triggers when a later migration rebuilds the table: such a migration calls
``create`` again.
"""

from __future__ import annotations

from django.db.backends.base.schema import BaseDatabaseSchemaEditor

VERSIONS, EVALUATIONS = "processes_decisionversion", "processes_evaluation"
# what withdrawing leaves as it is: everything but the state, the last day and who withdrew it why
FROZEN = (
    "id",
    "decision_id",
    "number",
    "main",
    "dmn",
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


def _withdrawal(same: str) -> str:
    kept = " AND ".join(f"NEW.{column} {same} OLD.{column}" for column in FROZEN)
    return f"(OLD.state = 'published' AND NEW.state = 'withdrawn' AND {kept})"


def create(_apps: object, editor: BaseDatabaseSchemaEditor) -> None:
    """Install the triggers for the database at hand."""
    for statement in _sqlite() if editor.connection.vendor == "sqlite" else _postgresql():
        editor.execute(statement, params=None)


def drop(_apps: object, editor: BaseDatabaseSchemaEditor) -> None:
    """Remove them again (for a reverse migration)."""
    for statement in drop_statements(editor.connection.vendor):
        editor.execute(statement, params=None)


def _sqlite() -> list[str]:
    refuse = "BEGIN SELECT RAISE(ABORT, '{why}'); END"
    version, record = (
        refuse.format(why="a published version never changes"),
        refuse.format(why="evaluations are append-only"),
    )
    return [
        f"CREATE TRIGGER decision_version_no_update BEFORE UPDATE ON {VERSIONS} "
        f"WHEN OLD.state <> 'draft' AND NOT {_withdrawal('IS')} {version}",
        f"CREATE TRIGGER decision_version_no_delete BEFORE DELETE ON {VERSIONS} "
        f"WHEN OLD.state <> 'draft' {version}",
        f"CREATE TRIGGER evaluation_no_update BEFORE UPDATE ON {EVALUATIONS} {record}",
        f"CREATE TRIGGER evaluation_no_delete BEFORE DELETE ON {EVALUATIONS} {record}",
    ]


def _postgresql() -> list[str]:
    function = (
        "CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '{why}'; END $$"
    )
    return [
        function.format(name="decision_version_refuse", why="a published version never changes"),
        function.format(name="evaluation_refuse", why="evaluations are append-only"),
        f"CREATE TRIGGER decision_version_no_update BEFORE UPDATE ON {VERSIONS} FOR EACH ROW "
        f"WHEN (OLD.state <> 'draft' AND NOT {_withdrawal('IS NOT DISTINCT FROM')}) "
        "EXECUTE FUNCTION decision_version_refuse()",
        f"CREATE TRIGGER decision_version_no_delete BEFORE DELETE ON {VERSIONS} FOR EACH ROW "
        "WHEN (OLD.state <> 'draft') EXECUTE FUNCTION decision_version_refuse()",
        f"CREATE TRIGGER evaluation_append_only BEFORE UPDATE OR DELETE ON {EVALUATIONS} FOR EACH ROW "
        "EXECUTE FUNCTION evaluation_refuse()",
    ]


def drop_statements(vendor: str) -> list[str]:
    """What removes the triggers."""
    names = ("decision_version_no_update", "decision_version_no_delete")
    if vendor == "sqlite":
        return [f"DROP TRIGGER {name}" for name in (*names, "evaluation_no_update", "evaluation_no_delete")]
    return [
        *(f"DROP TRIGGER {name} ON {VERSIONS}" for name in names),
        f"DROP TRIGGER evaluation_append_only ON {EVALUATIONS}",
        "DROP FUNCTION decision_version_refuse()",
        "DROP FUNCTION evaluation_refuse()",
    ]
