"""What every reader is given, and how every reading ends."""

from __future__ import annotations

from collections.abc import Mapping as Map
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from xiaoneng.core.errors import BadInput, Place
from xiaoneng.core.eventlog.limits import LIMITS, Limits
from xiaoneng.core.eventlog.mapping import REQUIRED, ROLES, Guess, Mapping
from xiaoneng.core.eventlog.raw import ReadingRemark, ReadResult
from xiaoneng.core.eventlog.readers.assemble import Assembler, zone_in_force

DEFAULT_ZONE = "Asia/Shanghai"
SHOWN_COLUMNS = 60


@dataclass(frozen=True, slots=True)
class ReadContext:
    """What the caller decided."""

    path: Path
    part: Path
    mapping: Mapping
    tz: str | None
    limits: Limits = LIMITS
    object_type: str | None = None
    """OCEL only: the object type whose objects are the cases."""

    @property
    def zone(self) -> str:
        """The zone of stamps without offset."""
        return self.tz or DEFAULT_ZONE

    @property
    def events_file(self) -> Path:
        return self.part / "event_attributes.parquet"

    @property
    def cases_file(self) -> Path:
        return self.part / "case_attributes.parquet"

    def place(self, line: int | None = None, column: int | None = None, field: str | None = None) -> Place:
        """A place in the file that is read."""
        return Place(self.path.name, line, column, field)


@dataclass(slots=True)
class Outcome:
    """What a reader has to tell at the end; :func:`complete` makes the ReadResult."""

    format: str
    columns: tuple[str, ...]
    guess: Guess
    rows: int
    assembler: Assembler
    event_attributes: Path | None
    case_attributes: Path | None
    remarks: list[ReadingRemark] = field(default_factory=list)
    xes: Map[str, Any] | None = None
    details: dict[str, Any] = field(default_factory=dict)


def complete(context: ReadContext, outcome: Outcome, size: int, sha256: str) -> ReadResult:
    """The result; BadInput when the log has no event, no time, or not the columns that were asked for."""
    require_columns(context, outcome.columns)
    if not outcome.rows:
        raise BadInput(
            "the log has no events", place=context.place(), expected="at least one event of one case"
        )
    if not outcome.assembler.times:
        raise BadInput(
            "no event has a time: {column!r} is always empty",
            place=context.place(field=outcome.guess.mapping.time),
            expected="a column with the time of each event",
            hint="Name it with --time",
            column=outcome.guess.mapping.time,
        )
    return ReadResult(
        format=outcome.format,
        name=context.path.name,
        bytes=size,
        sha256=sha256,
        rows=outcome.rows,
        mapping=outcome.guess.mapping,
        reasons=outcome.guess.reasons,
        columns=outcome.columns,
        zone=zone_in_force(outcome.assembler.offsets, context.tz, DEFAULT_ZONE),
        tz=context.zone,
        offsets=dict(outcome.assembler.offsets),
        event_attributes=outcome.event_attributes,
        case_attributes=outcome.case_attributes,
        xes=outcome.xes,
        remarks=tuple(outcome.remarks),
        details=outcome.details,
    )


def require_columns(context: ReadContext, columns: Sequence[str]) -> None:
    """BadInput when a column was asked for by name that the file does not have."""
    known = set(columns)
    for role, column in context.mapping.as_dict().items():
        if column not in known:
            raise BadInput(
                "there is no column {column!r} for {role}",
                place=context.place(line=1, field=column),
                expected="one of {columns}",
                column=column,
                role=role,
                columns=_listed(columns),
            )


def require_roles(
    context: ReadContext, guess: Guess, columns: Sequence[str], roles: Sequence[str] = REQUIRED
) -> None:
    """BadInput when no column could be found for a role that every log needs."""
    for role in ROLES:
        if role in roles and not getattr(guess.mapping, role):
            raise BadInput(
                "no column was recognised as the {role} of an event",
                place=context.place(line=1),
                expected="one of {columns}",
                hint="Name it with --{role}",
                role=role,
                columns=_listed(columns),
            )


def _listed(columns: Sequence[str]) -> str:
    shown = ", ".join(columns[:SHOWN_COLUMNS])
    return shown + (", …" if len(columns) > SHOWN_COLUMNS else "")
