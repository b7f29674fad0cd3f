"""The DMN Technology Compatibility Kit: ``*.dmn`` models with ``*-test-*.xml`` cases by ``testCases.xsd``.

An expectation is one ``resultNode``. A null that is expected because of an error (``errorResult="true"``)
passes only
if our result is null *and* an error was recorded. Expectations of a value are counted apart (``non_null``).
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from xiaoneng.core.decisions.decimals import number
from xiaoneng.core.decisions.faults import Null
from xiaoneng.core.decisions.model import Model, load_model
from xiaoneng.core.decisions.operators import same
from xiaoneng.core.decisions.temporal import read_date, read_date_time, read_duration, read_time
from xiaoneng.core.decisions.types import show
from xiaoneng.core.errors import XiaonengError

TCK = "{http://www.omg.org/spec/DMN/20160719/testcase}"
XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
CLOCK = read_date_time("2026-01-15T12:00:00+08:00")
# results of transcendental functions are given in the suite with 8 digits
TOLERANCE = Decimal("1e-8")


def run(folder: Path) -> dict[str, Any]:
    """Run every case below ``folder``; the report of ``docs/reference/decisions.md``."""
    report: dict[str, Any] = {
        "total": 0,
        "passed": 0,
        "failed": 0,
        "out_of_scope": [],
        "non_null": {"passed": 0, "failed": 0},
        "levels": {},
        "failures": [],
    }
    for tests in sorted(folder.rglob("*-test-*.xml")):
        level = next((part for part in tests.parts if part.startswith("compliance-level-")), "other")
        counts = report["levels"].setdefault(
            level, {"total": 0, "passed": 0, "non_null": {"passed": 0, "failed": 0}}
        )
        for case, expected, non_null, got, passed in run_file(tests):
            key = "passed" if passed else "failed"
            report["total"] += 1
            report[key] += 1
            counts["total"] += 1
            counts["passed"] += passed
            if non_null:
                report["non_null"][key] += 1
                counts["non_null"][key] += 1
            if not passed:
                report["failures"].append({"case": case, "expected": expected, "got": got})
    return report


def run_file(tests: Path) -> Iterator[tuple[str, str, bool, str, bool]]:
    """(case, expected, whether a value is expected, got, passed) of every expectation of a file."""
    root = ElementTree.parse(tests).getroot()
    path = tests.parent / (root.findtext(f"{TCK}modelName") or "")
    model: Model | None = None
    broken = ""
    try:
        model = load_model(path)
    except XiaonengError as error:
        broken = str(error)
    for case in root.iter(f"{TCK}testCase"):
        inputs = {input_name(node): read_value(node) for node in case.findall(f"{TCK}inputNode")}
        for node in case.findall(f"{TCK}resultNode"):
            name = f"{tests.parent.name}/{tests.stem}/{case.get('id')}/{node.get('name')}"
            wanted_node = node.find(f"{TCK}expected")
            wanted = read_value(wanted_node) if wanted_node is not None else None
            error_wanted = node.get("errorResult") == "true"
            said = show(wanted, 200) + (" with an error" if error_wanted else "")
            if model is None:
                yield name, said, wanted is not None, broken, False
                continue
            target = (
                case.get("invocableName")
                if case.get("type") in ("decisionService", "bkm")
                else node.get("name")
            )
            try:
                result = model.evaluate(target or "", inputs, at=CLOCK)
            except XiaonengError as error:
                yield name, said, wanted is not None, str(error), False
                continue
            value = result.value
            if (
                case.get("type") == "decisionService"
                and isinstance(value, dict)
                and node.get("name") in value
            ):
                value = value[node.get("name")]
            passed = alike(wanted, value) and (not error_wanted or bool(result.errors))
            got = show(value, 200) + ("; " + "; ".join(map(str, result.errors[:3])) if result.errors else "")
            yield name, said, wanted is not None, got, passed


def input_name(node: ElementTree.Element) -> str:
    namespace = node.get("namespace")
    name = node.get("name") or ""
    return f"{{{namespace}}}{name}" if namespace else name


def alike(wanted: Any, got: Any) -> bool:
    """Equal as FEEL values; numbers up to the precision in which the suite gives them."""
    if isinstance(wanted, Decimal) and isinstance(got, Decimal):
        return wanted == got or abs(wanted - got) <= TOLERANCE * max(abs(wanted), Decimal(1))
    if isinstance(wanted, list) and isinstance(got, list):
        return len(wanted) == len(got) and all(map(alike, wanted, got))
    if isinstance(wanted, dict) and isinstance(got, dict):
        return wanted.keys() == got.keys() and all(alike(value, got[key]) for key, value in wanted.items())
    return type(wanted) is type(got) and same(wanted, got)


def read_value(node: ElementTree.Element) -> Any:
    """The value of a ``valueType``: a value, components (a context), or a list."""
    if node.get(f"{XSI}nil") == "true":
        return None
    components = node.findall(f"{TCK}component")
    if components:
        return {component.get("name") or "": read_value(component) for component in components}
    items = node.find(f"{TCK}list")
    if items is not None:
        return (
            None
            if items.get(f"{XSI}nil") == "true"
            else [read_value(item) for item in items.findall(f"{TCK}item")]
        )
    value = node.find(f"{TCK}value")
    if value is None or value.get(f"{XSI}nil") == "true":
        return None
    return read_simple(value.text or "", (value.get(f"{XSI}type") or "").rpartition(":")[2])


def read_simple(text: str, kind: str) -> Any:
    """A value of an XML Schema type. Raises ValueError for one that the suite should not contain."""
    try:
        if kind in ("decimal", "double", "integer", "int", "float", "long"):
            return number(text)
        if kind == "boolean":
            return text.strip() in ("true", "1")
        if kind == "date":
            return read_date(text)
        if kind == "time":
            return read_time(text)
        if kind == "dateTime":
            return read_date_time(text)
        if kind in ("duration", "dayTimeDuration", "yearMonthDuration"):
            return read_duration(text)
    except (Null, ArithmeticError):
        raise ValueError(f"not a {kind}: {text}") from None
    return text
