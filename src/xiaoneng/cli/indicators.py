"""``xiaoneng indicators list | compute``: figures with their definition, over the platform's log or any
event store.
"""

from __future__ import annotations

import argparse
import json
import os
from datetime import date
from pathlib import Path
from typing import Any

from xiaoneng.core.errors import BadInput, Place

STORE = Path("stores") / "platform"


def register(commands: Any) -> None:
    """Add the subcommand."""
    text = "definitions and values of the indicators"
    parser = commands.add_parser("indicators", help=text, description=text)
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="the indicators and their versions")
    listing.set_defaults(run=run_list)
    computing = actions.add_parser("compute", help="compute one indicator")
    computing.add_argument("id", metavar="ID", help="for instance I1, or I20@2 for a certain version")
    computing.add_argument("--period", help="2026, 2026-Q3 or 2026-09; default: every year with cases")
    computing.add_argument("--by", choices=("body", "item", "region", "level", "channel"), help="break down")
    computing.add_argument("--as-of", help="count nothing after this day; default: the log's last day")
    computing.add_argument("--store", type=Path, help="event store; default: the platform's own")
    computing.add_argument("--explain", action="store_true", help="add formula and query")
    computing.set_defaults(run=run_compute)
    for action in (listing, computing):
        action.add_argument("--json", action="store_true", help="print JSON only")
        action.add_argument("--lang", choices=("zh", "en"), help="language of texts")


def run_list(arguments: argparse.Namespace) -> int:
    """One line per version in force."""
    from xiaoneng.cli.main import language
    from xiaoneng.core.indicators import current

    rows = [
        {
            "id": d.id,
            "version": d.version,
            "name_zh": d.zh,
            "name_en": d.en,
            "unit": d.unit,
            "direction": d.direction,
            "kind": d.kind,
            "perspective": d.perspective,
            "baseline": d.baseline.value,
            "targets": [{"value": t.value, "by": t.by.isoformat(), "source": t.source} for t in d.targets],
        }
        for d in current()
    ]
    if arguments.json:
        print(json.dumps({"indicators": rows}, ensure_ascii=False))
        return 0
    name = "name_zh" if language(arguments) == "zh" else "name_en"
    for row in rows:
        print(f"{row['id']:>4}@{row['version']}  {row[name]}  [{row['unit']}]")
    return 0


def run_compute(arguments: argparse.Namespace) -> int:
    """Compute and print; exit code 1 when nothing could be counted."""
    from xiaoneng.cli.main import language
    from xiaoneng.core.calendar import load_calendar
    from xiaoneng.core.eventlog import EventStore
    from xiaoneng.core.indicators import (
        Workspace,
        compute,
        explain_query,
        find,
        parse_period,
        periods_between,
    )

    definition = find(arguments.id)
    asked = parse_period(arguments.period) if arguments.period else None
    store = EventStore(arguments.store or _home() / STORE)
    as_of = _day(arguments.as_of) if arguments.as_of else _last_day(store)
    by = arguments.by or "all"
    with Workspace(store, load_calendar("cn"), as_of) as workspace:
        start = date(int(definition.baseline.period[:4]), 1, 1)
        chosen = [asked] if asked else periods_between(start, as_of, ("year",))
        results = compute(workspace, definition, by=(by,), periods=chosen)
    payload: dict[str, Any] = {
        "id": definition.id,
        "version": definition.version,
        "name_zh": definition.zh,
        "name_en": definition.en,
        "unit": definition.unit,
        "as_of": as_of.isoformat(),
        "by": by,
        "results": [
            {
                "key": r.key,
                "period": r.period,
                "value": r.value,
                "interval": list(r.interval) if r.interval else None,
                "n": r.n,
                "enough": r.enough,
                "excluded": [{"reason": e.reason, "n": e.n} for e in r.excluded],
            }
            for r in results
        ],
    }
    if arguments.explain:
        payload["formula_zh"], payload["formula_en"] = definition.formula_zh, definition.formula_en
        payload["query"] = explain_query(definition, chosen[-1]) if chosen else definition.sql
    if arguments.json:
        print(json.dumps(payload, ensure_ascii=False))
    else:
        _show(payload, language(arguments))
    return 0 if any(r.value is not None for r in results) else 1


def _show(payload: dict[str, Any], lang: str) -> None:
    print(f"{payload['id']}@{payload['version']}  {payload['name_' + lang]}  [{payload['unit']}]")
    if "query" in payload:
        print(payload["formula_" + lang])
    for row in payload["results"]:
        value = "–" if row["value"] is None else f"{row['value']:.2f}"
        interval = (
            "" if row["interval"] is None else f"  [{row['interval'][0]:.2f}, {row['interval'][1]:.2f}]"
        )
        few = "" if row["enough"] else "  (!)"
        print(f"{row['period']:8} {row['key']:24} {value:>10}{interval}  n={row['n']}{few}")
        for out in row["excluded"]:
            print(f"{'':34}− {out['n']}  {out['reason']}")
    if "query" in payload:
        print(payload["query"])


def _home() -> Path:
    return Path(os.environ.get("XIAONENG_HOME") or ".xiaoneng").expanduser()


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadInput(
            "not a date: {text!r}",
            place=Place(field="--as-of"),
            expected="a day such as 2026-11-23",
            text=text,
        ) from error


def _last_day(store: Any) -> date:
    with store.connection() as connection:
        row = connection.execute("SELECT CAST(max(last_local) AS DATE) FROM cases").fetchone()
    if row is None or row[0] is None:
        raise BadInput("the log has no event with a time", expected="an event store with times")
    found: date = row[0]
    return found
