"""``xiaoneng process replay`` and ``process diff``: a log against a model, a model against another."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from xiaoneng.cli.console import Progress
from xiaoneng.cli.logs import add_columns, guessed, open_log
from xiaoneng.cli.main import language
from xiaoneng.core.calendar import load_calendar, work_clock
from xiaoneng.core.mining.replay import Replay, Step, as_row, read_map, replay, steps_of
from xiaoneng.core.mining.replay.replayed import Remark
from xiaoneng.core.process import compile_document, read_document
from xiaoneng.core.process.diff import Change, Diff, Word, compare
from xiaoneng.presentation.i18n import Translate, translator
from xiaoneng.presentation.text import cells, clip_cells, pad_cells, printable
from xiaoneng.presentation.words import Words

READING = 0.5
"""Share of the progress bar for reading the log."""
NAMES = {
    "unknown": "unknown activity",
    "not_enabled": "not open",
    "out_of_order": "out of order",
    "skipped": "step missing",
    "left_open": "left open",
}
SIGNS = {"added": "+", "removed": "-", "moved": "→", "changed": "~"}


def register(actions: Any) -> None:
    """Add both actions."""
    t = translator(language(argparse.Namespace()), "cli")
    replaying = actions.add_parser("replay", help=t("whether the cases of a log went as the model says"))
    replaying.add_argument("file", metavar="FILE", type=Path, help=t("process model (BPMN)"))
    replaying.add_argument(
        "log", metavar="LOG", type=Path, help=t("event log in any format that analyze reads")
    )
    replaying.add_argument(
        "--map",
        metavar="FILE",
        type=Path,
        help=t("activity → step, where names and ids differ: CSV (activity,element) or TOML"),
    )
    replaying.add_argument(
        "--process", default="", metavar="ID", help=t("the process, where there are several")
    )
    replaying.add_argument(
        "--ignore-unknown", action="store_true", help=t("activities that are no step take no part")
    )
    replaying.add_argument(
        "--top", type=_positive, default=10, metavar="N", help=t("length of the short lists (10)")
    )
    add_columns(replaying, t)
    replaying.set_defaults(run=run_replay)
    comparing = actions.add_parser("diff", help=t("what changed from one version of a model to another"))
    comparing.add_argument("file", metavar="A", type=Path)
    comparing.add_argument("other", metavar="B", type=Path)
    comparing.set_defaults(run=run_diff)
    for action in (replaying, comparing):
        action.add_argument("--json", action="store_true", help=t("print JSON and nothing else"))
        action.add_argument("--lang", choices=("zh", "en"), help=t("language of texts"))


def _positive(text: str) -> int:
    if text.isascii() and text.isdigit() and int(text) > 0:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r}: 1, 2, 3, …")


# replay


def run_replay(arguments: argparse.Namespace) -> int:
    """Exit code 0 when every case fits, 1 when there are deviations."""
    lang = language(arguments)
    words = Words(lang)
    model = compile_document(read_document(arguments.file))
    steps = read_map(arguments.map) if arguments.map is not None else None
    clock = work_clock(load_calendar(arguments.calendar))
    progress = Progress(sys.stderr, lang)
    with ExitStack() as stack:
        try:
            store = open_log(arguments, None, clock, progress.within(0, READING), stack)
            found = replay(
                store,
                model,
                steps=steps,
                process=arguments.process,
                leave_out_unknown=arguments.ignore_unknown,
                progress=progress.within(READING, 1),
            )
        finally:
            progress.done()
        print(guessed(store, words), file=sys.stderr)
    t = translator(lang)
    if not found.exact:
        warning = "Some cases were too hard for the budget: for them a run is shown, perhaps not the nearest."
        print(t(warning), file=sys.stderr)
    if arguments.json:
        print(json.dumps(as_json(found, t), ensure_ascii=False, indent=1, allow_nan=False))
    else:
        print("\n".join(as_text(found, t, arguments.top)))
    return 0 if found.fitting == found.cases else 1


def as_json(found: Replay, t: Translate) -> dict[str, Any]:
    """The whole result; messages in the reader's language."""
    model = found.model
    return {
        "fitness": found.fitness,
        "cases": found.cases,
        "fitting": found.fitting,
        "events": found.events,
        "process": found.process,
        "exact": found.exact,
        "tokens": found.tokens._asdict(),
        "deviations": [
            {
                "case": remark.case,
                "index": remark.position,
                "activity": remark.activity,
                "kind": remark.kind,
                "element": remark.element,
                "message": message(remark, t),
            }
            for remark in found.deviations()
        ],
        "steps": [as_row(step) for step in steps_of(found)],
        "flows": [
            {
                "element": model.flows[flow].id,
                "from": model.nodes[model.flows[flow].source].id,
                "to": model.nodes[model.flows[flow].target].id,
                "count": count,
            }
            for flow, count in sorted(found.flows.items())
        ],
        "unmapped": [
            {"activity": activity, "events": events, "near": list(near)}
            for activity, events, near in found.unknown()
        ],
    }


def message(remark: Remark, t: Translate) -> str:
    """A deviation as a sentence."""
    params = {name: _spoken(value, t) for name, value in remark.params.items()}
    return t(remark.message).format(**params)


