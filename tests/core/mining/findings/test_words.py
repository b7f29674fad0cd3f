"""Every text of a finding is in the Chinese catalogue and keeps its figures."""

from __future__ import annotations

import re
from pathlib import Path

import polib

import xiaoneng.core.mining
from xiaoneng.core.mining.analysis import SECTIONS
from xiaoneng.core.mining.findings import words

CATALOGUE = Path(xiaoneng.core.mining.__file__).parent / "locale/zh_Hans/LC_MESSAGES/django.po"


def templates(value: object) -> list[str]:
    if isinstance(value, tuple):
        return [text for part in value for text in templates(part)]
    return [value] if isinstance(value, str) else []


def test_every_template_is_translated_with_the_same_placeholders() -> None:
    catalogue = {entry.msgid: entry.msgstr for entry in polib.pofile(str(CATALOGUE))}
    names = [name for name in dir(words) if name.isupper() and name not in ("WEEKDAYS", "CAUSE_ADVICE")]
    texts = [text for name in names for text in templates(getattr(words, name))]
    assert len(texts) > 30
    for text in [*texts, *(section.title for section in SECTIONS)]:
        translated = catalogue[text]
        assert sorted(re.findall(r"\{[^}]+\}", text)) == sorted(re.findall(r"\{[^}]+\}", translated)), text
        assert re.search(r"[\u4e00-\u9fff]", translated), text
