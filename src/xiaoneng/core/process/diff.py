"""What changed between two versions of a model, element by element, with a sentence for each change.

Elements are the same when their ids are. One that lost its id and kept its kind and name (or its facts, much
of its name and its place) is the same too, with another id. A step is *moved* when its order to other steps
changed (``order.py``), or when it lies in another sub-process; what merely stands beside something new or
gone is not.
"""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from xiaoneng.core.process.model import NONE, Facts, Flow, Model, Node, TimerSpec
from xiaoneng.core.process.names import EVENTS, GATEWAYS
from xiaoneng.core.process.order import displaced

FACTS: Final = (
    "role",
    "body",
    "limit",
    "unit",
    "clock",
    "form",
    "decision",
    "connector",
    "result",
    "event",
    "cost",
    "duration",
)
FIELDS: Final = {
    "id": "id",
    "name": "name",
    "kind": "type",
    "interrupting": "interrupting",
    "lane": "lane",
    "host": "activity",
    "triggers": "event",
    "loop": "repetition",
    "calls": "called process",
    "formula": "expression",
    "conditions": "conditions",
    "flows": "flows",
    "role": "role",
    "body": "body in charge",
    "limit": "time limit",
    "unit": "unit",
    "clock": "clock",
    "form": "electronic form",
    "decision": "decision",
    "connector": "connector",
    "result": "result",
    "event": "event type",
    "cost": "cost",
    "duration": "working time",
}
"""Fields that may have changed, with their words."""
NEW: Final = "“{name}” is new, after {place}"
NEW_FIRST: Final = "“{name}” is new, at the beginning"
GONE: Final = "“{name}” is gone; it stood after {place}"
GONE_FIRST: Final = "“{name}” is gone; it stood at the beginning"
MOVED: Final = "“{name}” stands elsewhere: now after {new}, before after {old}"
CHANGED: Final = "“{name}”, {field}: {old} → {new}"
ALIKE: Final = 0.6
"""How much of a name must be kept for a step with another id to be taken for the same."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word of ours among the parameters of a text: it is translated, names of the model are not."""

    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """One change: ``how`` (added, removed, moved, changed), the element's id (in the new version, of a
    removed one in the old), its name and kind, its id before where that was another, the fields that changed
    as (field, before, after), and its sentences as templates with parameters (a tuple is a list of names)."""

    how: str
    element: str
    name: str
    kind: str
    before: str | None = None
    fields: tuple[tuple[str, str, str], ...] = ()
    texts: tuple[tuple[str, Mapping[str, Any]], ...] = ()


