"""What a problem says is translated, in the same words for its parameters."""

from __future__ import annotations

import re

import polib

from tests.architecture.sources import SOURCE
from xiaoneng.core.process.migration.versionmap import TEXTS


def test_every_problem_has_its_chinese_text() -> None:
    catalogue = polib.pofile(str(SOURCE / "core/process/locale/zh_Hans/LC_MESSAGES/django.po"))
    said = {entry.msgid: entry.msgstr for entry in catalogue.translated_entries()}
    for text in TEXTS.values():
        assert sorted(re.findall(r"{\w+}", said[text])) == sorted(re.findall(r"{\w+}", text))
