"""A loaded decision model: its elements, compiled, and their evaluation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from xiaoneng.core.decisions import syntax as s
from xiaoneng.core.decisions.compiler import Code, Level
from xiaoneng.core.decisions.convert import from_json, from_python
from xiaoneng.core.decisions.expression import Clock, Result, clock_of, guarded
from xiaoneng.core.decisions.faults import Null
from xiaoneng.core.decisions.model.boxed import Problem
from xiaoneng.core.decisions.runtime import LIMITS, Limits, Run
from xiaoneng.core.decisions.tables import TableSpec
from xiaoneng.core.decisions.trace import Trace
from xiaoneng.core.decisions.types import ANY, FunctionType, Type, base_of, coerce
from xiaoneng.core.decisions.values import Function
from xiaoneng.core.errors import NotFound

NAMELESS: Final = "\0"
"""Imports without a name are kept under this and their namespace: their elements need no prefix (DMN 1.5)."""


@dataclass(slots=True, eq=False)
class InputData:
    """Something that the model must be given."""

    key: str
    name: str
    type: Type
    annotations: dict[str, str] = field(default_factory=dict)
    namespace: str = ""


@dataclass(slots=True, eq=False)
class Unit:
    """A decision or a business knowledge model: its logic, and what it requires, each with its slot."""

    key: str
    name: str
    kind: str
    type: Type
    level: Level = field(default_factory=Level)
    requires: tuple[tuple[int, Any], ...] = ()
    code: Code | None = None
    node: s.Node | None = None
    tables: tuple[TableSpec, ...] = ()
    annotations: dict[str, str] = field(default_factory=dict)
    question: str = ""
    knowledge_sources: tuple[str, ...] = ()
    cyclic: bool = False


@dataclass(slots=True, eq=False)
class Service:
    """A decision service: what it gives out, and what it is given."""

    key: str
    name: str
    type: Type
    outputs: tuple[Unit, ...] = ()
    inputs: tuple[Any, ...] = ()
    slot_names: tuple[str, ...] = ()


def dotted_prefix(import_name: str) -> str:
    """What stands before the names of an import; nothing for an import without a name."""
    return "" if import_name.startswith(NAMELESS) else f"{import_name}."


class Session:
    """One evaluation of a model: the inputs given, and the values found so far."""

    __slots__ = ("memo", "model", "run")

    def __init__(self, model: Model, run: Run, given: dict[Any, Any]) -> None:
        self.model, self.run = model, run
        self.memo = given

    def value(self, element: Any) -> Any:
        """The value of an input, decision, knowledge model or service; each is found once."""
        if element in self.memo:
            return self.memo[element]
        if isinstance(element, InputData):
            return self.run.fault("missing_input", None, name=element.name)
        if isinstance(element, Service):
            found: Any = self.service(element)
        elif element.kind == "bkm":
            found = self.knowledge(element)
        else:
            found = self.decision(element)
        self.memo[element] = found
        return found

    def decision(self, unit: Unit) -> Any:
        run = self.run
        came_from = run.where
        if unit.code is None or unit.cyclic:
            run.where = unit.name
            run.fault("cycle" if unit.cyclic else "no_logic", None, name=unit.name)
            run.where = came_from
            return None
        if any(required in run.refused for _, required in unit.requires):
            # an input that does not conform is no missing input: a default rule must not answer for it
            return None
        frame = unit.level.frame(run)
        for slot, required in unit.requires:
            frame[slot] = self.value(required)
        run.where = unit.name
        trace = run.trace
        if trace is not None:
            trace.enter(unit, self)
        value = unit.code(frame)
        if trace is not None:
            trace.leave(unit, value)
        run.where = came_from
        return value

    def knowledge(self, unit: Unit) -> Any:
        """The function that a knowledge model is."""
        if unit.code is None or unit.cyclic:
            self.run.fault("cycle" if unit.cyclic else "no_logic", None, name=unit.name)
            return None
        frame = unit.level.frame(self.run)
        for slot, required in unit.requires:
            if required is not unit:
                frame[slot] = self.value(required)
        function = unit.code(frame)
        if type(function) is Function:
            function.home = unit.name
            function.name = unit.name
            for slot, required in unit.requires:
                if required is unit:
                    function.frame[slot] = function
        return function

    def service(self, service: Service) -> Function:
        """A decision service as a function of its inputs."""
        model, trace = self.model, self.run.trace

        def body(frame: list[Any]) -> Any:
            run: Run = frame[1]
            given = dict(zip(service.inputs, frame[2:], strict=True))
            came_from, run.trace = run.trace, None
            inner = Session(model, run, given)
            value = inner.service_value(service)
            run.trace = came_from
            return value

        types = tuple(element.type for element in service.inputs)
        del trace
        return Function(service.name, service.slot_names, types, ANY, body, [], 2 + len(service.inputs))

    def service_value(self, service: Service) -> Any:
        values = [self.value(unit) for unit in service.outputs]
        if len(values) == 1:
            value = values[0]
        else:
            value = {unit.name: found for unit, found in zip(service.outputs, values, strict=True)}
        of = base_of(service.type)
        try:
            # the type of a service is that of a function, or (until DMN 1.2) that of its result
            return coerce(value, of.result if isinstance(of, FunctionType) else service.type)
        except Null as null:
            return self.run.fault(null.code, None, **null.params)


@dataclass(frozen=True, slots=True)
class Evaluation(Result):
    """A result with the values of all decisions that it needed, and the explanation where it was asked
    for."""

    values: dict[str, Any] = field(default_factory=dict)
    trace: Trace | None = None


@dataclass(slots=True)
class Model:
    """A decision model. ``problems`` are what is wrong with it, as far as loading it shows."""

    name: str
    namespace: str
    version: str
    sha256: str
    inputs: dict[str, InputData] = field(default_factory=dict)
    decisions: dict[str, Unit] = field(default_factory=dict)
    knowledge: dict[str, Unit] = field(default_factory=dict)
    services: dict[str, Service] = field(default_factory=dict)
    types: dict[str, Type] = field(default_factory=dict)
    imports: dict[str, Model] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    by_id: dict[str, Any] = field(default_factory=dict)
    members: tuple[str, ...] = ()

    def evaluate(
        self,
        name: str,
        inputs: Mapping[str, Any],
        *,
        at: Clock = None,
        explain: bool = False,
        limits: Limits = LIMITS,
        json: bool = False,
    ) -> Evaluation:
        """Evaluate a decision or a decision service with inputs by name; those of imported models by
        ``import.name`` or ``{namespace}name``.

        ``at`` is the moment of ``now()``. With ``json`` the inputs are JSON values: texts become dates
        where dates are declared. Raises NotFound for a name that the model does not have.
        """
        run = Run(clock_of(at), limits)
        target = self.find(name)
        if explain:
            run.trace = Trace()
        session = Session(self, run, {})
        given = self.given(run, inputs, json)
        session.memo.update(given)
        if run.trace is not None:
            run.trace.inputs = {self.qualified(element): value for element, value in given.items()}

        def work() -> Any:
            if isinstance(target, Service):
                inner = {
                    element: session.memo[element] for element in target.inputs if element in session.memo
                }
                named = {
                    normal: from_json(value) if json else from_python(value)
                    for normal, value in inputs.items()
                }
                for element in target.inputs:
                    if isinstance(element, Unit) and element.name in named:
                        inner[element] = self.conform(run, element, named[element.name])
                session.memo = inner
                return session.service_value(target)
            if isinstance(target, Unit) and target.kind == "bkm":
                function = session.value(target)
                arguments = (
                    [from_python(inputs.get(p)) for p in function.parameters] if function is not None else []
                )
                return run.invoke(function, arguments) if function is not None else None
            return session.value(target)

        value = guarded(run, work)
        values = {
            self.qualified(e): v
            for e, v in session.memo.items()
            if isinstance(e, Unit) and e.kind == "decision"
        }
        return Evaluation(value, tuple(run.faults), values, run.trace)

    def find(self, name: str) -> Any:
        """The decision, service or knowledge model of that name or id. Raises NotFound."""
        for table in (self.decisions, self.services, self.knowledge):
            if name in table:
                return table[name]
        found = self.by_id.get(name)
        if isinstance(found, (Unit, Service)):
            return found
        for prefix, model in self.imports.items():
            dotted = dotted_prefix(prefix)
            if name.startswith(dotted):
                try:
                    return model.find(name[len(dotted) :])
                except NotFound:
                    continue
        raise (
            NotFound(
                "there is no decision called {name} in the model {model}",
                name=name,
                model=self.name,
                expected="one of: {names}",
                hint=None,
            )
            if not self.decisions
            else NotFound(
                "there is no decision called {name} in the model {model}",
                name=name,
                model=self.name,
                names=", ".join(list(self.decisions)[:20]),
                expected="one of: {names}",
            )
        )

    def all_inputs(self, prefix: str = "", seen: frozenset[int] = frozenset()) -> dict[str, InputData]:
        """Inputs by the name under which they are given: those of imported models with the import's name."""
        found = {prefix + name: element for name, element in self.inputs.items()}
        for name, model in self.imports.items():
            if id(model) not in seen:
                found |= model.all_inputs(prefix + dotted_prefix(name), seen | {id(self)})
        return found

    def qualified(self, element: Any) -> str:
        """The name of an element as this model sees it."""
        for name, model in self.imports.items():
            if element in model.by_id.values():
                return dotted_prefix(name) + str(element.name)
        return str(element.name)

    def given(self, run: Run, inputs: Mapping[str, Any], json: bool) -> dict[Any, Any]:
        """The inputs by element, each checked against its type."""
        found: dict[Any, Any] = {}
        for name, element in self.all_inputs().items():
            holder: Any = inputs
            key = name
            if (universal := f"{{{element.namespace}}}{element.name}") in inputs:
                key = universal
            elif name not in inputs and "." in name:
                # inputs of an import may also be given as a context under the import's name
                prefix, _, rest = name.partition(".")
                holder = inputs.get(prefix)
                key = rest
            if isinstance(holder, Mapping) and key in holder:
                value = from_json(holder[key], element.type) if json else from_python(holder[key])
                found[element] = self.conform(run, element, value)
        for name, unit in self.decisions.items():
            if name in inputs and name not in self.inputs:
                # a decision may be given instead of being made
                found[unit] = self.conform(
                    run, unit, from_json(inputs[name], unit.type) if json else from_python(inputs[name])
                )
        return found

    def conform(self, run: Run, element: Any, value: Any) -> Any:
        came_from, run.where = run.where, element.name
        try:
            return coerce(value, element.type)
        except Null as null:
            run.refused.add(element)
            return run.fault(null.code, None, **null.params)
        finally:
            run.where = came_from
