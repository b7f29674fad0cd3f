"""Every remark on quality and every progress text has its Chinese."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import polib

import xiaoneng.core.eventlog
import xiaoneng.core.mining
from xiaoneng.core.eventlog.quality import EFFECTS
from xiaoneng.core.mining.analysis import SECTIONS

ROOT = Path(xiaoneng.core.eventlog.__file__).parent


def catalogue() -> dict[str, str]:
    entries: dict[str, str] = {}
    for package in (ROOT, Path(xiaoneng.core.mining.__file__).parent):
        path = package / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
        entries |= {entry.msgid: entry.msgstr for entry in polib.pofile(str(path)).translated_entries()}
    return entries


def progress_texts() -> Iterator[str]:
    """Literals handed to ``say(share, text)`` in the import."""
    for node in ast.walk(ast.parse((ROOT / "fill.py").read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "say":
            yield ast.literal_eval(node.args[1])


def test_all_are_translated() -> None:
    known = catalogue()
    texts = [*EFFECTS.values(), *progress_texts(), *(section.title for section in SECTIONS)]
    assert len(set(texts)) > 20
    assert [text for text in texts if text not in known] == []


def test_translations_use_only_fields_that_the_text_has() -> None:
    def fields(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    known = catalogue()
    wrong = [text for text in EFFECTS.values() if not fields(known[text]) <= fields(text)]
    assert wrong == []