def _spoken(value: object, t: Translate) -> str:
    if isinstance(value, list):
        return t(", ").join(printable(str(item)) for item in value) or t("nothing")
    return printable(str(value))


def as_text(found: Replay, t: Translate, top: int) -> list[str]:
    """The result for a terminal."""
    share = found.fitting / found.cases if found.cases else 1.0
    lines = [
        t("Fitness {fitness:.4f}; {fitting:,} of {cases:,} cases fit ({share:.1%})").format(
            fitness=found.fitness, fitting=found.fitting, cases=found.cases, share=share
        )
    ]
    frequent = _frequent(found)
    if frequent:
        lines += ["", t("Most frequent deviations:")]
        rows = [[f"{cases:,}", t(NAMES[remark.kind]), message(remark, t)] for cases, remark in frequent[:top]]
        lines += _table([t("cases"), t("kind"), t("example")], rows)
        lines += [t("… and {count:,} more kinds").format(count=len(frequent) - top)] * (len(frequent) > top)
    lines += ["", t("Steps:")]
    head = [t(h) for h in ("step", "times", "cases", "again", "deviations", "median from enabled to done")]
    lines += _table(head, [_step_row(step, t) for step in steps_of(found)])
    unknown = found.unknown()
    if unknown:
        lines += ["", t("Activities that are no step of the model (map them with --map):")]
        for activity, events, near in unknown[:top]:
            hint = t(" – near: {names}").format(names=t(", ").join(near)) if near else ""
            lines.append(f"  {printable(activity)} ({events:,}){hint}")
        more = len(unknown) - top
        lines += [t("… and {count:,} more activities").format(count=more)] * (more > 0)
    return lines


def _frequent(found: Replay) -> list[tuple[int, Remark]]:
    """Deviations of the same kind at the same step, with their cases and an example, most frequent first."""
    counts: dict[tuple[str, str | None, str | None], int] = {}
    examples: dict[tuple[str, str | None, str | None], Remark] = {}
    for trace, verdict in zip(found.traces, found.verdicts, strict=True):
        seen = {}
        for deviation in verdict.deviations:
            remark = found.remark(trace, deviation)
            seen[(remark.kind, remark.activity, remark.element)] = remark
        for key, remark in seen.items():
            counts[key] = counts.get(key, 0) + trace.cases
            examples.setdefault(key, remark)
    return sorted(((n, examples[key]) for key, n in counts.items()), key=lambda row: -row[0])


def _step_row(step: Step, t: Translate) -> list[str]:
    span = step.spans.elapsed
    return [
        printable(step.name or step.element),
        f"{step.count:,}",
        f"{step.cases:,}",
        f"{step.rework:,}",
        f"{step.deviations.total():,}",
        "-" if span is None else t("{days:,.1f} days").format(days=span.median / 86_400),
    ]


def _table(head: list[str], rows: Iterable[list[str]]) -> list[str]:
    """Columns padded to their widest cell; numbers are short, so everything stands on the left."""
    clipped = [head, *([clip_cells(cell, 90) for cell in row] for row in rows)]
    widths = [max(cells(row[n]) for row in clipped) for n in range(len(head))]
    return [
        "  " + "  ".join(pad_cells(cell, width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in clipped
    ]


# diff


def run_diff(arguments: argparse.Namespace) -> int:
    """Exit code 0 when the versions are alike, 1 when something changed."""
    t = translator(language(arguments))
    old, new = (compile_document(read_document(path)) for path in (arguments.file, arguments.other))
    found = compare(old, new)
    if arguments.json:
        print(json.dumps(diff_json(found, t), ensure_ascii=False, indent=1))
    else:
        for line in diff_lines(found, t):
            print(line)
    return 1 if found else 0


def diff_json(found: Diff, t: Translate) -> dict[str, Any]:
    """Ids as lists, and every change with its fields and its sentence in ``details``."""
    return {
        "added": list(found.added),
        "removed": list(found.removed),
        "moved": list(found.moved),
        "changed": [
            {"element": identity, "what": list(what), "before": found.renamed.get(identity, identity)}
            for identity, what in found.changed
        ],
        "details": [
            {
                "how": change.how,
                "element": change.element,
                "name": change.name,
                "type": change.kind,
                "fields": [{"field": f, "old": old, "new": new} for f, old, new in change.fields],
                "message": sentence(change, t),
            }
            for change in found.details
        ],
    }


def diff_lines(found: Diff, t: Translate) -> list[str]:
    """The changes as lines; that nothing changed is said, too."""
    lines = [f"{SIGNS[change.how]} {sentence(change, t)}" for change in found.details]
    return lines or [t("nothing changed")]


def sentence(change: Change, t: Translate) -> str:
    """A change in the reader's language."""
    return t("; ").join(
        t(template).format(**{name: _word(value, t) for name, value in params.items()})
        for template, params in change.texts
    )


def _word(value: object, t: Translate) -> str:
    if isinstance(value, Word):
        return t(value.text)
    if isinstance(value, tuple):
        return t(", ").join(printable(name) for name in value) or t("nothing")
    return printable(str(value)) if value else t("nothing")
