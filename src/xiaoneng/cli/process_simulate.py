"""``xiaoneng process simulate``: what a process model does with people, calendars and chance."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from xiaoneng.cli.console import Progress
from xiaoneng.cli.process_simulate_text import TIMES, say
from xiaoneng.core.calendar import DEFAULT_HOURS, load_calendar, work_clock
from xiaoneng.core.errors import BadInput, Place
from xiaoneng.core.eventlog import Mapping, ingest
from xiaoneng.core.eventlog.writers import check_ending
from xiaoneng.core.process import Model, compile_document, read_document
from xiaoneng.core.simulation import (
    Plan,
    Scenario,
    Study,
    bind,
    difference,
    dump_scenario,
    fit,
    load_scenario,
    study,
    without_file,
    write_log,
)
from xiaoneng.core.simulation.remarks import Remark
from xiaoneng.presentation.i18n import Translate, translator
from xiaoneng.presentation.words import Words

CASES, REPLICATIONS, SEED = 1_000, 10, 1
REPLICATIONS_LIMIT = 10_000


def register(actions: Any) -> None:
    """Add the action."""
    parser = actions.add_parser("simulate", help="simulate a model with people, calendars and chance")
    parser.add_argument("file", metavar="FILE", type=Path)
    parser.add_argument("--scenario", metavar="FILE", type=Path, help="arrivals, people, durations, branches")
    parser.add_argument("--fit", metavar="LOG", type=Path, help="estimate the scenario from a log")
    parser.add_argument("--end", metavar="C", help="the log's column with the end of a step")
    parser.add_argument("--calendar", default="cn", metavar="cn|weekdays|FILE", help="of the log's office")
    parser.add_argument("--save-scenario", metavar="FILE", type=Path, help="write the scenario here")
    parser.add_argument("--cases", metavar="N", type=_count(10_000_000))
    parser.add_argument("--seed", metavar="S", type=_count(2**63, 0), default=SEED)
    parser.add_argument("--replications", metavar="R", type=_count(REPLICATIONS_LIMIT), default=REPLICATIONS)
    parser.add_argument("--xes", metavar="OUT", type=Path, help="the first replication as an event log")
    parser.add_argument("--compare", metavar="FILE2", type=Path, help="another model, same random numbers")
    parser.add_argument("--compare-scenario", metavar="FILE", type=Path, help="its scenario, if another one")
    parser.add_argument("--kernel", choices=("auto", "plain", "compiled"), default="auto")
    parser.add_argument("--json", action="store_true", help="print JSON and nothing else")
    parser.add_argument("--lang", choices=("zh", "en"))
    parser.set_defaults(run=run)


def _count(high: int, low: int = 1) -> Callable[[str], int]:
    def read(text: str) -> int:
        if text.isascii() and text.isdigit() and low <= int(text) <= high:
            return int(text)
        raise argparse.ArgumentTypeError(f"{text!r}: {low} … {high}")

    return read


def run(arguments: argparse.Namespace) -> int:
    """Exit code 0 when the simulation was done; bad input raises and becomes 2, an unpublished calendar 3."""
    from xiaoneng.cli.main import language

    lang = language(arguments)
    if arguments.xes is not None:
        check_ending(arguments.xes)
    if arguments.scenario is not None and arguments.fit is not None:
        raise BadInput("a scenario is both given and to be estimated", expected="--scenario or --fit")
    model = compile_document(read_document(arguments.file))
    progress = Progress(sys.stderr, lang)
    fitted: tuple[Remark, ...] = ()
    if arguments.fit is not None:
        scenario, fitted = fit_log(arguments, model, progress)
    else:
        scenario = load_scenario(arguments.scenario) if arguments.scenario else without_file()
    if arguments.save_scenario is not None:
        save(scenario, arguments.save_scenario)
    compared = arguments.compare is not None or arguments.compare_scenario is not None
    other = compile_document(read_document(arguments.compare)) if arguments.compare else model
    both = frozenset() if not compared else names_of(model) | names_of(other)
    plans = [bind(model, scenario, both)]
    if compared:
        second = load_scenario(arguments.compare_scenario) if arguments.compare_scenario else scenario
        plans.append(bind(other, second, both))
    cases = arguments.cases or scenario.cases or CASES
    try:
        studies = [
            _study(arguments, plan, cases, progress, n / len(plans), (n + 1) / len(plans))
            for n, plan in enumerate(plans)
        ]
        if arguments.xes is not None:
            write_xes(studies[0], arguments.xes)
    finally:
        progress.done()
    t = translator(lang)
    report = report_of(studies[0], t)
    report["remarks"] = [*(remark_json(remark, t) for remark in fitted), *report["remarks"]]
    if compared:
        report["compare"] = compare_report(studies[0], studies[1], t)
    if arguments.json:
        print(json.dumps(report, ensure_ascii=False, indent=1))
    else:
        print(say(studies, report, Words(lang), t))
    return 0


def fit_log(
    arguments: argparse.Namespace, model: Model, progress: Progress
) -> tuple[Scenario, tuple[Remark, ...]]:
    """A scenario out of the log of ``--fit``, and what to know about it."""
    clock = work_clock(load_calendar(arguments.calendar))
    with tempfile.TemporaryDirectory() as folder:
        try:
            store = ingest(
                arguments.fit,
                Path(folder) / "store",
                mapping=Mapping(end=arguments.end),
                work_clock=clock,
                progress=progress.within(0, 1),
            )
            found = fit(store, model, calendar=arguments.calendar)
        finally:
            progress.done()
    return found.scenario, found.remarks


def save(scenario: Scenario, target: Path) -> None:
    """Write a scenario file. Raises BadInput where it cannot be written."""
    try:
        target.write_text(dump_scenario(scenario), encoding="utf-8")
    except OSError as error:
        raise unwritable(target, error) from None


def unwritable(target: Path, error: OSError) -> BadInput:
    return BadInput(
        "the file cannot be written: {reason}",
        place=Place(file=str(target)),
        reason=error.strerror or str(error),
    )


def names_of(model: Model) -> frozenset[str]:
    """Everything that a scenario of the model may name."""
    return frozenset((*model.by_id, *model.flow_by_id, *model.names))


def _study(
    arguments: argparse.Namespace, plan: Plan, cases: int, progress: Progress, low: float, high: float
) -> Study:
    part = progress.within(low, high)
    return study(
        plan,
        seed=arguments.seed,
        replications=arguments.replications,
        cases=cases,
        kernel=arguments.kernel,
        progress=lambda share: part(share, "simulating"),
    )


def write_xes(found: Study, target: Path) -> None:
    """Write the log; its working hours are those of the scenario's calendar. Raises BadInput where the file
    cannot be written."""
    try:
        write_log(found.first, target, clock_of(found.plan.scenario))
    except OSError as error:
        raise unwritable(target, error) from None


def clock_of(scenario: Scenario) -> Any:
    """The work clock of the scenario's calendar, of the State Council's where it has none."""
    office = scenario.calendars.get(scenario.calendar)
    if office is None or office.days == "always":
        return work_clock(load_calendar("cn"), DEFAULT_HOURS)
    return work_clock(load_calendar(office.days), office.hours)


# JSON


def report_of(found: Study, t: Translate) -> dict[str, Any]:
    """The figures as ``docs/reference/simulation.md`` names them."""
    replications = found.replications
    nodes = found.plan.model.nodes
    statuses: dict[str, int] = {}
    for f in replications:
        for status, count in f.statuses.items():
            statuses[status] = statuses.get(status, 0) + count
    return {
        "seed": found.seed,
        "replications": len(replications),
        "cases": {
            "arrived": sum(f.arrived for f in replications),
            "ended": sum(f.ended for f in replications),
            "in_progress": sum(f.in_progress for f in replications),
            "measured": sum(f.measured for f in replications),
            "statuses": statuses,
        },
        **{f"{what}_seconds": seconds_json(found, what) for what, _ in TIMES},
        "utilisation": [
            {"pool": name, "number": number, **share.json(), "busy_hours": hours.mean}
            for name, number, share, hours in found.utilisation()
        ],
        "cost": {**found.mean("cost").json(), "p90": found.p90("cost").mean, "unit": "CNY per case"},
        "steps": [
            {
                "element": nodes[node].id,
                "name": nodes[node].name,
                "done": count.mean,
                "waiting_seconds": wait.json(),
                "working_seconds": work.json(),
            }
            for node, count, wait, work in found.steps()
        ],
        "remarks": [remark_json(remark, t) for remark in found.remarks()],
    }


def seconds_json(found: Study, what: str) -> dict[str, Any]:
    mean = found.mean(what)
    return {**mean.json(), "p90": found.p90(what).mean, "iso": None if mean.mean is None else iso(mean.mean)}


def iso(seconds: float) -> str:
    """An ISO 8601 duration, to the second."""
    sign = "-" if seconds < 0 else ""
    whole = round(abs(seconds))
    days, rest = divmod(whole, 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes, rest = divmod(rest, 60)
    clock = "".join(f"{n}{unit}" for n, unit in ((hours, "H"), (minutes, "M"), (rest, "S")) if n)
    text = (f"{days}D" if days else "") + (f"T{clock}" if clock else "")
    return f"{sign}P{text or 'T0S'}"


def remark_json(remark: Remark, t: Translate) -> dict[str, Any]:
    return {
        "kind": remark.kind,
        "element": remark.element,
        "message": t(remark.message).format(**remark.params),
    }


def compare_report(a: Study, b: Study, t: Translate) -> dict[str, Any]:
    """The second study, and how much more it takes, with the interval of the difference."""
    return {
        **report_of(b, t),
        "difference": {
            **{f"{what}_seconds": difference(a, b, what).json() for what, _ in TIMES},
            "cost": difference(a, b, "cost").json(),
        },
    }
