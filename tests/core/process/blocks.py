"""Random block-structured processes: a tree of blocks, its BPMN, and what must happen when it is run.

A tree is executed twice, by the engine from its BPMN, and here by plain recursion over the blocks. The
second knows nothing of tokens, so a lost or doubled token of the first shows as a difference.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

Data = Mapping[str, Any]


@dataclass(frozen=True)
class Condition:
    """The same question in FEEL, in Python source, and as a function."""

    feel: str
    python: str
    holds: Callable[[Data], bool] = field(compare=False)

    def __repr__(self) -> str:
        return self.feel


# what every completed task may set; ``again`` is for loops alone, so that a run can be brought to its end
VARIABLES = {"a": False, "b": False, "n": 0, "again": False}
AGAIN = Condition("again = true", "again == True", lambda d: d["again"])
CONDITIONS = (
    Condition("a", "a", lambda d: d["a"]),
    Condition("not(b)", "not b", lambda d: not d["b"]),
    Condition("n > 3", "n > 3", lambda d: d["n"] > 3),
    Condition("n in [1..4]", "1 <= n <= 4", lambda d: 1 <= d["n"] <= 4),
    Condition("a and n <= 5", "a and n <= 5", lambda d: d["a"] and d["n"] <= 5),
    Condition("a or b", "a or b", lambda d: d["a"] or d["b"]),
)


@dataclass(frozen=True)
class Task:
    """A user task. ``times``: how many instances (0: it is not repeated), ``row``: one after the other."""

    times: int = 0
    row: bool = False


@dataclass(frozen=True)
class Seq:
    parts: tuple[Block, ...]


@dataclass(frozen=True)
class Choice:
    """An exclusive (``many`` false) or inclusive split: a branch per condition, and the default."""

    many: bool
    branches: tuple[tuple[Condition, Block], ...]
    default: Block


@dataclass(frozen=True)
class Both:
    branches: tuple[Block, ...]


@dataclass(frozen=True)
class Loop:
    """The body, again as long as ``again`` is true."""

    body: Block


@dataclass(frozen=True)
class Sub:
    """A sub-process, perhaps in several instances."""

    body: Block
    times: int = 0
    row: bool = False


@dataclass(frozen=True)
class Repeat:
    """An activity with the marker of a loop: again as long as ``again`` is true, at most so often."""

    host: Task | Sub
    maximum: int | None
    before: bool


@dataclass(frozen=True)
class Guard:
    """An activity with a timer (interrupting or not) or an error event on its border."""

    kind: str
    interrupting: bool
    host: Task | Sub
    handler: Block


@dataclass(frozen=True)
class Race:
    """An event gateway: a message or a timer, whichever comes first."""

    message: Block
    timer: Block


Block = Task | Seq | Choice | Both | Loop | Sub | Repeat | Guard | Race


def blocks(*, events: bool = True, repeats: bool = True, leaves: int = 7) -> st.SearchStrategy[Block]:
    """Trees of blocks. Without ``events`` no timers, errors and messages, without ``repeats`` no loop
    markers."""
    times = st.sampled_from((0, 0, 0, 2, 3))
    task = st.builds(Task, times, st.booleans())
    conditions = st.sampled_from(CONDITIONS)

    def extend(inner: st.SearchStrategy[Block]) -> st.SearchStrategy[Block]:
        some = st.lists(inner, min_size=0, max_size=3).map(lambda parts: Seq(tuple(parts)))
        branch = st.tuples(conditions, some)
        sub = st.builds(Sub, some, times, st.booleans())
        kinds = [
            some,
            st.builds(Choice, st.booleans(), st.lists(branch, min_size=1, max_size=3).map(tuple), some),
            st.lists(some, min_size=2, max_size=3).map(lambda parts: Both(tuple(parts))),
            # a loop without a task in it would never come to rest
            some.map(lambda body: Loop(Seq((Task(), body)))),
            sub,
        ]
        if repeats:
            # an empty body would be repeated for ever in one step
            full = some.map(lambda body: Sub(Seq((Task(), body))))
            often = st.sampled_from((None, None, 0, 1, 3))
            kinds.append(st.builds(Repeat, st.one_of(st.just(Task()), full), often, st.booleans()))
        if events:
            host = st.one_of(task, sub)
            kinds += [
                st.builds(Guard, st.just("timer"), st.booleans(), host, some),
                st.builds(Guard, st.just("error"), st.just(True), host, some),
                st.builds(Race, some, some),
            ]
        return st.one_of(kinds)

    return st.recursive(task, extend, max_leaves=leaves)


# BPMN


class Writer:
    """Writes a tree as BPMN. Names are numbered in the order of the tree: t0, t1, … are tasks."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.count: Counter[str] = Counter()
        self.names: dict[int, str] = {}

    def fresh(self, letter: str) -> str:
        self.count[letter] += 1
        return f"{letter}{self.count[letter] - 1}"

    def flow(self, source: str, target: str, condition: Condition | None = None) -> str:
        text = ""
        if condition is not None:
            said = condition.feel if self.language == "feel" else condition.python
            text = said.replace("<", "&lt;").replace(">", "&gt;")
            text = f"<bpmn:conditionExpression>{text}</bpmn:conditionExpression>"
        name = self.fresh("f")
        ends = f'sourceRef="{source}" targetRef="{target}"'
        return f'<bpmn:sequenceFlow id="{name}" {ends}>{text}</bpmn:sequenceFlow>'

    def scope(self, block: Block) -> str:
        """The inside of a process or sub-process."""
        out: list[str] = []
        start, end = self.fresh("start"), self.fresh("end")
        out += [f'<bpmn:startEvent id="{start}"/>', f'<bpmn:endEvent id="{end}"/>']
        last = self.put(block, start, out, None)
        out.append(self.link(last, end))
        return "".join(out)

    def link(self, last: tuple[str, Condition | None], target: str) -> str:
        return self.flow(last[0], target, last[1])

    def put(
        self, block: Block, source: str, out: list[str], condition: Condition | None
    ) -> tuple[str, Condition | None]:
        """Write a block after ``source``; gives the node after which it goes on, and the condition of the
        flow that is still to be written."""
        if isinstance(block, Seq):
            last: tuple[str, Condition | None] = (source, condition)
            for part in block.parts:
                last = self.put(part, last[0], out, last[1])
            return last
        if isinstance(block, (Task, Sub)):
            name = self.activity(block, out)
            out.append(self.flow(source, name, condition))
            return name, None
        if isinstance(block, Repeat):
            most = "" if block.maximum is None else f' loopMaximum="{block.maximum}"'
            loop = (
                f'<bpmn:standardLoopCharacteristics testBefore="{str(block.before).lower()}"{most}>'
                f"<bpmn:loopCondition>{AGAIN.feel}</bpmn:loopCondition></bpmn:standardLoopCharacteristics>"
            )
            name = self.activity(block.host, out, loop)
            out.append(self.flow(source, name, condition))
            return name, None
        if isinstance(block, Both):
            split, join = self.gateway("parallel", out), self.gateway("parallel", out)
            out.append(self.flow(source, split, condition))
            for branch in block.branches:
                out.append(self.link(self.put(branch, split, out, None), join))
            return join, None
        if isinstance(block, Choice):
            return self.choice(block, source, out, condition), None
        if isinstance(block, Loop):
            merge, test = self.gateway("exclusive", out), self.fresh("g")
            out.append(self.flow(source, merge, condition))
            out.append(self.link(self.put(block.body, merge, out, None), test))
            after = self.gateway("exclusive", out)
            out.append(self.flow(test, merge, AGAIN))
            leaving = self.flow(test, after)
            out.append(leaving)
            out.append(f'<bpmn:exclusiveGateway id="{test}" default="{flow_id(leaving)}"/>')
            return after, None
        if isinstance(block, Guard):
            return self.guard(block, source, out, condition), None
        gateway, merge = self.gateway("eventBased", out), self.gateway("exclusive", out)
        out.append(self.flow(source, gateway, condition))
        for kind, body in (("message", block.message), ("timer", block.timer)):
            catch = self.fresh("e")
            out.append(f'<bpmn:intermediateCatchEvent id="{catch}">{DEFINITIONS[kind]}')
            out.append("</bpmn:intermediateCatchEvent>")
            out.append(self.flow(gateway, catch))
            out.append(self.link(self.put(body, catch, out, None), merge))
        self.names[id(block)] = gateway
        return merge, None

    def gateway(self, kind: str, out: list[str]) -> str:
        name = self.fresh("g")
        out.append(f'<bpmn:{kind}Gateway id="{name}"/>')
        return name

    def activity(self, block: Task | Sub, out: list[str], loop: str = "") -> str:
        name = self.fresh("t" if isinstance(block, Task) else "s")
        self.names[id(block)] = name
        if block.times:
            row = str(block.row).lower()
            loop = (
                f'<bpmn:multiInstanceLoopCharacteristics isSequential="{row}"><bpmn:loopCardinality>'
                f"{block.times}</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics>"
            )
        if isinstance(block, Task):
            out.append(f'<bpmn:userTask id="{name}" name="{name}">{loop}</bpmn:userTask>')
        else:
            out.append(f'<bpmn:subProcess id="{name}">{loop}{self.scope(block.body)}</bpmn:subProcess>')
        return name

    def choice(self, block: Choice, source: str, out: list[str], condition: Condition | None) -> str:
        kind = "inclusive" if block.many else "exclusive"
        split, join = self.fresh("g"), self.gateway(kind, out)
        out.append(self.flow(source, split, condition))
        for asked, branch in block.branches:
            out.append(self.link(self.put(branch, split, out, asked), join))
        here = len(out)
        last = self.put(block.default, split, out, None)
        out.append(self.link(last, join))
        # the first flow that leaves the split in what was just written
        default = next(flow_id(text) for text in out[here:] if f'sourceRef="{split}"' in text)
        out.append(f'<bpmn:{kind}Gateway id="{split}" default="{default}"/>')
        return join

    def guard(self, block: Guard, source: str, out: list[str], condition: Condition | None) -> str:
        name = self.activity(block.host, out)
        out.append(self.flow(source, name, condition))
        border = self.fresh("e")
        self.names[id(block)] = border
        cancel = "" if block.interrupting else ' cancelActivity="false"'
        out.append(
            f'<bpmn:boundaryEvent id="{border}" attachedToRef="{name}"{cancel}>'
            f"{DEFINITIONS[block.kind]}</bpmn:boundaryEvent>"
        )
        if not block.interrupting:
            end = self.fresh("end")
            out.append(f'<bpmn:endEvent id="{end}"/>')
            out.append(self.link(self.put(block.handler, border, out, None), end))
            return name
        merge = self.gateway("exclusive", out)
        out.append(self.flow(name, merge))
        out.append(self.link(self.put(block.handler, border, out, None), merge))
        return merge


