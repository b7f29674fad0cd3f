"""Broken and hostile BPMN: only the errors of the house, in bounded time and memory.

Files of the execution suite and of the interchange group are cut, spliced and changed where it hurts:
references, numbers, conditions, the kinds of elements. Each is read, compiled, written and read again,
checked (every tenth), and, where it can be run, run for some steps with its state going through bytes.
Allowed: it works, or BadInput and its kinds. Not allowed: any other exception, more than five seconds, more
than 400 MB of growth, a written file that reads differently, a refused step that has changed the state.
"""

from __future__ import annotations

import os
import random
import re
import resource
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from conformance.bpmn import translate
from xiaoneng.core.errors import XiaonengError
from xiaoneng.core.process import (
    Complete,
    Model,
    SendBack,
    Signal,
    Start,
    State,
    ThrowError,
    TimerDue,
    advance,
    compile_document,
    dump_state,
    load_state,
    read_document,
    write_document,
)
from xiaoneng.core.process.names import FLOW_NODES, TRIGGERS
from xiaoneng.core.process.soundness import check

INPUTS, SLICE = 200_000, 1_500
SLOW_SECONDS, GROWTH_MB = 5.0, 400
SHARED = Path(os.environ.get("XIAONENG_SHARED", Path(__file__).resolve().parents[2] / "shared"))
AT: Final = datetime(2026, 1, 5, tzinfo=UTC)
ATTRIBUTE: Final = re.compile(rb'\s([\w:]+)="([^"]*)"')
TEXT: Final = re.compile(rb">([^<>]+)<")
TAG: Final = re.compile(rb"<(/?)((?:\w+:)?)(\w+)")
TAGS: Final = [
    tag.encode() for tag in sorted(FLOW_NODES | set(TRIGGERS) | {"sequenceFlow", "process", "laneSet"})
]
VALUES: Final = (
    b"", b"0", b"-1", b"1", b"2", b"1e9", b"999999", b"99999999999999999999", b"true", b"false", b"NaN",
    b"P1D", b"PT0S", b"R/PT1S", b"R3/PT1H", b"P99999Y", b"2026-01-05T00:00:00Z", b"9999-12-31T23:59:59Z",
    b"a", b"test", b"not(test)", b"1 / 0", b"for i in 1..1000000 return i", b"[1,2,3]", b"{a: 1}",
    b"x = y and z &gt; 1", b"(((((", b"function(x) x", b"null", "审批".encode(), b"&#0;", b"&amp;lt;", b"..",
)  # fmt: skip
SNIPPETS: Final = (
    b"<startEvent/>", b"</process>", b"<!--", b"-->", b"<![CDATA[", b"]]>", b"<?xml?>", b"<a:b/>", b"\x00",
    b"<!DOCTYPE a>", b"&x;", b"<sequenceFlow/>", b"\xff\xfe", b'xmlns=""', b"<incoming>", b"&#xD;",
)  # fmt: skip


def mutated(chance: random.Random, data: bytes) -> bytes:
    """A broken relative of a file."""
    for _ in range(chance.choice((0, 1, 1, 1, 2, 2, 4, 8))):
        kind = chance.randrange(8)
        if kind < 2:
            data = with_value(chance, data, ATTRIBUTE, 2)
        elif kind == 2:
            data = with_value(chance, data, TEXT, 1)
        elif kind == 3:
            data = with_tag(chance, data)
        elif kind == 4:
            data = without_element(chance, data)
        else:
            at = chance.randrange(len(data) + 1)
            to = min(len(data), at + chance.choice((1, 3, 20, 200)))
            if kind == 5:
                data = data[:at] + data[to:]
            elif kind == 6:
                data = data[:at] + chance.choice(SNIPPETS) + data[at:]
            else:
                data = data[:at] + data[at:to] * chance.choice((2, 3, 40)) + data[to:]
    return data


def with_value(chance: random.Random, data: bytes, where: re.Pattern[bytes], group: int) -> bytes:
    """Another value for an attribute or a text: a hostile one, or one that stands elsewhere in the file."""
    found = list(where.finditer(data))
    if not found:
        return data
    hit = chance.choice(found)
    value = chance.choice(VALUES) if chance.random() < 0.4 else chance.choice(found)[group]
    return data[: hit.start(group)] + value + data[hit.end(group) :]


def with_tag(chance: random.Random, data: bytes) -> bytes:
    """Another kind for one sort of elements, or for one element that has no end tag of its own."""
    found = [hit for hit in TAG.finditer(data) if hit[3] in TAGS]
    if not found:
        return data
    old, new = chance.choice(found)[3], chance.choice(TAGS)
    return re.sub(rb"(</?(?:\w+:)?)" + old + rb"\b", rb"\1" + new, data)


