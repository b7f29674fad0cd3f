"""One tree of errors: what was wrong, where, what was expected, what to do.

    XiaonengError                base; exit code 2 on the command line
    ├── BadInput                 a value or file that cannot be used as it stands
    │   └── HostileInput         bad input that looks like an attack (entity bomb, zip bomb, size limit)
    ├── NotFound                 something named by the user does not exist
    └── CalendarNotPublished     a date outside the published working-day calendar; exit code 3

A message is an English template with ``{name}`` fields; the fields are kept apart, so that an edge can
translate the template (gettext) and fill it again in the user's language. Core raises, edges translate.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the input the problem is; every part is optional and 1-based where it is a number."""

    file: str | None = None
    line: int | None = None
    column: int | None = None
    field: str | None = None

    def __str__(self) -> str:
        text = self.file or ""
        if self.line is not None:
            text += f":{self.line}" if text else f"line {self.line}"
            if self.column is not None:
                text += f":{self.column}"
        if self.field is not None:
            text += f" [{self.field}]" if text else f"[{self.field}]"
        return text


class XiaonengError(Exception):
    """Base of every error that a user may see."""

    code = "error"
    exit_code = 2

    def __init__(
        self,
        message: str,
        /,
        *,
        place: Place | None = None,
        expected: str | None = None,
        hint: str | None = None,
        **params: object,
    ) -> None:
        """``message``, ``expected`` and ``hint`` are English templates filled from ``params``."""
        super().__init__(message)
        self.message = message
        self.place = place
        self.expected = expected
        self.hint = hint
        self.params = params

    def parts(self) -> tuple[str, ...]:
        """The templates that an edge translates, in the order in which they are shown."""
        return tuple(t for t in (self.message, self.expected, self.hint) if t)

    def __str__(self) -> str:
        text = self.message.format(**self.params)
        if self.place is not None and str(self.place):
            text = f"{self.place}: {text}"
        if self.expected:
            text += f"; expected {self.expected.format(**self.params)}"
        if self.hint:
            text += f". {self.hint.format(**self.params)}"
        return text


class BadInput(XiaonengError):
    """A value or a file that cannot be used as it stands."""

    code = "bad_input"


class HostileInput(BadInput):
    """Input that exceeds a safety limit or uses a construct that only attacks use."""

    code = "hostile_input"


class NotFound(XiaonengError):
    """Something named by the user does not exist."""

    code = "not_found"


class CalendarNotPublished(XiaonengError):
    """A date lies outside the years for which the working-day arrangement is known."""

    code = "calendar_not_published"
    exit_code = 3
