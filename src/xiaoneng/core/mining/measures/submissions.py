"""Applicants who had to submit more than once."""

from __future__ import annotations

import re
from typing import Any

from xiaoneng.core.mining.context import Context, NotMeasurable, by_count

SUBMISSION = re.compile(
    r"submi|resubmi|applica|apply|提交|申请|申报|递交|报送|indien|aanvraag ontvangen",
    re.IGNORECASE,
)
"""Names of steps in which an applicant hands something in: again when they occur a second time in a case."""
AGAIN = re.compile(
    r"resubmi|supplement|additional (information|document|material)|missing (information|document)|"
    r"补正|补充|补交|重新提交|再次提交|aanvullende gegevens",
    re.IGNORECASE,
)
"""Names of steps that are a second submission by themselves."""


def again(context: Context) -> list[dict[str, Any]]:
    """Per step: the cases and events in which something was handed in again. Told from the steps' names."""
    if not context.activities:
        raise NotMeasurable("no_activity")
    always = [i for i, name in enumerate(context.activities) if AGAIN.search(name)]
    repeated = [i for i, name in enumerate(context.activities) if SUBMISSION.search(name) and i not in always]
    rows = context.rows(
        """
        SELECT activity, count(DISTINCT case_no), count(*) FROM events
        WHERE list_contains($always, activity) OR (list_contains($repeated, activity) AND occurrence >= 2)
        GROUP BY activity
        """,
        {"always": always, "repeated": repeated},
    )
    found = [
        {"activity": context.activities[a], "cases": cases, "events": events} for a, cases, events in rows
    ]
    return by_count(found, "cases", "activity")
