"""What went wrong in a FEEL text or evaluation: code, message template, parameters, place.

FEEL never raises: an operation that cannot be done gives null. Here the reason is recorded beside the
null, as a
``Fault``. Messages are English templates (``MESSAGES``) that an edge translates by gettext, as with errors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from xiaoneng.core.errors import BadInput, HostileInput, Place

MESSAGES: dict[str, str] = {
    # the text
    "syntax": "cannot be read: found {found}, expected {expected}",
    "text_too_long": "the text has {length} characters; at most {limit} are read",
    "nesting": "nested too deeply; at most {limit} levels are read",
    "unknown_name": "the name {name} is not known here",
    "unknown_type": "the type {name} is not known",
    "unknown_member": "there is no {name} in this value",
    "duplicate_key": "the key {name} occurs twice in one context",
    "external_function": "external functions are not run",
    # values
    "missing_input": "no value was given for {name}",
    "operand_types": "{operator} cannot be applied to {left} and {right}",
    "operand_type": "{operator} cannot be applied to {value}",
    "division_by_zero": "division by zero",
    "number_range": "the result is not a number of 34 digits",
    "not_boolean": "a condition must be true or false, found {value}",
    "null_value": "the value is null",
    "range_ends": "the ends of a range must be of one type and in order, found {low} and {high}",
    "literal": "{text} is not a date, time or duration",
    "not_iterable": "cannot go through {value}",
    "conformance": "the value {value} does not conform to the type {type}",
    "constraint": "the value {value} is not among the allowed values of {type}",
    # calls
    "not_function": "{value} is not a function",
    "arguments": "the arguments do not fit {function}: {reason}",
    "argument_type": "argument {parameter} of {function} must be {expected}, found {value}",
    "argument_value": "argument {parameter} of {function} is out of range: {value}",
    "argument_count": "{function} takes {expected} arguments, found {found}",
    "argument_name": "{function} has no parameter {name}",
    "argument_missing": "{function} needs a value for {name}",
    "pattern": "not a regular expression of XPath: {reason}",
    "pattern_at": "not a regular expression of XPath: {reason}, at character {position}",
    "pattern_time": "the regular expression took too long and was stopped",
    "empty_list": "{function} of an empty list is not defined",
    "text_result": "the text would be longer than {limit} characters",
    # work
    "budget": "the evaluation needs more than {limit} steps and was stopped",
    "too_deep": "functions call each other more than {limit} levels deep; the evaluation was stopped",
    # tables
    "no_rule": "no rule of {table} applies",
    "several_rules": "{count} rules of {table} apply where only one may: {rules}",
    "different_outputs": "rules of {table} that apply together give different results: {rules}",
    "aggregate": "the results of {table} cannot be aggregated: {value}",
    "input_value": "the input {name} has the value {value}, which is not among its allowed values",
    "output_value": "the output {name} has the value {value}, which is not among its allowed values",
    "no_logic": "{name} has no logic",
    "cycle": "{name} requires itself",
    "not_found": "there is no {name} in the model",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One recorded reason. ``at`` is the character position in the text (0-based), ``where`` names the
    element."""

    code: str
    params: dict[str, Any] = field(default_factory=dict)
    at: int | None = None
    where: str | None = None

    @property
    def message(self) -> str:
        """The English template."""
        return MESSAGES[self.code]

    def __str__(self) -> str:
        text = self.message.format(**self.params)
        place = self.where or ""
        if self.at is not None:
            place += f":{self.at + 1}"
        return f"{place}: {text}" if place else text


def phrase(template: str, params: Mapping[str, Any], translate: Callable[[str], str] = str) -> str:
    """A template filled in the reader's language; parameters that are words of ours are translated too."""
    words = {
        name: translate(value) if isinstance(value, str) and value else value
        for name, value in params.items()
    }
    return translate(template).format(**words)


class Null(Exception):  # not an error to the caller: the operation gives null
    """Raised inside an operation whose result is null; caught by the operation's node, which records it."""

    def __init__(self, code: str, /, **params: Any) -> None:
        super().__init__(code)
        self.code, self.params = code, params


class Stop(Exception):  # ends the evaluation, never seen outside
    """The work budget is used up; ends the whole evaluation."""

    def __init__(self, code: str, /, **params: Any) -> None:
        super().__init__(code)
        self.code, self.params = code, params


class FeelSyntaxError(BadInput):
    """A FEEL text that cannot be read; ``at`` is the 0-based character position."""

    code = "feel_syntax"

    def __init__(self, message: str, /, *, at: int = 0, **params: object) -> None:
        super().__init__(message, place=Place(line=1, column=at + 1), **params)  # type: ignore[arg-type] # of the template
        self.at = at

    def locate(self, text: str) -> FeelSyntaxError:
        """The error with its place as line and column of ``text``."""
        before = text[: self.at]
        self.place = Place(line=before.count("\n") + 1, column=self.at - (before.rfind("\n") + 1) + 1)
        return self


class FeelTooLarge(HostileInput):
    """A FEEL text beyond the limits of length or nesting."""

    code = "feel_too_large"
    at = 0
