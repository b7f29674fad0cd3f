"""Whose time it was: every interval between two events belongs to the one who had to act next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import duckdb

from xiaoneng.core.mining.context import Context, NotMeasurable, after_the_end

OWNERS = ("applicant", "other_body", "excluded", "own")
ROLE_WORDS: dict[str, tuple[str, ...]] = {
    "applicant": ("applicant", "citizen", "enterprise", "申请人", "群众", "企业", "当事人"),
    "other_body": ("other_body", "other body", "external body", "外部门", "其他部门", "协办"),
    "excluded": ("excluded", "不计时", "中止", "专家评审", "听证", "检验检测", "公示"),
}
"""A role whose name contains one of these words has that owner; every other role is the body's own."""


def owner_of_role(name: str) -> str:
    """The owner that a role's name says; ``own`` when it says none."""
    low = name.lower()
    return next((owner for owner, words in ROLE_WORDS.items() if any(w in low for w in words)), "own")


def owners(context: Context, by_activity: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Seconds and working seconds per owner, by seconds descending.

    Basis, in this order: ``by_activity`` (name of the acting step -> one of :data:`OWNERS`), the roles in
    the log if one
    of them is an applicant, another body or an excluded procedure, else the acting body. An interval whose
    next actor
    the log does not name stands under ``unknown``. Without any of the three: not measurable.
    """
    connection = context.connection
    if by_activity:
        names = connection.execute("SELECT id, name FROM activities").fetchall()
        table = {number: by_activity[name] for number, name in names if name in by_activity}
        return _by_owner(connection, "activity", table, "activity")
    roles = {
        n: owner_of_role(name) for n, name in connection.execute("SELECT id, name FROM roles").fetchall()
    }
    if any(owner != "own" for owner in roles.values()):
        return _by_owner(connection, "role", roles, "role")
    bodies = dict(connection.execute("SELECT id, name FROM bodies").fetchall())
    if bodies:
        return _by_owner(connection, "body", bodies, "body")
    raise NotMeasurable("no_owner")


def _by_owner(
    connection: duckdb.DuckDBPyConnection, column: str, owner: Mapping[int, str], basis: str
) -> dict[str, Any]:
    rows = connection.execute(
        f"""
        SELECT next_id, sum(gap_s), sum(gap_work_s) FROM (
            SELECT case_no, gap_s, gap_work_s, lead({column}) OVER w AS next_id, lead(local) OVER w AS until
            FROM events WINDOW w AS (PARTITION BY case_no ORDER BY seq)
        ) e JOIN cases c ON c.case_no = e.case_no
        WHERE gap_s IS NOT NULL AND NOT {after_the_end("e.until")} GROUP BY next_id
        """  # noqa: S608 the column is one of three names of this module
    ).fetchall()
    seconds: dict[str, float] = {}
    work: dict[str, float | None] = {}
    for number, elapsed, working in rows:
        name = owner.get(number, "unknown") if number is not None else "unknown"
        seconds[name] = seconds.get(name, 0.0) + elapsed
        before = work.get(name, 0.0)
        work[name] = None if working is None or before is None else before + working
    total = sum(seconds.values())
    table = [
        {
            "owner": name,
            "seconds": seconds[name],
            "work_seconds": work[name],
            "share": seconds[name] / total if total else 0.0,
        }
        for name in sorted(seconds, key=lambda name: (-seconds[name], name))
    ]
    return {"measurable": True, "basis": basis, "owners": table}
