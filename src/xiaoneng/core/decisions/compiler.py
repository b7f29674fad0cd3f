"""From syntax tree to Python closures, once per text.

Every node becomes a function of one *frame*: a list ``[enclosing frame, run, slot, slot, …]``. Variables
are slots of
the function they belong to, found when compiling. Nothing is looked up by name at run time, nothing of the
text is ever handed to Python.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator as Iterating
from decimal import Decimal
from typing import Any, Final

from xiaoneng.core.decisions import operators as op
from xiaoneng.core.decisions import syntax as s
from xiaoneng.core.decisions.decimals import is_integer
from xiaoneng.core.decisions.faults import Null
from xiaoneng.core.decisions.infer import type_of
from xiaoneng.core.decisions.runtime import Run, arrange
from xiaoneng.core.decisions.types import ANY, NUMBER, base_of, coerce, conforms, is_function, show
from xiaoneng.core.decisions.values import Date, Function, Range, unary_range

Frame = list[Any]
Code = Callable[[Frame], Any]
RUN: Final = 1
FIRST_SLOT: Final = 2


class Level:
    """The slots of one function (or of a whole text)."""

    def __init__(self, parent: Level | None = None) -> None:
        self.parent = parent
        self.slots: dict[s.Variable, int] = {}

    def slot(self, variable: s.Variable) -> int:
        """The variable's slot in this level, allotted at first use."""
        return self.slots.setdefault(variable, FIRST_SLOT + len(self.slots))

    @property
    def size(self) -> int:
        return FIRST_SLOT + len(self.slots)

    def locate(self, variable: s.Variable) -> tuple[int, int] | None:
        """How many levels out, and which slot."""
        level: Level | None = self
        depth = 0
        while level is not None:
            if variable in level.slots:
                return depth, level.slots[variable]
            level, depth = level.parent, depth + 1
        return None

    def frame(self, run: Run) -> Frame:
        frame: Frame = [None] * self.size
        frame[RUN] = run
        return frame


def compile_node(node: s.Node, level: Level) -> Code:
    """The closure of a node. Inputs must have their slots in ``level`` already."""
    return COMPILERS[type(node)](node, level)


def constant(node: s.Node) -> bool:
    return type(node) is s.Literal


def _literal(node: s.Literal, level: Level) -> Code:
    value = node.value
    return lambda f: value


def _bad(node: s.Bad, level: Level) -> Code:
    at, code, params = node.at, node.code, node.params
    return lambda f: f[RUN].fault(code, at, **params)


def _variable(variable: s.Variable, level: Level) -> Code | None:
    if variable.value is not None:
        value = variable.value
        return lambda f: value
    found = level.locate(variable)
    if found is None:
        return None
    depth, slot = found
    if depth == 0:
        return lambda f: f[slot]
    if depth == 1:
        return lambda f: f[0][slot]

    def outer(f: Frame) -> Any:
        for _ in range(depth):
            f = f[0]
        return f[slot]

    return outer


def _name(node: s.Name, level: Level) -> Code:
    at, text = node.at, node.text
    plain = _variable(node.variable, level) if node.variable is not None else None
    if plain is None:

        def plain(f: Frame) -> Any:
            return f[RUN].fault("unknown_name", at, name=text)

    if not node.items:
        return plain
    static = plain
    items = [code for code in (_variable(item, level) for item in node.items) if code is not None]
    unknown = node.variable is None

    def dynamic(f: Frame) -> Any:
        context = False
        for item in items:
            value = item(f)
            if type(value) is dict:
                context = True
                if text in value:
                    return value[text]
            elif unknown and (found := op.TEMPORAL_PROPERTIES.get((type(value), text))) is not None:
                return found(value)
        # an item without that entry: null, as a path into it would be
        return None if context and unknown else static(f)

    return dynamic


