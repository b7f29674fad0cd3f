"""The few tags that templates need besides Django's own."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from xiaoneng.web.language import words

register = template.Library()

LIGHTS = {
    "green": _("Green"),
    "yellow": _("Yellow"),
    "red": _("Red"),
    "grey": _("Paused"),
    "none": _("No light"),
}


@register.simple_tag
def icon(name: str, css: str = "") -> SafeString:
    """An icon of the sprite; decoration only, so that screen readers skip it."""
    return format_html(
        '<svg class="xn-icon {}" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>',
        css,
        static("web/icons.svg"),
        name,
    )


@register.inclusion_tag("web/components/light.html")
def light(colour: str, text: Any = "", small: bool = False) -> dict[str, Any]:
    """A light: colour, shape and word together, never colour alone."""
    known = colour if colour in LIGHTS else "none"
    return {"colour": known, "text": text or LIGHTS[known], "small": small}


@register.simple_tag
def new_id() -> str:
    """An id for a form that acts: sent twice, it acts once."""
    return str(uuid4())


@register.filter
def drawn(markup: str) -> SafeString:
    """A drawing of ``presentation.charts``, which escapes every text itself."""
    return mark_safe(markup)  # noqa: S308  # Markup is only made by presentation.charts.svg, see its docstring


@register.filter
def number(value: float | None) -> str:
    """A number as the reader's language writes it."""
    return words().number(value)


@register.filter
def day(value: Any) -> str:
    """A day as the reader's language writes it."""
    return words().date(value)


@register.filter
def filesize(value: int) -> str:
    """A size in a unit that can be grasped."""
    size = float(value)
    for unit in ("B", "KB", "MB", "GB"):
        if size < 1024 or unit == "GB":
            return f"{size:.0f} {unit}" if unit == "B" or size >= 100 else f"{size:.1f} {unit}"
        size /= 1024
    return ""


@register.filter
def per_cent(share: float) -> int:
    """A share 0..1 as whole per cent."""
    return round(max(0.0, min(1.0, share)) * 100)
