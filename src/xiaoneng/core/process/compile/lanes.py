"""Lanes and what they say of the elements that lie in them."""

from __future__ import annotations

from xiaoneng.core.errors import BadInput
from xiaoneng.core.process.compile.drafts import Drafts
from xiaoneng.core.process.document import children
from xiaoneng.core.process.facts import read_facts
from xiaoneng.core.process.model import Facts, Lane
from xiaoneng.core.process.xml import Element


def read_lanes(drafts: Drafts, element: Element) -> dict[str, tuple[int, Facts]]:
    """Which lane each node lies in; the innermost wins."""
    found: dict[str, tuple[int, Facts]] = {}

    def walk(lanes: list[Element], outer: Facts | None) -> None:
        for lane in lanes:
            facts = read_facts(lane, drafts.complain, outer)
            number = len(drafts.lanes)
            inner = [child_lane for s in children(lane, "childLaneSet") for child_lane in children(s, "lane")]
            refs = [ref.content().strip() for ref in children(lane, "flowNodeRef")]
            drafts.lanes.append(Lane(lane.get("id"), lane.get("name"), (), facts, lane.line, not inner))
            for ref in refs:
                target = drafts.document.find(ref)
                if target is None:
                    raise BadInput(
                        "the lane {id} names {ref}, which does not exist",
                        id=lane.get("id"),
                        ref=ref,
                        place=drafts.document.place(lane),
                    )
                found[target.get("id")] = (number, facts)
            walk(inner, facts)

    for group in children(element, "laneSet"):
        walk(children(group, "lane"), None)
    return found