def _path(node: s.Path, level: Level) -> Code:
    base, name, at = compile_node(node.base, level), node.name, node.at

    def path(f: Frame) -> Any:
        value = base(f)
        if type(value) is dict and name in value:
            return value[name]
        try:
            return op.member(value, name)
        except Null as null:
            return f[RUN].fault(null.code, at, **null.params)

    return path


def _filter(node: s.Filter, level: Level) -> Code:
    base, at = compile_node(node.base, level), node.at
    slot = level.slot(node.item)
    condition = compile_node(node.condition, level)
    kind = base_of(type_of(node.condition))

    def nth(run: Run, items: list[Any], position: Decimal) -> Any:
        if not is_integer(position):
            return run.fault("argument_value", at, parameter="index", function="[ ]", value=show(position))
        index = int(position) if abs(position) < 10**9 else 0
        if 1 <= index <= len(items):
            return items[index - 1]
        if -len(items) <= index <= -1:
            return items[index]
        return run.fault("argument_value", at, parameter="index", function="[ ]", value=show(position))

    def filtered(f: Frame) -> Any:
        run: Run = f[RUN]
        value = base(f)
        if value is None:
            items: list[Any] = []
        else:
            items = value if type(value) is list else [value]
        outer = f[slot]
        if kind is NUMBER or not items:
            known = len(run.faults)
            f[slot] = None
            position = condition(f)
            f[slot] = outer
            if type(position) is Decimal:
                return nth(run, items, position)
            if not items:
                # an empty list has nothing to test: what went wrong with no item is no fault
                del run.faults[known:]
                return [] if value is not None else run.fault("null_value", at)
            return run.fault("not_boolean", at, value=show(position))
        kept: list[Any] = []
        run.spend(len(items))
        for index, item in enumerate(items):
            f[slot] = item
            answer = condition(f)
            if answer is True:
                kept.append(item)
            elif answer is not False and answer is not None:
                if index == 0 and type(answer) is Decimal:
                    f[slot] = outer
                    return nth(run, items, answer)
                f[slot] = outer
                return run.fault("not_boolean", at, value=show(answer))
        f[slot] = outer
        return kept

    return filtered


def _call(node: s.Call, level: Level) -> Code:
    at, names = node.at, node.names
    arguments = [compile_node(a, level) for a in node.arguments]
    fallback: Any = None
    function: Code
    target = node.function
    if (
        isinstance(target, s.Name)
        and target.variable is not None
        and target.variable.value is not None
        and not target.items
    ):
        builtin = target.variable.value
        if names is None:
            return _builtin_call(builtin, arguments, at)
        return lambda f: arrange(f[RUN], builtin, names, [a(f) for a in arguments], at)
    function = compile_node(target, level)
    if isinstance(target, s.Name):
        # a value may have the name of a built-in function and hide it; a call still means the function
        from xiaoneng.core.decisions.builtins import BUILTINS

        fallback = BUILTINS.get(target.text)

    def call(f: Frame) -> Any:
        run: Run = f[RUN]
        known = len(run.faults)
        called = function(f)
        if fallback is not None and not is_function(called):
            del run.faults[known:]
            called = fallback
        values = [a(f) for a in arguments]
        if called is None:
            return run.fault("not_function", at, value="null") if len(run.faults) == known else None
        if names is not None:
            return arrange(run, called, names, values, at)
        return run.invoke(called, values, at)

    return call


def _builtin_call(builtin: Any, arguments: list[Code], at: int) -> Code:
    call = builtin.call

    def invoke(f: Frame) -> Any:
        try:
            return call(f[RUN], [a(f) for a in arguments])
        except Null as null:
            return f[RUN].fault(null.code, at, **null.params)
        except (ArithmeticError, ValueError):
            return f[RUN].fault("number_range", at)

    return invoke


def _negate(node: s.Negate, level: Level) -> Code:
    operand, at = compile_node(node.operand, level), node.at

    def negative(f: Frame) -> Any:
        try:
            return op.negate(operand(f))
        except Null as null:
            return f[RUN].fault(null.code, at, **null.params)

    return negative


