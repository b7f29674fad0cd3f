"""The result of a replay."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from xiaoneng.core.mining.replay.judge import KINDS, Deviation, Tokens, Verdict, fitness
from xiaoneng.core.mining.replay.naming import Naming, near
from xiaoneng.core.mining.replay.spans import Spans
from xiaoneng.core.mining.replay.traces import NAMELESS, Trace
from xiaoneng.core.process.model import NONE, Model

NEAR_NAMES: Final = 50


class Remark(NamedTuple):
    """A deviation of a case in words: where, what, and why, as a template and its parameters."""

    case: str
    position: int
    activity: str | None
    kind: str
    element: str | None
    message: str
    params: Mapping[str, Any]


@dataclass(frozen=True)
class Replay:
    """A log on a model. ``verdicts[n]`` is how ``traces[n]`` went; ``of_case`` tells each case's trace.

    ``exact``: no budget was reached, so every verdict is the nearest there is. ``spans``: times by node.
    """

    model: Model
    process: str
    naming: Naming
    activities: tuple[str, ...]
    traces: tuple[Trace, ...]
    verdicts: tuple[Verdict, ...]
    of_case: npt.NDArray[np.int64]
    case_ids: tuple[str, ...]
    exact: bool
    spans: Mapping[int, Spans] = field(default_factory=dict)

    @property
    def cases(self) -> int:
        return len(self.of_case)

    @property
    def events(self) -> int:
        return sum(trace.cases * len(trace.path) for trace in self.traces)

    @property
    def fitting(self) -> int:
        """Cases without any deviation."""
        return sum(t.cases for t, v in zip(self.traces, self.verdicts, strict=True) if v.fits)

    @property
    def tokens(self) -> Tokens:
        """Tokens of all cases together."""
        sums = [0, 0, 0, 0]
        for trace, verdict in zip(self.traces, self.verdicts, strict=True):
            for number, count in enumerate(verdict.tokens):
                sums[number] += trace.cases * count
        return Tokens(*sums)

    @property
    def fitness(self) -> float:
        """Fitness of the log: the formula over the tokens of all its cases."""
        return fitness(self.tokens)

    @property
    def flows(self) -> dict[int, int]:
        """How often each sequence flow was taken."""
        found: dict[int, int] = {}
        for trace, verdict in zip(self.traces, self.verdicts, strict=True):
            for flow, count in verdict.flows.items():
                found[flow] = found.get(flow, 0) + trace.cases * count
        return found

    def deviations(self) -> Iterator[Remark]:
        """Every deviation of every case, cases in the order of the log."""
        texts = {
            number: [self.remark(trace, d) for d in verdict.deviations]
            for number, (trace, verdict) in enumerate(zip(self.traces, self.verdicts, strict=True))
            if verdict.deviations
        }
        for case, number in zip(self.case_ids, self.of_case.tolist(), strict=True):
            for remark in texts.get(number, ()):
                yield remark._replace(case=case)

    def remark(self, trace: Trace, deviation: Deviation) -> Remark:
        """A deviation of a trace in words, without a case."""
        position, kind, node, open_ = deviation
        at = trace.path[position] if position < len(trace.path) else NAMELESS
        event = self.activities[at] if at >= 0 else None
        step = self.model.nodes[node].name or self.model.nodes[node].id if node != NONE else None
        params = {
            "activity": event if event is not None else "-",
            "step": step or "-",
            "open": [self.model.nodes[n].name or self.model.nodes[n].id for n in open_],
        }
        missing = kind in ("skipped", "left_open")
        return Remark(
            "",
            position,
            step if missing else event,
            kind,
            self.model.nodes[node].id if node != NONE else None,
            KINDS[kind],
            params,
        )

    def unknown(self) -> list[tuple[str, int, tuple[str, ...]]]:
        """Activities without a step: name, events, and for the first fifty near names of steps; most
        frequent first."""
        unmapped = set(self.naming.unmapped)
        counts = dict.fromkeys((a for a, name in enumerate(self.activities) if name in unmapped), 0)
        for trace in self.traces:
            for activity in trace.path:
                if activity in counts:
                    counts[activity] += trace.cases
        ranked = sorted(
            ((self.activities[a], n) for a, n in counts.items()), key=lambda row: (-row[1], row[0])
        )
        return [
            (name, count, near(name, self.naming.names) if rank < NEAR_NAMES else ())
            for rank, (name, count) in enumerate(ranked)
        ]
