"""Catalogues compiled once, so that Chinese texts are Chinese."""

from __future__ import annotations

import pytest

from tests.presentation.sample import analysis
from tools.messages import SOURCE, compile_all
from xiaoneng.presentation.i18n import translator
from xiaoneng.presentation.report import page


@pytest.fixture(scope="session", autouse=True)
def _catalogues() -> None:
    """Compile where a catalogue is newer than what was compiled from it."""
    stale = [
        po
        for po in SOURCE.rglob("django.po")
        if not po.with_suffix(".mo").exists() or po.with_suffix(".mo").stat().st_mtime < po.stat().st_mtime
    ]
    if stale:
        compile_all()
        translator.cache_clear()


@pytest.fixture(scope="session")
def report_pages(_catalogues: None) -> dict[str, str]:
    """The report of the made-up office in both languages."""
    found = analysis()
    return {lang: page(found, lang, made="made by a test") for lang in ("zh", "en")}
