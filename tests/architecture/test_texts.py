"""Every text that a user may see has its Chinese translation."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import polib

from tests.architecture.sources import SOURCE, calls, modules

GETTEXT = {"_", "gettext", "gettext_lazy", "t", "pgettext", "N_", "gettext_noop"}
ERRORS = {"XiaonengError", "BadInput", "HostileInput", "NotFound", "CalendarNotPublished", "errors.BadInput"}
TEMPLATE_TEXT = re.compile(r"""\{%\s*(?:translate|trans)\s+(["'])(.*?)\1""", re.S)


def translated() -> set[str]:
    """All source texts that some catalogue translates."""
    done: set[str] = set()
    for path in SOURCE.rglob("django.po"):
        done |= {entry.msgid for entry in polib.pofile(str(path)).translated_entries()}
    return done


def literal(node: ast.AST | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def texts_of(name: str, tree: ast.AST) -> Iterator[tuple[str, str]]:
    """(place, source text) of every literal handed to gettext or to an error."""
    for called, call in calls(tree):
        short = called.rsplit(".", 1)[-1]
        candidates: list[ast.AST | None] = []
        if short in GETTEXT and call.args:
            candidates.append(call.args[0])
        elif short in ERRORS or short.endswith("Error"):
            if not call.args or not (
                short in ERRORS or any(k.arg in {"place", "expected", "hint"} for k in call.keywords)
            ):
                continue
            candidates.append(call.args[0])
            candidates += [k.value for k in call.keywords if k.arg in {"expected", "hint"}]
        for candidate in candidates:
            if text := literal(candidate):
                yield f"{name}:{call.lineno}", text


def template_texts(folder: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.rglob("*.html")):
        for match in TEMPLATE_TEXT.finditer(path.read_text(encoding="utf-8")):
            yield str(path.relative_to(folder)), match.group(2)


def test_an_untranslated_text_is_noticed() -> None:
    planted = ast.parse('BadInput("no such thing", expected="another")\n_("hello")')
    assert [text for _, text in texts_of("x.py", planted)] == ["no such thing", "another", "hello"]


def test_every_text_is_translated() -> None:
    done = translated()
    used = [pair for module in modules() for pair in texts_of(module.name, module.tree)]
    used += template_texts(SOURCE)
    missing = sorted({f"{place}: {text!r}" for place, text in used if text not in done})
    assert not missing, "\n".join(missing)


def test_a_text_reads_the_same_everywhere() -> None:
    """Pages read all catalogues as one, so two translations of a text would depend on their order."""
    said: dict[tuple[str | None, str], dict[str, str]] = {}
    for path in sorted(SOURCE.rglob("django.po")):
        for entry in polib.pofile(str(path)):
            package = path.relative_to(SOURCE).parts[:-4]
            said.setdefault((entry.msgctxt, entry.msgid), {})[entry.msgstr] = "/".join(package)
    differing = [f"{text!r}: {texts}" for (_, text), texts in said.items() if len(texts) > 1]
    assert not differing, "\n".join(differing)