def _binary(node: s.Binary, level: Level) -> Code:
    at = node.at
    left, right = compile_node(node.left, level), compile_node(node.right, level)
    apply = op.APPLY[node.op]
    fast = op.FAST.get(node.op)

    def slow(f: Frame, a: Any, b: Any) -> Any:
        try:
            return apply(a, b)
        except Null as null:
            return f[RUN].fault(null.code, at, **null.params)

    if fast is None:
        return lambda f: slow(f, left(f), right(f))
    quick = fast

    def binary(f: Frame) -> Any:
        a, b = left(f), right(f)
        if type(a) is Decimal and type(b) is Decimal:
            try:
                return quick(a, b)
            except ArithmeticError:
                return f[RUN].fault("number_range", at)
        return slow(f, a, b)

    return binary


def _compare(node: s.Compare, level: Level) -> Code:
    at = node.at
    left, right = compile_node(node.left, level), compile_node(node.right, level)
    apply = op.COMPARE[node.op]

    def compare(f: Frame) -> Any:
        a, b = left(f), right(f)
        try:
            return apply(a, b)
        except Null as null:
            return f[RUN].fault(null.code, at, **null.params)

    return compare


def _logic(node: s.Logic, level: Level) -> Code:
    parts = [(compile_node(p, level), p.at) for p in node.parts]
    decides = node.op == "or"
    operator = node.op

    def logic(f: Frame) -> Any:
        result: bool | None = not decides
        for part, at in parts:
            value = part(f)
            if value is decides:
                return decides
            if value is not True and value is not False:
                if value is not None:
                    f[RUN].fault("operand_type", at, operator=operator, value=show(value))
                result = None
        return result

    return logic


def _between(node: s.Between, level: Level) -> Code:
    """``value >= low and value <= high``, three-valued."""
    at = node.at
    value, low, high = (compile_node(n, level) for n in (node.value, node.low, node.high))

    def compare(run: Run, apply: Callable[[Any, Any], bool], a: Any, b: Any) -> bool | None:
        try:
            return apply(a, b)
        except Null as null:
            run.fault(null.code, at, **null.params)
            return None

    def between(f: Frame) -> Any:
        v = value(f)
        above = compare(f[RUN], op.greater_equal, v, low(f))
        below = compare(f[RUN], op.less_equal, v, high(f))
        if above is False or below is False:
            return False
        return True if above and below else None

    return between


def compile_test(test: s.Test, level: Level) -> Callable[[Frame, Any], Any]:
    """A test as a function of frame and input: true, false, or null."""
    at, uses_input = test.at, test.uses_input
    value = compile_node(test.value, level)
    if test.op is not None:
        apply = op.COMPARE[test.op]

        def by_operator(f: Frame, given: Any) -> Any:
            try:
                return apply(given, value(f))
            except Null as null:
                return f[RUN].fault(null.code, at, **null.params)

        return by_operator

    def by_value(f: Frame, given: Any) -> Any:
        wanted = value(f)
        if uses_input and (wanted is True or wanted is False):
            return wanted
        if wanted is True and given is not None and type(given) is not bool:
            # a condition that does not speak of the input, such as a function that answers for it
            return True
        try:
            return op.matches(given, wanted)
        except Null as null:
            return f[RUN].fault(null.code, at, **null.params)

    return by_value


def _in(node: s.In, level: Level) -> Code:
    value = compile_node(node.value, level)
    tests = [compile_test(t, level) for t in node.tests]
    if len(tests) == 1:
        only = tests[0]
        return lambda f: only(f, value(f))

    def any_test(f: Frame) -> Any:
        given = value(f)
        result: bool | None = False
        for test in tests:
            answer = test(f, given)
            if answer is True:
                return True
            if answer is None:
                result = None
        return result

    return any_test


