"""Boxed expressions of a model as syntax trees, read in the scope in which they stand (DMN 1.5, chapters
7, 8, 10.2)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from xiaoneng.core.decisions import syntax as s
from xiaoneng.core.decisions.faults import FeelSyntaxError, FeelTooLarge
from xiaoneng.core.decisions.infer import type_of
from xiaoneng.core.decisions.lexer import normal_name
from xiaoneng.core.decisions.model.xml import Element
from xiaoneng.core.decisions.parser import Parser, parse_expression, parse_unary_tests
from xiaoneng.core.decisions.scope import Scope
from xiaoneng.core.decisions.tables import (
    AGGREGATIONS,
    HIT_POLICIES,
    InputClause,
    OutputClause,
    Rule,
    TableSpec,
)
from xiaoneng.core.decisions.types import ANY, Type, element_type, list_of

FEEL_LANGUAGES: Final = ("/feel/", "/FEEL/", "feel")
EXPRESSIONS: Final = frozenset((
    "literalExpression", "decisionTable", "context", "invocation", "functionDefinition", "relation",
    "list", "conditional", "filter", "for", "every", "some",
))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with a model that does not stop it from being loaded."""

    code: str
    params: dict[str, Any]
    element: str
    line: int | None = None
    at: int | None = None
    text: str | None = None


