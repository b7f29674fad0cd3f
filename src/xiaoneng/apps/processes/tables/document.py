"""A DMN file and the grids in it: everything that a grid does not show stays as it was, comments included."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from threading import get_ident
from typing import Final
from xml.dom import minidom
from xml.sax.saxutils import quoteattr

from xiaoneng.apps.processes.tables.grid import (
    INPUT_NOTES,
    OUTPUT_NOTES,
    Grid,
    InputColumn,
    OutputColumn,
    RuleRow,
)
from xiaoneng.core.decisions import Model, load_model
from xiaoneng.core.decisions.lexer import normal_name
from xiaoneng.core.decisions.model.xml import NAMESPACES, Element, read_xml
from xiaoneng.core.errors import BadInput, NotFound, Place

NOTES: Final = "urn:xiaoneng:decisions"
DMN15: Final = "https://www.omg.org/spec/DMN/20230324/MODEL/"
SIMPLE_NAME: Final = re.compile(r"[^\W\d]\w*(?: \w+)*")
LANGUAGE: Final = frozenset(
    [
        "true",
        "false",
        "null",
        "if",
        "then",
        "else",
        "for",
        "in",
        "return",
        "some",
        "every",
        "satisfies",
        "and",
        "or",
        "not",
        "function",
    ]
)
MODELS_KEPT: Final = 64
"""Per thread: a compiled model has scratch frames, so threads do not share one."""


@lru_cache(maxsize=4 * MODELS_KEPT)
def _loaded(dmn: bytes, _thread: int) -> Model:
    return load_model(dmn)


def model_of(dmn: bytes) -> Model:
    """The compiled model, kept for next time. Raises BadInput for what is no DMN."""
    return _loaded(dmn, get_ident())


def tables_of(dmn: bytes) -> list[str]:
    """Names of the decisions whose logic is a table, in the order of the file. Raises BadInput."""
    return [
        normal_name(e.get("name"))
        for e in read_xml(dmn).all("decision")
        if e.one("decisionTable") is not None
    ]


def type_names(dmn: bytes) -> list[str]:
    """Names of the item definitions, which a column's type may be besides the simple ones."""
    return [normal_name(e.get("name")) for e in read_xml(dmn).all("itemDefinition")]


def grid_of(dmn: bytes, decision: str) -> Grid:
    """The table of a decision. Raises NotFound where there is none."""
    for element in read_xml(dmn).all("decision"):
        table = element.one("decisionTable")
        if table is not None and normal_name(element.get("name")) == decision:
            return _read(decision, table)
    raise NotFound("the model has no table called {name}", name=decision)


def nameless(tag: str, number: int) -> str:
    """What stands for the id of an element that has none: its place in the file. Never written."""
    return f"#{tag}{number}"


def _note(element: Element, name: str) -> str:
    return element.get(f"{NOTES} {name}")


def _read(decision: str, table: Element) -> Grid:
    inputs, outputs = [], []
    for number, clause in enumerate(table.all("input"), 1):
        expression = clause.one("inputExpression")
        text = expression.content("text") if expression is not None else ""
        values = clause.one("inputValues")
        inputs.append(
            InputColumn(
                id=clause.get("id") or nameless("input", number),
                label=clause.get("label"),
                expression=text,
                type=_type(expression) if expression is not None else "",
                values=values.content("text") if values is not None else "",
                fixed=_note(clause, "fixed") == "true",
                grows=_note(clause, "grows") == "true",
                **{name: _note(clause, name) for name in INPUT_NOTES},
            )
        )
    for number, clause in enumerate(table.all("output"), 1):
        values, default = clause.one("outputValues"), clause.one("defaultOutputEntry")
        outputs.append(
            OutputColumn(
                id=clause.get("id") or nameless("output", number),
                name=clause.get("name"),
                label=clause.get("label"),
                type=_type(clause),
                values=values.content("text") if values is not None else "",
                default=default.content("text") if default is not None else "",
                **{name: _note(clause, name) for name in OUTPUT_NOTES},
            )
        )
    notes = tuple(a.get("name") for a in table.all("annotation"))
    rules = tuple(
        RuleRow(
            rule.get("id") or nameless("rule", number),
            _filled((e.content("text") for e in rule.all("inputEntry")), len(inputs), "-"),
            _filled((e.content("text") for e in rule.all("outputEntry")), len(outputs), ""),
            _filled((e.content("text") for e in rule.all("annotationEntry")), len(notes), ""),
        )
        for number, rule in enumerate(table.all("rule"), 1)
    )
    return Grid(
        decision,
        table.get("hitPolicy", "UNIQUE"),
        table.get("aggregation"),
        tuple(inputs),
        tuple(outputs),
        notes,
        rules,
    )


