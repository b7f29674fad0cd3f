"""The vocabulary of the platform's own event log, as data: event types, attributes, fact tables.

Whoever writes events of the platform uses these names and no others; whoever measures may rely on them.
``docs/reference/events.md`` is generated from this module (``python -m tools.reference``).

Two rules hold for everything here. No personal data: persons appear as pseudonymous ids, applicants do not
appear at all. Facts are dated rows, one per post, project, call or session, never an aggregate.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Attribute:
    """One column of an event or of a fact row. ``type`` is text, integer, number, boolean, date or time."""

    name: str
    type: str
    meaning: str
    unit: str = ""
    values: tuple[str, ...] = ()
    """Closed list of codes, empty when open."""


@dataclass(frozen=True, slots=True)
class EventType:
    """One kind of event. ``activity`` is the Chinese name in the log unless a step brings its own."""

    name: str
    activity: str
    meaning: str
    who: str
    lifecycle: str = "complete"
    attributes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FactTable:
    """Dated rows that no case produces; stored as ``facts/<name>.parquet``."""

    name: str
    zh: str
    meaning: str
    columns: tuple[Attribute, ...]


CHANNELS = ("window", "web", "mobile", "kiosk", "phone")
LEVELS = ("province", "city", "county", "township")
VISIT_PURPOSES = ("consult", "submit", "retry", "verify", "correct", "partner", "collect")
COMPLAINT_CLASSES = ("opaque", "materials_again", "several_trips", "late", "attitude", "other")
RESULTS = ("granted", "refused", "withdrawn")

COMMON: tuple[Attribute, ...] = (
    Attribute("case", "text", "case number; one case is one application or one hotline ticket"),
    Attribute("type", "text", "name of the event type"),
    Attribute("activity", "text", "Chinese name of the step"),
    Attribute("time", "time", "when the step began (wall clock); for a moment the moment itself"),
    Attribute("occurred_at", "time", "when the step was done; equals time for a moment"),
    Attribute("recorded_at", "time", "when the platform wrote it down; never before occurred_at"),
    Attribute("lifecycle", "text", "start, complete, withdraw", values=("start", "complete", "withdraw")),
    Attribute("actor", "text", "pseudonymous id of the person or system; empty for applicants"),
    Attribute("role", "text", "role in which the actor acted"),
    Attribute("body", "text", "name of the body that acted or at which it happened"),
)

CASE: tuple[Attribute, ...] = (
    Attribute("kind", "text", "what sort of case", values=("approval", "bundle", "joint", "ticket")),
    Attribute("item", "text", "name of the catalogue item"),
    Attribute("item_code", "text", "basic code of the item, 12 characters"),
    Attribute("version", "text", "version of the item under which the case was filed"),
    Attribute("case_body", "text", "body responsible for the case"),
    Attribute("region", "text", "region code of that body, 6 digits, or 9 for a township"),
    Attribute("level", "text", "level of that body", values=LEVELS),
    Attribute("channel", "text", "how the case came in", values=CHANNELS),
    Attribute("high_frequency", "boolean", "the item is on the list of high-frequency items"),
    Attribute("cross_body", "boolean", "more than one body has to decide"),
    Attribute("legal_limit", "integer", "legal limit", unit="working day"),
    Attribute("promised_limit", "integer", "promised limit, never above the legal one", unit="working day"),
    Attribute("materials", "integer", "materials handed in", unit="material"),
    Attribute(
        "materials_again", "integer", "of these, what a shared data resource already held", unit="material"
    ),
    Attribute("ticket_kind", "text", "what the caller wants", values=("question", "help", "complaint")),
    Attribute("ticket_class", "text", "class of a complaint", values=COMPLAINT_CLASSES),
    Attribute("complex", "boolean", "a ticket that needs more than one body or an on-site look"),
)

FURTHER: tuple[Attribute, ...] = (
    Attribute(
        "due", "time", "end of the day by which the case is promised; empty past the published calendar"
    ),
    Attribute("finished", "time", "set on the event that ends the handling: decision, answer or withdrawal"),
    Attribute("element", "text", "id of the step in the model of its process; empty where there is none"),
    Attribute("purpose", "text", "why the applicant came", values=VISIT_PURPOSES),
    Attribute("result", "text", "outcome of the decision", values=RESULTS),
    Attribute("stars", "integer", "rating, five levels (好差评)", unit="star"),
    Attribute("solved", "boolean", "the caller says on call-back that the matter is solved"),
    Attribute("instant", "boolean", "decided by rules without a human (秒批)"),
    Attribute("committed", "boolean", "accepted on a commitment, to be verified afterwards (告知承诺)"),
)

_OPENING = tuple(a.name for a in CASE)

EVENT_TYPES: tuple[EventType, ...] = (
    EventType(
        "hall.ticket",
        "取号",
        "the applicant takes a number in the hall",
        "applicant",
        attributes=("purpose",),
    ),
    EventType("hall.called", "叫号", "the number is called", "window clerk", attributes=("purpose",)),
    EventType(
        "case.submitted", "提交申请", "the application enters the system", "applicant", attributes=_OPENING
    ),
    EventType("case.received", "收件", "the window or the online desk checks completeness", "window clerk"),
    EventType("correction.notified", "补正告知", "what is missing is told, all at once", "window clerk"),
    EventType("correction.supplied", "补正提交", "the applicant supplies it", "applicant"),
    EventType("case.accepted", "受理", "the limit starts to run", "window clerk", attributes=("committed",)),
    EventType("step.examined", "初审", "a case handler examines", "case handler"),
    EventType(
        "step.signed", "审签", "someone signs, countersigns or seals; the activity says who", "approver"
    ),
    EventType("step.returned", "退回承办人", "an approver sends the case back inside the body", "approver"),
    EventType("case.bounced", "退回重派", "a body says that the matter is not its own", "case handler"),
    EventType("case.forwarded", "转送协办部门", "the case goes to another body", "case handler"),
    EventType(
        "case.decided", "作出决定", "the decision", "approver or rules", attributes=("result", "instant")
    ),
    EventType("case.withdrawn", "撤回申请", "the applicant gives up", "applicant", lifecycle="withdraw"),
    EventType("result.issued", "制证", "licence, certificate or reply is made", "case handler"),
    EventType("result.delivered", "送达", "the applicant has it", "window clerk, post or system"),
    EventType("commitment.verified", "承诺核查", "what was promised is checked afterwards", "case handler"),
    EventType("rating.given", "群众评价", "the applicant rates the case", "applicant", attributes=("stars",)),
    EventType("ticket.created", "热线来电登记", "a call is registered", "hotline agent", attributes=_OPENING),
    EventType("ticket.dispatched", "派单", "the ticket goes to a body", "hotline agent or rules"),
    EventType(
        "ticket.responded", "首次响应", "the body contacts the caller for the first time", "duty officer"
    ),
    EventType("ticket.answered", "答复办结", "the body answers", "case handler"),
    EventType(
        "ticket.called_back",
        "回访",
        "the hotline asks whether it is solved",
        "hotline agent",
        attributes=("solved", "stars"),
    ),
)

_VALIDITY = (
    Attribute("valid_from", "date", "first day on which the row holds"),
    Attribute("valid_to", "date", "first day on which it holds no more; empty while it holds"),
)


def _columns(
    *columns: tuple[str, str, str] | tuple[str, str, str, str], dated: bool = True
) -> tuple[Attribute, ...]:
    own = tuple(Attribute(*column) for column in columns)
    return own + _VALIDITY if dated else own


FACT_TABLES: tuple[FactTable, ...] = (
    FactTable(
        "regions",
        "行政区划",
        "one row per region",
        _columns(
            ("code", "text", "region code"),
            ("name", "text", "name"),
            ("level", "text", "level"),
            ("parent", "text", "code of the region above"),
        ),
    ),
    FactTable(
        "bodies",
        "机关",
        "one row per body",
        _columns(
            ("code", "text", "code of the body"),
            ("name", "text", "name"),
            ("region", "text", "region code"),
            ("level", "text", "level"),
            ("function", "text", "line of work"),
        ),
    ),
    FactTable(
        "items",
        "事项",
        "one row per item and version",
        _columns(
            ("code", "text", "basic code"),
            ("name", "text", "name"),
            ("name_en", "text", "English name"),
            ("version", "text", "version"),
            ("owner", "text", "line of work that owns it"),
            ("high_frequency", "boolean", "on the list of high-frequency items"),
            ("cross_body", "boolean", "several bodies decide"),
            ("steps", "integer", "approval steps designed", "step"),
            ("data_standardised", "boolean", "its data follow the standard"),
        ),
    ),
    FactTable(
        "offers",
        "事项实施清单",
        "one row per item, body and state: who offers what how",
        _columns(
            ("item_code", "text", "basic code"),
            ("item", "text", "name"),
            ("body", "text", "name of the body"),
            ("region", "text", "region code"),
            ("level", "text", "level"),
            ("high_frequency", "boolean", "as the item"),
            ("legal_limit", "integer", "legal limit", "working day"),
            ("promised_limit", "integer", "promised limit", "working day"),
            ("one_window", "boolean", "accepted at the general window"),
            (
                "online_depth",
                "integer",
                "1 information, 2 forms, 3 one visit, 4 end to end (网办深度)",
                "level",
            ),
        ),
    ),
    FactTable(
        "data_resources",
        "数据资源",
        "one row per resource that another body has asked for",
        _columns(
            ("resource", "text", "id"),
            ("name", "text", "name"),
            ("body", "text", "body at the source"),
            ("region", "text", "region code"),
            ("level", "text", "level"),
            ("shared", "boolean", "another body can use it"),
            ("mode", "text", "interface, batch or file"),
            ("real_time", "boolean", "answers while one waits"),
        ),
    ),
    FactTable(
        "data_calls",
        "数据共享调用",
        "one row per call that fetched a material for a case",
        _columns(
            ("called_at", "time", "when"),
            ("resource", "text", "id of the resource"),
            ("case", "text", "case number"),
            ("body", "text", "calling body"),
            ("seconds", "number", "time to the answer", "second"),
            ("ok", "boolean", "an answer came"),
            dated=False,
        ),
    ),
    FactTable(
        "posts",
        "岗位",
        "one row per post and state",
        _columns(
            ("post", "text", "id"),
            ("body", "text", "body"),
            ("region", "text", "region code"),
            ("level", "text", "level"),
            ("category", "text", "management, professional, service or support"),
            ("front_line", "boolean", "serves people directly"),
            ("skill", "text", "skill that the post needs"),
        ),
    ),
    FactTable(
        "post_holders",
        "人岗",
        "one row per person and post",
        _columns(
            ("person", "text", "pseudonymous id"),
            ("post", "text", "post"),
            ("body", "text", "body"),
            ("region", "text", "region code"),
            ("level", "text", "level"),
            ("skill", "text", "skill of the person"),
        ),
    ),
    FactTable(
        "trainings",
        "培训考核",
        "one row per person and test",
        _columns(
            ("tested_on", "date", "when"),
            ("person", "text", "pseudonymous id"),
            ("body", "text", "body"),
            ("region", "text", "region code"),
            ("level", "text", "level"),
            ("course", "text", "subject"),
            ("hours", "number", "course hours before the test", "hour"),
            ("score", "number", "0 to 100", "point"),
            dated=False,
        ),
    ),
    FactTable(
        "it_projects",
        "信息化项目",
        "one row per project and state",
        _columns(
            ("project", "text", "id"),
            ("body", "text", "body"),
            ("region", "text", "region code"),
            ("level", "text", "level"),
            ("purpose", "text", "what the system does"),
            ("amount", "number", "budget", "10,000 yuan"),
            (
                "covered_by",
                "text",
                "id of an earlier or common system with the same purpose in the same place, empty if none",
            ),
            ("argued", "boolean", "argued before approval"),
            ("monitored", "boolean", "monitored while it ran"),
            ("audited", "boolean", "audited afterwards"),
            ("goal_met", "boolean", "audit: performance goal met"),
            ("ended", "date", "end of the project"),
        ),
    ),
    FactTable(
        "app_users",
        "掌上用户",
        "one row per registered user (a panel)",
        _columns(("user", "text", "pseudonymous id"), ("region", "text", "region code")),
    ),
    FactTable(
        "app_sessions",
        "掌上会话",
        "one row per session",
        _columns(
            ("started", "time", "when"),
            ("user", "text", "pseudonymous id"),
            ("region", "text", "region code"),
            ("item_code", "text", "item that was used, empty when only looked around"),
            dated=False,
        ),
    ),
    FactTable(
        "platform_interfaces",
        "国家平台接口",
        "one row per interface to the national platform",
        _columns(
            ("interface", "text", "id"), ("body", "text", "body"), ("opened", "boolean", "in operation")
        ),
    ),
    FactTable(
        "scheme_weights",
        "考核方案权重",
        "one row per indicator of the evaluation scheme in force",
        _columns(
            ("scheme", "text", "version of the scheme"),
            ("indicator", "text", "what is weighed"),
            ("kind", "text", "outcome or process"),
            ("weight", "number", "weight", "point"),
        ),
    ),
)


def event_type(name: str) -> EventType:
    """The event type of that name; KeyError when there is none."""
    return _TYPES[name]


def fact_table(name: str) -> FactTable:
    """The fact table of that name; KeyError when there is none."""
    return _TABLES[name]


_TYPES = {kind.name: kind for kind in EVENT_TYPES}
_TABLES = {table.name: table for table in FACT_TABLES}
