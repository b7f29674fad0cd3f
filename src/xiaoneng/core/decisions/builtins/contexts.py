"""Context functions (10.3.4.8)."""

from __future__ import annotations

from typing import Any

from xiaoneng.core.decisions.builtins.registry import builtin
from xiaoneng.core.decisions.faults import Null
from xiaoneng.core.decisions.runtime import Run
from xiaoneng.core.decisions.types import CONTEXT, LIST, show


@builtin("get value", "m: context", "key: string")
def get_value(run: Run, context: dict[str, Any], name: str) -> Any:
    if name not in context:
        raise Null("unknown_member", name=name)
    return context[name]


@builtin("get value", "context: context", "key: string")
def get_value_named(run: Run, context: dict[str, Any], name: str) -> Any:
    return get_value(run, context, name)


@builtin("get entries", "m: context", result=LIST)
def get_entries(run: Run, context: dict[str, Any]) -> list[Any]:
    run.spend(len(context))
    return [{"key": name, "value": value} for name, value in context.items()]


@builtin("get entries", "context: context", result=LIST)
def get_entries_named(run: Run, context: dict[str, Any]) -> list[Any]:
    run.spend(len(context))
    return [{"key": name, "value": value} for name, value in context.items()]


@builtin("context", "entries: list", result=CONTEXT)
def context_of_entries(run: Run, entries: list[Any]) -> dict[str, Any]:
    run.spend(len(entries))
    result: dict[str, Any] = {}
    for entry in entries:
        if (
            type(entry) is not dict
            or "key" not in entry
            or "value" not in entry
            or type(entry["key"]) is not str
        ):
            raise Null(
                "argument_type",
                parameter="entries",
                function="context",
                expected="{key, value}",
                value=show(entry),
            )
        if entry["key"] in result:
            raise Null("duplicate_key", name=entry["key"])
        result[entry["key"]] = entry["value"]
    return result


@builtin("context put", "context: context", "key: string", "value: any", result=CONTEXT)
def context_put(run: Run, context: dict[str, Any], name: str, value: Any) -> dict[str, Any]:
    run.spend(len(context))
    return {**context, name: value}


@builtin("context put", "context: context", "keys: list", "value: any", result=CONTEXT)
def context_put_deep(run: Run, context: dict[str, Any], keys: list[Any], value: Any) -> dict[str, Any]:
    run.spend(len(context) + len(keys))
    if not keys or type(keys[0]) is not str:
        raise Null("argument_value", parameter="keys", function="context put", value=show(keys))
    if len(keys) == 1:
        return {**context, keys[0]: value}
    inner = context.get(keys[0])
    if type(inner) is not dict:
        raise Null("argument_value", parameter="keys", function="context put", value=show(keys))
    return {**context, keys[0]: context_put_deep(run, inner, keys[1:], value)}


@builtin("context merge", "contexts: list", result=CONTEXT)
def context_merge(run: Run, contexts: list[Any]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for context in contexts:
        if type(context) is not dict:
            raise Null(
                "argument_type",
                parameter="contexts",
                function="context merge",
                expected="list<context>",
                value=show(context),
            )
        run.spend(len(context))
        result |= context
    return result