def _type(element: Element) -> str:
    return element.get("typeRef") or element.content("typeRef")


def _filled(texts: Iterable[str], count: int, empty: str) -> tuple[str, ...]:
    found = [text or empty for text in texts][:count]
    return tuple(found + [empty] * (count - len(found)))


# writing


def with_grid(dmn: bytes, grid: Grid) -> bytes:
    """The file with one table replaced. A column that tests a name nobody knows yet brings its input along, one
    that is gone takes it away. Raises NotFound where the model has no such table, BadInput for no DMN."""
    read_xml(dmn)  # strict: no document type, no entities, bounded
    document = minidom.parseString(dmn)  # noqa: S318  # read_xml has refused whatever could hurt here
    root = document.documentElement
    assert root is not None
    writer = _Writer(document, root)
    for decision in writer.children(root, "decision"):
        table = next(iter(writer.children(decision, "decisionTable")), None)
        if table is not None and normal_name(decision.getAttribute("name")) == grid.decision:
            writer.table(table, grid)
            writer.requirements(decision, grid)
            text: bytes = document.toxml(encoding="UTF-8")
            return text
    raise NotFound("the model has no table called {name}", name=grid.decision)


class _Writer:
    def __init__(self, document: minidom.Document, root: minidom.Element) -> None:
        self.document, self.root = document, root
        self.prefix = f"{root.prefix}:" if root.prefix else ""
        self.namespace = root.namespaceURI
        self.taken = {e.getAttribute("id") for e in document.getElementsByTagName("*")} - {""}

    def children(self, element: minidom.Element, *tags: str) -> list[minidom.Element]:
        return [
            child
            for child in element.childNodes
            if isinstance(child, minidom.Element)
            and child.namespaceURI in NAMESPACES
            and child.localName in tags
        ]

    def new(self, tag: str, *, key: str = "") -> minidom.Element:
        element = self.document.createElementNS(self.namespace, self.prefix + tag)
        if key:
            element.setAttribute("id", self.fresh(key))
        return element

    def fresh(self, stem: str) -> str:
        number = 1
        while f"{stem}{number}" in self.taken:
            number += 1
        self.taken.add(f"{stem}{number}")
        return f"{stem}{number}"

    def texted(self, tag: str, text: str, *, key: str = "") -> minidom.Element:
        """An element that holds a FEEL text."""
        element = self.new(tag, key=key)
        self.set_text(element, text)
        return element

    def set_text(self, element: minidom.Element, text: str) -> None:
        holder = next(iter(self.children(element, "text")), None)
        if holder is None:
            holder = self.new("text")
            element.appendChild(holder)
        elif _said(holder) == text:
            return
        while holder.firstChild is not None:
            holder.removeChild(holder.firstChild)
        holder.appendChild(self.document.createTextNode(text))

    def note(self, element: minidom.Element, name: str, value: str) -> None:
        if not value:
            if element.hasAttributeNS(NOTES, name):
                element.removeAttributeNS(NOTES, name)
            return
        if element.getAttributeNS(NOTES, name) == value:
            return
        if self.root.getAttribute("xmlns:xn") != NOTES:
            self.root.setAttribute("xmlns:xn", NOTES)
        element.setAttributeNS(NOTES, f"xn:{name}", value)

    def attribute(self, element: minidom.Element, name: str, value: str) -> None:
        if value:
            element.setAttribute(name, value)
        elif element.hasAttribute(name):
            element.removeAttribute(name)

    def table(self, table: minidom.Element, grid: Grid) -> None:
        """Replace the content of a table; elements that are known by their id keep what else they hold."""
        if grid.policy != table.getAttribute("hitPolicy"):
            self.attribute(table, "hitPolicy", grid.policy)
        self.attribute(table, "aggregation", grid.aggregation)
        known = {
            e.getAttribute("id") or nameless(tag, number): e
            for tag in ("input", "output", "rule")
            for number, e in enumerate(self.children(table, tag), 1)
        }
        notes = {e.getAttribute("name"): e for e in self.children(table, "annotation")}
        for child in list(table.childNodes):
            own = isinstance(child, minidom.Element) and child.localName in (
                "input",
                "output",
                "annotation",
                "rule",
            )
            if own or child.nodeType == child.TEXT_NODE:
                table.removeChild(child)
        for column in grid.inputs:
            self.add(table, self.input(known.get(column.id), column))
        for result in grid.outputs:
            self.add(table, self.output(known.get(result.id), result))
        for name in grid.notes:
            element = notes.get(name) or self.new("annotation")
            element.setAttribute("name", name)
            self.add(table, element)
        seen: set[str] = set()
        for row in grid.rules:
            # a copied rule comes with the id of its original: only the first keeps it
            old = known.get(row.id) if row.id and row.id not in seen else None
            seen.add(row.id)
            self.add(table, self.rule(old, row))
        table.appendChild(self.document.createTextNode("\n    "))

    def add(self, table: minidom.Element, element: minidom.Element) -> None:
        table.appendChild(self.document.createTextNode("\n      "))
        table.appendChild(element)

    def input(self, old: minidom.Element | None, column: InputColumn) -> minidom.Element:
        element = old or self.new("input", key="input_")
        self.attribute(element, "label", column.label)
        for name in INPUT_NOTES:
            self.note(element, name, getattr(column, name))
        self.note(element, "fixed", "true" if column.fixed else "")
        self.note(element, "grows", "true" if column.grows else "")
        expression = next(iter(self.children(element, "inputExpression")), None)
        if expression is None:
            expression = self.new("inputExpression", key="expression_")
            element.appendChild(expression)
        self.attribute(expression, "typeRef", column.type)
        self.set_text(expression, column.expression)
        self.values(element, "inputValues", column.values)
        return element

    def output(self, old: minidom.Element | None, column: OutputColumn) -> minidom.Element:
        element = old or self.new("output", key="output_")
        for name in ("name", "label"):
            self.attribute(element, name, getattr(column, name))
        self.attribute(element, "typeRef", column.type)
        for name in OUTPUT_NOTES:
            self.note(element, name, getattr(column, name))
        self.values(element, "outputValues", column.values)
        self.values(element, "defaultOutputEntry", column.default)
        return element

    def values(self, element: minidom.Element, tag: str, text: str) -> None:
        old = next(iter(self.children(element, tag)), None)
        if old is not None and not text:
            element.removeChild(old)
        elif old is not None:
            self.set_text(old, text)
        elif text:
            element.appendChild(self.texted(tag, text))

    def rule(self, old: minidom.Element | None, row: RuleRow) -> minidom.Element:
        element = old or self.new("rule", key="rule_")
        wanted = (("inputEntry", row.inputs), ("outputEntry", row.outputs), ("annotationEntry", row.notes))
        for tag, texts in wanted:
            there = self.children(element, tag)
            for extra in there[len(texts) :]:
                element.removeChild(extra)
            for index, text in enumerate(texts):
                if index < len(there):
                    self.set_text(there[index], text)
                else:
                    key = "" if tag == "annotationEntry" else "cell_"
                    self.insert(element, self.texted(tag, text, key=key))
        return element

    def insert(self, rule: minidom.Element, entry: minidom.Element) -> None:
        """Add an entry behind those of its kind and of the kinds before it."""
        order = ("inputEntry", "outputEntry", "annotationEntry")
        later = order[order.index(str(entry.localName)) + 1 :]
        before = next((c for c in self.children(rule, *later)), None)
        rule.insertBefore(entry, before)

    def requirements(self, decision: minidom.Element, grid: Grid) -> None:
        """Let the decision require what its table tests, and no longer what it does not."""
        elements = {
            normal_name(e.getAttribute("name")): e
            for e in self.children(
                self.root, "inputData", "decision", "businessKnowledgeModel", "decisionService"
            )
        }
        by_id = {e.getAttribute("id"): e for e in elements.values()}
        required: dict[str, minidom.Element] = {}
        for requirement in self.children(decision, "informationRequirement"):
            for link in self.children(requirement, "requiredInput", "requiredDecision"):
                target = by_id.get(link.getAttribute("href").lstrip("#"))
                if target is not None:
                    required[normal_name(target.getAttribute("name"))] = requirement
        for column in grid.inputs:
            name = column.expression
            if name in LANGUAGE or not SIMPLE_NAME.fullmatch(name) or normal_name(name) in required:
                continue
            target = elements.get(normal_name(name))
            if target is None:
                target = self.input_data(decision, name, column)
                elements[normal_name(name)] = target
            if target.localName in ("inputData", "decision") and target is not decision:
                required[normal_name(name)] = self.require(decision, target)
        texts = "\n".join(_said(e) for e in decision.getElementsByTagNameNS(self.namespace, "text"))
        for name, requirement in required.items():
            if name not in normal_name(texts) and name not in texts:
                self.release(decision, requirement, elements[name])

    def input_data(self, decision: minidom.Element, name: str, column: InputColumn) -> minidom.Element:
        element = self.new("inputData", key="data_")
        element.setAttribute("name", name)
        variable = self.new("variable", key="variable_")
        variable.setAttribute("name", name)
        self.attribute(variable, "typeRef", column.type)
        element.appendChild(variable)
        self.root.insertBefore(element, decision)
        self.root.insertBefore(self.document.createTextNode("\n  "), decision)
        return element

    def require(self, decision: minidom.Element, target: minidom.Element) -> minidom.Element:
        requirement = self.new("informationRequirement", key="requirement_")
        link = self.new("requiredInput" if target.localName == "inputData" else "requiredDecision")
        link.setAttribute("href", "#" + target.getAttribute("id"))
        requirement.appendChild(link)
        behind = ("knowledgeRequirement", "authorityRequirement", "decisionTable")
        before = next(iter(self.children(decision, *behind)), None)
        decision.insertBefore(requirement, before)
        return requirement

    def release(
        self, decision: minidom.Element, requirement: minidom.Element, target: minidom.Element
    ) -> None:
        decision.removeChild(requirement)
        gone = {requirement.getAttribute("id")}
        href = "#" + target.getAttribute("id")
        still = any(
            e.getAttribute("href") == href
            for e in self.root.getElementsByTagName("*")
            if e.localName != "import"
        )
        if target.localName == "inputData" and not still:
            gone.add(target.getAttribute("id"))
            self.root.removeChild(target)
        for shape in list(self.root.getElementsByTagName("*")):
            # its drawing goes too
            if shape.getAttribute("dmnElementRef") in gone - {""} and shape.parentNode is not None:
                shape.parentNode.removeChild(shape)