def _instance_of(node: s.InstanceOf, level: Level) -> Code:
    value, of = compile_node(node.value, level), node.type

    def instance(f: Frame) -> Any:
        given = value(f)
        return given is not None and conforms(given, of, constraints=False)

    return instance


def _if(node: s.If, level: Level) -> Code:
    condition, then, otherwise = (compile_node(n, level) for n in (node.condition, node.then, node.otherwise))
    at, boxed = node.at, node.boxed

    def choose(f: Frame) -> Any:
        answer = condition(f)
        if answer is True:
            return then(f)
        if answer is not False and answer is not None:
            f[RUN].fault("not_boolean", at, value=show(answer))
            if boxed:
                return None
        return otherwise(f)

    return choose


def _items(run: Run, value: Any, at: int) -> Iterating[Any]:
    """What one goes through: a list, a range of whole numbers or days, or a single value."""
    if type(value) is list:
        return iter(value)
    if value is None:
        raise Null("not_iterable", value="null")
    if type(value) is Range:
        low, high = value.low, value.high
        if low is None or high is None or value.op in ("!=",):
            raise Null("not_iterable", value=show(value))
        return _steps(low, high, value.low_included, value.high_included)
    return iter([value])


def _steps(low: Any, high: Any, low_included: bool = True, high_included: bool = True) -> Iterating[Any]:
    """Whole numbers or days from one end to the other, downwards if need be."""
    if type(low) is Decimal and type(high) is Decimal and is_integer(low) and is_integer(high):
        a, b = int(low), int(high)
        make: Callable[[int], Any] = Decimal
    elif type(low) is Date and type(high) is Date:
        a, b = low.ordinal, high.ordinal
        make = Date.from_ordinal
    else:
        raise Null("not_iterable", value=f"{show(low)}..{show(high)}")
    way = 1 if a <= b else -1
    start = a if low_included else a + way
    stop = b + way if high_included else b
    return map(make, range(start, stop, way))


Loop = tuple[int, Code, Code | None]


def _iterators(iterators: tuple[s.Iterator, ...], level: Level) -> list[Loop]:
    loops: list[Loop] = []
    for iterator in iterators:
        source = compile_node(iterator.source, level)
        high = compile_node(iterator.high, level) if iterator.high is not None else None
        loops.append((level.slot(iterator.variable), source, high))
    return loops


def _go_through(f: Frame, loops: list[Loop], at: int, index: int = 0) -> Iterating[None]:
    """Set the loops' slots to every combination in turn; raises Null where a source cannot be gone
    through."""
    run: Run = f[RUN]
    slot, source, high = loops[index]
    value = source(f)
    items = _steps(value, high(f)) if high is not None else _items(run, value, at)
    last = index + 1 == len(loops)
    for item in items:
        run.spend(1)
        f[slot] = item
        if last:
            yield
        else:
            yield from _go_through(f, loops, at, index + 1)


