"""Every text of pages and platform is Chinese first, and no field is lost in translation."""

from __future__ import annotations

import re

import polib

from tests.web.texts import ROOT, texts

FIELD = re.compile(r"%\(\w+\)s|\{\w+[^}]*\}")


def catalogue() -> dict[str, str]:
    """The translations of the pages' own catalogue."""
    path = ROOT / "web" / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
    return {entry.msgid: entry.msgstr for entry in polib.pofile(str(path))}


def test_every_text_is_translated() -> None:
    missing = sorted(texts() - {k for k, v in catalogue().items() if v})
    assert not missing


def test_fields_survive_translation() -> None:
    for source, translation in catalogue().items():
        assert sorted(FIELD.findall(source)) == sorted(FIELD.findall(translation)), source


def test_a_missing_text_would_be_noticed() -> None:
    assert "Skip to the content" in texts()
    assert "{name} is too large" in texts()
