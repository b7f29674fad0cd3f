"""Problems, explanations and names outside of exceptions are translated too: tables of texts in data."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import chinese_calendar.constants
import polib
import pytest

import xiaoneng
from xiaoneng.cli import deadline
from xiaoneng.cli import id as id_command
from xiaoneng.core.identifiers import MESSAGES

ROOT = Path(xiaoneng.__file__).parent


def catalogue(package: str) -> set[str]:
    path = ROOT / package / "locale/zh_Hans/LC_MESSAGES/django.po"
    return {entry.msgid for entry in polib.pofile(str(path)).translated_entries()}


def sentences(folder: Path) -> Iterator[str]:
    """Texts with a blank that are handed to ``fail``, ``Problem`` or ``_problem``, or stand in a tuple."""
    for path in sorted(folder.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            values: list[ast.AST] = []
            if isinstance(node, ast.Call):
                called = (
                    node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                )
                if called in {"fail", "_wrong", "Problem", "_problem"}:
                    values = [*node.args, *(k.value for k in node.keywords if k.arg in {"expected", "hint"})]
            elif isinstance(node, ast.Tuple):
                values = list(node.elts)
            for value in values:
                if isinstance(value, ast.Constant) and isinstance(value.value, str) and " " in value.value:
                    yield value.value


@pytest.mark.parametrize("package", ["core/calendar", "core/clock"])
def test_problems_and_complaints(package: str) -> None:
    found = set(sentences(ROOT / package))
    assert len(found) > 10
    assert found <= catalogue(package)


def test_identifier_messages() -> None:
    assert set(MESSAGES.values()) <= catalogue("core/identifiers")


def test_names_of_holidays() -> None:
    days = chinese_calendar.constants
    assert {*days.holidays.values(), *days.workdays.values()} <= catalogue("core/calendar")


def test_words_of_the_commands() -> None:
    words = {
        *deadline.UNIT_NAMES.values(),
        *deadline.REASONS.values(),
        *deadline.LIGHTS.values(),
        *deadline.WEEKDAYS,
    }
    words |= {*id_command.KIND_NAMES.values(), *id_command.PART_NAMES.values()}
    assert words <= catalogue("cli")
