"""Every text that readers and writers may say is in the Chinese catalogue, and fits its fields."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import polib

import xiaoneng.core.eventlog as package
from xiaoneng.core.eventlog.readers.datetext import EXPECTED
from xiaoneng.core.eventlog.readers.xes import _EXPECTED, EFFECTS

HOME = Path(package.__file__).parent
SPEAKERS = [
    *HOME.glob("readers/*.py"),
    *HOME.glob("writers/*.py"),
    HOME / "mapping.py",
    HOME / "timestamps.py",
]
TEMPLATE_AT = {"BadInput": 0, "HostileInput": 0, "NotFound": 0, "Reason": 0, "ReadingRemark": 2}
FIELD = re.compile(r"\{(\w+)[^}]*\}")


def _said() -> set[str]:
    texts = {EXPECTED, *_EXPECTED.values(), *EFFECTS.values()}
    for path in SPEAKERS:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""
            if not isinstance(node, ast.Call) or name not in TEMPLATE_AT:
                continue
            at = TEMPLATE_AT[name]
            spoken = [
                *node.args[at : at + 1],
                *(k.value for k in node.keywords if k.arg in ("expected", "hint")),
            ]
            texts |= {s.value for s in spoken if isinstance(s, ast.Constant) and isinstance(s.value, str)}
    return texts


def _known(folder: Path) -> set[str]:
    entries = polib.pofile(str(folder / "locale/zh_Hans/LC_MESSAGES/django.po"))
    return {entry.msgid for entry in entries if entry.msgstr}


def test_the_catalogue_is_complete_and_holds_nothing_else() -> None:
    ours, said = _known(HOME / "readers"), _said()
    assert len(said) > 100
    assert said - ours - _known(HOME) == set()
    assert ours - said == set()


def test_translations_use_only_the_fields_of_their_texts() -> None:
    for entry in polib.pofile(str(HOME / "readers/locale/zh_Hans/LC_MESSAGES/django.po")):
        assert set(FIELD.findall(entry.msgstr)) == set(FIELD.findall(entry.msgid)), entry.msgid
