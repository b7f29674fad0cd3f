"""Every text is there in Chinese, with the same fields."""

from __future__ import annotations

import re
from pathlib import Path

import polib
import pytest

from tests.presentation.texts import ROOT, in_python, in_tables, in_templates
from xiaoneng.core.eventlog.readers.xes import EFFECTS
from xiaoneng.presentation.report.parts.about import QUALITY_NAMES
from xiaoneng.presentation.report.reasons import REASONS

FIELD = re.compile(r"\{(\w+)[^}]*\}")


def _catalogue(package: str) -> dict[str, str]:
    path = ROOT / package / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
    return {entry.msgid: entry.msgstr for entry in polib.pofile(str(path))}


def _sources() -> dict[str, list[str]]:
    said: dict[str, list[str]] = {"presentation": [*in_templates(), *in_tables()], "cli": []}
    for path in ROOT.glob("presentation/**/*.py"):
        said["presentation"] += in_python(path)
    for name in ("analyze.py", "console.py"):
        said["cli"] += in_python(ROOT / "cli" / name)
    return said


def test_every_text_is_translated() -> None:
    ours = _catalogue("presentation")
    for package, texts in _sources().items():
        known = ours | _catalogue(package)
        assert [text for text in texts if text and not known.get(text)] == []


def test_the_catalogue_holds_nothing_that_nobody_says() -> None:
    assert set(_catalogue("presentation")) - set(_sources()["presentation"]) == set()


def test_translations_have_the_fields_of_their_texts() -> None:
    for package in ("presentation", "cli"):
        for source, translated in _catalogue(package).items():
            assert set(FIELD.findall(source)) >= set(FIELD.findall(translated)), source


def _codes(pattern: str, *folders: Path) -> set[str]:
    texts = [p.read_text(encoding="utf-8") for folder in folders for p in folder.rglob("*.py")]
    return {code for text in texts for code in re.findall(pattern, text)}


def test_every_reason_of_the_core_has_words() -> None:
    codes = _codes(
        r"""No(?:tMeasurable|Duration)\((?:"(\w+)"|[^)]*?else "(\w+)")""", ROOT / "core" / "mining"
    )
    found = {code for pair in codes for code in pair if code}
    assert found
    assert found <= set(REASONS)


def test_every_quality_code_of_the_core_has_a_name() -> None:
    text = (ROOT / "core" / "eventlog" / "quality.py").read_text(encoding="utf-8")
    codes = set(re.findall(r"""(?:Check|_remark)\(\s*"(\w+)\"""", text))
    assert len(codes) > 10
    assert codes | set(EFFECTS) | {"events_of_several_cases"} <= set(QUALITY_NAMES)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_field_is_left_unfilled_in_the_report(lang: str, report_pages: dict[str, str]) -> None:
    assert (
        re.findall(r">[^<]*\{\w+\}[^<]*<", report_pages[lang].split("<script>")[0].split("</style>")[1]) == []
    )
