"""Item definitions: the types that a model declares."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from xiaoneng.core.decisions import syntax as s
from xiaoneng.core.decisions.compiler import Level
from xiaoneng.core.decisions.expression import root_scope
from xiaoneng.core.decisions.faults import FeelSyntaxError, FeelTooLarge
from xiaoneng.core.decisions.lexer import normal_name
from xiaoneng.core.decisions.model.boxed import Problem, Reader
from xiaoneng.core.decisions.model.model import Model, dotted_prefix
from xiaoneng.core.decisions.model.xml import Element
from xiaoneng.core.decisions.parser import parse_unary_tests
from xiaoneng.core.decisions.runtime import Run
from xiaoneng.core.decisions.scope import Scope
from xiaoneng.core.decisions.tables import compile_cell
from xiaoneng.core.decisions.types import (
    ANY,
    SIMPLE,
    Named,
    Type,
    base_of,
    context_of,
    function_of,
    list_of,
)


class ItemTypes:
    """Finds and builds the types of a model by name."""

    def __init__(self, model: Model, root: Element) -> None:
        self.model = model
        self.reader = Reader(self.type_ref, model.problems)
        self.definitions = {normal_name(e.get("name")): e for e in root.all("itemDefinition")}
        self.building: set[str] = set()

    def find_type(self, name: str) -> Type | None:
        """A type by the name it has in FEEL texts of this model."""
        if name in SIMPLE:
            return SIMPLE[name]
        if name in self.definitions:
            return self.named_type(name)
        for prefix, model in self.model.imports.items():
            dotted = dotted_prefix(prefix)
            if name.startswith(dotted) and name[len(dotted) :] in model.types:
                return model.types[name[len(dotted) :]]
        return None

    def type_ref(self, element: Element, ref: str) -> Type:
        """A type by the name it has in a ``typeRef``; DMN 1.1 writes prefixes with a colon."""
        name = normal_name(ref)
        found = self.find_type(name)
        if found is None and ":" in name:
            prefix, _, local = name.partition(":")
            uri = element.prefixes.get(prefix, "")
            imported = next((m for m in self.model.imports.values() if m.namespace == uri), None)
            if imported is not None:
                found = imported.types.get(local)
            elif "FEEL" in uri or prefix == "feel":
                found = SIMPLE.get(local)
            else:
                found = self.find_type(local)
        if found is None:
            self.model.problems.append(
                Problem("unknown_type", {"name": name}, self.reader.owner or self.model.name, element.line)
            )
            return ANY
        return found

    def named_type(self, name: str) -> Type:
        if name in self.model.types:
            return self.model.types[name]
        if name in self.building:
            # a definition that contains itself: open at this point
            return ANY
        self.building.add(name)
        of = self.item_type(self.definitions[name], name)
        self.building.discard(name)
        self.model.types[name] = of
        return of

    def item_type(self, element: Element, name: str) -> Type:
        self.reader.owner = name
        base: Type
        components = element.all("itemComponent")
        function = element.one("functionItem")
        if function is not None:
            parameters = tuple(self.reader.type_of(p) for p in function.all("parameters"))
            result = function.get("outputTypeRef")
            base = function_of(parameters, self.type_ref(function, result) if result else ANY)
        elif components:
            base = context_of(
                {
                    normal_name(c.get("name")): self.item_type(c, normal_name(c.get("name")))
                    for c in components
                }
            )
        else:
            ref = element.content("typeRef")
            base = self.type_ref(element, ref) if ref else ANY
        allowed = self.allowed(element, base)
        collection = element.get("isCollection") == "true"
        if collection:
            item: Type = base
            if allowed is not None:
                item = Named(str(base), base, allowed[0], allowed[1].text)
            base = list_of(item)
            allowed = None
        if allowed is None:
            return Named(name, base, collection=collection)
        return ConstrainedType(name, base, allowed[0], allowed[1].text, collection, allowed[1])

    def allowed(self, element: Element, base: Type) -> tuple[Callable[[Any], bool], s.Tests] | None:
        child = element.one("typeConstraint", "allowedValues")
        text = child.content("text") if child is not None else ""
        if child is None or not text:
            return None
        try:
            tests = parse_unary_tests(text, Scope(root_scope(), types=SIMPLE.get), base)
        except (FeelSyntaxError, FeelTooLarge) as error:
            self.reader.unreadable(child, text, error)
            return None
        level = Level()
        level.slot(tests.input)
        cell = compile_cell(tests, level)
        return (lambda value: cell(level.frame(Run()), value)), tests


class ConstrainedType(Named):
    """An item definition with allowed values, whose tests keep their order (it is an order of priority)."""

    __slots__ = ("allowed_tests",)

    def __init__(
        self,
        name: str,
        base: Type,
        allowed: Callable[[Any], bool],
        text: str,
        collection: bool,
        tests: s.Tests,
    ) -> None:
        Named.__init__(self, name, base, allowed, text, collection)
        object.__setattr__(self, "allowed_tests", tests)


def members_of(of: Type) -> Iterable[str]:
    base = base_of(of)
    for name, inner in getattr(base, "fields", ()):
        yield name
        yield from members_of(inner)
    inner = getattr(base, "of", None)
    if inner is not None:
        yield from members_of(inner)
