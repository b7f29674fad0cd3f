"""XES (IEEE 1849), with all that the source had: extensions, globals, classifiers, types, nested
attributes.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from xiaoneng.core.eventlog.store import EventStore
from xiaoneng.core.eventlog.writers.rows import Attribute, batches, plan
from xiaoneng.core.eventlog.writers.text import as_text, escape, escaped

EXTENSIONS = [
    {"name": name, "prefix": prefix, "uri": f"http://www.xes-standard.org/{prefix}.xesext"}
    for name, prefix in (
        ("Concept", "concept"),
        ("Time", "time"),
        ("Lifecycle", "lifecycle"),
        ("Organizational", "org"),
    )
]
Nested = dict[Any, list[dict[str, Any]]]


def write_xes(store: EventStore) -> Iterator[bytes]:
    """The document in pieces, UTF-8. Traces come in the order of the store, events as in the file."""
    path = store.folder / "xes.json"
    kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    yield _header(kept).encode()
    laid_out = plan(store)
    nested = kept.get("nested", {})
    of_events, of_cases = _by(nested.get("event", []), "row"), _by(nested.get("trace", []), "case_id")
    last: int | None = None
    with store.connection() as connection:
        for batch in batches(connection, laid_out):
            numbers = batch.column("case_no").to_numpy()
            first = np.concatenate(([numbers[0] != last], numbers[1:] != numbers[:-1]))
            opened = last is not None
            last = int(numbers[-1])
            rows = batch.column("row").to_pylist() if of_events else []
            events = _elements(batch, laid_out.event, "\t\t\t", of_events, rows)
            events = pc.binary_join_element_wise("\t\t<event>\n", events, "\t\t</event>\n", "")
            heads = batch.filter(pa.array(first))
            names = heads.column("case_id").to_pylist() if of_cases else []
            traces = _elements(heads, laid_out.case, "\t\t", of_cases, names)
            before = pc.binary_join_element_wise("\t</trace>\n\t<trace>\n", traces, "")
            index = np.cumsum(first) - 1
            begin = before.take(pa.array(index, mask=~first))
            text = "".join(pc.binary_join_element_wise(pc.fill_null(begin, ""), events, "").to_pylist())
            yield text.encode() if opened else text.removeprefix("\t</trace>\n").encode()
    yield b"\t</trace>\n</log>\n"


def _by(items: list[dict[str, Any]], owner: str) -> Nested:
    found: Nested = defaultdict(list)
    for item in items:
        found[item[owner]].append({k: v for k, v in item.items() if k != owner})
    return found


def _elements(
    batch: pa.RecordBatch, attributes: list[Attribute], indent: str, nested: Nested, owners: list[Any]
) -> pa.Array:
    """All attributes of every row as one text."""
    special = {at: nested[owner] for at, owner in enumerate(owners) if owner in nested}
    parts = []
    for attribute in attributes:
        values = escaped(as_text(batch, attribute))
        begin = f'{indent}<{attribute.kind} key="{escape(attribute.key)}" value="'
        text = pc.fill_null(pc.binary_join_element_wise(begin, values, '"/>\n', ""), "")
        replaced = {
            at: _one(item, indent)
            for at, items in special.items()
            for item in items
            if (item["key"], item["type"]) == (attribute.key, attribute.kind)
        }
        if replaced:
            lines = text.to_pylist()
            for at, line in replaced.items():
                lines[at] = line
            text = pa.array(lines, pa.string())
        parts.append(text)
    written = {(a.key, a.kind) for a in attributes}
    rest = [""] * len(batch)
    for at, items in special.items():
        rest[at] = "".join(_one(i, indent) for i in items if (i["key"], i["type"]) not in written)
    return pc.binary_join_element_wise(*parts, pa.array(rest, pa.string()), "")


def _header(kept: dict[str, Any]) -> str:
    attributes = kept.get("log") or {"xes.version": "1849-2016", "xes.features": "nested-attributes"}
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f"<log{_xml(attributes)}>"]
    lines += [f"\t<extension{_xml(e)}/>" for e in kept.get("extensions", EXTENSIONS)]
    for scope, inside in kept.get("globals", {}).items():
        lines.append(f'\t<global scope="{escape(scope)}">')
        lines += [_one(a, "\t\t").rstrip("\n") for a in inside]
        lines.append("\t</global>")
    lines += [f"\t<classifier{_xml(c)}/>" for c in kept.get("classifiers", [])]
    lines += [_one(a, "\t").rstrip("\n") for a in kept.get("attributes", [])]
    return "\n".join(lines) + "\n"


def _xml(attributes: dict[str, str]) -> str:
    return "".join(f' {name}="{escape(value)}"' for name, value in attributes.items())


def _one(attribute: dict[str, Any], indent: str) -> str:
    """An attribute with all that is inside it."""
    kind = attribute["type"]
    xml = {"key": attribute["key"], **({"value": attribute["value"]} if "value" in attribute else {})}
    children, values = attribute.get("children", []), attribute.get("values")
    if not children and values is None:
        return f"{indent}<{kind}{_xml(xml)}/>\n"
    text = f"{indent}<{kind}{_xml(xml)}>\n" + "".join(_one(c, indent + "\t") for c in children)
    if values is not None:
        inside = "".join(_one(v, indent + "\t\t") for v in values)
        text += f"{indent}\t<values>\n{inside}{indent}\t</values>\n"
    return text + f"{indent}</{kind}>\n"
