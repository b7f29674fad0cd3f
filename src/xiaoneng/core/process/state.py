"""The state of a case: where its tokens are, and the few data that gateways ask for.

The *shape* is the control part without any identity: which items lie where, referring to each other by
position. Shapes are shared between cases, and remember what a step from them leads to. The rest of a state is
what differs from case to case: the ids of the items, variables, who holds which task, due times.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from xiaoneng.core.decisions.temporal import at_literal
from xiaoneng.core.decisions.types import feel_text
from xiaoneng.core.errors import BadInput
from xiaoneng.core.process.model import Model
from xiaoneng.core.process.shape import Item, Shape

SCHEMA: Final = 1
SHAPES_KEPT: Final = 50_000
SIMPLE: Final = frozenset((bool, str, Decimal, type(None)))  # of these no part needs a tag

# roles of items; the first group keeps its scope alive
WAIT: Final = 0  # a token that rests at a node: a task, an event, an event gateway
FLOW: Final = 1  # a token on a sequence flow, before a join; the node number is the flow's
SCOPE: Final = 2  # a running sub-process or called process
LOOP: Final = 3  # a standard loop; counts = (iterations begun,)
MULTI: Final = 4  # several instances; counts = (all, begun, completed)
COMPENSATE: Final = 5  # undoes completed activities, one after the other; counts = (what follows,)
SIGNING: Final = 6  # a task with further signers; counts = (0 all at once, 1 one after the other)
HELD: Final = 7  # a task that waits for other signers
ALIVE: Final = 8  # roles below this one are alive
LISTEN: Final = 8  # a timer or condition; counts = (which trigger, last answer)
FORK: Final = 9  # an open split; counts = (bits of the outgoing flows it opened,)
DONE: Final = 10  # a completed activity that could be undone
RESET: Final = 11  # a complex gateway that has fired; counts = (bits of the flows it took)
CLOSED: Final = 12  # the scope was interrupted by an event sub-process

RUNNING: Final = "running"
SUSPENDED: Final = "suspended"
ENDED: Final = frozenset(("completed", "terminated", "cancelled", "failed"))


class Extra(NamedTuple):
    """Data of single items: variables of their own, and notes (due time and repeats of a timer, instances'
    items and results, signers to come)."""

    local: Mapping[int, Mapping[str, Any]]
    notes: Mapping[int, Any]


NOTHING: Final[Mapping[Any, Any]] = MappingProxyType({})
NO_EXTRA: Final = Extra(NOTHING, NOTHING)


class State(NamedTuple):
    """The state of a case after a step. ``next`` is the id that the next item gets; ids never come back."""

    shape: Shape
    ids: tuple[int, ...]
    next: int
    variables: Mapping[str, Any]
    owners: Mapping[int, str]
    extra: Extra

    @property
    def status(self) -> str:
        """running, suspended, completed, terminated, cancelled or failed."""
        return self.shape.status

    @property
    def ended(self) -> bool:
        return self.shape.status in ENDED


def intern(model: Model, process: int, status: str, items: tuple[Item, ...]) -> Shape:
    """The one shape object of this marking."""
    key = (process, status, items)
    shape = model.shapes.get(key)
    if shape is None:
        if len(model.shapes) >= SHAPES_KEPT:
            model.shapes.clear()
        shape = model.shapes[key] = Shape(process, status, items)
    return shape


def _tagged(value: Any) -> Any:
    """What JSON has no word for: FEEL numbers, dates, times and durations."""
    if isinstance(value, Decimal):
        return {"#": str(value)}
    if isinstance(value, Mapping):
        return dict(value)
    return {"@": feel_text(value)}


# made once: json.dumps would make an encoder for every state
_encode: Final = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, default=_tagged).encode


def _nested(value: Any) -> Any:
    """A context is told from our tags by a tag of its own."""
    if type(value) in SIMPLE:
        return value
    if isinstance(value, Mapping):
        return {"{": {name: _nested(item) for name, item in value.items()}}
    if isinstance(value, (list, tuple)):
        return [_nested(item) for item in value]
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        if "#" in value:
            return Decimal(value["#"])
        if "@" in value:
            return at_literal(value["@"])
        return {name: _plain(item) for name, item in value["{"].items()}
    return value


def _shape_text(shape: Shape) -> str:
    rows = []
    for item in shape.items:
        row = [*item[:5], *item[5]]
        while not item[5] and len(row) > 2 and row[-1] == -1:
            row.pop()
        rows.append(row)
    return json.dumps([shape.process, shape.status, *rows], separators=(",", ":"))


def dump_state(state: State) -> bytes:
    """The state as three lines of JSON in UTF-8: schema number, shape, what belongs to this case alone."""
    shape = state.shape
    if not shape.text:
        shape.text = _shape_text(shape)
    content: list[Any] = [
        state.ids,
        state.next,
        {name: _nested(value) for name, value in state.variables.items()},
        list(state.owners.items()),
        [[i, {name: _nested(value) for name, value in own.items()}] for i, own in state.extra.local.items()],
        [[i, _nested(note)] for i, note in state.extra.notes.items()],
    ]
    while not content[-1]:
        content.pop()
    rest = _encode(content)
    return f"{SCHEMA}\n{shape.text}\n{rest}".encode()


def load_state(model: Model, data: bytes) -> State:
    """The state again. Raises BadInput for what no ``dump_state`` of this schema and model has written."""
    try:
        schema, text, rest = data.decode().split("\n", 2)
        if schema != str(SCHEMA):
            raise BadInput(
                "the state has schema {found}",
                found=schema[:20],
                expected="schema {schema}",
                schema=SCHEMA,
            )
        shape = model.shapes.get(text) or _read_shape(model, text)
        content = json.loads(rest)
        content += [{}, [], [], []][len(content) - 2 :]
        ids = tuple(content[0])
        if len(ids) != len(shape.items) or not all(type(i) is int for i in (*ids, content[1])):
            raise BadInput("this is no state of a case of this model")
        extra = NO_EXTRA
        if content[4] or content[5]:
            extra = Extra(
                {i: {name: _plain(value) for name, value in own.items()} for i, own in content[4]},
                {i: tuple(_plain(note)) for i, note in content[5]},
            )
        variables = {name: _plain(value) for name, value in content[2].items()}
        return State(shape, ids, content[1], variables, dict(content[3]), extra)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, ArithmeticError, RecursionError):
        raise BadInput("this is no state of a case of this model") from None


def _read_shape(model: Model, text: str) -> Shape:
    process, status, *rows = json.loads(text)
    items: list[Item] = []
    for row in rows:
        role, node, parent, fork, host = [*row[:5], -1, -1, -1][:5]
        bound = len(model.flows) if role == FLOW else len(model.nodes)
        if not (0 <= node < bound and 0 <= role <= CLOSED) or max(parent, fork, host) >= len(rows):
            raise BadInput("this is no state of a case of this model")
        items.append((role, node, parent, fork, host, tuple(row[5:])))
    shape = intern(model, process, status, tuple(items))
    shape.text = text
    model.shapes[text] = shape
    return shape