@dataclass(slots=True)
class Reader:
    """Reads the boxed expressions of one model. ``type_ref`` resolves a type name in an element's place."""

    type_ref: Callable[[Element, str], Type]
    problems: list[Problem] = field(default_factory=list)
    tables: list[tuple[str, TableSpec]] = field(default_factory=list)
    owner: str = ""

    def type_of(self, element: Element, attribute: str = "typeRef") -> Type:
        ref = element.get(attribute) or element.content("typeRef")
        return self.type_ref(element, ref) if ref else ANY

    def expression(self, element: Element, scope: Scope) -> s.Node:
        """The tree of a boxed expression; with a declared type its value must conform."""
        node = READERS[element.tag](self, element, scope)
        of = self.type_of(element) if element.tag != "functionDefinition" else ANY
        return node if of is ANY else s.Coerce(node.at, node, of)

    def inner(self, element: Element, scope: Scope) -> s.Node:
        """The expression that an element holds; null where it holds none."""
        child = next((c for c in element.children if c.dmn and c.tag in EXPRESSIONS), None)
        return self.expression(child, scope) if child is not None else s.Literal(0, None)

    def text(self, element: Element, text: str, scope: Scope) -> s.Node:
        """The tree of a FEEL text; one that cannot be read gives null and is a problem of the model."""
        try:
            return parse_expression(text, scope)
        except (FeelSyntaxError, FeelTooLarge) as error:
            return self.unreadable(element, text, error)

    def unreadable(self, element: Element, text: str, error: FeelSyntaxError | FeelTooLarge) -> s.Node:
        code = "unknown_type" if "name" in error.params else "syntax"
        params = dict(error.params)
        if code == "syntax":
            params = {
                "found": error.params.get("found", text[:40]),
                "expected": (error.expected or "FEEL").format(),
            }
        self.problems.append(Problem(code, params, self.owner, element.line, error.at, text))
        return s.Bad(error.at, code, params)

    def literal(self, element: Element, scope: Scope) -> s.Node:
        language = element.get("expressionLanguage")
        text = element.content("text")
        if language and not any(mark in language for mark in FEEL_LANGUAGES):
            self.problems.append(Problem("not_feel", {"language": language}, self.owner, element.line))
            return s.Bad(0, "no_logic", {"name": self.owner})
        if not text:
            return s.Literal(0, None)
        return self.text(element, text, scope)

    def context(self, element: Element, scope: Scope) -> s.Node:
        level = Scope(scope)
        entries: list[tuple[str, s.Variable, s.Node]] = []
        result: s.Node | None = None
        seen: set[str] = set()
        for entry in element.all("contextEntry"):
            variable_element = entry.one("variable")
            if variable_element is None:
                result = self.inner(entry, level)
                continue
            name = normal_name(variable_element.get("name"))
            if name in seen:
                return s.Bad(0, "duplicate_key", {"name": name})
            seen.add(name)
            of = self.type_of(variable_element)
            variable = s.Variable(name, of)
            if entry.one("functionDefinition") is not None:
                level.add(variable)
            node = self.inner(entry, level)
            if isinstance(node, s.FunctionOf):
                node.name = name
            if of is not ANY:
                node = s.Coerce(node.at, node, of, name)
            variable.type = type_of(node)
            level.add(variable)
            entries.append((name, variable, node))
        return s.ContextOf(0, tuple(entries), result)

    def invocation(self, element: Element, scope: Scope) -> s.Node:
        function = self.inner(element, scope)
        names: list[str] = []
        arguments: list[s.Node] = []
        for binding in element.all("binding"):
            parameter = binding.one("parameter")
            names.append(normal_name(parameter.get("name")) if parameter is not None else "")
            value = self.inner(binding, scope)
            of = self.type_of(parameter) if parameter is not None else ANY
            arguments.append(value if of is ANY else s.Coerce(value.at, value, of, names[-1]))
        return s.Call(0, function, tuple(arguments), tuple(names) if names else None)

    def function(self, element: Element, scope: Scope) -> s.Node:
        parameters = [
            s.Variable(normal_name(p.get("name")), self.type_of(p)) for p in element.all("formalParameter")
        ]
        result = self.type_of(element)
        if element.get("kind", "FEEL") != "FEEL":
            self.problems.append(Problem("external_function", {}, self.owner, element.line))
            return s.FunctionOf(0, tuple(parameters), result, s.Bad(0, "external_function", {}))
        return s.FunctionOf(0, tuple(parameters), result, self.inner(element, Scope(scope, parameters)))

    def relation(self, element: Element, scope: Scope) -> s.Node:
        columns = [normal_name(c.get("name")) for c in element.all("column")]
        rows: list[s.Node] = []
        for row in element.all("row"):
            cells = [self.expression(c, scope) for c in row.children if c.dmn and c.tag in EXPRESSIONS]
            entries = [
                (name, s.Variable(name, type_of(cell)), cell)
                for name, cell in zip(columns, cells, strict=False)
            ]
            rows.append(s.ContextOf(0, tuple(entries)))
        return s.ListOf(0, tuple(rows))

    def list(self, element: Element, scope: Scope) -> s.Node:
        return s.ListOf(
            0, tuple(self.expression(c, scope) for c in element.children if c.dmn and c.tag in EXPRESSIONS)
        )

    def part(self, element: Element, tag: str, scope: Scope) -> s.Node:
        child = element.one(tag)
        return self.inner(child, scope) if child is not None else s.Literal(0, None)

    def conditional(self, element: Element, scope: Scope) -> s.Node:
        return s.If(
            0,
            self.part(element, "if", scope),
            self.part(element, "then", scope),
            self.part(element, "else", scope),
            boxed=True,
        )

    def filter(self, element: Element, scope: Scope) -> s.Node:
        source = self.part(element, "in", scope)
        item = s.Variable("item", element_type(type_of(source)))
        return s.Filter(0, source, self.part(element, "match", Scope(scope, [item], item=item)), item)

    def iterator(self, element: Element, scope: Scope) -> tuple[s.Iterator, Scope]:
        source_element = element.one("in")
        source: s.Node = s.Literal(0, None)
        high: s.Node | None = None
        if source_element is not None:
            literal = source_element.one("literalExpression")
            span = self.span(literal, scope) if literal is not None else None
            source, high = span if span is not None else (self.inner(source_element, scope), None)
        variable = s.Variable(normal_name(element.get("iteratorVariable")), element_type(type_of(source)))
        return s.Iterator(variable, source, high), Scope(scope, [variable])

    def span(self, literal: Element, scope: Scope) -> tuple[s.Node, s.Node] | None:
        """``a..b`` without brackets, as an iteration may have it."""
        parser = Parser(literal.content("text"), scope)
        try:
            low = parser.expression(scope)
            if not parser.at_sign(".."):
                return None
            parser.take()
            high = parser.expression(scope)
            parser.end()
        except (FeelSyntaxError, FeelTooLarge):
            return None
        return low, high

    def loop(self, element: Element, scope: Scope) -> s.Node:
        iterator, inner = self.iterator(element, scope)
        partial = s.Variable("partial", list_of(ANY))
        return s.For(0, (iterator,), partial, self.part(element, "return", Scope(inner, [partial])))

    def quantified(self, element: Element, scope: Scope) -> s.Node:
        iterator, inner = self.iterator(element, scope)
        return s.Quantified(
            0, element.tag == "every", (iterator,), self.part(element, "satisfies", inner), boxed=True
        )

    # tables

    def tests(self, element: Element, scope: Scope, of: Type) -> s.Tests:
        text = element.content("text")
        try:
            return parse_unary_tests(text, scope, of)
        except (FeelSyntaxError, FeelTooLarge) as error:
            bad = self.unreadable(element, text, error)
            return s.Tests(text, (s.Test(0, None, bad),))

    def table(self, element: Element, scope: Scope) -> s.Node:
        inputs: list[InputClause] = []
        for clause in element.all("input"):
            expression = clause.one("inputExpression")
            text = expression.content("text") if expression is not None else ""
            node = self.text(clause, text, scope) if text else s.Literal(0, None)
            of = self.type_of(expression) if expression is not None else ANY
            known = of if of is not ANY else type_of(node)
            values = clause.one("inputValues")
            inputs.append(
                InputClause(
                    clause.get("label") or text,
                    text,
                    node,
                    of,
                    self.tests(values, scope, known) if values is not None else None,
                    notes_of(clause),
                )
            )
        outputs: list[OutputClause] = []
        for clause in element.all("output"):
            of = self.type_of(clause)
            values, default = clause.one("outputValues"), clause.one("defaultOutputEntry")
            outputs.append(
                OutputClause(
                    normal_name(clause.get("name")),
                    clause.get("label") or clause.get("name") or element.get("outputLabel"),
                    of,
                    self.tests(values, scope, of) if values is not None else self.named_values(of),
                    self.literal(default, scope) if default is not None else None,
                    notes_of(clause),
                )
            )
        notes = [
            normal_name(a.get("name")) or f"annotation {i}"
            for i, a in enumerate(element.all("annotation"), 1)
        ]
        rules: list[Rule] = []
        for number, rule in enumerate(element.all("rule"), 1):
            cells = [
                self.tests(cell, scope, clause.type if clause.type is not ANY else type_of(clause.expression))
                for cell, clause in zip(rule.all("inputEntry"), inputs, strict=False)
            ]
            cells += [s.Tests("-")] * (len(inputs) - len(cells))
            entries = rule.all("outputEntry")
            results = [self.literal(entry, scope) for entry in entries[: len(outputs)]]
            results += [s.Literal(0, None)] * (len(outputs) - len(results))
            texts = tuple(entry.content("text") for entry in entries[: len(outputs)])
            said = {
                name: entry.content("text")
                for name, entry in zip(notes, rule.all("annotationEntry"), strict=False)
            }
            if description := rule.content("description"):
                said["description"] = description
            rules.append(
                Rule(
                    rule.get("id") or str(number),
                    tuple(cells),
                    tuple(results),
                    texts,
                    said | notes_of(rule),
                )
            )
        policy = element.get("hitPolicy", "UNIQUE").upper()
        aggregation = element.get("aggregation").upper()
        if policy not in HIT_POLICIES:
            self.problems.append(Problem("hit_policy", {"policy": policy}, self.owner, element.line))
            return s.Bad(0, "no_logic", {"name": self.owner})
        spec = TableSpec(
            self.owner,
            HIT_POLICIES[policy],
            AGGREGATIONS.get(aggregation, ""),
            tuple(inputs),
            tuple(outputs),
            tuple(rules),
        )
        self.tables.append((self.owner, spec))
        return s.Table(0, spec)

    def named_values(self, of: Type) -> s.Tests | None:
        """The allowed values of an output's type stand in for its own, as its order of priority."""
        tests = getattr(of, "allowed_tests", None)
        return tests if isinstance(tests, s.Tests) else None


def notes_of(element: Element) -> dict[str, str]:
    """What is said beside an element in other namespaces: attributes, and texts among its extension elements.

    The legal basis of a rule or an input is written so, as ``basis``.
    """
    found: dict[str, str] = {}
    for name, value in element.attributes.items():
        namespace, _, local = name.rpartition(" ")
        if namespace and value.strip():
            found[local] = value.strip()
    extension = element.one("extensionElements")
    for child in extension.children if extension is not None else ():
        if child.text.strip():
            found[child.tag] = child.text.strip()
    return found


READERS: Final[dict[str, Callable[[Reader, Element, Scope], s.Node]]] = {
    "literalExpression": Reader.literal,
    "decisionTable": Reader.table,
    "context": Reader.context,
    "invocation": Reader.invocation,
    "functionDefinition": Reader.function,
    "relation": Reader.relation,
    "list": Reader.list,
    "conditional": Reader.conditional,
    "filter": Reader.filter,
    "for": Reader.loop,
    "every": Reader.quantified,
    "some": Reader.quantified,
}