@dataclass(frozen=True, slots=True)
class Diff:
    """Ids of nodes; ``changed``: (id, fields). ``renamed``: id in the new version → id in the old one.
    ``details``: every change with its words, in the order added, removed, moved, changed."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    moved: tuple[str, ...]
    changed: tuple[tuple[str, tuple[str, ...]], ...]
    renamed: Mapping[str, str]
    details: tuple[Change, ...]

    def __bool__(self) -> bool:
        """Whether anything changed."""
        return bool(self.details)


def compare(old: Model, new: Model) -> Diff:
    """Compare two versions of a model."""
    pairs = {
        a: new.by_id[i]
        for i, a in old.by_id.items()
        if i in new.by_id and _class(old.nodes[a]) == _class(new.nodes[new.by_id[i]])
    }
    renamed = _renamed(old, new, pairs)
    pairs |= renamed
    back = {b: a for a, b in pairs.items()}
    added = [n for n in new.nodes if n.index not in back]
    removed = [n for n in old.nodes if n.index not in pairs]
    moved = {a for a, b in pairs.items() if _elsewhere(old, new, a, b, pairs)}
    moved |= displaced(old, new, {a: b for a, b in pairs.items() if a not in moved})
    places = _Places(old, new, pairs, moved)
    details = [
        *(places.stood("added", node, new, back) for node in added),
        *(places.stood("removed", node, old, pairs) for node in removed),
        *(places.moved(old.nodes[a], new.nodes[pairs[a]]) for a in sorted(moved)),
    ]
    changed: list[tuple[str, tuple[str, ...]]] = []
    for a, b in pairs.items():
        found = changes(old, new, old.nodes[a], new.nodes[b], pairs)
        if a not in moved:
            found += places.rerouted(a, b)
        if found:
            node = new.nodes[b]
            before = old.nodes[a].id if a in renamed else None
            texts = tuple(
                (CHANGED, {"name": _label(node), "field": Word(FIELDS[f]), "old": was, "new": now})
                for f, was, now in found
            )
            changed.append((node.id, tuple(field for field, _, _ in found)))
            details.append(Change("changed", node.id, _label(node), node.kind, before, tuple(found), texts))
    return Diff(
        tuple(node.id for node in added),
        tuple(node.id for node in removed),
        tuple(new.nodes[pairs[a]].id for a in sorted(moved)),
        tuple(changed),
        {new.nodes[b].id: old.nodes[a].id for a, b in renamed.items()},
        tuple(details),
    )


def _class(node: Node) -> str:
    """An id that stood for a step and now stands for a gateway is another element."""
    return "gateway" if node.kind in GATEWAYS else "event" if node.kind in EVENTS else "activity"


def _label(node: Node) -> str:
    return node.name or node.id


# the same element under another id


def _renamed(old: Model, new: Model, pairs: Mapping[int, int]) -> dict[int, int]:
    """Elements of the old version that live on under another id."""
    found: dict[int, int] = {}
    taken = set(pairs.values())
    gone = [n for n in old.nodes if n.index not in pairs]
    fresh = [n for n in new.nodes if n.index not in taken]
    # most have a name of their own: they need not be weighed against all others
    ours, theirs = (_by_name(nodes) for nodes in (gone, fresh))
    for key in ours.keys() & theirs.keys():
        if len(ours[key]) == len(theirs[key]) == 1:
            found[ours[key][0].index] = theirs[key][0].index
    gone = [n for n in gone if n.index not in found]
    fresh = [n for n in fresh if n.index not in found.values()]
    while gone and fresh:
        known = {**pairs, **found}
        scored = [
            (_score(old, new, a, b, known), -n, -m) for n, a in enumerate(gone) for m, b in enumerate(fresh)
        ]
        best, n, m = max(scored)
        if best <= 0:
            break
        found[gone.pop(-n).index] = fresh.pop(-m).index
    return found


def _by_name(nodes: Iterable[Node]) -> dict[tuple[str, str], list[Node]]:
    found: dict[tuple[str, str], list[Node]] = {}
    for node in nodes:
        if node.name:
            found.setdefault((node.kind, node.name), []).append(node)
    return found


def _score(old: Model, new: Model, a: Node, b: Node, known: Mapping[int, int]) -> float:
    """How surely two elements are one; 0: not."""
    if a.kind != b.kind:
        return 0.0
    beside = _neighbours(old, a, known) & _neighbours(new, b, {n: n for n in known.values()})
    if a.name and a.name == b.name:
        return 10.0 + len(beside)
    same_facts = a.facts == b.facts
    if a.name and b.name:
        likeness = difflib.SequenceMatcher(None, a.name, b.name).ratio()
        around = _neighbours(old, a, known) == _neighbours(new, b, {n: n for n in known.values()})
        return 5.0 + likeness if same_facts and a.facts != Facts() and around and likeness >= ALIKE else 0.0
    # gateways and events mostly have no name: what they stand between must be the same
    sides = {side for side, _ in beside}
    return 1.0 + len(beside) if a.name == b.name and same_facts and len(sides) == 2 else 0.0


def _neighbours(model: Model, node: Node, known: Mapping[int, int]) -> set[tuple[str, int]]:
    """The elements directly before and after one that both versions have, by their new numbers."""
    before = {("before", model.flows[f].source) for f in node.incoming}
    after = {("after", model.flows[f].target) for f in node.outgoing}
    return {(side, known[n]) for side, n in before | after if n in known}


# places


def _elsewhere(old: Model, new: Model, a: int, b: int, pairs: Mapping[int, int]) -> bool:
    """Whether it lies in another sub-process. Two versions of a process may have different ids."""

    def around(model: Model, node: Node) -> int:
        return model.scopes[node.scope].node

    one, two = around(old, old.nodes[a]), around(new, new.nodes[b])
    return pairs.get(one, NONE) != two if one != NONE else two != NONE


class _Places:
    """Where elements stand among those that both versions have and that did not move."""

    def __init__(self, old: Model, new: Model, pairs: Mapping[int, int], moved: Collection[int]) -> None:
        self.old, self.new, self.pairs = old, new, pairs
        self.firm = {a: b for a, b in pairs.items() if a not in moved}
        self.firm_new = set(self.firm.values())

    def reached(self, model: Model, start: int, through: Collection[int], *, forward: bool) -> set[int]:
        """The next elements from one that are not among those that are passed ``through``."""
        found: set[int] = set()
        pending, seen = [start], {start}
        while pending:
            node = model.nodes[pending.pop()]
            for flow in node.outgoing if forward else node.incoming:
                other = model.flows[flow].target if forward else model.flows[flow].source
                if other in through:
                    if other not in seen:
                        seen.add(other)
                        pending.append(other)
                else:
                    found.add(other)
        return found

    def before(self, model: Model, node: Node, kept: Collection[int]) -> tuple[str, ...]:
        """The names of the nearest steps before an element that both versions have."""
        passed = {n.index for n in model.nodes if n.index not in kept or n.kind in GATEWAYS}
        names = self.reached(model, node.index, passed - {node.index}, forward=False) - {node.index}
        if not names and node.host != NONE:
            names = {node.host}
        return tuple(_label(model.nodes[n]) for n in sorted(names))

    def stood(self, how: str, node: Node, model: Model, kept: Mapping[int, int]) -> Change:
        place = self.before(model, node, kept)
        template = (NEW if place else NEW_FIRST) if how == "added" else GONE if place else GONE_FIRST
        params = {"name": _label(node), "place": place}
        return Change(how, node.id, _label(node), node.kind, texts=((template, params),))

    def moved(self, a: Node, b: Node) -> Change:
        params = {
            "name": _label(b),
            "old": self.before(self.old, a, self.firm),
            "new": self.before(self.new, b, self.firm_new),
        }
        before = a.id if a.id != b.id else None
        return Change("moved", b.id, _label(b), b.kind, before, texts=((MOVED, params),))

    def rerouted(self, a: int, b: int) -> list[tuple[str, str, str]]:
        """Flows between two elements of both versions that are new or gone, where nothing added, removed or
        moved stands in between."""
        was = {self.firm[n] for n in self.direct(self.old, a) if n in self.firm}
        now = {n for n in self.direct(self.new, b) if n in self.firm_new}
        through_old = {n.index for n in self.old.nodes if n.index not in self.firm}
        through_new = {n.index for n in self.new.nodes if n.index not in self.firm_new}
        could = {self.firm[n] for n in self.reached(self.old, a, through_old, forward=True) if n in self.firm}
        can = self.reached(self.new, b, through_new, forward=True)
        if now <= could and was <= can:
            return []

        def named(numbers: Iterable[int]) -> str:
            return ", ".join(_label(self.new.nodes[n]) for n in sorted(numbers))

        return [("flows", named(was), named(now))]

    def direct(self, model: Model, number: int) -> set[int]:
        return {model.flows[flow].target for flow in model.nodes[number].outgoing}


# what an element says of itself


def changes(old: Model, new: Model, a: Node, b: Node, pairs: Mapping[int, int]) -> list[tuple[str, str, str]]:
    """What differs in an element itself: (field, before, after)."""
    found = [
        (name, _plain(getattr(a, name)), _plain(getattr(b, name)))
        for name in ("id", "name", "kind", "interrupting", "calls")
        if getattr(a, name) != getattr(b, name)
    ]
    if a.host != NONE and b.host != NONE and pairs.get(a.host) != b.host:
        found.append(("host", _label(old.nodes[a.host]), _label(new.nodes[b.host])))
    for name, read in (
        ("lane", _lane),
        ("triggers", _triggers),
        ("loop", _loop),
        ("formula", _expression),
        ("conditions", _conditions),
    ):
        was, now = read(old, a), read(new, b)
        if was != now:
            found.append((name, was, now))
    for name in FACTS:
        one, other = getattr(a.facts, name), getattr(b.facts, name)
        if one != other:
            found.append((name, _plain(one), _plain(other)))
    return found


def _plain(value: object) -> str:
    return "" if value is None else str(value)


def _text(model: Model, formula: int) -> str:
    return "" if formula == NONE else model.formulas[formula].text.strip()


def _lane(model: Model, node: Node) -> str:
    if node.lane == NONE:
        return ""
    return model.lanes[node.lane].name or model.lanes[node.lane].id


def _triggers(model: Model, node: Node) -> str:
    return ", ".join(
        " ".join(filter(None, (t.type, t.name, _timer(model, t.timer), _text(model, t.formula))))
        for t in node.triggers
    )


def _timer(model: Model, timer: TimerSpec | None) -> str:
    if timer is None:
        return ""
    if timer.limit is not None:
        return f"{timer.limit} {timer.unit}"
    if timer.formula != NONE:
        return _text(model, timer.formula)
    parts = (timer.months, timer.micros / 1e6, timer.instant, timer.repeats)
    return f"{timer.kind} " + "/".join(f"{part:g}" for part in parts)


def _loop(model: Model, node: Node) -> str:
    loop = node.loop
    if loop is None:
        return ""
    kind = ("one by one" if loop.sequential else "all at once") if loop.many else "again"
    texts = (_text(model, f) for f in (loop.cardinality, loop.condition, loop.completion))
    rest = (loop.collection, "" if loop.maximum is None else str(loop.maximum))
    return "; ".join(filter(None, (kind, *texts, *rest)))


def _expression(model: Model, node: Node) -> str:
    return _text(model, node.formula)


def _conditions(model: Model, node: Node) -> str:
    """The conditions of the flows that leave it, the default last; where it leads is no part of them."""

    def said(flow: Flow) -> str:
        return "default" if flow.index == node.default else _text(model, flow.condition)

    texts = Counter(said(model.flows[f]) for f in node.outgoing)
    del texts[""]
    return "; ".join(sorted(texts.elements(), key=lambda text: (text == "default", text)))
