"""OCEL 2.0 as JSON."""

from __future__ import annotations

import json
from typing import Any

from xiaoneng.core.errors import BadInput, HostileInput
from xiaoneng.core.eventlog.readers.context import ReadContext
from xiaoneng.core.eventlog.readers.ocel import Ocel, OcelEvent
from xiaoneng.core.eventlog.readers.source import Source


def read_json(source: Source, context: ReadContext) -> Ocel:
    """The whole document, which must fit into memory; BadInput names the part that is wrong."""
    parts, size = [], 0
    while data := source.read():
        parts.append(data)
        size += len(data)
        if size > context.limits.whole_document_bytes:
            raise HostileInput(
                "the document has more than {limit} bytes",
                place=context.place(),
                expected="at most {limit} bytes; larger logs as SQLite or Parquet",
                limit=context.limits.whole_document_bytes,
            )
    try:
        document = json.loads(b"".join(parts).decode("utf-8-sig"))
    except json.JSONDecodeError as error:
        raise BadInput(
            "this is not JSON: {why}",
            place=context.place(error.lineno, error.colno),
            expected="an OCEL 2.0 document",
            why=error.msg,
        ) from error
    except UnicodeDecodeError as error:
        raise BadInput("a text is not valid UTF-8", place=context.place(), expected="UTF-8") from error
    except (RecursionError, ValueError) as error:  # ValueError: a number of thousands of digits
        raise HostileInput(
            "the JSON is nested too deeply or holds a number that is too long",
            place=context.place(),
            expected="an OCEL 2.0 document",
        ) from error
    log = Ocel()
    for number, item in enumerate(_list(document, "objects", context), 1):
        where = f"objects[{number - 1}]"
        identity, kind = _text(item, "id", where, context), _text(item, "type", where, context)
        attributes: dict[str, str] = {}
        for entry in sorted(_list(item, "attributes", context, where, optional=True), key=_when):
            attributes[_text(entry, "name", where, context)] = _value(entry.get("value"))
        log.objects[identity] = (kind, attributes)
    for number, item in enumerate(_list(document, "events", context), 1):
        where = f"events[{number - 1}]"
        attributes = {
            _text(entry, "name", where, context): _value(entry.get("value"))
            for entry in _list(item, "attributes", context, where, optional=True)
        }
        related = [
            _text(entry, "objectId", where, context)
            for entry in _list(item, "relationships", context, where, optional=True)
        ]
        log.events.append(
            OcelEvent(
                _text(item, "id", where, context),
                _text(item, "type", where, context),
                _text(item, "time", where, context),
                attributes,
                related,
                number,
            )
        )
    return log


def _when(entry: Any) -> str:
    return str(entry.get("time", "")) if isinstance(entry, dict) else ""


def _list(item: Any, name: str, context: ReadContext, where: str = "", optional: bool = False) -> list[Any]:
    found = item.get(name) if isinstance(item, dict) else None
    if found is None and optional and isinstance(item, dict):
        return []
    if not isinstance(found, list) or not all(isinstance(e, dict) for e in found):
        raise BadInput(
            "{name!r} is not a list of objects",
            place=context.place(field=where or name),
            expected="an OCEL 2.0 document with eventTypes, objectTypes, events and objects",
            name=name,
        )
    return found


def _text(item: dict[str, Any], name: str, where: str, context: ReadContext) -> str:
    value = item.get(name)
    if not isinstance(value, str) or not value.isprintable():
        value = _value(value) if isinstance(value, (int, str)) else ""
    if not value:
        raise BadInput(
            "{name!r} is missing or no text",
            place=context.place(field=where),
            expected="a text for {name!r}",
            name=name,
        )
    return value


def _value(value: Any) -> str:
    """A JSON value as text: texts as they are, the rest as JSON; a lone surrogate cannot be stored and is
    replaced."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text.encode("utf-8", "replace").decode()
