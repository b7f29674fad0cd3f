"""The analysis as a page of terminal text: wide characters count two cells, colours only where asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from xiaoneng.presentation.report.parts.about import clock, quality_name
from xiaoneng.presentation.report.parts.findings import interval_text
from xiaoneng.presentation.report.parts.overview import cards, first_finding, story
from xiaoneng.presentation.report.reasons import REASONS, is_measured
from xiaoneng.presentation.report.sayings import say_size
from xiaoneng.presentation.text import cells, clip_cells, pad_cells, printable
from xiaoneng.presentation.words import Words

NARROWEST, WIDEST = 60, 110
BAR = 12
_STYLES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "blue": "34", "title": "1;34"}
_MISSING = (
    ("throughput_working_days", "Working days"),
    ("waiting_causes", "Why cases wait"),
    ("overdue", "Overdue cases"),
    ("handovers", "Handovers between persons"),
    ("ages", "Open cases"),
    ("bodies", "Bodies compared"),
)


@dataclass(frozen=True, slots=True)
class Page:
    """How wide the terminal is and whether it shows colours."""

    width: int
    colours: bool

    def style(self, text: str, name: str) -> str:
        """The text in a style, where there are colours."""
        return f"\x1b[{_STYLES[name]}m{text}\x1b[0m" if self.colours and text else text


def summary(analysis: Mapping[str, Any], lang: str, *, width: int, colours: bool, top: int = 5) -> str:
    """Headline figures, commonest ways through, findings, quality; ends with a newline."""
    words, page = Words(lang), Page(max(NARROWEST, min(width, WIDEST)), colours)
    blocks = [
        _head(analysis, words, page),
        _cards(analysis, words, page),
        _findings(analysis, words, page),
        _ways(analysis, words, page, top),
        _quality(analysis, words, page),
        _missing(analysis, words, page),
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def wrap(text: str, width: int, indent: str = "") -> list[str]:
    """The text in lines of at most ``width`` cells: Latin breaks at spaces, Chinese anywhere."""
    lines, line = [], indent
    for token in _tokens(printable(text)):
        if cells(line + token.rstrip()) > width and line.strip():
            lines.append(line.rstrip())
            line = indent + token.lstrip()
        else:
            line += token
    return [*lines, line.rstrip()] if line.strip() else lines


def _tokens(text: str) -> list[str]:
    """Pieces between which a line may break: a wide character with the punctuation after it, or a Latin
    word."""
    tokens: list[str] = []
    for char in text:
        wide = cells(char) == 2
        glued = char in "，。；：、！？）」』”’%" or (
            not wide and tokens and not tokens[-1].endswith(" ") and cells(tokens[-1][-1]) < 2
        )
        if tokens and (glued or char == " "):
            tokens[-1] += char
        else:
            tokens.append(char)
    return tokens


def _title(text: str, words: Words, page: Page) -> str:
    return page.style(text, "title")


def _head(a: Mapping[str, Any], words: Words, page: Page) -> list[str]:
    log = a["log"]
    name = clip_cells(printable(str(log.get("name") or "")), page.width - 20)
    lines = [
        page.style(f"{words.t('Efficiency report')}  {name}", "title"),
        page.style("─" * page.width, "dim"),
    ]
    for sentence in story(a, words):
        lines += wrap(sentence, page.width)
    if first := first_finding(a, words):
        lines += [page.style(line, "bold") for line in wrap(first, page.width)]
    basis = words.t(
        "Calendar: {calendar}. Clock: {clock}. Open cases as of {as_of}.",
        calendar=log.get("calendar") or "–",
        clock=clock(log, words),
        as_of=words.moment(log.get("as_of")),
    )
    return lines + [page.style(line, "dim") for line in wrap(basis, page.width)]


def _cards(a: Mapping[str, Any], words: Words, page: Page) -> list[str]:
    found, lines = cards(a, words), []
    column = page.width // 3
    for start in range(0, len(found), 3):
        row = found[start : start + 3]
        tones = [{"bad": "red", "good": "green"}.get(card.get("tone", ""), "bold") for card in row]
        figures = [f"{card['value']} {card.get('unit', '')}".strip() for card in row]
        lines.append(
            "".join(page.style(pad_cells(card["name"], column - 2), "dim") + "  " for card in row).rstrip()
        )
        lines.append(
            "".join(
                page.style(pad_cells(f, column - 2), t) + "  " for f, t in zip(figures, tones, strict=True)
            ).rstrip()
        )
        lines.append(
            "".join(page.style(pad_cells(card["more"], column - 2), "dim") + "  " for card in row).rstrip()
        )
        lines.append("")
    return lines[:-1]


def _findings(a: Mapping[str, Any], words: Words, page: Page) -> list[str]:
    found = a.get("findings")
    if not is_measured(found) or not found:
        return []
    lines = [_title(words.t("Findings worth acting on"), words, page)]
    for number, one in enumerate(found[:10], 1):
        head, *rest = wrap(f"{number:>2}. {one['title']}", page.width - 1)
        lines += [head, *(f"    {line}" for line in rest)]
        size = say_size(one.get("unit", ""), one.get("size"), words)
        interval = interval_text(one.get("interval"), one.get("unit", ""), words)
        total = (one.get("params") or {}).get("cases_total", len(one.get("cases") or []))
        behind = "" if one.get("unit") == "cases" else words.plural(total, "{n} case", "{n} cases")
        said = "  ".join(part for part in (size, interval, behind) if part)
        lines += [page.style(line, "dim") for line in wrap(said, page.width, "    ")]
    return lines


def _ways(a: Mapping[str, Any], words: Words, page: Page, top: int) -> list[str]:
    variants = a.get("variant_list")
    if not is_measured(variants) or not variants:
        return []
    lines = [_title(words.t("Ways through") + f"  ({words.number(a['variants'])})", words, page)]
    most = max(v["share"] for v in variants) or 1
    for variant in variants[:top]:
        filled = max(1, round(BAR * variant["share"] / most))
        bar = page.style("█" * filled, "blue") + " " * (BAR - filled)
        runs = [(str(name or "–"), len(list(run))) for name, run in groupby(variant["path"])]
        path = " → ".join(printable(name) + (f" ×{n}" if n > 1 else "") for name, n in runs)
        count = pad_cells(words.number(variant["cases"]), 8, right=True)
        share = pad_cells(words.percent(variant["share"]), 7, right=True)
        lines.append(f"{bar}{count}{share}  {clip_cells(path, page.width - BAR - 17)}")
    return lines


def _quality(a: Mapping[str, Any], words: Words, page: Page) -> list[str]:
    problems = a.get("quality") or []
    if not problems:
        return []
    lines = [_title(words.t("Quality of the log"), words, page)]
    for problem in problems[:8]:
        head, *rest = wrap(f"{quality_name(problem['code'], words)}: {problem['effect']}", page.width - 2)
        lines += [f"· {head}", *(f"  {line}" for line in rest)]
    return lines


def _missing(a: Mapping[str, Any], words: Words, page: Page) -> list[str]:
    lines = []
    for key, name in _MISSING:
        value = a.get(key)
        if isinstance(value, dict) and value.get("measurable") is False:
            reason, remedy = REASONS.get(str(value.get("reason")), (str(value.get("reason")), ""))
            said = [words.t(part) for part in (reason, remedy) if part]
            text = f"{words.t(name)}: {('' if words.lang == 'zh' else ' ').join(said)}"
            head, *rest = wrap(text, page.width - 2)
            lines += [f"· {head}", *(f"  {line}" for line in rest)]
    return [_title(words.t("Not measurable with this log."), words, page), *lines] if lines else []