def _for(node: s.For, level: Level) -> Code:
    loops, at = _iterators(node.iterators, level), node.at
    slot = level.slot(node.partial)
    body = compile_node(node.body, level)
    partial = slot if any(name.variable is node.partial for name in s.names_in(node.body)) else None

    def loop(f: Frame) -> Any:
        run: Run = f[RUN]
        results: list[Any] = []
        try:
            for _ in _go_through(f, loops, at):
                if partial is not None:
                    run.spend(len(results) // 8)
                    f[partial] = list(results)
                results.append(body(f))
        except Null as null:
            return run.fault(null.code, at, **null.params)
        return results

    return loop


def _quantified(node: s.Quantified, level: Level) -> Code:
    loops, at, every, boxed = _iterators(node.iterators, level), node.at, node.every, node.boxed
    body = compile_node(node.body, level)

    def quantified(f: Frame) -> Any:
        run: Run = f[RUN]
        result: bool | None = every
        try:
            for _ in _go_through(f, loops, at):
                answer = body(f)
                if answer is (not every):
                    return not every
                if answer is not every:
                    if answer is not None:
                        run.fault("not_boolean", at, value=show(answer))
                        if boxed:
                            return None
                    result = None
        except Null as null:
            return run.fault(null.code, at, **null.params)
        return result

    return quantified


def _list(node: s.ListOf, level: Level) -> Code:
    items = [compile_node(item, level) for item in node.items]
    if all(map(constant, node.items)):
        values = [item.value for item in node.items if isinstance(item, s.Literal)]
        return lambda f: values[:]
    return lambda f: [item(f) for item in items]


def _context(node: s.ContextOf, level: Level) -> Code:
    entries: list[tuple[str, int, Code, bool]] = []
    for name, variable, value in node.entries:
        inner = value.value if isinstance(value, s.Coerce) else value
        own = isinstance(inner, s.FunctionOf)
        slot = level.slot(variable)
        entries.append((name, slot, compile_node(value, level), own))
    result = compile_node(node.result, level) if node.result is not None else None

    def context(f: Frame) -> Any:
        values: dict[str, Any] = {}
        for name, slot, code, own in entries:
            value = values[name] = f[slot] = code(f)
            if own and type(value) is Function:
                # the function's own entry is in its scope: it may call itself
                value.frame[slot] = value
        return result(f) if result is not None else values

    return context


def _range(node: s.RangeOf, level: Level) -> Code:
    at, low_included, high_included = node.at, node.low_included, node.high_included
    low, high = compile_node(node.low, level), compile_node(node.high, level)
    if constant(node.low) and constant(node.high):
        try:
            value = op.make_range(low_included, low([]), high([]), high_included)
        except Null as null:
            code, params = null.code, null.params
            return lambda f: f[RUN].fault(code, at, **params)
        return lambda f: value

    def ranged(f: Frame) -> Any:
        try:
            return op.make_range(low_included, low(f), high(f), high_included)
        except Null as null:
            return f[RUN].fault(null.code, at, **null.params)

    return ranged


def _unary_range(node: s.UnaryRange, level: Level) -> Code:
    end, operator = compile_node(node.end, level), node.op
    return lambda f: unary_range(operator, end(f))


def _function(node: s.FunctionOf, level: Level) -> Code:
    inner = Level(level)
    for parameter in node.parameters:
        inner.slot(parameter)
    body = compile_node(node.body, inner)
    names = tuple(p.name for p in node.parameters)
    types = tuple(p.type for p in node.parameters)
    result, name = node.result, node.name
    # the frame is copied: loops go on changing theirs
    return lambda f: Function(name, names, types, result, body, f[:], inner.size)


def _coerce(node: s.Coerce, level: Level) -> Code:
    value, of, at = compile_node(node.value, level), node.type, node.at
    if of is ANY:
        return value

    def coerced(f: Frame) -> Any:
        given = value(f)
        try:
            return coerce(given, of)
        except Null as null:
            return f[RUN].fault(null.code, at, **null.params)

    return coerced


def _table(node: s.Table, level: Level) -> Code:
    return node.spec.compile(level)


COMPILERS: Final[dict[type, Callable[[Any, Level], Code]]] = {
    s.Literal: _literal,
    s.Bad: _bad,
    s.Name: _name,
    s.Path: _path,
    s.Filter: _filter,
    s.Call: _call,
    s.Negate: _negate,
    s.Binary: _binary,
    s.Compare: _compare,
    s.Logic: _logic,
    s.Between: _between,
    s.In: _in,
    s.InstanceOf: _instance_of,
    s.If: _if,
    s.For: _for,
    s.Quantified: _quantified,
    s.ListOf: _list,
    s.ContextOf: _context,
    s.RangeOf: _range,
    s.UnaryRange: _unary_range,
    s.FunctionOf: _function,
    s.Coerce: _coerce,
    s.Table: _table,
}
