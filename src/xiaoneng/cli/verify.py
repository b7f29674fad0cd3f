"""``xiaoneng verify BUNDLE``: whether exported events are what was once written; works offline, without the
platform and its database.

``BUNDLE`` is what ``xiaoneng platform bundle`` wrote, or the proof of one case (``xiaoneng platform proof``).
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

from xiaoneng.core.errors import BadInput, NotFound, Place

SHOWN = 50


def register(commands: Any) -> None:
    """Add the subcommand."""
    text = "verify exported events: chains, seals, figures"
    parser = commands.add_parser("verify", help=text, description=text)
    parser.add_argument(
        "bundle", metavar="BUNDLE", type=Path, help="a bundle (.zip) or the proof of a case (.json)"
    )
    parser.add_argument("--key", metavar="HEX", help="public key that must have signed the first seal")
    parser.add_argument("--json", action="store_true", help="print JSON only")
    parser.add_argument("--lang", choices=("zh", "en"), help="language of texts")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Verify and say what was found; 0 when everything is as it was written, else 1."""
    from xiaoneng.cli.main import language

    path: Path = arguments.bundle
    if not path.is_file():
        raise NotFound("there is no file {path}", path=str(path), place=Place(file=str(path)))
    key = public_key(arguments.key)
    with path.open("rb") as file:
        single = file.read(1) == b"{"
    payload = _single(path, key) if single else _bundle(path, key)
    if arguments.json:
        print(json.dumps(payload, ensure_ascii=False))
    else:
        show(payload, language(arguments))
    return 0 if payload["ok"] else 1


def public_key(text: str | None) -> bytes | None:
    """A public key in hexadecimal digits. Raises BadInput."""
    if text is None:
        return None
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != 32:
        raise BadInput("this is no public key", place=Place(field="--key"), expected="64 hexadecimal digits")
    return key


def _bundle(path: Path, key: bytes | None) -> dict[str, Any]:
    from xiaoneng.core.eventlog.proof import bundle
    from xiaoneng.core.eventlog.proof.seals import compare_seals
    from xiaoneng.core.eventlog.proof.verify import verify
    from xiaoneng.core.mining.claims import compare, figures_of

    with tempfile.TemporaryDirectory(prefix="xiaoneng-verify-") as folder:
        scratch = Path(folder)
        manifest = bundle.unpack(path, scratch)
        seals, database = bundle.read_seal_files(scratch)
        verdict = verify(
            bundle.read_events(scratch),
            bundle.read_chains(scratch),
            bundle.read_leaves(scratch),
            seals,
            anchor=key,
            whole=bool(manifest.get("whole")),
        )
        verdict.problems += compare_seals(database, seals)
        work = scratch / "figures"
        work.mkdir()
        figures = compare(manifest["figures"], figures_of(bundle.read_events(scratch), work))
    return {
        "ok": not verdict.problems and all(figure.ok for figure in figures),
        "figures": [figure._asdict() for figure in figures],
        "problems": [problem._asdict() for problem in verdict.problems],
        "cases": verdict.cases,
        "events": verdict.events,
        "seals": verdict.seals,
        "unsealed": verdict.unsealed,
        "elsewhere": verdict.elsewhere,
        "key": seals[0].key.hex() if seals else None,
        "made_at": manifest.get("made_at"),
        "from": manifest.get("from"),
        "to": manifest.get("to"),
    }


def _single(path: Path, key: bytes | None) -> dict[str, Any]:
    from xiaoneng.core.eventlog.chain import moment
    from xiaoneng.core.eventlog.proof.single import from_json

    proof = from_json(path.read_text(encoding="utf-8"), path.name)
    ok = proof.holds(key)
    problem = {"kind": "seal_root", "case": proof.stated.case, "seq": 0, "seal": proof.seal.number}
    return {
        "ok": ok,
        "figures": [],
        "problems": [] if ok else [problem],
        "cases": 1,
        "events": proof.stated.length,
        "seals": 1,
        "key": proof.seal.key.hex(),
        "sealed_at": moment(proof.seal.sealed_at).isoformat(),
    }


def show(payload: dict[str, Any], lang: str) -> None:
    """The verdict for people."""
    from xiaoneng.core.eventlog.proof.evidence import KINDS
    from xiaoneng.presentation.i18n import translator
    from xiaoneng.presentation.text import printable

    t = translator(lang)
    yes = "Everything is as it was written." if payload["ok"] else "This is not what was written."
    print(t(yes))
    print(t("{cases} cases, {events} events, {seals} seals").format(**payload))
    if payload.get("unsealed"):
        print(t("{unsealed} events after the last seal: only their chain vouches for them").format(**payload))
    if payload.get("elsewhere"):
        print(t("{elsewhere} sealed cases are not in this bundle").format(**payload))
    for figure in payload["figures"]:
        mark = "✓" if figure["ok"] else "✗"
        print(
            f"  {mark} {figure['name']}: {figure['computed']}"
            + ("" if figure["ok"] else f" ≠ {figure['claimed']}")
        )
    for problem in payload["problems"][:SHOWN]:
        where = [printable(problem["case"])] if problem["case"] else []
        where += [f"#{problem['seq']}"] if problem["seq"] else []
        where += [t("seal {n}").format(n=problem["seal"])] if problem["seal"] else []
        print(f"  ✗ {' '.join(where)}: {t(KINDS[problem['kind']])}")
    if len(payload["problems"]) > SHOWN:
        print(t("and {n} more").format(n=len(payload["problems"]) - SHOWN))
    if payload.get("key"):
        print(t("Signed with {key}; compare it with the key that the office published.").format(**payload))