def _said(element: minidom.Element) -> str:
    return "".join(n.data for n in element.childNodes if isinstance(n, minidom.Text)).strip()


def new_document(name: str, *, result: str, inputs: Iterable[tuple[str, str]], key: str) -> bytes:
    """A model with one empty table, as a place to start. ``inputs`` are names with their types."""
    pairs = list(inputs)
    if any(not SIMPLE_NAME.fullmatch(n) or n in LANGUAGE for n in [result, *(n for n, _ in pairs)]):
        raise BadInput(
            "a name in rules begins with a letter and has letters, digits and underscores",
            place=Place(field="inputs"),
        )
    data = "".join(
        f'  <inputData id="data_{i}" name={quoteattr(n)}><variable id="variable_{i}" name={quoteattr(n)} typeRef={quoteattr(t)}/></inputData>\n'
        for i, (n, t) in enumerate(pairs, 1)
    )
    needs = "".join(
        f'    <informationRequirement id="requirement_{i}"><requiredInput href="#data_{i}"/></informationRequirement>\n'
        for i, _ in enumerate(pairs, 1)
    )
    columns = "".join(
        f'      <input id="input_{i}" label={quoteattr(n)}><inputExpression id="expression_{i}" typeRef={quoteattr(t)}>'
        f"<text>{n}</text></inputExpression></input>\n"
        for i, (n, t) in enumerate(pairs, 1)
    )
    cells = "".join("<inputEntry><text>-</text></inputEntry>" for _ in pairs)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<definitions xmlns="{DMN15}" xmlns:xn="{NOTES}" id="model" name={quoteattr(name)} namespace={quoteattr("urn:xiaoneng:decision:" + key)}>\n'
        f"{data}"
        f'  <decision id="decision_1" name={quoteattr(result)}>\n    <variable id="result_1" name={quoteattr(result)}/>\n{needs}'
        f'    <decisionTable id="table_1" hitPolicy="UNIQUE">\n{columns}'
        f'      <output id="output_1" name={quoteattr(result)} typeRef="string"/>\n      <annotation name="依据"/>\n'
        f'      <rule id="rule_1">{cells}<outputEntry id="cell_1"><text>null</text></outputEntry>'
        "<annotationEntry><text></text></annotationEntry></rule>\n"
        "    </decisionTable>\n  </decision>\n</definitions>\n"
    ).encode()
