"""Rubber stamps: checks and approvals after which everything goes on as if they had not been there."""

from __future__ import annotations

import re
from typing import Any

import duckdb

from xiaoneng.core.mining.context import Context, after_the_end
from xiaoneng.core.mining.statistics import share_upper_bound, wilson

CHECKS = re.compile(
    r"approv|review|check|verif|\bsign|authori[sz]|endors|reject|declin|audit|toets|controle|accord"
    r"|审|核|签|批准|批复|会签|复查|驳回|同意",
    re.IGNORECASE,
)
"""Words of steps that exist to stop or change something; other steps work on the case and are judged by
nobody here."""
NOT_CHECKS = re.compile(r"check[ -]?in\b|签收|签到|签订|审计报告归档", re.IGNORECASE)
OUTCOME = re.compile(
    r"(?P<no>not[ "
    "_-]?approved|disapproved|rejected|declined|refused|denied|不予批准|不予通过|不通过|未通过|不同意|驳回|退回)"
    r"|(?P<yes>final[ _-]?approved|approved|accepted|passed|批准通过|审核通过|审批通过|通过|同意)",
    re.IGNORECASE,
)
MIN_CASES = 60
"""With fewer, even a spotless record cannot bound the share of changed cases below 5 % (rule of three)."""
CHANGED_AT_MOST = 0.02
"""A step is listed when at most this share of its cases went differently ..."""
BOUND_AT_MOST = 0.05
"""... and the upper 95 % bound of that share stays below this."""


def rubber_stamps(context: Context) -> list[dict[str, Any]]:
    """Checks that (almost) never change what happens, by number of cases descending.

    A case counts as changed by a check when, at any of its passes, the check said no (the outcome in the
    step's name),
    an earlier step had to be done again right afterwards, or the case went on otherwise than after this
    check it
    usually does. Where branches run side by side the order of the next steps varies by itself and counts
    as change, so
    that the list errs towards the step.
    """
    connection = context.connection
    steps = _steps(connection)
    if not steps:
        return []
    table = ", ".join(
        f"({activity}, {step}, {'true' if negative else 'false'})"
        for activity, step, negative in steps.values()
    )
    rows = connection.execute(
        f"""
        WITH checks(activity, step, negative) AS (VALUES {table}),
        passes AS (
            SELECT e.case_no, e.seq, k.step, k.negative, coalesce(e.next_activity, -1) AS next_activity,
                   e.waited, e.next_occurrence
            FROM (
                SELECT case_no, seq, activity, local, next_activity, lag(gap_s) OVER w AS waited,
                       lead(occurrence) OVER w AS next_occurrence
                FROM events WINDOW w AS (PARTITION BY case_no ORDER BY seq)
            ) e JOIN checks k USING (activity) JOIN cases c ON c.case_no = e.case_no
            WHERE NOT {after_the_end("e.local")}
        ),
        usual AS (
            SELECT step, next_activity FROM (
                SELECT step, next_activity,
                       row_number() OVER (PARTITION BY step ORDER BY count(*) DESC, next_activity) AS place
                FROM passes WHERE NOT negative GROUP BY step, next_activity
            ) WHERE place = 1
        )
        SELECT step, count(*) AS cases, count(*) FILTER (changed) AS changed, sum(passed) AS passed,
               median(waited) AS waited, sum(waited_all) AS waited_all
        FROM (
            SELECT p.step, p.case_no, count(*) AS passed, median(p.waited) AS waited, sum(p.waited) AS
            waited_all,
                   bool_or(p.negative OR p.next_occurrence >= 2 OR p.next_activity <> u.next_activity) AS
                   changed
            FROM passes p JOIN usual u ON u.step = p.step GROUP BY p.step, p.case_no
        ) GROUP BY step
        """  # noqa: S608 integers and booleans of this module
    ).fetchall()
    names = {step: name for name, (_, step, _) in steps.items()}
    labels: dict[int, str] = {}
    members: dict[int, list[str]] = {}
    for name, (_, step, negative) in steps.items():
        members.setdefault(step, []).append(name)
        if not negative:
            labels.setdefault(step, name)
    found = []
    for step, cases, changed, passed, waited, waited_all in rows:
        share = changed / cases
        if cases < MIN_CASES or share > CHANGED_AT_MOST or share_upper_bound(changed, cases) > BOUND_AT_MOST:
            continue
        found.append(
            {
                "activity": labels.get(step, names[step]),
                "activities": sorted(members[step]),
                "cases": cases,
                "passes": int(passed),
                "changed": changed,
                "share_changed": share,
                "upper_bound": share_upper_bound(changed, cases),
                "interval": list(wilson(changed, cases) or (0.0, 1.0)),
                "median_wait_seconds": waited,
                "waiting_seconds": waited_all,
            }
        )
    return sorted(found, key=lambda row: (-row["cases"], row["activity"]))


def _steps(connection: duckdb.DuckDBPyConnection) -> dict[str, tuple[int, int, bool]]:
    """Name of an activity that is a check -> (activity id, step id, says no). Names that differ only in
    their outcome
    ("approved by X", "rejected by X") are one step."""
    found: dict[str, tuple[int, int, bool]] = {}
    numbers: dict[str, int] = {}
    for number, name in connection.execute("SELECT id, name FROM activities ORDER BY id").fetchall():
        if not CHECKS.search(name) or NOT_CHECKS.search(name):
            continue
        bare = re.sub(r"\s+", " ", OUTCOME.sub("", name)).strip().lower()
        said = OUTCOME.search(name)
        found[name] = (
            number,
            numbers.setdefault(bare, len(numbers)),
            bool(said and said.group("no")),
        )
    return found
