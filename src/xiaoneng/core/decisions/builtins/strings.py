"""String functions (10.3.4.3)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from xiaoneng.core.decisions import patterns
from xiaoneng.core.decisions.builtins.registry import builtin
from xiaoneng.core.decisions.decimals import integer, is_integer
from xiaoneng.core.decisions.faults import Null
from xiaoneng.core.decisions.runtime import Run
from xiaoneng.core.decisions.types import BOOLEAN, NUMBER, STRING, list_of, show


def checked(run: Run, text: str) -> str:
    """A text that is not too long to go on with."""
    if len(text) > run.limits.text:
        raise Null("text_result", limit=run.limits.text)
    return text


@builtin("substring", "string: string", "start position: number", "length?: number?", result=STRING)
def substring(run: Run, text: str, start: Decimal, length: Decimal | None = None) -> str:
    size, first = len(text), integer(start)
    if first == 0:
        raise Null("argument_value", parameter="start position", function="substring", value=show(start))
    begin = first - 1 if first > 0 else size + first
    if begin < 0 or (begin >= size and first < 0):
        raise Null("argument_value", parameter="start position", function="substring", value=show(start))
    if length is None:
        return text[begin:]
    count = integer(length)
    if count < 1:
        raise Null("argument_value", parameter="length", function="substring", value=show(length))
    return text[begin : begin + count]


@builtin("string length", "string: string", result=NUMBER)
def string_length(run: Run, text: str) -> Decimal:
    return Decimal(len(text))


@builtin("upper case", "string: string", result=STRING)
def upper_case(run: Run, text: str) -> str:
    return text.upper()


@builtin("lower case", "string: string", result=STRING)
def lower_case(run: Run, text: str) -> str:
    return text.lower()


@builtin("substring before", "string: string", "match: string", result=STRING)
def substring_before(run: Run, text: str, match: str) -> str:
    before, found, _ = text.partition(match) if match else ("", "", "")
    return before if found else ""


@builtin("substring after", "string: string", "match: string", result=STRING)
def substring_after(run: Run, text: str, match: str) -> str:
    if not match:
        return text
    return text.partition(match)[2]


@builtin("contains", "string: string", "match: string", result=BOOLEAN)
def contains(run: Run, text: str, match: str) -> bool:
    return match in text


@builtin("starts with", "string: string", "match: string", result=BOOLEAN)
def starts_with(run: Run, text: str, match: str) -> bool:
    return text.startswith(match)


@builtin("ends with", "string: string", "match: string", result=BOOLEAN)
def ends_with(run: Run, text: str, match: str) -> bool:
    return text.endswith(match)


@builtin("matches", "input: string", "pattern: string", "flags?: string?", result=BOOLEAN)
def matches(run: Run, text: str, pattern: str, flags: str | None = None) -> bool:
    return patterns.matches(text, pattern, flags or "", run.limits.pattern_seconds)


@builtin(
    "replace", "input: string", "pattern: string", "replacement: string", "flags?: string?", result=STRING
)
def replace(run: Run, text: str, pattern: str, replacement: str, flags: str | None = None) -> str:
    return patterns.replace(
        text, pattern, replacement, flags or "", run.limits.pattern_seconds, run.limits.text
    )


@builtin("split", "string: string", "delimiter: string", result=list_of(STRING))
def split(run: Run, text: str, delimiter: str) -> list[str]:
    run.spend(len(text) // 16)
    return patterns.split(text, delimiter, run.limits.pattern_seconds)


@builtin(
    "string join", "list: list", "delimiter?: string?", "prefix?: string?", "suffix?: string?", result=STRING
)
def string_join(
    run: Run,
    items: list[Any],
    delimiter: str | None = None,
    prefix: str | None = None,
    suffix: str | None = None,
) -> str:
    texts = [item for item in items if item is not None]
    run.spend(len(items))
    for item in texts:
        if type(item) is not str:
            raise Null(
                "argument_type",
                parameter="list",
                function="string join",
                expected="list<string>",
                value=show(item),
            )
    between = delimiter or ""
    total = sum(map(len, texts)) + len(between) * max(len(texts) - 1, 0)
    if total > run.limits.text:
        raise Null("text_result", limit=run.limits.text)
    return checked(run, (prefix or "") + between.join(texts) + (suffix or ""))


def whole(value: Decimal, parameter: str, function: str) -> int:
    """The argument as a whole number; raises Null."""
    if not is_integer(value):
        raise Null("argument_value", parameter=parameter, function=function, value=show(value))
    return integer(value)
