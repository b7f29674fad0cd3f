"""``xiaoneng analyze LOG``: a log in, the truth about a body's efficiency out.

Reads the log into an enriched store (a temporary one unless ``--store``), analyses it, and says the result
on the
terminal, as JSON and as a self-contained HTML file. Outputs are written beside their place and renamed.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from xiaoneng import __version__
from xiaoneng.cli.console import Progress, shows_colours, terminal_width
from xiaoneng.cli.logs import DEFAULT_ZONE, add_columns, guessed, open_log
from xiaoneng.cli.main import language
from xiaoneng.core.calendar import load_calendar, work_clock
from xiaoneng.core.errors import BadInput, Place
from xiaoneng.core.eventlog.store import EventStore
from xiaoneng.core.eventlog.writers import check_ending, export_log
from xiaoneng.core.mining.analysis import analyse, spoken
from xiaoneng.core.mining.context import Options
from xiaoneng.presentation.i18n import translator
from xiaoneng.presentation.report import page
from xiaoneng.presentation.terminal import summary
from xiaoneng.presentation.words import Words

READING = 0.7
"""Share of the progress bar for reading the log; the rest is the analysis."""


def register(commands: Any) -> None:
    """Add the subcommand's parser."""
    t = translator(language(argparse.Namespace()), "cli")
    parser = commands.add_parser("analyze", help=t("what an event log says about a body's efficiency"))
    parser.add_argument(
        "log",
        type=Path,
        metavar="LOG",
        help=t("event log (XES, CSV, Excel, Parquet, OCEL), or a store kept by --store"),
    )
    add_columns(parser, t)
    parser.add_argument(
        "--as-of",
        metavar="T",
        type=_moment,
        help=t("date or time at which open cases are looked at (the log's last)"),
    )
    parser.add_argument(
        "--limit",
        type=_positive,
        metavar="N",
        help=t("limit for every case in working days, beside the log's own"),
    )
    parser.add_argument(
        "--top", type=_positive, default=10, metavar="N", help=t("length of the short lists (10)")
    )
    parser.add_argument(
        "--json",
        metavar="FILE|-",
        help=t("the whole analysis as JSON; - writes it, and only it, to standard output"),
    )
    parser.add_argument("--html", type=Path, metavar="FILE", help=t("the report as one self-contained page"))
    parser.add_argument("--store", type=Path, metavar="DIR", help=t("keep the enriched store here"))
    parser.add_argument(
        "--export",
        type=Path,
        metavar="FILE",
        help=t("the log in another format: .xes, .xes.gz, .csv, .csv.gz, .parquet, .json (OCEL 2.0)"),
    )
    parser.add_argument("--lang", choices=("zh", "en"), help=t("language of texts"))
    parser.set_defaults(run=run)


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r}: ISO 8601 (2024-03-01, 2024-03-01T17:30)") from error


def _positive(text: str) -> int:
    if text.isascii() and text.isdigit() and int(text) > 0:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r}: 1, 2, 3, …")


def run(arguments: argparse.Namespace) -> int:
    """Read, analyse, say. 0 when done; bad input raises and becomes 2, an unpublished calendar 3."""
    lang = language(arguments)
    words = Words(lang)
    targets = _targets(arguments)
    clock = work_clock(load_calendar(arguments.calendar))
    progress = Progress(sys.stderr, lang)
    with ExitStack() as stack:
        try:
            store = open_log(arguments, arguments.store, clock, progress.within(0, READING), stack)
            options = Options(
                as_of=_wall_clock(arguments.as_of, store),
                top=arguments.top,
                limit_working_days=arguments.limit,
                work_clock=clock,
            )
            found = analyse(store, options=options, progress=progress.within(READING, 1))
            if arguments.export is not None:
                export_log(store, arguments.export)
        finally:
            progress.done()
        print(guessed(store, words), file=sys.stderr)
    analysis = spoken(found, translator(lang))
    _write(analysis, targets, lang, to_stdout=arguments.json == "-")
    if arguments.json != "-":
        sys.stdout.write(summary(analysis, lang, width=terminal_width(), colours=shows_colours(sys.stdout)))
    for target in targets.values():
        print(words.t("Written: {file}", file=str(target)), file=sys.stderr)
    if not targets and arguments.json != "-":
        print(words.t("The whole report as a page: add --html report.html"), file=sys.stderr)
    return 0


def _targets(arguments: argparse.Namespace) -> dict[str, Path]:
    """The files to be written, checked before any work: none is the log, none twice, each in an existing
    folder."""
    targets: dict[str, Path] = {}
    if arguments.json not in (None, "-"):
        targets["json"] = Path(arguments.json)
    if arguments.html is not None:
        targets["html"] = arguments.html
    if arguments.export is not None:
        check_ending(arguments.export)
        targets["export"] = arguments.export
    inputs = [
        p for p in (arguments.log, arguments.mapping, _calendar_file(arguments.calendar)) if p is not None
    ]
    for target in targets.values():
        place = Place(file=str(target))
        if target.is_dir() or not target.parent.is_dir():
            raise BadInput(
                "this output cannot be written", place=place, expected="a file in an existing folder"
            )
        if any(_same(target, one) for one in inputs):
            raise BadInput("the output would overwrite an input", place=place, expected="another file name")
    if len({t.resolve() for t in targets.values()}) < len(targets):
        raise BadInput("two outputs have the same file name", place=Place(file=str(arguments.html)))
    return targets


def _calendar_file(calendar: str) -> Path | None:
    return None if calendar in ("cn", "weekdays") else Path(calendar)


def _same(one: Path, other: Path) -> bool:
    if one.exists() and other.exists():
        return one.samefile(other)
    return one.resolve() == other.resolve()


def _wall_clock(as_of: datetime | None, store: EventStore) -> datetime | None:
    """``--as-of`` on the log's own clock: an offset is converted, without one it is that clock already."""
    if as_of is None or as_of.tzinfo is None:
        return as_of
    zone = str(store.meta.get("tz") or DEFAULT_ZONE)
    return as_of.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def _write(analysis: dict[str, Any], targets: dict[str, Path], lang: str, *, to_stdout: bool) -> None:
    text = json.dumps(analysis, ensure_ascii=False, indent=2, allow_nan=False) + "\n"
    if to_stdout:
        sys.stdout.write(text)
    if "json" in targets:
        _replace(targets["json"], text)
    if "html" in targets:
        now = datetime.now(UTC).astimezone()
        made = Words(lang).t(
            "Made by Xiaoneng {version} on {time}.", version=__version__, time=f"{now:%Y-%m-%d %H:%M %z}"
        )
        _replace(targets["html"], page(analysis, lang, made=made))


def _replace(target: Path, text: str) -> None:
    """The file exists whole or not at all: written beside its place, synced, renamed.

    A device or a pipe (``/dev/null``) is written to, never replaced.
    """
    if target.exists() and not target.is_file():
        target.write_text(text, encoding="utf-8", newline="\n")
        return
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".part")
    part = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        part.chmod(0o666 & ~_umask())
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
