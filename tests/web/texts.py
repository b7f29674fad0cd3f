"""Every text that pages, platform apps and the platform command can show, collected from the sources."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import xiaoneng

ROOT = Path(xiaoneng.__file__).parent
TEMPLATES = ROOT / "web" / "templates"
PACKAGES = (
    "web",
    "config",
    "api",
    "apps/accounts",
    "apps/organisations",
    "apps/audit",
    "apps/outbox",
    "apps/eventlog",
)
MARKED = {"_", "gettext", "gettext_lazy", "say"}
ERRORS = {
    "XiaonengError",
    "BadInput",
    "HostileInput",
    "NotFound",
    "NotALog",
    "TooLarge",
    "WrongState",
    "CannotStart",
    "SignInRefused",
    "LockedOut",
    "PasswordRefused",
    "DataKeyMissing",
    "CannotDecrypt",
}
TRANSLATE = re.compile(r"""\{%\s*translate\s+(?:"([^"]+)"|'([^']+)')""")
BLOCK = re.compile(
    r"\{%\s*blocktranslate(?P<head>[^%]*)%\}(?P<body>.*?)\{%\s*endblocktranslate\s*%\}", re.DOTALL
)


def texts() -> set[str]:
    """All message ids."""
    return set(_from_templates()) | set(_from_python())


def _from_templates() -> Iterator[str]:
    for path in TEMPLATES.rglob("*.html"):
        source = path.read_text(encoding="utf-8")
        for double, single in TRANSLATE.findall(source):
            yield double or single
        for match in BLOCK.finditer(source):
            yield re.sub(r"\{\{\s*(\w+)\s*\}\}", r"%(\1)s", match["body"].replace("%", "%%"))


def _from_python() -> Iterator[str]:
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            if "migrations" in path.parts:
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call):
                    yield from _from_call(node)


def _from_call(call: ast.Call) -> Iterator[str]:
    name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
    if name in MARKED | ERRORS and call.args:
        yield from _literal(call.args[0])
    if name in ERRORS:
        for keyword in call.keywords:
            if keyword.arg in ("expected", "hint"):
                yield from _literal(keyword.value)


def _literal(node: ast.expr) -> Iterator[str]:
    if (
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.search(r"[A-Za-z]{2}", node.value)
    ):
        yield node.value
