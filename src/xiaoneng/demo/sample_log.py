"""A log of the demo province as another system would export it, for the pages on which logs are explored."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq

from xiaoneng.apps.accounts.contracts import Person
from xiaoneng.apps.audit.contracts import SYSTEM
from xiaoneng.apps.eventlog.services import log_upload
from xiaoneng.core.eventlog import EventStore

FILENAME = "yunling-cases.parquet"
CHUNK = 1 << 20
ROLES = {
    "case": "办件编号",
    "activity": "办理环节",
    "time": "开始时间",
    "end": "完成时间",
    "resource": "经办人",
    "role": "岗位",
    "body": "办理部门",
    "item": "事项名称",
    "item_body": "主办部门",
    "deadline": "承诺办结期限",
    "finished": "办结时间",
}
QUERY = """
SELECT c.case_id AS 办件编号, a.name AS 办理环节, e.local AS 开始时间,
       e.local + (e.ended - e.time) AS 完成时间,
       p.name AS 经办人, r.name AS 岗位, b.name AS 办理部门, c.item AS 事项名称, c.item_body AS 主办部门,
       c.deadline AS 承诺办结期限, c.finished AS 办结时间
FROM events e
JOIN cases c USING (case_no)
JOIN activities a ON a.id = e.activity
LEFT JOIN resources p ON p.id = e.resource
LEFT JOIN roles r ON r.id = e.role
LEFT JOIN bodies b ON b.id = e.body
WHERE c.first_local >= ? AND c.deadline IS NOT NULL
ORDER BY e.case_no, e.seq
"""


def bring(*, store: EventStore, as_of: date, user: Person, body: int, at: datetime) -> None:
    """Upload the cases of the last twelve months; the worker imports them like any other log."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / FILENAME
        year_ago = datetime.combine(as_of - timedelta(days=365), datetime.min.time())
        pq.write_table(store.sql(QUERY, [year_ago]), path, compression="zstd", row_group_size=131_072)
        log_upload(
            name="云岭省近一年办件（审批与热线）",
            filename=FILENAME,
            chunks=_chunks(path),
            user=user,
            body=body,
            actor=SYSTEM,
            at=at,
            mapping=ROLES,
        )


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk
