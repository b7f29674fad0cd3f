"""The elements of a model and what they require of each other, compiled."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from xiaoneng.core.decisions import syntax as s
from xiaoneng.core.decisions.compiler import compile_node
from xiaoneng.core.decisions.expression import root_scope
from xiaoneng.core.decisions.infer import type_of
from xiaoneng.core.decisions.lexer import normal_name
from xiaoneng.core.decisions.model.boxed import EXPRESSIONS, Problem, notes_of
from xiaoneng.core.decisions.model.item_types import ItemTypes, members_of
from xiaoneng.core.decisions.model.model import InputData, Model, Service, Unit, dotted_prefix
from xiaoneng.core.decisions.model.xml import Element
from xiaoneng.core.decisions.scope import NameTable, Scope
from xiaoneng.core.decisions.types import (
    ANY,
    FUNCTION,
    FunctionType,
    Type,
    base_of,
)


class Builder(ItemTypes):
    """Fills a model from its root element."""

    def __init__(self, model: Model, root: Element) -> None:
        super().__init__(model, root)
        self.root = root
        self.elements: dict[str, Element] = {}
        self.variables: dict[Any, s.Variable] = {}

    def build(self) -> None:
        for name in self.definitions:
            self.named_type(name)
        members = {m for of in self.model.types.values() for m in members_of(of)}
        for model in self.model.imports.values():
            members.update(model.members)
        self.model.members = tuple(sorted(members | self.context_names()))
        self.scope = Scope(root_scope(), types=self.find_type, members=NameTable(self.model.members))
        self.collect()
        self.requirements()
        self.mark_cycles()
        for unit in [*self.model.knowledge.values(), *self.model.decisions.values()]:
            self.compile(unit)

    def context_names(self) -> set[str]:
        """Names of boxed entries and columns: they may follow a dot anywhere in the model."""
        names: set[str] = set()
        pending = list(self.root.children)
        while pending:
            element = pending.pop()
            pending.extend(element.children)
            if (element.dmn and element.tag in ("column", "output", "itemComponent")) or (
                element.dmn and element.tag == "variable"
            ):
                names.add(normal_name(element.get("name")))
        return names - {""}

    def collect(self) -> None:
        """Every element with its type, before any requirement is followed."""
        model = self.model
        for element in self.root.all(
            "inputData", "decision", "businessKnowledgeModel", "decisionService", "knowledgeSource"
        ):
            key = element.get("id") or element.get("name")
            name = normal_name(element.get("name"))
            variable = element.one("variable")
            self.reader.owner = name
            of = self.reader.type_of(variable) if variable is not None else ANY
            found: Any
            if element.tag == "inputData":
                found = model.inputs[name] = InputData(key, name, of, notes_of(element), model.namespace)
            elif element.tag == "decision":
                found = model.decisions[name] = Unit(
                    key,
                    name,
                    "decision",
                    of,
                    annotations=notes_of(element),
                    question=element.content("question"),
                )
            elif element.tag == "businessKnowledgeModel":
                found = model.knowledge[name] = Unit(key, name, "bkm", of, annotations=notes_of(element))
            elif element.tag == "decisionService":
                found = model.services[name] = Service(key, name, of)
            else:
                found = element
            if key in model.by_id:
                model.problems.append(Problem("duplicate_id", {"name": key}, name, element.line))
            model.by_id[key] = found
            self.elements[key] = element

    def referred(self, element: Element) -> Any:
        """What an ``href`` points to: ``#id`` here, ``namespace#id`` in an import."""
        namespace, _, key = element.get("href").rpartition("#")
        if not namespace or namespace == self.model.namespace:
            found = self.model.by_id.get(key)
        else:
            owner = next((m for m in self.all_imports() if m.namespace == namespace), None)
            found = owner.by_id.get(key) if owner is not None else None
        if found is None:
            self.model.problems.append(
                Problem("not_found", {"name": element.get("href")}, self.reader.owner, element.line)
            )
        return found

    def all_imports(self) -> Iterable[Model]:
        pending, seen = list(self.model.imports.values()), set()
        while pending:
            model = pending.pop()
            if id(model) not in seen:
                seen.add(id(model))
                yield model
                pending.extend(model.imports.values())

    def visible_name(self, element: Any) -> str:
        """The name under which a required element is known here."""
        if element in self.model.by_id.values():
            return str(element.name)
        return self.imported_name(self.model, element, frozenset()) or str(element.name)

    def imported_name(self, model: Model, element: Any, seen: frozenset[int]) -> str | None:
        for name, other in model.imports.items():
            if element in other.by_id.values():
                return dotted_prefix(name) + str(element.name)
            if id(other) not in seen:
                inner = self.imported_name(other, element, seen | {id(other)})
                if inner is not None:
                    return dotted_prefix(name) + inner
        return None

    def requirements(self) -> None:
        for key, element in self.elements.items():
            found = self.model.by_id[key]
            self.reader.owner = getattr(found, "name", "")
            if isinstance(found, Unit):
                required: list[Any] = []
                for requirement in element.all("informationRequirement", "knowledgeRequirement"):
                    for link in requirement.all("requiredInput", "requiredDecision", "requiredKnowledge"):
                        target = self.referred(link)
                        if isinstance(target, (InputData, Unit, Service)) and target not in required:
                            required.append(target)
                sources = [
                    self.referred(link)
                    for r in element.all("authorityRequirement")
                    for link in r.all("requiredAuthority")
                ]
                found.knowledge_sources = tuple(source_text(e) for e in sources if isinstance(e, Element))
                variables = [s.Variable(self.visible_name(e), self.seen_type(e)) for e in required]
                found.requires = tuple(
                    (found.level.slot(v), e) for v, e in zip(variables, required, strict=True)
                )
                self.variables[found] = variables  # type: ignore[assignment] # the list of one unit's variables
            elif isinstance(found, Service):
                outputs = [self.referred(e) for e in element.all("outputDecision")]
                inputs = [
                    self.referred(e) for e in (*element.all("inputData"), *element.all("inputDecision"))
                ]
                found.outputs = tuple(e for e in outputs if isinstance(e, Unit))
                found.inputs = tuple(e for e in inputs if isinstance(e, (InputData, Unit)))
                found.slot_names = tuple(e.name for e in found.inputs)

    def seen_type(self, element: Any) -> Type:
        if isinstance(element, Unit) and element.kind == "bkm":
            of = base_of(element.type)
            return element.type if isinstance(of, FunctionType) else ANY
        return element.type if not isinstance(element, Service) else ANY

    def mark_cycles(self) -> None:
        """Decisions that require themselves are never evaluated."""
        state: dict[Any, int] = {}

        for start in [*self.model.decisions.values(), *self.model.knowledge.values()]:
            stack: list[tuple[Unit, int]] = [(start, 0)]
            path: list[Unit] = []
            while stack:
                unit, index = stack.pop()
                if index == 0:
                    if state.get(unit) == 2:
                        continue
                    state[unit] = 1
                    path.append(unit)
                needed = [e for _, e in unit.requires if isinstance(e, Unit)]
                if index < len(needed):
                    stack.append((unit, index + 1))
                    following = needed[index]
                    if state.get(following) == 1 and not (following is unit and unit.kind == "bkm"):
                        ring = path[path.index(following) :]
                        for member in ring:
                            member.cyclic = True
                        names = " → ".join(u.name for u in [*ring, following])
                        self.model.problems.append(Problem("cycle", {"name": names}, following.name))
                    elif state.get(following) is None:
                        stack.append((following, 0))
                else:
                    state[unit] = 2
                    path.pop()

    def compile(self, unit: Unit) -> None:
        element = self.elements[unit.key]
        self.reader.owner = unit.name
        before = len(self.reader.tables)
        variables: Any = self.variables[unit]
        scope = Scope(self.scope, variables)
        node: s.Node | None
        if unit.kind == "bkm":
            logic = element.one("encapsulatedLogic")
            node = self.reader.function(logic, scope) if logic is not None else None
            if isinstance(node, s.FunctionOf):
                node.name = unit.name
                of = base_of(unit.type)
                if isinstance(of, FunctionType):
                    node.result = of.result if node.result is ANY else node.result
                elif unit.type is not ANY and of is not FUNCTION:
                    node.result = unit.type
        else:
            child = next((c for c in element.children if c.dmn and c.tag in EXPRESSIONS), None)
            node = self.reader.expression(child, scope) if child is not None else None
            if node is not None:
                if unit.type is ANY:
                    unit.type = type_of(node)
                else:
                    node = s.Coerce(node.at, node, unit.type, unit.name)
        unit.tables = tuple(spec for _, spec in self.reader.tables[before:])
        if node is None:
            self.model.problems.append(Problem("no_logic", {"name": unit.name}, unit.name, element.line))
            return
        unit.node = node
        unit.code = compile_node(node, unit.level)


def source_text(element: Element) -> str:
    """A knowledge source as it is cited: its name, and where it is found."""
    where = element.get("locationURI")
    name = normal_name(element.get("name"))
    return f"{name} ({where})" if where else name
