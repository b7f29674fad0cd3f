"""The self-contained report: one file, no external request, readable without scripts."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from xiaoneng.presentation.report.outline import sections
from xiaoneng.presentation.report.render import render, trusted
from xiaoneng.presentation.words import Words

HERE = Path(__file__).parent
TOKENS = HERE.parent / "tokens.css"


@cache
def stylesheet() -> str:
    """Tokens and report style in one text; the dark colours also by the system's preference, the light
    ones for print."""
    tokens = TOKENS.read_text(encoding="utf-8")
    light = _block(tokens, ":root")
    dark = _block(tokens, '[data-bs-theme="dark"]')
    by_system = f'@media (prefers-color-scheme: dark) {{ :root:not([data-bs-theme="light"]) {{{dark}}} }}'
    everywhere = ':root, :root[data-bs-theme="dark"], :root:not([data-bs-theme="light"])'
    on_paper = f"@media print {{ {everywhere} {{{light}}} }}"
    style = (HERE / "report.css").read_text(encoding="utf-8")
    return "\n".join((tokens, by_system, on_paper, style))


def _block(css: str, selector: str) -> str:
    found = re.search(re.escape(selector) + r"\s*\{(.*?)\}", css, re.DOTALL)
    assert found, f"tokens.css has no {selector}"
    return found.group(1)


def page(analysis: Mapping[str, Any], lang: str, *, made: str) -> str:
    """The whole document; ``made`` says who made it and when (the caller knows the time, this layer does
    not)."""
    words = Words(lang)
    log = analysis["log"]
    style, script = stylesheet(), (HERE / "report.js").read_text(encoding="utf-8")
    subtitle = words.t(
        "{name} · {first} to {last} · {cases} cases",
        name=log.get("name") or "",
        first=words.date(log.get("first_local") or log.get("first")),
        last=words.date(log.get("last_local") or log.get("last")),
        cases=words.number(log["cases"]),
    )
    return render(
        "report.html",
        words,
        title=words.t("Efficiency report"),
        name=log.get("name") or "",
        subtitle=subtitle,
        sections=sections(analysis, lang),
        made=made,
        style=trusted(style),
        script=trusted(script),
        style_hash=_fingerprint(style),
        script_hash=_fingerprint(script),
    )


def _fingerprint(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