DEFINITIONS = {
    "timer": "<bpmn:timerEventDefinition><bpmn:timeDuration>PT1H</bpmn:timeDuration>"
    "</bpmn:timerEventDefinition>",
    "error": '<bpmn:errorEventDefinition errorRef="err"/>',
    "message": '<bpmn:messageEventDefinition messageRef="msg"/>',
}


def flow_id(text: str) -> str:
    return text.split('id="')[1].split('"')[0]


def bpmn(block: Block, language: str = "feel") -> tuple[bytes, dict[int, str]]:
    """The tree as a BPMN file, and the id of each named block by its object's identity."""
    writer = Writer(language)
    body = writer.scope(block)
    text = (
        '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" '
        'targetNamespace="urn:t"><bpmn:error id="err" name="err" errorCode="E"/>'
        '<bpmn:message id="msg" name="msg"/>'
        f'<bpmn:process id="p" isExecutable="true">{body}</bpmn:process></bpmn:definitions>'
    )
    return text.encode(), writer.names


# what must happen

Key = tuple[str, tuple[int, ...]]
"""The id of what waits, and the numbers of the instances around it, outermost first."""


def copied(block: Block, looped: bool = False) -> Block:
    """The same tree with an object of its own for every block, as strategies may use one object twice.

    In a loop a border event that does not interrupt would leave equal tokens behind, which no test could tell
    apart: there it interrupts."""
    if isinstance(block, Task):
        return Task(block.times, block.row)
    if isinstance(block, Seq):
        return Seq(tuple(copied(part, looped) for part in block.parts))
    if isinstance(block, Both):
        return Both(tuple(copied(part, looped) for part in block.branches))
    if isinstance(block, Choice):
        branches = tuple((condition, copied(branch, looped)) for condition, branch in block.branches)
        return Choice(block.many, branches, copied(block.default, looped))
    if isinstance(block, Loop):
        return Loop(copied(block.body, True))
    if isinstance(block, Sub):
        return Sub(copied(block.body, looped), block.times, block.row)
    if isinstance(block, Repeat):
        again = copied(block.host, True)
        assert isinstance(again, (Task, Sub))
        return Repeat(again, block.maximum, block.before)
    if isinstance(block, Guard):
        host = copied(block.host, looped)
        assert isinstance(host, (Task, Sub))
        return Guard(block.kind, block.interrupting or looped, host, copied(block.handler, looped))
    return Race(copied(block.message, looped), copied(block.timer, looped))


