"""The process behind ``xiaoneng platform``; the words are those of ``cli/evidence.py``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from xiaoneng.cli.evidence import add_actions
from xiaoneng.cli.main import language
from xiaoneng.cli.verify import public_key, show
from xiaoneng.config.run import _ready
from xiaoneng.core.errors import BadInput, Place, XiaonengError
from xiaoneng.presentation.i18n import explain, translator


def run_seal(arguments: argparse.Namespace) -> dict[str, Any]:
    """Seal now."""
    from django.utils import timezone

    from xiaoneng.apps.eventlog.services import seals

    at = timezone.now()
    if arguments.rotate:
        made = seals.rotate(at=at)
    else:
        made = seals.seal(at=at, successor=public_key(arguments.successor) or b"")
    return {"ok": not made.broken, **json.loads(made.line())}


def run_verify(arguments: argparse.Namespace) -> dict[str, Any]:
    """Verify the database against the folder of seals."""
    from xiaoneng.apps.eventlog.selectors import chains
    from xiaoneng.apps.eventlog.selectors.proofs import verify_platform

    verdict = verify_platform(public_key(arguments.key))
    seals = chains.seals()
    return {
        "ok": not verdict.problems,
        "figures": [],
        "problems": [problem._asdict() for problem in verdict.problems],
        "cases": verdict.cases,
        "events": verdict.events,
        "seals": verdict.seals,
        "unsealed": verdict.unsealed,
        "key": seals[0].key.hex() if seals else None,
    }


def run_bundle(arguments: argparse.Namespace) -> dict[str, Any]:
    """Write a bundle."""
    from django.utils import timezone

    from xiaoneng.apps.eventlog.selectors.bundles import bundle_write

    manifest = bundle_write(
        Path(arguments.out),
        at=timezone.localtime(),
        first=_day(arguments.first, "--from"),
        last=_day(arguments.last, "--to"),
    )
    return {"ok": True, "bundle": arguments.out, **manifest}


def run_proof(arguments: argparse.Namespace) -> dict[str, Any]:
    """Write the proof of one case."""
    from xiaoneng.apps.eventlog.selectors.proofs import inclusion
    from xiaoneng.core.eventlog.proof.single import to_json

    found = to_json(inclusion(arguments.case))
    text = json.dumps(found, ensure_ascii=False, indent=1)
    try:
        with Path(arguments.out).open("x", encoding="utf-8") as file:
            file.write(f"{text}\n")
    except OSError as error:
        raise BadInput(
            "cannot write {path}: {why}",
            path=arguments.out,
            why=error.strerror,
            place=Place(file=arguments.out),
        ) from error
    return {"ok": True, "proof": arguments.out, **found}


def _day(text: str | None, option: str) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadInput(
            "not a date: {text!r}", place=Place(field=option), expected="a day such as 2026-11-23", text=text
        ) from error


ACTIONS: dict[str, Callable[[argparse.Namespace], dict[str, Any]]] = {
    "seal": run_seal,
    "verify": run_verify,
    "bundle": run_bundle,
    "proof": run_proof,
}


def main() -> int:
    """Do what was asked for and say it; exit codes are those of ``docs/reference/cli.md``."""
    parser = argparse.ArgumentParser(prog="xiaoneng platform")
    add_actions(parser)
    arguments = parser.parse_args()
    lang = language(arguments)
    try:
        _ready()
        payload = ACTIONS[arguments.action](arguments)
    except XiaonengError as error:
        sys.stderr.write(f"xiaoneng: {explain(error, lang)}\n")
        return error.exit_code
    if arguments.json:
        sys.stdout.write(json.dumps(payload, ensure_ascii=False) + "\n")
    else:
        _say(arguments.action, payload, lang)
    return 0 if payload["ok"] else 1


def _say(action: str, payload: dict[str, Any], lang: str) -> None:
    t = translator(lang)
    if action == "verify":
        show(payload, lang)
    elif action == "seal":
        seal = payload["seal"]
        text = t(
            "Seal {number}: {cases} cases, {events} events, {changed} chains changed since the last one."
        )
        sys.stdout.write(text.format(**seal) + "\n")
        if seal["broken"]:
            broken = t("{broken} chains are not what the last seal found: run xiaoneng platform verify.")
            sys.stdout.write(broken.format(**seal) + "\n")
    else:
        sys.stdout.write(t("Written: {path}").format(path=payload.get("bundle") or payload["proof"]) + "\n")


if __name__ == "__main__":
    sys.exit(main())
