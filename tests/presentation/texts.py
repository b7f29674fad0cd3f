"""Every English text that presentation and the analyze command may say, found in code, templates and
tables."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import xiaoneng
from xiaoneng.presentation.report import reasons, sayings
from xiaoneng.presentation.report.definitions import DEFINITIONS
from xiaoneng.presentation.report.outline import OUTLINE
from xiaoneng.presentation.report.parts import about, lateness, times
from xiaoneng.presentation.words import UNITS

ROOT = Path(xiaoneng.__file__).parent
CALLS = {"t": 1, "plural": 3}
"""Name of the call → how many leading arguments may be texts."""


def in_python(path: Path) -> Iterator[str]:
    """Constant texts in calls of ``t`` and ``plural``."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        for argument in node.args[: CALLS.get(name, 0)]:
            yield from _constants(argument)


def _constants(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    if isinstance(node, ast.IfExp):
        yield from _constants(node.body)
        yield from _constants(node.orelse)


def in_templates() -> Iterator[str]:
    """Texts of the ``t`` tag."""
    for path in ROOT.glob("presentation/**/*.html"):
        yield from re.findall(r'\{% t "([^"]+)"', path.read_text(encoding="utf-8"))


def in_tables() -> Iterator[str]:
    """Texts that stand in tables and are said by their key."""
    for table in (
        sayings.NAMES,
        times.OWNERS,
        times.QUANTILES,
        times.MARKS,
        times.CAUSES,
        times.SHORT_CAUSES,
        lateness.BASES,
        lateness.ENDS,
        about.ROLES,
        about.QUALITY_NAMES,
    ):
        yield from table.values()
    yield reasons.UNKNOWN
    for forms in UNITS.values():
        yield from forms
    for pair in reasons.REASONS.values():
        yield from (text for text in pair if text)
    for definition in DEFINITIONS:
        yield from (definition.name, definition.meaning)
    yield from (title for _, title, _, _ in OUTLINE)