class Node:
    """A block being run: ``inside`` are its running parts; ``beside``, of a scope, what a border event that
    does not interrupt has begun there."""

    def __init__(self, block: Block, path: tuple[int, ...], *, scope: bool, instance: bool = False) -> None:
        self.block, self.path, self.scope, self.instance = block, path, scope, instance
        self.inside: list[Node] = []
        self.beside: list[Node] = []
        self.next = 0
        self.fired = False

    @property
    def busy(self) -> bool:
        return bool(self.inside or self.beside)


class Oracle:
    """Runs a tree. ``options`` are the actions possible now, ``act`` does one."""

    def __init__(self, block: Block, names: Mapping[int, str], data: Data) -> None:
        self.names, self.data = names, dict(data)
        root = Node(Seq((block,)), (), scope=True)
        self.root: Node | None = root if self.go_on(root) else None

    # beginning; a block that is done at once is None

    def begin(self, block: Block, path: tuple[int, ...], *, instance: bool = False) -> Node | None:
        scope = isinstance(block, Sub) and (instance or not block.times)
        node = Node(block, path, scope=scope, instance=instance)
        if isinstance(block, Race) or (isinstance(block, Task) and (instance or not block.times)):
            return node
        if isinstance(block, Repeat):
            skipped = block.before and not self.data["again"]
            if skipped or block.maximum == 0:
                return None
            self.put(node, self.begin(block.host, (*path, 1)))
            return node
        if isinstance(block, Seq) or (isinstance(block, (Task, Sub)) and not scope):
            return node if self.go_on(node) else None
        if isinstance(block, Both):
            parts = list(block.branches)
        elif isinstance(block, Choice):
            parts = [branch for condition, branch in block.branches if condition.holds(self.data)]
            parts = parts or [block.default]
            if not block.many:
                parts = parts[:1]
        elif isinstance(block, Guard):
            parts = [block.host]
        else:
            assert isinstance(block, (Loop, Sub))
            parts = [block.body]
        node.inside = [begun for part in parts if (begun := self.begin(part, path)) is not None]
        return node if node.inside else None

    def go_on(self, node: Node) -> bool:
        """Begin what comes next in a sequence or in several instances; whether something waits."""
        block = node.block
        if isinstance(block, Seq):
            while not node.inside and node.next < len(block.parts):
                self.put(node, self.begin(block.parts[node.next], node.path))
        elif isinstance(block, (Task, Sub)) and block.times and not node.instance:
            while node.next < block.times and (not block.row or not node.inside):
                self.put(node, self.begin(block, (*node.path, node.next + 1), instance=True))
        return bool(node.inside)

    def put(self, node: Node, begun: Node | None) -> None:
        node.next += 1
        if begun is not None:
            node.inside.append(begun)

    # actions

    def options(self) -> dict[tuple[str, Key], list[Node]]:
        """What can be done, with the nodes on the way from the root: tasks, timers, messages, and errors by
        the task that throws them."""
        found: dict[tuple[str, Key], list[Node]] = {}

        def visit(node: Node, way: list[Node]) -> None:
            block, way = node.block, [*way, node]
            if isinstance(block, Task) and not node.inside:
                key = (self.names[id(block)], node.path)
                assert ("task", key) not in found
                found[("task", key)] = way
                guards = [
                    position
                    for position, outer in enumerate(way)
                    if isinstance(outer.block, Guard) and outer.block.kind == "error" and not outer.fired
                ]
                if guards:
                    found[("error", key)] = way[: guards[-1] + 1]
            if isinstance(block, Race) and not node.fired:
                for kind in ("message", "timer"):
                    found[(kind, (self.names[id(block)], node.path))] = way
            if isinstance(block, Guard) and block.kind == "timer" and not node.fired:
                found[("timer", (self.names[id(block)], node.path))] = way
            for part in (*node.inside, *node.beside):
                visit(part, way)

        if self.root is not None:
            visit(self.root, [])
        return found

    def act(self, kind: str, key: Key, data: Data) -> None:
        """Do one action."""
        self.data.update(data)
        way = self.options()[(kind, key)]
        node = way[-1]
        block = node.block
        if isinstance(block, Race):
            node.fired = True
            begun = self.begin(block.message if kind == "message" else block.timer, node.path)
        elif isinstance(block, Guard):
            node.fired = True
            begun = self.begin(block.handler, node.path)
            if not block.interrupting:
                if begun is not None:
                    next(outer for outer in reversed(way) if outer.scope).beside.append(begun)
                return
        else:
            begun = None
        node.inside = [begun] if begun is not None else []
        if begun is None:
            self.finish(way)

    def finish(self, way: list[Node]) -> None:
        """The last node of the way is done; what follows from it."""
        if len(way) == 1:
            self.root = None
            return
        node, parent = way[-1], way[-2]
        if node in parent.beside:
            parent.beside.remove(node)
        else:
            parent.inside.remove(node)
            if isinstance(parent.block, Loop) and self.data["again"]:
                begun = self.begin(parent.block.body, parent.path)
                parent.inside = [begun] if begun is not None else []
            elif isinstance(parent.block, Repeat):
                if self.data["again"] and parent.next != parent.block.maximum:
                    self.put(parent, self.begin(parent.block.host, (*parent.path, parent.next + 1)))
            elif isinstance(parent.block, (Seq, Task, Sub)):
                self.go_on(parent)
        if not parent.busy:
            self.finish(way[:-1])
