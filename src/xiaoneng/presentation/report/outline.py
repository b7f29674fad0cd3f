"""The order of the report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString

from xiaoneng.presentation.report.parts import about, findings, flow, lateness, overview, people, times, waste
from xiaoneng.presentation.words import Words

Draw = Callable[[Mapping[str, Any], Words], SafeString]


@dataclass(frozen=True, slots=True)
class Section:
    """One section: an anchor, a title in the reader's language, and a safe fragment without its heading."""

    id: str
    title: str
    html: SafeString


# (anchor, English title, analysis keys of which one must be there, function)
OUTLINE: tuple[tuple[str, str, tuple[str, ...], Draw], ...] = (
    ("headline", "At a glance", ("log",), overview.headline),
    ("findings", "Findings worth acting on", ("findings",), findings.findings),
    ("process-map", "How cases flow", ("dfg",), flow.flow_map),
    ("variants", "Ways through", ("variant_list",), flow.ways),
    ("durations", "How long cases take", ("throughput_days",), times.durations),
    ("series", "Over time", ("series",), times.series),
    ("dotted", "Every step a dot", ("dotted",), flow.dots),
    ("waiting", "Waiting and its causes", ("time_split", "waiting_causes", "owners"), times.waiting),
    ("waste", "Done twice, changing nothing", ("rework", "rubber_stamps"), waste.waste),
    ("handovers", "Handovers", ("handovers", "body_handovers"), people.handovers),
    ("overdue", "Overdue cases", ("overdue",), lateness.overdue),
    ("bodies", "Bodies compared", ("bodies", "divergence"), people.bodies),
    ("ages", "Open cases", ("ages",), times.ages),
    ("quality", "Quality of the log", ("quality",), about.quality),
    ("definitions", "How the figures are defined", ("log",), about.definitions),
    ("appendix", "Appendix: mapping and calendar", ("log",), about.appendix),
)


def sections(analysis: Mapping[str, Any], lang: str) -> list[Section]:
    """The report's sections in order; one of which the analysis knows nothing is left out.

    ``analysis`` is the dictionary of ``docs/reference/analysis.md`` with texts already in the reader's
    language
    (``core.mining.spoken``); ``lang`` is ``zh`` or ``en``.
    """
    words = Words(lang)
    found = []
    for anchor, title, keys, draw in OUTLINE:
        if any(key in analysis for key in keys):
            html = draw(analysis, words)
            if html:
                found.append(Section(anchor, words.t(title), html))
    return found
