"""The reader's language, and texts of errors in it."""

from __future__ import annotations

from typing import Any

from django.utils.translation import get_language

from xiaoneng.apps.accounts.roles import roles
from xiaoneng.core.errors import XiaonengError
from xiaoneng.presentation.i18n import explain
from xiaoneng.presentation.words import Words


def language() -> str:
    """``zh`` or ``en``."""
    return "en" if (get_language() or "").startswith("en") else "zh"


def in_language(chinese: str, english: str) -> str:
    """The name in the reader's language; the Chinese one where there is no English one."""
    return english if english and language() == "en" else chinese


def role_name(code: str) -> str:
    """A role in the reader's language; what no role of the platform is stays as it is."""
    role = roles().get(code)
    return code if role is None else in_language(role.name_zh, role.name_en)


def words() -> Words:
    """How figures are said in the reader's language."""
    return Words(language())


def error_text(error: XiaonengError) -> str:
    """The error in the reader's language."""
    return explain(error, language())


def stored_error_text(error: dict[str, Any]) -> str:
    """A stored error (``apps.eventlog.errors.as_json``) in the reader's language."""
    rebuilt = XiaonengError(
        error["message"], expected=error.get("expected"), hint=error.get("hint"), **error.get("params", {})
    )
    text = error_text(rebuilt)
    return f"{error['place']}: {text}" if error.get("place") else text
