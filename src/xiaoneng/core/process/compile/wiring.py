"""What only the whole model shows: where tokens begin, links, what can be undone, calls in a circle."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from xiaoneng.core.process import names as n
from xiaoneng.core.process.compile.drafts import Drafts
from xiaoneng.core.process.document import text_of
from xiaoneng.core.process.model import NONE


def find_entries(drafts: Drafts, scope: dict[str, Any]) -> None:
    """Where tokens begin: start events without a trigger, else what nothing leads to."""
    inner = [drafts.nodes[number] for number in scope["nodes"]]
    scope["event_subs"] = tuple(d["index"] for d in inner if d["event_sub"])
    free = [
        d["index"]
        for d in inner
        if not d["incoming"]
        and not d["event_sub"]
        and not d["compensation"]
        and d["move"] not in ("boundary", "start")
        and not (d["move"] == "pass" and d["kind"] == "intermediateCatchEvent")
    ]
    starts = [d for d in inner if d["move"] == "start"]
    if scope["adhoc"] is not None:
        scope["adhoc"] = replace(scope["adhoc"], activities=tuple(free))
        return
    waiting = [d["index"] for d in starts if d["triggers"]] + [
        number for number in free if drafts.nodes[number].get("instantiate")
    ]
    none = [d["index"] for d in starts if not d["triggers"]]
    if scope["kind"] in ("process", "eventSubProcess"):
        scope["entries"] = tuple(waiting)
    if none:
        scope["starts"] = tuple(none)
    elif not starts:
        scope["starts"] = tuple(number for number in free if number not in waiting)
    element = drafts.elements[scope["nodes"][0]][0].parent if scope["nodes"] else None
    if element is not None and scope["kind"] == "eventSubProcess" and len(waiting) != 1:
        drafts.remark("event", element, "an event sub-process needs exactly one start event")
    if element is not None and starts:
        for number in free:
            draft = drafts.nodes[number]
            if number not in waiting:
                drafts.remark(
                    "unreachable",
                    drafts.elements[number][0],
                    "nothing leads to {id}",
                    id=draft["id"],
                    blocks=False,
                )


def join_links(drafts: Drafts) -> None:
    """A link joins a throwing event to the catching event of the same name, or the one it names."""
    for draft in drafts.nodes:
        if draft["move"] != "link":
            continue
        element, document = drafts.elements[draft["index"]]
        drafts.document = document
        definition = next(p for p in element.elements() if p.tag == "linkEventDefinition")
        target = text_of(definition, "target")
        catch = next(
            (
                other["index"]
                for other in drafts.nodes
                if other["scope"] == draft["scope"]
                and other["kind"] == "intermediateCatchEvent"
                and other["triggers"]
                and other["triggers"][0].type == "link"
                and linked(drafts, other, draft["triggers"][0].name, target)
            ),
            NONE,
        )
        draft["link"] = catch
        if catch == NONE:
            drafts.remark("reference", element, "the link leads nowhere")


def linked(drafts: Drafts, catch: dict[str, Any], name: str, target: str) -> bool:
    """Whether this catching event is the one that the link of ``name`` or ``target`` means."""
    element = drafts.elements[catch["index"]][0]
    definition = next(p for p in element.elements() if p.tag == "linkEventDefinition")
    if target:
        found = drafts.document.find(target)
        return found is definition
    return bool(catch["triggers"][0].name == name)


def mark_compensable(drafts: Drafts) -> None:
    """Which activities leave a record when they complete: those that something could undo."""

    def inside(scope: int, seen: frozenset[int]) -> bool:
        if scope in seen:
            return False
        return any(undoable(drafts.nodes[number], seen | {scope}) for number in drafts.scopes[scope]["nodes"])

    def undoable(draft: dict[str, Any], seen: frozenset[int]) -> bool:
        if draft.get("handler", NONE) != NONE:
            return True
        if draft["event_sub"]:
            body = drafts.scopes[draft["body"]]
            return any(
                trigger.type == "compensate"
                for number in body["nodes"]
                for trigger in drafts.nodes[number].get("triggers", ())
                if drafts.nodes[number]["move"] == "start"
            )
        body_index = draft.get("body", NONE)
        return body_index != NONE and inside(body_index, seen)

    for draft in drafts.nodes:
        if not draft["event_sub"] and draft["kind"] in n.ACTIVITIES:
            draft["compensable"] = undoable(draft, frozenset())
        for trigger in draft.get("triggers", ()):
            if trigger.type == "compensate" and trigger.name and draft["move"].startswith("throw"):
                element, drafts.document = drafts.elements[draft["index"]]
                found = drafts.document.find(trigger.name)
                number = drafts.by_id.get(found.get("id")) if found is not None else None
                if number is None:
                    drafts.remark("reference", element, "{ref} does not exist", ref=trigger.name)
                else:
                    draft["triggers"] = tuple(
                        replace(t, activity=number) if t is trigger else t for t in draft["triggers"]
                    )
    for draft in drafts.nodes:
        scope = drafts.scopes[draft["body"]] if draft.get("body", NONE) != NONE else None
        draft["listens"] = any(
            trigger.type in ("timer", "conditional")
            for number in draft["boundary"]
            for trigger in drafts.nodes[number].get("triggers", ())
        ) or (scope is not None and bool(scope["event_subs"]))


def find_call_cycles(drafts: Drafts) -> None:
    """Processes that call themselves, directly or through others."""
    calls: dict[int, set[int]] = {}
    for draft in drafts.nodes:
        body = draft.get("body", NONE)
        if body != NONE:
            calls.setdefault(draft["scope"], set()).add(body)
    for draft in drafts.nodes:
        if draft["kind"] != "callActivity" or draft.get("body", NONE) == NONE:
            continue
        pending, seen = [draft["body"]], set()
        while pending:
            scope = pending.pop()
            if scope in seen:
                continue
            seen.add(scope)
            pending += calls.get(scope, ())
        if draft["scope"] in seen:
            element = drafts.elements[draft["index"]][0]
            drafts.remark(
                "call_cycle",
                element,
                "the called process {name} calls this one again",
                name=draft["calls"],
            )
