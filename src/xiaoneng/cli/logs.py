"""Logs as arguments of a command: which columns are what, how a log is opened, what was guessed."""

from __future__ import annotations

import argparse
import json
import tempfile
import tomllib
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from xiaoneng.core.errors import BadInput, NotFound, Place
from xiaoneng.core.eventlog.enrich import WorkClock
from xiaoneng.core.eventlog.ingest import ingest
from xiaoneng.core.eventlog.mapping import ROLES, Mapping
from xiaoneng.core.eventlog.store import EventStore
from xiaoneng.presentation.i18n import Translate
from xiaoneng.presentation.report.parts.about import ROLES as ROLE_NAMES
from xiaoneng.presentation.text import pad_cells, printable
from xiaoneng.presentation.words import Words

FLAGS = ("case", "activity", "time", "end", "resource", "body", "deadline")
DEFAULT_ZONE = "Asia/Shanghai"


def add_columns(parser: argparse.ArgumentParser, t: Translate) -> None:
    """The options that say how a log is read."""
    columns = parser.add_argument_group(
        t("columns"), t("What is not named is guessed, and the guess is printed.")
    )
    for role in FLAGS:
        columns.add_argument(
            f"--{role}", metavar="C", help=t("column of: {what}").format(what=t(ROLE_NAMES[role]))
        )
    columns.add_argument(
        "--mapping", type=Path, metavar="FILE", help=t("role → column for every role, as JSON or TOML")
    )
    parser.add_argument(
        "--calendar",
        default="cn",
        metavar="cn|weekdays|FILE",
        help=t("working-day calendar (cn: State Council's)"),
    )
    parser.add_argument("--tz", metavar="ZONE", help=t("where the clock of the log hung (Asia/Shanghai)"))


def open_log(
    arguments: argparse.Namespace,
    into: Path | None,
    clock: WorkClock,
    progress: Callable[[float, str], None],
    stack: ExitStack,
) -> EventStore:
    """The store of the log: opened where it is one already, else imported into ``into``, or for a while."""
    log: Path = arguments.log
    if not log.exists():
        raise NotFound("there is no such log", place=Place(file=str(log)), expected="an existing file")
    if log.is_dir():
        return EventStore(log)
    into = into or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="xiaoneng-"))) / "store"
    return ingest(
        log,
        into,
        mapping=mapping_of(arguments),
        tz=arguments.tz,
        work_clock=clock,
        progress=progress,
    )


def mapping_of(arguments: argparse.Namespace) -> Mapping:
    """The mapping file, then the flags over it."""
    named = _mapping_file(arguments.mapping) if arguments.mapping else {}
    named |= {role: value for role in FLAGS if (value := getattr(arguments, role)) is not None}
    return replace(Mapping(), **named)


def _mapping_file(path: Path) -> dict[str, str]:
    place = Place(file=str(path))
    expected = 'an object such as {{"case": "case number", "time": "handled at"}}'
    try:
        text = path.read_text(encoding="utf-8-sig")
        content = tomllib.loads(text) if path.suffix == ".toml" else json.loads(text)
    except FileNotFoundError as error:
        raise NotFound("there is no such mapping file", place=place, expected="an existing file") from error
    except (OSError, ValueError) as error:
        raise BadInput(
            "the mapping file cannot be read: {why}", place=place, expected=expected, why=error
        ) from error
    if not isinstance(content, dict):
        raise BadInput("the mapping file holds no object", place=place, expected=expected)
    for role, column in content.items():
        where = Place(file=str(path), field=str(role))
        if role not in ROLES:
            raise BadInput("unknown role", place=where, expected="one of {roles}", roles=", ".join(ROLES))
        if not isinstance(column, str):
            raise BadInput("the name of a column must be a text", place=where, expected=expected)
    return dict(content)


def guessed(store: EventStore, words: Words) -> str:
    """Which columns were read as what and why, and how to correct it."""
    t = words.t
    lines = [t("Columns read as (correct a wrong one with --case, --activity, --time … or --mapping):")]
    reasons = store.meta.get("reasons", {})
    for role, column in store.meta["mapping"].items():
        reason = reasons.get(role, {})
        why = t(reason.get("template", ""), **reason.get("params", {})) if reason.get("template") else ""
        name = pad_cells(t(ROLE_NAMES.get(role, role)), 18)
        lines.append(f"  {name} {pad_cells(printable(str(column)), 32)} {printable(why)}".rstrip())
    return "\n".join(lines)
