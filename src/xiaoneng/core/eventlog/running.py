"""What a running process writes: event types of its moves, lifecycles, and which data an event may carry.

The types of ``vocabulary.py`` name what a step *is* for those who measure (``step.examined``); a process
model gives a step its type by ``xn:event``, else it is ``step.done``. Each step writes several events of its
type with different lifecycles (scheduled, started, completed …). Everything here is about the rest: how the
case moved between the steps. ``docs/reference/events.md`` is generated from both.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from types import NoneType

from xiaoneng.core.errors import BadInput, Place
from xiaoneng.core.eventlog.vocabulary import CASE, EVENT_TYPES, FURTHER, Attribute, EventType

TEXT_LENGTH = 200
"""Most characters of a text in the data: codes and names, never what someone wrote."""

LIFECYCLES = {
    "schedule": "a step waits to be done; a timer or event is waited for",
    "assign": "asked to sign as well",
    "reassign": "handed over, or given back (no `to`)",
    "start": "someone took it, or it began by itself",
    "suspend": "paused",
    "resume": "goes on",
    "withdraw": "taken away undone",
    "abort": "ended by an error or by the end of what it belongs to",
    "complete": "done; for a moment the moment itself",
}
"""Transitions of XES' standard lifecycle (``ate_abort`` and ``pi_abort`` are one here)."""

DATA: tuple[Attribute, ...] = (
    Attribute("process", "text", "key of the process"),
    Attribute("number", "integer", "version of the process"),
    Attribute("parent", "text", "case of the process that called this one"),
    Attribute("reason", "text", "code of the reason, never a sentence"),
    Attribute("status", "text", "how the process or part ended"),
    Attribute("to", "text", "pseudonymous id of whom it was given to"),
    Attribute("by", "text", "pseudonymous id of who decided it where the actor is another"),
    Attribute("signers", "texts", "pseudonymous ids of further signers"),
    Attribute("origin", "text", "element from which the case was sent"),
    Attribute("flows", "texts", "ids of the sequence flows that were opened"),
    Attribute("name", "text", "name of the message, signal, error or escalation"),
    Attribute("timer", "integer", "number of the timer"),
    Attribute("variable", "text", "name of the variable that was set, never its value"),
    Attribute("command", "text", "id of the command"),
    Attribute("evaluation", "text", "id of the stored decision"),
    Attribute("connector", "text", "name of the connector"),
    Attribute("revision", "integer", "revision of the instance after the step"),
)
"""Data of events that only the engine writes; in the export to measures they do not appear."""

ANY_STEP = (
    "due", "reason", "status", "to", "by", "signers", "origin", "command", "evaluation", "connector"
)  # fmt: skip
"""What any step may carry besides the attributes of its own type."""

_NAMED = ("name", "origin", "reason", "command")

STEP = EventType(
    "step.done",
    "办理",
    "a step that the model gives no type of its own",
    "whoever holds the role",
    attributes=("result", "instant", "committed"),
)

PROCESS_TYPES: tuple[EventType, ...] = (
    EventType(
        "process.started",
        "流程启动",
        "a process began",
        "engine",
        "start",
        ("process", "number", "parent", "command", "due"),
    ),
    EventType(
        "process.ended", "流程结束", "a process ended", "engine", "complete", ("status", "reason", "command")
    ),
    EventType(
        "process.suspended",
        "流程挂起",
        "nothing moves, but the statutory clock goes on",
        "case handler",
        "suspend",
        ("reason", "command"),
    ),
    EventType("process.resumed", "流程恢复", "it goes on", "case handler", "resume", ("reason", "command")),
    EventType(
        "process.migrated",
        "流程迁移",
        "the running case was moved to another version of its process",
        "reform office",
        attributes=("process", "number", "reason", "command"),
    ),
    EventType(
        "process.changed",
        "变量更新",
        "a variable of the process was set",
        "engine",
        attributes=("variable", "command"),
    ),
    EventType(
        "step.sent_back",
        "退回前序环节",
        "the case went back to an earlier step",
        "case handler or approver",
        attributes=_NAMED,
    ),
    EventType(
        "step.recalled", "撤回环节", "whoever passed it on took it back", "case handler", attributes=_NAMED
    ),
    EventType("step.undone", "补偿", "a completed step is being undone", "engine", attributes=_NAMED),
    EventType("gateway.split", "分支", "a split opened branches", "engine", attributes=("flows",)),
    EventType("gateway.joined", "汇合", "a join went on", "engine"),
    EventType(
        "part.entered",
        "进入子流程",
        "a sub-process or called process began",
        "engine",
        "start",
        ("process", "number"),
    ),
    EventType(
        "part.left", "离开子流程", "it ended", "engine", attributes=("process", "number", "status", "reason")
    ),
    EventType("timer.set", "定时开始", "a timer was armed", "engine", "schedule", ("timer", "due", "reason")),
    EventType(
        "timer.cleared", "定时取消", "a timer is no longer needed", "engine", "withdraw", ("timer", "reason")
    ),
    EventType(
        "event.awaited", "等待事件", "the case waits for an event", "engine", "schedule", ("name", "due")
    ),
    EventType("event.caught", "事件到达", "an event was caught", "engine", attributes=(*_NAMED, "timer")),
    EventType("message.sent", "发送消息", "a message was sent", "engine", attributes=_NAMED),
    EventType("signal.sent", "发送信号", "a signal was broadcast", "engine", attributes=_NAMED),
    EventType("error.raised", "出现错误", "an error was thrown", "engine", attributes=_NAMED),
    EventType("escalation.raised", "升级处理", "an escalation was thrown", "engine", attributes=_NAMED),
)

