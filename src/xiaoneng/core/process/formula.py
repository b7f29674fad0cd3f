"""FEEL expressions of a model: compiled once, names found, answers remembered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from xiaoneng.core.decisions import Fault, compile_expression
from xiaoneng.core.decisions.syntax import names_in
from xiaoneng.core.process.faults import StepFault

ANSWERS_KEPT: Final = 4096
TIME_NAMES: Final = frozenset(("now", "today"))
MISSING: Final = object()


class Formula:
    """A compiled expression with its place. ``names`` are the variables it uses; ``timeless`` says that the
    answer depends on them alone."""

    __slots__ = ("_answers", "element", "expression", "line", "names", "text", "timeless")

    def __init__(self, text: str, known: Iterable[str], element: str, line: int) -> None:
        """Raises FeelSyntaxError for a text that is no FEEL."""
        known = set(known)
        first = compile_expression(text, known)
        free = {n.text for n in names_in(first.node) if n.variable is None and not n.items}
        self.expression = compile_expression(text, known | free) if free else first
        self.text, self.element, self.line = text, element, line
        self.names = self.expression.names
        self.timeless = not any(n.text in TIME_NAMES for n in names_in(self.expression.node))
        self._answers: dict[Any, bool] = {}

    def value(self, variables: Mapping[str, Any], at: datetime | None) -> Any:
        """The value. Raises StepFault, with FEEL's reason, where it is null because of an error."""
        result = self.expression.evaluate(variables, clock=at)
        if result.value is None and result.errors:
            raise self.fault(result.errors)
        return result.value

    def fault(self, errors: tuple[Fault, ...]) -> StepFault:
        return StepFault(
            "the expression {text} of {element} has no value: {reason}",
            text=self.text,
            element=self.element,
            reason=str(errors[0]),
        )

    def holds(self, variables: Mapping[str, Any], at: datetime | None) -> bool:
        """Whether a condition is true; null without an error counts as not true. Raises StepFault for what
        is neither."""
        key: Any = None
        if self.timeless:
            key = tuple([_key(variables.get(name, MISSING)) for name in self.names])
            found = self._answers.get(key) if None not in key else None
            if found is not None:
                return found
        value = self.value(variables, at)
        if value is not None and value is not True and value is not False:
            raise StepFault(
                "the condition {text} of {element} gives {value}",
                text=self.text,
                element=self.element,
                value=str(value),
                expected="true or false",
            )
        answer = value is True
        if key is not None and None not in key and len(self._answers) < ANSWERS_KEPT:
            self._answers[key] = answer
        return answer


def _key(value: Any) -> Any:
    """A hashable stand-in for a simple value; None where there is none. True and 1 stay apart."""
    kind = type(value)
    if kind is str:
        return value
    if kind is bool:
        return (value,)
    if kind is Decimal:
        return (kind, value)
    return None
