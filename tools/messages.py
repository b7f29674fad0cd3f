"""Compile every gettext catalogue: ``python -m tools.messages``; fails when a text is untranslated."""

from __future__ import annotations

import sys
from pathlib import Path

import polib

SOURCE = Path(__file__).resolve().parent.parent / "src" / "xiaoneng"


def compile_all() -> list[str]:
    """Write a ``.mo`` beside each ``.po``; the problems found, each with its file and text."""
    problems: list[str] = []
    for path in sorted(SOURCE.rglob("django.po")):
        catalogue = polib.pofile(str(path))
        problems += [
            f"{path.relative_to(SOURCE)}: not translated: {entry.msgid!r}"
            for entry in catalogue.untranslated_entries()
        ]
        problems += [
            f"{path.relative_to(SOURCE)}: fuzzy: {entry.msgid!r}" for entry in catalogue.fuzzy_entries()
        ]
        catalogue.save_as_mofile(str(path.with_suffix(".mo")))
    return problems


if __name__ == "__main__":
    found = compile_all()
    for problem in found:
        print(problem, file=sys.stderr)
    sys.exit(1 if found else 0)
