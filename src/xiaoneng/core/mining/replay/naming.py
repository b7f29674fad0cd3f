"""Which step of the model an activity of the log is: by id, by name, by event type, or as a map says."""

from __future__ import annotations

import csv
import difflib
import tomllib
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from xiaoneng.core.errors import BadInput, NotFound, Place
from xiaoneng.core.process.model import NONE, Model, Node
from xiaoneng.core.process.names import ACTIVITIES

BY_HAND: Final = frozenset(("task", "userTask", "manualTask"))
"""Steps that people do: a log without them lacks them. Others are expected only where the log knows them."""
NEAR: Final = 3


@dataclass(frozen=True)
class StepMap:
    """What a map file says: activity → ids or names of steps; activities to leave out; steps that no event
    of the log tells of."""

    steps: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ignored: frozenset[str] = frozenset()
    silent: tuple[str, ...] = ()


@dataclass(frozen=True)
class Naming:
    """``nodes``: activity → numbers of the nodes it stands for; ``ignored`` activities take no part;
    ``visible`` nodes are expected in the log; ``unmapped`` activities have no step; ``names``: the steps."""

    nodes: Mapping[str, tuple[int, ...]]
    ignored: frozenset[str]
    visible: frozenset[int]
    unmapped: tuple[str, ...]
    names: tuple[str, ...]


def name_steps(
    model: Model, members: Collection[int], activities: Sequence[str], given: StepMap | None = None
) -> Naming:
    """Find the step of each activity among the nodes ``members``.

    Raises NotFound for a map that names a step which the model does not have.
    """
    given = given or StepMap()
    nodes = [model.nodes[number] for number in sorted(members) if _can_be_logged(model.nodes[number])]
    tables = _tables(nodes)
    found: dict[str, tuple[int, ...]] = {}
    for activity in activities:
        if activity in given.ignored:
            continue
        if activity in given.steps:
            found[activity] = tuple(n for name in given.steps[activity] for n in _named(tables, name))
            continue
        hit = _find(tables, activity)
        if hit:
            found[activity] = hit
    silent = {n for name in given.silent for n in _named(tables, name)}
    logged = {number for hits in found.values() for number in hits}
    whole = _collapsed(model, nodes, logged)
    hidden = {n for number in whole for n in _within(model, number)}
    visible = {n.index for n in nodes if n.kind in BY_HAND} - hidden - silent | {
        number for number in logged if model.nodes[number].body == NONE or number in whole
    }
    found = {a: tuple(n for n in hits if n in visible) for a, hits in found.items()}
    # a sub-process whose steps are logged themselves is known, but no step
    known = {a for a, hits in found.items() if not hits}
    return Naming(
        {a: hits for a, hits in found.items() if hits},
        given.ignored | known,
        frozenset(visible),
        tuple(a for a in activities if a not in found and a not in given.ignored),
        tuple(dict.fromkeys(n.name or n.id for n in nodes if n.kind in ACTIVITIES)),
    )


def _can_be_logged(node: Node) -> bool:
    return node.kind in ACTIVITIES or node.kind.endswith("Event")


def plain(name: str) -> str:
    """A name without differences that nobody means: width of characters, case, spaces."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def near(activity: str, names: Sequence[str]) -> tuple[str, ...]:
    """The names most like an activity's, best first."""
    by_plain = {plain(name): name for name in names}
    return tuple(by_plain[n] for n in difflib.get_close_matches(plain(activity), by_plain, NEAR, 0.5))


Tables = list[dict[str, tuple[int, ...]]]


def _tables(nodes: Iterable[Node]) -> Tables:
    """Where names are looked up, one table after the other: ids, names of activities, event types, names of
    events that wait or are thrown, of starts and ends."""
    ids: dict[str, tuple[int, ...]] = {}
    names: Tables = [{}, {}, {}, {}]

    def add(table: dict[str, tuple[int, ...]], name: str, number: int) -> None:
        if name:
            table[plain(name)] = (*table.get(plain(name), ()), number)

    for node in nodes:
        ids[node.id] = (node.index,)
        activity = node.kind in ACTIVITIES
        edge = node.kind in ("startEvent", "endEvent")
        add(names[0 if activity else 3 if edge else 2], node.name, node.index)
        add(names[1], node.facts.event, node.index)
    return [ids, *names]


