"""OCEL 2.0 (JSON, XML, SQLite), flattened: the objects of one type are the cases.

An event of several such objects becomes a row in each of their cases; an event of none is left out. Both
are said in the
quality report. Which type to take is asked for, or guessed: the one to which most events belong exactly once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pyarrow as pa

from xiaoneng.core.errors import BadInput, HostileInput, Place
from xiaoneng.core.eventlog.mapping import Mapping, Reason
from xiaoneng.core.eventlog.raw import ReadingRemark, ReadResult
from xiaoneng.core.eventlog.readers.context import ReadContext
from xiaoneng.core.eventlog.readers.source import Source
from xiaoneng.core.eventlog.readers.tabular import TabularReader

CASE, ACTIVITY, TIME, EVENT = "ocel:oid", "ocel:activity", "ocel:timestamp", "ocel:eid"
TYPE = "ocel:type:"
ROWS_PER_BLOCK = 50_000


@dataclass(slots=True)
class OcelEvent:
    """An event as it stands in the file; ``where`` is its line, or its number."""

    id: str
    type: str
    time: str
    attributes: dict[str, str]
    objects: list[str]
    where: int


@dataclass(slots=True)
class Ocel:
    """An object-centric log; attributes of objects are their last values."""

    events: list[OcelEvent] = field(default_factory=list)
    objects: dict[str, tuple[str, dict[str, str]]] = field(default_factory=dict)


class OcelRows:
    """The flattened log as a table, see ``tabular.Rows``."""

    def __init__(self, format_name: str, log: Ocel, source: Source, context: ReadContext) -> None:
        self.format = format_name
        self._log = log
        self._source = source
        self._context = context
        if not log.events:
            raise BadInput(
                "the log has no events", place=context.place(), expected="at least one event of one object"
            )
        self.object_type, self.reason = choose_type(log, context)
        self._other = sorted({t for t, _ in log.objects.values()} - {self.object_type})
        names = dict.fromkeys(name for event in log.events for name in event.attributes)
        case_names = dict.fromkeys(
            name
            for kind, attributes in log.objects.values()
            if kind == self.object_type
            for name in attributes
        )
        self._attributes = [n for n in names if not n.startswith(("ocel:", "case:"))]
        self._case_attributes = list(case_names)
        others = [TYPE + kind for kind in self._other]
        self.columns = [CASE, EVENT, ACTIVITY, TIME, *self._attributes, *others]
        self.columns += ["case:" + n for n in self._case_attributes]
        if len(self.columns) > context.limits.columns:
            raise HostileInput(
                "there are {count} columns",
                place=context.place(),
                expected="at most {limit}",
                count=len(self.columns),
                limit=context.limits.columns,
            )
        self.details: dict[str, Any] = {
            "object_type": self.object_type,
            "object_types": [self.object_type, *self._other],
        }
        self.repeated = 0
        self.left_out = 0
        self._where: list[int] = []

    def blocks(self) -> Iterator[pa.RecordBatch]:
        rows: list[list[str | None]] = []
        for event in self._log.events:
            related = list(dict.fromkeys(o for o in event.objects if o in self._log.objects))
            by_type: dict[str, list[str]] = {}
            for name in related:
                by_type.setdefault(self._log.objects[name][0], []).append(name)
            cases = by_type.get(self.object_type, [])
            self.left_out += not cases
            self.repeated += max(0, len(cases) - 1)
            values: list[str | None] = [event.attributes.get(n) for n in self._attributes]
            values += [", ".join(by_type[kind]) if kind in by_type else None for kind in self._other]
            for case in cases:
                attributes = self._log.objects[case][1]
                of_case = [attributes.get(n) for n in self._case_attributes]
                rows.append([case, event.id, event.type, event.time, *values, *of_case])
                self._where.append(event.where)
            if len(rows) >= ROWS_PER_BLOCK:
                yield self._block(rows)
                rows = []
        if rows:
            yield self._block(rows)

    def _block(self, rows: list[list[str | None]]) -> pa.RecordBatch:
        arrays = [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]
        return pa.RecordBatch.from_arrays(arrays, names=self.columns)

    def place(self, row: int, column: str) -> Place:
        return self._context.place(self._where[row], field=column)

    def proof_of_order(self, column: str) -> bool | None:
        return None  # OCEL demands ISO 8601

    def fraction(self) -> float:
        return 0.5

    def finish(self) -> tuple[int, str]:
        return self._source.size, self._source.finish()

    def close(self) -> None:
        self._source.close()


class OcelReader(TabularReader):
    """A tabular reader that also tells what flattening did."""

    def __init__(self, rows: OcelRows, context: ReadContext) -> None:
        asked = context.mapping
        found = {"case": CASE, "activity": ACTIVITY, "time": TIME}
        mapping: Mapping = replace(asked, **{k: v for k, v in found.items() if getattr(asked, k) is None})
        super().__init__(rows, replace(context, mapping=mapping))
        self._flat = rows

    def result(self) -> ReadResult:
        result = super().result()
        reasons = {**result.reasons, "case": self._flat.reason}
        remarks = list(result.remarks)
        if self._flat.left_out:
            remarks.append(
                ReadingRemark(
                    "events_without_case",
                    self._flat.left_out,
                    "Events without an object of type {object_type!r} belong to no case and were left out.",
                    {"object_type": self._flat.object_type},
                )
            )
        if self._flat.repeated:
            remarks.append(
                ReadingRemark(
                    "events_of_several_cases",
                    self._flat.repeated,
                    "Events of several objects of type {object_type!r} count once in each of their cases.",
                    {"object_type": self._flat.object_type},
                )
            )
        return replace(result, reasons=reasons, remarks=tuple(remarks))


def choose_type(log: Ocel, context: ReadContext) -> tuple[str, Reason]:
    """The object type that gives the cases, and why."""
    types = {kind for kind, _ in log.objects.values()}
    listed = ", ".join(sorted(types)[:60])
    if context.object_type is not None:
        if context.object_type not in types:
            raise BadInput(
                "there are no objects of type {object_type!r}",
                place=context.place(),
                expected="one of {columns}",
                object_type=context.object_type,
                columns=listed,
            )
        return context.object_type, Reason("as asked")
    once: Counter[str] = Counter()
    for event in log.events:
        counts = Counter(log.objects[o][0] for o in set(event.objects) if o in log.objects)
        once.update(kind for kind, count in counts.items() if count == 1)
    if not once:
        raise BadInput(
            "no event refers to an object that the log contains",
            place=context.place(),
            expected="relationships between events and objects",
        )
    sizes = Counter(kind for kind, _ in log.objects.values())
    best = max(once, key=lambda kind: (once[kind], sizes[kind], kind))
    return best, Reason(
        "{share:.0%} of the events belong to exactly one object of type {object_type!r}, more than "
        "of any other",
        {"share": once[best] / len(log.events), "object_type": best},
    )