def without_element(chance: random.Random, data: bytes) -> bytes:
    """The file without one element, or with it twice."""
    begins = [hit for hit in TAG.finditer(data) if not hit[1]]
    if not begins:
        return data
    hit = chance.choice(begins)
    end = re.compile(rb"</" + re.escape(hit[2] + hit[3]) + rb">|/>").search(data, hit.end())
    if end is None:
        return data
    part = data[hit.start() : end.end()]
    if chance.random() < 0.5:
        return data[: hit.start()] + data[end.end() :]
    return data[: end.end()] + part + data[end.end() :]


def one(chance: random.Random, data: bytes, number: int) -> str:
    """Everything that is done with a file; what became of it."""
    document = read_document(data)
    model = compile_document(document)
    written = write_document(document)
    again = read_document(written)
    if write_document(again) != written:
        raise AssertionError("written twice differently")
    if [n.id for n in compile_document(again).nodes] != [n.id for n in model.nodes]:
        raise AssertionError("read differently after writing")
    for remark in model.remarks:
        str(remark)
    if number % 10 == 0:
        for problem in check(model).problems:
            str(problem)
    if not model.executable:
        return "drawing"
    if not model.processes:
        return "no process"
    return played(chance, model)


def played(chance: random.Random, model: Model) -> str:
    """Some steps of a case, by random commands."""
    state: State | None = None
    at = AT
    command: Any = Start(chance.choice(list(model.processes)), "", {"test": "ab", "integerVariable": 1})
    refused = 0
    for _ in range(12):
        before = None if state is None else dump_state(state)
        try:
            step = advance(model, state, command, at)
        except XiaonengError as error:
            str(error)
            if state is None:
                return "not started"
            if dump_state(state) != before:
                raise AssertionError("a refused step has changed the state") from error
            refused += 1
        else:
            state = step.state
            kept = dump_state(state)
            if load_state(model, kept) != state:
                raise AssertionError("a state changes through bytes")
        if state.ended:
            return "ended"
        item = chance.choice(state.ids) if state.ids else 0
        at += timedelta(hours=chance.choice((0, 1, 1000)))
        command = chance.choice(
            (
                Complete(item, {"test": "a", "integerVariable": chance.randrange(5)}),
                Complete(item),
                TimerDue(item),
                Signal("signal"),
                ThrowError(item, "E"),
                SendBack(item, chance.choice(model.nodes).id),
            )
        )
    return "stuck" if refused == 11 else "ran"


def run(seed: int, slice: bool) -> dict[str, Any]:  # the name that every campaign has
    """Break things ``INPUTS`` times (a slice: ``SLICE``); the record counts outcomes and lists what must
    not be."""
    chance = random.Random(seed)
    suites = SHARED / "conformance"
    # in FEEL, as the runner of the suite translates them; every fourth one as it stands
    executed = [
        path.read_bytes() if number % 4 == 0 else write_document(translate(read_document(path)))
        for number, path in enumerate(sorted((suites / "bpmn-execution").rglob("*.bpmn")))
    ]
    drawn = [path.read_bytes() for path in sorted((suites / "bpmn-interchange").glob("*.bpmn"))]
    if not executed or not drawn:
        raise SystemExit(f"no models in {suites}; set XIAONENG_SHARED")
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    slowest = 0.0
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for number in range(SLICE if slice else INPUTS):
        seeds = drawn if chance.random() < 0.04 else executed
        data = mutated(chance, chance.choice(seeds))
        start = time.process_time()
        try:
            counts[one(chance, data, number)] += 1
        except XiaonengError as error:
            str(error)
            counts[type(error).__name__] += 1
        except Exception as error:  # finding these is what the campaign is for
            wrong.append(f"#{number}: {type(error).__name__}: {error}"[:300])
        seconds = time.process_time() - start
        if seconds > SLOW_SECONDS:
            wrong.append(f"#{number}: {seconds:.1f} s")
        slowest = max(slowest, seconds)
        if len(wrong) >= 20:
            break
    growth = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    if growth > GROWTH_MB:
        wrong.append(f"grew by {growth:.0f} MB")
    return {
        "ok": not wrong,
        "inputs": sum(counts.values()) + len(wrong),
        "outcomes": dict(sorted(counts.items())),
        "slowest_seconds": round(slowest, 3),
        "growth_mb": round(growth),
        "wrong": wrong,
    }
