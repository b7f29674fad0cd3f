"""Which column plays which role: what the user said, completed by guesses that can be explained.

A guess goes by names first (those of XES, of common exports, of Chinese approval systems), and a name
counts only when the values fit: a time must be readable as one, a case must be there on every row.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from collections.abc import Mapping as Map
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Mapping:
    """Column (or XES key; ``case:`` prefix for case attributes) per role.

    None: not decided, a reader may guess. ``""``: decided that the log has no such column.
    """

    case: str | None = None
    activity: str | None = None
    time: str | None = None
    end: str | None = None
    resource: str | None = None
    role: str | None = None
    body: str | None = None
    lifecycle: str | None = None
    deadline: str | None = None
    planned: str | None = None
    started: str | None = None
    finished: str | None = None
    item: str | None = None
    item_body: str | None = None
    status: str | None = None

    def as_dict(self) -> dict[str, str]:
        """Role → column, without the absent ones."""
        return {role: column for role, column in asdict(self).items() if column}


ROLES: tuple[str, ...] = tuple(f.name for f in fields(Mapping))


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a column was taken for a role; ``template`` is English, filled from ``params``."""

    template: str
    params: Map[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.template.format(**self.params)


@dataclass(frozen=True, slots=True)
class ColumnSample:
    """What the guess knows of a column: its name, and what the first rows hold."""

    name: str
    times: bool
    """More than half of the values that are there read as dates (so that a wrong one can be named)."""
    filled: float
    """Share of rows with a value, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Guess:
    """A complete mapping, and the reason for every role in it."""

    mapping: Mapping
    reasons: dict[str, Reason]


# Names per role, best first, in the form of ``_plain``: lower case, letters and digits only. A leading
# ``case:`` stays.
_NAMES: dict[str, str] = {
    "case": (
        "case:conceptname caseid case caseidentifier casenumber caseno caseenquiryid traceid trace casekey "
        "办件编号 办件编码 办件流水号 案件编号 案件号 案号 申办流水号 业务流水号 受理编号 受理号 业务编号 "
        "工单编号 工单号 流水号 项目编号 申请编号 实例编号 流程实例编号 processinstanceid instanceid "
        "applicationid applicationnumber requestid servicerequestid ticketid ticketnumber incidentid "
        "orderid permitnumber projid id 编号"
    ),
    "activity": (
        "conceptname activity activityname activityid eventname event taskname task stepname step action "
        "actionname operation stage stagename 环节 环节名称 办理环节 活动 活动名称 步骤 步骤名称 节点 "
        "节点名称 任务 任务名称 操作 操作名称 事件 事件名称 type requesttype servicetype servicename "
        "reason category 事项名称 事项类型"
    ),
    "time": (
        "timetimestamp timestamp eventtime eventtimestamp time datetime starttimestamp starttime start "
        "begintime occurredat happenedat completetimestamp completiontime completetime endtimestamp "
        "endtime finishtime date eventdate 时间 时间戳 办理时间 操作时间 处理时间 发生时间 事件时间 "
        "开始时间 到达时间 完成时间 办结时间 结束时间 日期 opendt opened openedat opendate created "
        "createdat createddate requesteddatetime 申请时间 受理时间 创建时间"
    ),
    "end": (
        "endtimestamp endtime end completetimestamp completiontime completetime finishtime finishedat "
        "closeddt closed closedat closeddate closedate resolvedat 结束时间 完成时间 办结时间 离开时间"
    ),
    "resource": (
        "orgresource resource resourcename user username userid person handler employee agent operator "
        "performer assignee staff owner originator 经办人 办理人 承办人 处理人 办理人员 经办人员 人员 "
        "审批人 操作人 操作员 受理人 姓名"
    ),
    "role": "orgrole role rolename position job 角色 岗位 职务",
    "body": (
        "orggroup orgunit organisation organization organisationalunit department departmentname dept body "
        "agency unit office bureau group 部门 部门名称 单位 单位名称 办理部门 承办部门 办理单位 承办单位 "
        "处理部门 机关 实施机关 实施主体 case:department case:body case:orggroup"
    ),
    "lifecycle": "lifecycletransition lifecycle transition eventtype 生命周期",
    "deadline": (
        "case:deadline case:duedate case:due deadline duedate due dueat targetdt targetdate slatargetdate "
        "expecteddate expecteddatetime 截止时间 截止日期 到期时间 到期日 应办结时间 承诺办结时间 "
        "法定办结时间 办理时限 应办结日期 期限"
    ),
    "planned": (
        "case:enddateplanned case:plannedenddate case:plannedend enddateplanned plannedenddate plannedend "
        "plannedfinish 计划完成时间 计划办结时间 预计办结时间 预计完成时间"
    ),
    "started": (
        "case:startdate case:starttime case:start case:opened case:registrationdate startdate 受理时间 "
        "受理日期 申请时间 申请日期 收件时间"
    ),
    "finished": (
        "case:enddate case:endtime case:end case:closed case:closedate enddate closedate 办结时间 办结日期 "
        "办结完成时间"
    ),
    "item": (
        "case:item case:itemcode case:itemname item itemcode itemname serviceitem servicecode 事项 "
        "事项编码 事项编号 事项名称 事项代码 服务事项"
    ),
    "item_body": "case:itembody itembody 实施主体 实施机关 事项实施主体",
    "status": "case:casestatus case:status casestatus status 状态 办件状态 办理状态 案件状态",
}  # fmt: skip
_CANDIDATES = {role: tuple(names.split()) for role, names in _NAMES.items()}
_TIMES = frozenset(("time", "end", "deadline", "planned", "started", "finished"))
_STARTS = frozenset(
    (
        *("starttimestamp", "starttime", "start", "begintime", "opendt", "opened", "openedat", "opendate"),
        *("created", "createdat", "createddate", "requesteddatetime"),
        *("开始时间", "到达时间", "申请时间", "受理时间", "创建时间"),
    )
)
_CASE_ROLES = frozenset(("deadline", "planned", "started", "finished", "item", "item_body", "status"))
REQUIRED = ("case", "activity", "time")


def _plain(name: str) -> str:
    """The name as the table of names writes it."""
    text = name.strip().lower()
    text = text.removeprefix("ocel:type:")  # a column of related objects, in a flattened OCEL
    head = ""
    if text.startswith("case:"):
        head, text = "case:", text[5:]
    return head + re.sub(r"[\W_]+", "", text)


def guess_mapping(columns: Sequence[ColumnSample], asked: Mapping | None = None) -> Guess:
    """Complete ``asked`` by guesses. A role for which nothing fits stays None; nothing is raised.

    ``end`` is guessed only beside a time that is a start by its name. No column gets two roles by guessing.
    Where the log tells case attributes from event attributes (a ``case:`` prefix), facts about the case are
    looked for only among the former: the due date of one step is not the deadline of the case.
    """
    mapping = asked or Mapping()
    reasons = {role: Reason("as asked") for role in mapping.as_dict()}
    plain: dict[str, ColumnSample] = {}
    for column in columns:
        plain.setdefault(_plain(column.name), column)
    of_case = {name: column for name, column in plain.items() if name.startswith("case:")}
    taken = set(mapping.as_dict().values())
    for role in ROLES:
        if getattr(mapping, role) is not None:
            continue
        if role == "end" and _plain(mapping.time or "") not in _STARTS:
            continue
        found = _by_name(role, (of_case or plain) if role in _CASE_ROLES else plain, taken)
        if found is None:
            continue
        mapping = replace(mapping, **{role: found.name})
        taken.add(found.name)
        reasons[role] = Reason("the name {name!r} is usual for it, and the values fit", {"name": found.name})
    if mapping.case is None:
        found = _likely_case(columns, taken)
        if found is not None:
            mapping = replace(mapping, case=found.name)
            reasons["case"] = Reason(
                "{name!r} is filled on every row and its name says number or id", {"name": found.name}
            )
    return Guess(mapping, reasons)


def _by_name(role: str, plain: Map[str, ColumnSample], taken: set[str]) -> ColumnSample | None:
    fits = _FITS.get(role, _is_text)
    for name in _CANDIDATES[role]:
        column = plain.get(name)
        if column is not None and column.name not in taken and fits(column):
            return column
    return None


def _is_time(column: ColumnSample) -> bool:
    return column.times and column.filled > 0


def _is_text(column: ColumnSample) -> bool:
    return not column.times and column.filled > 0


_FITS: dict[str, Callable[[ColumnSample], bool]] = {
    **dict.fromkeys(_TIMES, _is_time),
    "case": lambda column: column.filled == 1,
}


def _likely_case(columns: Sequence[ColumnSample], taken: set[str]) -> ColumnSample | None:
    for column in columns:
        looks = re.search(
            r"(?:\b|_)(?:id|no|nr|number|key)$|编号|编码|流水号|号$", column.name.strip().lower()
        )
        if looks and column.filled == 1 and column.name not in taken and not column.times:
            return column
    return None
