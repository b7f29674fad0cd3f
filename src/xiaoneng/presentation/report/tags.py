"""The one template tag of the report: a text in the reader's language."""

from __future__ import annotations

from django import template
from django.template import Context

from xiaoneng.presentation.words import Words

register = template.Library()


@register.simple_tag(takes_context=True)
def t(context: Context, text: str, **params: object) -> str:
    """``{% t "Half take {n}" n=value %}``; the result is escaped like any other text."""
    words: Words = context["words"]
    return words.t(text, **params)
