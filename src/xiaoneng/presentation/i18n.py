"""Translation without Django: the same gettext catalogues that the pages use.

Source language of every text is English; ``zh_Hans`` is complete (a test proves it) and is the default.
Catalogues lie in ``<package>/locale/<language>/LC_MESSAGES/django.po`` and are compiled by
``python -m tools.messages``.
"""

from __future__ import annotations

import gettext
from collections.abc import Callable
from functools import cache
from pathlib import Path

import xiaoneng
from xiaoneng.core.errors import XiaonengError

LANGUAGES = {"zh": "zh_Hans", "en": "en"}
Translate = Callable[[str], str]


def locale_dirs() -> list[Path]:
    """Every package's catalogue folder, in a stable order."""
    root = Path(xiaoneng.__file__).parent
    return sorted(p for p in root.rglob("locale") if p.is_dir())


@cache
def translator(language: str, package: str = "") -> Translate:
    """``language`` is ``zh`` or ``en``; an unknown text comes back as it is.

    The catalogue of ``package`` (``presentation``, ``cli``, ``core/mining``, …) is asked first: a short
    text such as
    "End" may mean different things in different parts of the house.
    """
    name = LANGUAGES[language]
    chain: gettext.NullTranslations = gettext.NullTranslations()
    own = Path(xiaoneng.__file__).parent / package / "locale"
    for folder in sorted(locale_dirs(), key=lambda folder: (folder == own, folder)):
        catalogue = gettext.translation("django", folder, [name], fallback=True)
        catalogue.add_fallback(chain)
        chain = catalogue
    return chain.gettext


def explain(error: XiaonengError, language: str) -> str:
    """The error as one paragraph in the reader's language."""
    t = translator(language)
    text = t(error.message).format(**error.params)
    if error.place is not None and str(error.place):
        text = f"{error.place}: {text}"
    if error.expected:
        text += t("; expected {what}").format(what=t(error.expected).format(**error.params))
    if error.hint:
        text += t(". {hint}").format(hint=t(error.hint).format(**error.params))
    return text