OPENINGS = frozenset(("case.submitted", "ticket.created"))
"""Types that open a case and tell what it is."""

STEP_TYPES: tuple[EventType, ...] = (*EVENT_TYPES, STEP)
"""Types of steps: one row of the exported log per completed step."""

_PYTHON: dict[str, tuple[type, ...]] = {
    "text": (str, NoneType),
    "integer": (int, NoneType),
    "number": (int, float, NoneType),
    "boolean": (bool, NoneType),
    "date": (date, NoneType),
    "time": (datetime, NoneType),
    "texts": (list, tuple),
}
_ATTRIBUTES = {attribute.name: attribute for attribute in (*CASE, *FURTHER, *DATA)}
_ALLOWED: dict[str, dict[str, Attribute]] = {
    kind.name: {name: _ATTRIBUTES[name] for name in kind.attributes} for kind in PROCESS_TYPES
} | {
    kind.name: {name: _ATTRIBUTES[name] for name in (*kind.attributes, *ANY_STEP)} for kind in STEP_TYPES
}  # fmt: skip
_NAMES = {kind.name: kind.activity for kind in (*PROCESS_TYPES, *STEP_TYPES)}


def is_step(kind: str) -> bool:
    """Whether it is a type that ``xn:event`` may give to a step."""
    return kind in _STEPS


_STEPS = frozenset(kind.name for kind in STEP_TYPES)


def activity_of(kind: str) -> str:
    """The Chinese name of a type; KeyError when there is none."""
    return _NAMES[kind]


def check_event(kind: str, lifecycle: str, data: Mapping[str, object]) -> None:
    """Raises:
    BadInput: the type or lifecycle is unknown, ``data`` has a key that is not declared for the type or a
        value of another type.
    """
    allowed = _ALLOWED.get(kind)
    if allowed is None:
        raise BadInput(
            "{type} is no event type", place=Place(field="type"), type=kind,
            expected="a type of the vocabulary (docs/reference/events.md)",
        )  # fmt: skip
    if lifecycle not in LIFECYCLES:
        raise BadInput(
            "{lifecycle} is no lifecycle", place=Place(field="lifecycle"), lifecycle=lifecycle,
            expected="{known}", known=", ".join(LIFECYCLES),
        )  # fmt: skip
    for name, value in data.items():
        attribute = allowed.get(name)
        if attribute is None:
            raise BadInput(
                "an event {type} carries no {name}", place=Place(field=name), type=kind, name=name,
                expected="{known}", known=", ".join(allowed),
            )  # fmt: skip
        if not _fits(value, attribute):
            raise BadInput(
                "{name} of an event {type} cannot be used", place=Place(field=name), type=kind, name=name,
                expected="{kind}", kind=_described(attribute),
            )  # fmt: skip


def _fits(value: object, attribute: Attribute) -> bool:
    if type(value) not in _PYTHON[attribute.type]:
        return False
    if isinstance(value, str):
        return len(value) <= TEXT_LENGTH and (not attribute.values or value in attribute.values)
    if isinstance(value, datetime):
        return value.tzinfo is not None
    if isinstance(value, (list, tuple)):
        return all(type(text) is str and len(text) <= TEXT_LENGTH for text in value)
    return not isinstance(value, float) or value - value == 0  # neither NaN nor infinite


def _described(attribute: Attribute) -> str:
    if attribute.values:
        return ", ".join(attribute.values)
    return {
        "text": f"a text of at most {TEXT_LENGTH} characters",
        "texts": f"a list of texts of at most {TEXT_LENGTH} characters",
        "time": "a time with offset",
    }.get(attribute.type, attribute.type)
