"""The compiled model: immutable, integer ids, expressions compiled once.

Nodes and sequence flows are numbered in document order, so the numbers of one published XML never change;
states are stored by them. Several processes of a file, and processes it calls, are *scopes* of one model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from xiaoneng.core.process.formula import Formula
from xiaoneng.core.process.shape import Shape

NONE: Final = -1


@dataclass(frozen=True, slots=True)
class Facts:
    """What our extension attributes (``xn:``) say about an element. ``limit`` counts ``unit``: wd working
    days, cd calendar days, hour; ``duration`` is seconds of work, ``cost`` yuan, ``probability`` of a
    flow, ``event`` the type of the platform's event log that doing the step writes,
    ``en`` the English name, ``outcome`` a FEEL expression for the result code that the event tells."""

    role: str = ""
    body: str = ""
    limit: int | None = None
    unit: str = "wd"
    clock: str = ""
    form: str = ""
    decision: str = ""
    connector: str = ""
    result: str = ""
    event: str = ""
    en: str = ""
    outcome: str = ""
    cost: Decimal | None = None
    duration: Decimal | None = None
    probability: Decimal | None = None


@dataclass(frozen=True, slots=True)
class TimerSpec:
    """When a timer is due: at a ``date``, after a ``duration``, or every ``cycle``.

    A constant is (months, microseconds), for a date microseconds since 1970 UTC in ``instant``. Otherwise
    ``formula`` gives it. ``limit`` counted in ``unit`` by a calendar is computed by the layer above, which
    tells the due time with the timer command."""

    kind: str
    months: int = 0
    micros: int = 0
    instant: int = 0
    repeats: int = 1
    formula: int = NONE
    limit: int | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Trigger:
    """An event definition. ``name`` is the message, signal, error or escalation code, or link; empty catches
    any. ``formula`` is the condition; ``activity`` the one to compensate."""

    type: str
    name: str = ""
    timer: TimerSpec | None = None
    formula: int = NONE
    activity: int = NONE
    wait: bool = True


@dataclass(frozen=True, slots=True)
class Loop:
    """A standard loop, or several instances (``many``), one after the other or at once."""

    many: bool
    sequential: bool = False
    before: bool = False
    condition: int = NONE
    maximum: int | None = None
    cardinality: int = NONE
    collection: str = ""
    item: str = ""
    outputs: str = ""
    output: str = ""
    completion: int = NONE
    throws: tuple[tuple[str, int, Trigger], ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Flow:
    """A sequence flow."""

    index: int
    id: str
    name: str
    source: int
    target: int
    condition: int
    line: int
    facts: Facts


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A flow node. ``move`` says how a token is dealt with, ``kind`` is the BPMN element's name."""

    index: int
    id: str
    name: str
    kind: str
    move: str
    scope: int
    line: int
    incoming: tuple[int, ...] = ()
    outgoing: tuple[int, ...] = ()
    default: int = NONE
    plain: bool = True
    triggers: tuple[Trigger, ...] = ()
    every: bool = False
    boundary: tuple[int, ...] = ()
    host: int = NONE
    interrupting: bool = True
    loop: Loop | None = None
    body: int = NONE
    calls: str = ""
    needs: int = 1
    gives: int = 1
    compensation: bool = False
    handler: int = NONE
    compensable: bool = False
    formula: int = NONE
    link: int = NONE
    instantiate: bool = False
    listens: bool = False
    event_sub: bool = False
    reach: Mapping[int, int] = field(default_factory=dict)
    facts: Facts = Facts()
    lane: int = NONE
    outcome: int = NONE

    @property
    def label(self) -> str:
        """How a message names the element."""
        return f"{self.name} ({self.id})" if self.name else self.id


@dataclass(frozen=True, slots=True)
class AdHoc:
    """An ad-hoc sub-process: its activities, one at a time or all at once, and when it is done."""

    activities: tuple[int, ...]
    sequential: bool
    completion: int
    cancel_rest: bool


@dataclass(frozen=True, slots=True, eq=False)
class Scope:
    """A process or the inside of a sub-process."""

    index: int
    id: str
    name: str
    kind: str
    node: int
    nodes: tuple[int, ...]
    flows: tuple[int, ...]
    starts: tuple[int, ...]
    event_subs: tuple[int, ...]
    adhoc: AdHoc | None
    local: frozenset[str]
    entries: tuple[int, ...] = ()
    facts: Facts = Facts()
    line: int = 0


@dataclass(frozen=True, slots=True)
class Lane:
    """A lane with the nodes that lie in it."""

    id: str
    name: str
    nodes: tuple[int, ...]
    facts: Facts
    line: int
    leaf: bool = True


@dataclass(frozen=True, slots=True)
class Remark:
    """Something about an element that the reader must tell: English template and parameters.

    ``blocks``: the model cannot be run for it. Otherwise the element is kept but has no effect when run.
    """

    kind: str
    element: str
    line: int
    message: str
    params: Mapping[str, Any]
    blocks: bool = True

    def __str__(self) -> str:
        return f"{self.element}: {self.message.format(**self.params)}"


@dataclass(frozen=True, slots=True)
class Given:
    """A variable that a case begins with (``xn:variable``), for a decision or a condition. ``kind`` is
    boolean, number, text or date; ``options`` are the values of a choice with their English names. One that
    is ``sensitive`` is seen by the decisions of the step that brings it and never kept with the case."""

    name: str
    kind: str = "text"
    en: str = ""
    options: tuple[tuple[str, str], ...] = ()
    sensitive: bool = False


@dataclass(frozen=True, eq=False)
class Model:
    """A compiled model. ``shapes`` only remembers what was computed before; it changes no answer.
    ``names`` are the variables that a state keeps: those that expressions use and those that are given."""

    file: str | None
    nodes: tuple[Node, ...]
    flows: tuple[Flow, ...]
    scopes: tuple[Scope, ...]
    lanes: tuple[Lane, ...]
    formulas: tuple[Formula, ...]
    processes: Mapping[str, int]
    by_id: Mapping[str, int]
    flow_by_id: Mapping[str, int]
    names: frozenset[str]
    declared: frozenset[str]
    remarks: tuple[Remark, ...]
    given: tuple[Given, ...] = ()
    shapes: dict[Any, Shape] = field(default_factory=dict, repr=False)

    @property
    def blockers(self) -> tuple[Remark, ...]:
        """Why the model cannot be run; empty for an executable one."""
        return tuple(remark for remark in self.remarks if remark.blocks)

    @property
    def executable(self) -> bool:
        return not any(remark.blocks for remark in self.remarks)

    def node(self, identity: str) -> Node | None:
        """The node with this BPMN id."""
        index = self.by_id.get(identity)
        return None if index is None else self.nodes[index]