def _find(tables: Tables, name: str) -> tuple[int, ...]:
    if name in tables[0]:
        return tables[0][name]
    wanted = plain(name)
    return next((table[wanted] for table in tables[1:] if wanted in table), ())


def _named(tables: Tables, name: str) -> tuple[int, ...]:
    found = _find(tables, name)
    if not found:
        raise NotFound("the model has no step {name}", name=name, expected="the id or name of a step")
    return found


def _within(model: Model, number: int) -> set[int]:
    """Every node inside a sub-process or called process."""
    found: set[int] = set()
    pending = [model.nodes[number].body]
    while pending:
        scope = pending.pop()
        if scope == NONE:
            continue
        for inner in model.scopes[scope].nodes:
            if inner not in found:
                found.add(inner)
                pending.append(model.nodes[inner].body)
    return found


def _collapsed(model: Model, nodes: Iterable[Node], logged: set[int]) -> set[int]:
    """Sub-processes that the log knows as one step: it tells of them and of nothing inside."""
    return {
        node.index
        for node in nodes
        if node.index in logged and node.body != NONE and not _within(model, node.index) & logged
    }


# map files


def read_map(path: Path) -> StepMap:
    """A map from TOML (``[steps]`` activity = step or list of steps; ``ignored``, ``silent`` lists) or CSV
    (columns activity, element; no element: left out; no activity: a step that no event tells of).

    Raises NotFound and BadInput with the place.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise NotFound(
            "there is no such map file", place=Place(file=str(path)), expected="an existing file"
        ) from None
    except (OSError, ValueError) as error:
        raise BadInput(
            "the map file cannot be read: {why}",
            place=Place(file=str(path)),
            why=error,
            expected="UTF-8 text",
        ) from None
    return _from_toml(text, path) if path.suffix.lower() == ".toml" else _from_csv(text, path)


def _from_toml(text: str, path: Path) -> StepMap:
    expected = "[steps] with activity = step; lists ignored and silent"
    try:
        content = tomllib.loads(text)
    except ValueError as error:
        raise BadInput(
            "the map file cannot be read: {why}", place=Place(file=str(path)), why=error, expected=expected
        ) from None
    for key in content:
        if key not in ("steps", "ignored", "silent"):
            raise BadInput("unknown key", place=Place(file=str(path), field=key), expected=expected)
    steps = content.get("steps", {})
    if not isinstance(steps, dict):
        raise BadInput("unknown key", place=Place(file=str(path), field="steps"), expected=expected)
    return StepMap(
        {activity: _texts(value, path, activity) for activity, value in steps.items()},
        frozenset(_texts(content.get("ignored", []), path, "ignored")),
        _texts(content.get("silent", []), path, "silent"),
    )


def _texts(value: Any, path: Path, key: str) -> tuple[str, ...]:
    found = [value] if isinstance(value, str) else value
    if not isinstance(found, list) or not all(isinstance(item, str) and item for item in found):
        raise BadInput(
            "this is no name of a step",
            place=Place(file=str(path), field=key),
            expected="a text or a list of texts",
        )
    return tuple(found)


def _from_csv(text: str, path: Path) -> StepMap:
    steps: dict[str, tuple[str, ...]] = {}
    ignored: set[str] = set()
    silent: list[str] = []
    rows = csv.reader(text.splitlines())
    head = [cell.strip() for cell in next(rows, [])]
    if head[:2] != ["activity", "element"]:
        raise BadInput(
            "the first line is {head}",
            place=Place(str(path), 1),
            head=", ".join(head)[:80] or "-",
            expected="activity,element",
        )
    for row in rows:
        activity, element = [*(cell.strip() for cell in row), "", ""][:2]
        if activity and element:
            steps[activity] = (*steps.get(activity, ()), element)
        elif activity:
            ignored.add(activity)
        elif element:
            silent.append(element)
    both = ignored & set(steps)
    if both:
        raise BadInput(
            "the activity {activity} is mapped and left out",
            place=Place(str(path)),
            activity=min(both),
            expected="one of both",
        )
    return StepMap(steps, frozenset(ignored), tuple(silent))
