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
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from xiaoneng.core.decisions import dump_json, feel_literal
from xiaoneng.core.decisions.temporal import at_literal
from xiaoneng.core.errors import BadInput

if TYPE_CHECKING:
    from xiaoneng.core.process.model import Model

SCHEMA: Final = 1
SHAPES_KEPT: Final = 50_000

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

Item = tuple[int, int, int, int, int, tuple[int, ...]]
"""role, node, position of the scope, of the fork and of the host (-1: none), counts"""

RUNNING: Final = "running"
SUSPENDED: Final = "suspended"
ENDED: Final = frozenset(("completed", "terminated", "cancelled", "failed"))


class Shape:
    """A marking without identities. ``steps`` remembers transitions by the position of the completed
    task."""

    __slots__ = ("items", "process", "status", "steps")

    def __init__(self, process: int, status: str, items: tuple[Item, ...]) -> None:
        self.process, self.status, self.items = process, status, items
        self.steps: dict[int, Any] = {}


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


def _to_json(value: Any) -> Any:
    if value is None or isinstance(value, (bool, str, Decimal)):
        return value
    if isinstance(value, (list, tuple)):
        return [_to_json(item) for item in value]
    if isinstance(value, Mapping):
        return {"{": {name: _to_json(item) for name, item in value.items()}}
    if isinstance(value, int):
        return value
    return {"@": feel_literal(value)}


def _of_json(value: Any) -> Any:
    if isinstance(value, list):
        return [_of_json(item) for item in value]
    if isinstance(value, dict):
        if "@" in value:
            return at_literal(value["@"].removeprefix('@"').removesuffix('"'))
        return {name: _of_json(item) for name, item in value["{"].items()}
    return value


def dump_state(state: State) -> bytes:
    """The state as compact JSON in UTF-8, with a schema number."""
    shape = state.shape
    items = []
    for item in shape.items:
        row = [*item[:5], *item[5]]
        while not item[5] and len(row) > 2 and row[-1] == -1:
            row.pop()
        items.append([Decimal(part) for part in row])
    local = [[Decimal(i), _to_json(v)] for i, v in state.extra.local.items()]
    notes = [[Decimal(i), _note_to_json(v)] for i, v in state.extra.notes.items()]
    content: list[Any] = [
        Decimal(SCHEMA),
        Decimal(shape.process),
        shape.status,
        items,
        [Decimal(i) for i in state.ids],
        Decimal(state.next),
        {name: _to_json(value) for name, value in state.variables.items()},
        [[Decimal(i), who] for i, who in state.owners.items()],
        local,
        notes,
    ]
    while not content[-1]:
        content.pop()
    return dump_json(content).encode()


def _note_to_json(note: Any) -> Any:
    return [Decimal(p) if isinstance(p, int) and not isinstance(p, bool) else _to_json(p) for p in note]


def _note_of_json(note: list[Any], role: int) -> Any:
    if role == LISTEN:
        return tuple(None if part is None else int(part) for part in note)
    return tuple(_of_json(part) for part in note)


def load_state(model: Model, data: bytes) -> State:
    """The state again. Raises BadInput for what no ``dump_state`` of this schema and model has written."""
    try:
        content = json.loads(data, parse_float=Decimal, parse_int=Decimal)
        if content[0] != SCHEMA:
            raise BadInput(
                "the state has schema {found}",
                found=str(content[0]),
                expected="schema {schema}",
                schema=SCHEMA,
            )
        content += [{}, [], [], []][len(content) - 6 :]
        items: list[Item] = []
        for row in content[3]:
            numbers = [int(part) for part in row]
            head = [*numbers[:5], -1, -1, -1][:5]
            items.append((head[0], head[1], head[2], head[3], head[4], tuple(numbers[5:])))
        ids = tuple(int(i) for i in content[4])
        if len(ids) != len(items) or any(not 0 <= item[1] < _bound(model, item[0]) for item in items):
            raise BadInput("this is no state of a case of this model")
        roles = {i: item[0] for i, item in zip(ids, items, strict=True)}
        extra = Extra(
            {int(i): _of_json(v) for i, v in content[8]},
            {int(i): _note_of_json(v, roles[int(i)]) for i, v in content[9]},
        )
        return State(
            intern(model, int(content[1]), content[2], tuple(items)),
            ids,
            int(content[5]),
            {name: _of_json(value) for name, value in content[6].items()},
            {int(i): who for i, who in content[7]},
            extra if extra.local or extra.notes else NO_EXTRA,
        )
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, ArithmeticError):
        raise BadInput("this is no state of a case of this model") from None


def _bound(model: Model, role: int) -> int:
    return len(model.flows) if role == FLOW else len(model.nodes) + 1
