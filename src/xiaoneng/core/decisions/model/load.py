"""From a DMN file to a model: types, elements and their requirements, imports; then everything is
compiled."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

from xiaoneng.core.decisions import syntax as s
from xiaoneng.core.decisions.compiler import Level, compile_node
from xiaoneng.core.decisions.expression import root_scope
from xiaoneng.core.decisions.faults import Fault, FeelSyntaxError, FeelTooLarge
from xiaoneng.core.decisions.infer import type_of
from xiaoneng.core.decisions.lexer import normal_name
from xiaoneng.core.decisions.model.boxed import EXPRESSIONS, Problem, Reader, notes_of
from xiaoneng.core.decisions.model.model import NAMELESS, InputData, Model, Service, Unit, dotted_prefix
from xiaoneng.core.decisions.model.xml import NAMESPACES, Element, read_xml
from xiaoneng.core.decisions.parser import parse_unary_tests
from xiaoneng.core.decisions.runtime import Run
from xiaoneng.core.decisions.scope import NameTable, Scope
from xiaoneng.core.decisions.tables import compile_cell
from xiaoneng.core.decisions.types import (
    ANY,
    FUNCTION,
    SIMPLE,
    FunctionType,
    Named,
    Type,
    base_of,
    context_of,
    function_of,
    list_of,
)
from xiaoneng.core.errors import BadInput, HostileInput, Place

Source = Path | str | bytes
Resolve = Callable[[str, str | None], Source | None]
"""Finds an imported model by its namespace and location; None where there is none."""
IMPORT_LIMIT: Final = 50


def load_model(source: Source, *, resolve_import: Resolve | None = None, file: str | None = None) -> Model:
    """Load a DMN 1.1–1.5 model from a path or from bytes.

    Imports are found by ``resolve_import``; without it, beside the file. Raises BadInput for what is no
    model, HostileInput beyond the limits. What is wrong inside a model is listed in ``Model.problems``.
    """
    loader = _Loader(resolve_import, {})
    return loader.load(source, file, ())


class _Loader:
    def __init__(self, resolve: Resolve | None, loaded: dict[str, Model]) -> None:
        self.resolve, self.loaded = resolve, loaded

    def load(self, source: Source, file: str | None, chain: tuple[str, ...]) -> Model:
        folder: Path | None = None
        if isinstance(source, bytes):
            data = source
        else:
            path = Path(source)
            file = file or str(path)
            folder = path.parent
            try:
                data = path.read_bytes()
            except OSError as error:
                raise BadInput(
                    "cannot be read: {problem}",
                    problem=error.strerror,
                    place=Place(file),
                    expected="a DMN model",
                ) from None
        root = read_xml(data, file)
        if not root.dmn or root.tag != "definitions":
            raise BadInput(
                "not a DMN model: the root element is {tag}",
                tag=root.tag,
                place=Place(file, root.line),
                expected="definitions of DMN 1.1–1.5",
            )
        if len(chain) > IMPORT_LIMIT:
            raise HostileInput(
                "imports are nested more than {limit} deep", limit=IMPORT_LIMIT, place=Place(file)
            )
        digest = hashlib.sha256(data).hexdigest()
        model = Model(root.get("name"), root.get("namespace"), NAMESPACES[root.namespace], digest)
        for element in root.all("import"):
            self.imported(model, element, folder, (*chain, model.namespace))
        try:
            _Builder(model, root).build()
        except RecursionError:
            raise HostileInput("expressions are nested too deeply", place=Place(file)) from None
        return model

    def imported(self, model: Model, element: Element, folder: Path | None, chain: tuple[str, ...]) -> None:
        namespace, location = element.get("namespace"), element.get("locationURI") or None
        name = normal_name(element.get("name")) or NAMELESS + namespace
        if not any(
            element.get("importType").startswith(known) or known == element.get("importType")
            for known in NAMESPACES
        ):
            return
        if namespace in chain:
            model.problems.append(Problem("import_cycle", {"name": name}, model.name, element.line))
            return
        if namespace not in self.loaded:
            found = self.find(namespace, location, folder)
            if found is None:
                model.problems.append(
                    Problem(
                        "import_missing", {"name": name, "namespace": namespace}, model.name, element.line
                    )
                )
                return
            self.loaded[namespace] = self.load(found, None, chain)
        model.imports[name] = self.loaded[namespace]

    def find(self, namespace: str, location: str | None, folder: Path | None) -> Source | None:
        if self.resolve is not None:
            return self.resolve(namespace, location)
        if folder is None:
            return None
        # only files of the same folder: a location never leads elsewhere
        if location and (folder / Path(location).name).is_file():
            return folder / Path(location).name
        for path in sorted(folder.glob("*.dmn")):
            try:
                if read_xml(path.read_bytes(), str(path)).get("namespace") == namespace:
                    return path
            except BadInput:
                continue
        return None


class _Builder:
    """Fills a model from its root element."""

    def __init__(self, model: Model, root: Element) -> None:
        self.model, self.root = model, root
        self.reader = Reader(self.type_ref, model.problems)
        self.definitions = {normal_name(e.get("name")): e for e in root.all("itemDefinition")}
        self.building: set[str] = set()
        self.elements: dict[str, Element] = {}
        self.variables: dict[Any, s.Variable] = {}

    def build(self) -> None:
        for name in self.definitions:
            self.named_type(name)
        members = {m for of in self.model.types.values() for m in _members(of)}
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

    # types

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

    # elements

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


def _members(of: Type) -> Iterable[str]:
    base = base_of(of)
    for name, inner in getattr(base, "fields", ()):
        yield name
        yield from _members(inner)
    inner = getattr(base, "of", None)
    if inner is not None:
        yield from _members(inner)


def source_text(element: Element) -> str:
    """A knowledge source as it is cited: its name, and where it is found."""
    where = element.get("locationURI")
    name = normal_name(element.get("name"))
    return f"{name} ({where})" if where else name


__all__ = ["Fault", "load_model"]
