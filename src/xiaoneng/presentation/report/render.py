"""Templates of the report: Django's engine alone, without settings, escaping everything that is not ours."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from django.template import Context, Engine
from django.utils.safestring import SafeString, mark_safe

from xiaoneng.presentation.charts import Chart, Table
from xiaoneng.presentation.words import Words

FOLDER = Path(__file__).parent / "templates"
EMPTY = SafeString("")


@cache
def _engine() -> Engine:
    return Engine(
        dirs=[str(FOLDER)],
        loaders=[("django.template.loaders.cached.Loader", ["django.template.loaders.filesystem.Loader"])],
        builtins=["xiaoneng.presentation.report.tags"],
    )


def render(template: str, words: Words, **values: object) -> SafeString:
    """A template filled. No localisation by Django: every figure comes as a finished text."""
    context = Context({"words": words, **values}, use_l10n=False, use_tz=False)
    return SafeString(_engine().get_template(template).render(context))


def trusted(markup: str) -> SafeString:
    """Markup made by ``charts`` (which escapes every text itself)."""
    return mark_safe(markup)  # noqa: S308  charts.svg.Markup is escaped where it is made


def together(*parts: SafeString) -> SafeString:
    """Fragments one after the other."""
    return SafeString("".join(parts))


def lead(text: str, words: Words) -> SafeString:
    """The sentence that says what the section shows."""
    return render("lead.html", words, text=text)


def note(text: str, words: Words) -> SafeString:
    """A reservation under a figure."""
    return render("note.html", words, text=text) if text else EMPTY


def figure(chart: Chart, words: Words, text: str = "") -> SafeString:
    """A chart with its caption and the table behind it."""
    return render("figure.html", words, chart=chart, svg=trusted(chart.svg), text=text, table=chart.table)


def table(title: str, rows: Table, words: Words, text: str = "") -> SafeString:
    """A table that stands for itself."""
    return render("table_block.html", words, title=title, table=rows, text=text)


def beside(*parts: SafeString) -> SafeString:
    """Fragments side by side where there is room."""
    shown = [p for p in parts if p]
    if len(shown) < 2:
        return together(*shown)
    cells = "".join(f'<div class="xr-half">{p}</div>' for p in shown)
    return SafeString(f'<div class="xr-beside">{cells}</div>')
