"""Coverage and what-if: which rules past cases would meet, and who would have been decided differently."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import numpy as np
from django.utils.timezone import localdate

from xiaoneng.apps.processes.tables.document import model_of
from xiaoneng.core.decisions import day_inputs, decide_many, dump_json, from_python, to_json
from xiaoneng.core.decisions.model.model import Unit

SAMPLE: Final = 200


@dataclass(frozen=True, slots=True)
class Fired:
    """How often each rule (1-based number → cases) of one table applied; ``none``: no rule did."""

    table: str
    rules: dict[int, int]
    none: int
    total: int


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """One version over many cases: each result (JSON text), rules that fired, how many were not decided."""

    values: list[str]
    fired: tuple[Fired, ...]
    undecided: int
    outcomes: list[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Shift:
    """Cases that went from one result to another."""

    before: str
    after: str
    cases: int


@dataclass(frozen=True, slots=True)
class WhatIf:
    """Two versions over the same cases; ``sample`` are the first cases (by index) decided differently."""

    before: Rehearsal
    after: Rehearsal
    different: int
    shifts: list[Shift]
    sample: list[int]


def rehearse(dmn: bytes, main: str, columns: Mapping[str, Sequence[Any]], *, at: datetime) -> Rehearsal:
    """Decide every row of the columns (FEEL values by input name). Rows that no cell tells apart are decided
    once, so this is a batch, not a loop."""
    model = model_of(dmn)
    size = len(next(iter(columns.values()), ()))
    known = {name: column for name, column in columns.items() if name in model.all_inputs()}
    # a table that says nothing of the day is decided for the day of ``at``
    known |= {name: [from_python(localdate(at))] * size for name in day_inputs(model) if name not in known}
    if not known and size:
        # nothing that the decision asks for is given: every case is decided alike
        known = {next(iter(model.all_inputs()), "?"): [None] * size}
    batch = decide_many(model, main, {k: list(v) for k, v in known.items()}, at=at)
    codes = np.asarray(batch.codes)
    counts = np.bincount(codes, minlength=len(batch.outcomes)) if size else np.zeros(0, dtype=np.int64)
    # one row of each kind, decided again with a trace, stands for all of its kind
    first = {code: row for row, code in reversed(list(enumerate(codes.tolist())))}
    hits: dict[str, dict[int, int]] = {}
    none: dict[str, int] = {}
    for unit in model.decisions.values():
        if unit.tables and isinstance(unit, Unit):
            hits[unit.name] = {n + 1: 0 for n in range(len(unit.tables[0].rules))}
            none[unit.name] = 0
    for code, row in first.items():
        given = {name: column[row] for name, column in known.items()}
        trace = model.evaluate(main, given, at=at, explain=True).trace
        for decision in trace.decisions if trace is not None else ():
            for table in decision.tables[:1]:
                if decision.unit.name in hits:
                    for hit in table.hits:
                        hits[decision.unit.name][hit + 1] += int(counts[code])
                    if not table.hits:
                        none[decision.unit.name] += int(counts[code])
    texts = [dump_json(to_json(value)) for value in batch.outcomes]
    undecided = sum(int(n) for n, faults in zip(counts, batch.faults, strict=True) if faults)
    totals: dict[str, int] = {}
    for text, n in zip(texts, counts, strict=True):
        totals[text] = totals.get(text, 0) + int(n)
    return Rehearsal(
        values=[texts[code] for code in codes.tolist()],
        fired=tuple(Fired(name, rules, none[name], size) for name, rules in hits.items()),
        undecided=undecided,
        outcomes=sorted(totals.items(), key=lambda item: (-item[1], item[0])),
    )


def what_if(before: Rehearsal, after: Rehearsal) -> WhatIf:
    """What would change for whom."""
    shifts: dict[tuple[str, str], int] = {}
    sample: list[int] = []
    for row, pair in enumerate(zip(before.values, after.values, strict=True)):
        if pair[0] != pair[1]:
            shifts[pair] = shifts.get(pair, 0) + 1
            if len(sample) < SAMPLE:
                sample.append(row)
    ordered = sorted(shifts.items(), key=lambda item: (-item[1], item[0]))
    return WhatIf(before, after, sum(shifts.values()), [Shift(a, b, n) for (a, b), n in ordered], sample)
