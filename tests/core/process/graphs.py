"""Small arbitrary process graphs, and what is true of them by looking at every marking.

The rules of the gateways are written down again here, without nets, reductions or sharing of code with the
check: tokens lie on flows, a node fires when its rule says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, combinations

from hypothesis import strategies as st

KINDS = {
    "task": "userTask",
    "xor": "exclusiveGateway",
    "and": "parallelGateway",
    # with a default flow, and with conditions alone
    "or": "inclusiveGateway",
    "any": "inclusiveGateway",
}
Tokens = frozenset[tuple[int, int]]
"""(flow, number of tokens)"""


@dataclass(frozen=True)
class Graph:
    """``kinds`` of nodes (the first is the start, the last the end), ``flows`` as (source, target)."""

    kinds: tuple[str, ...]
    flows: tuple[tuple[int, int], ...]

    def ins(self, node: int) -> list[int]:
        return [f for f, (_, target) in enumerate(self.flows) if target == node]

    def outs(self, node: int) -> list[int]:
        return [f for f, (source, _) in enumerate(self.flows) if source == node]

    def choice(self, node: int) -> bool:
        return self.kinds[node] in ("xor", "or")

    def bpmn(self) -> bytes:
        out = ['<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d"><process id="p">']
        for node, kind in enumerate(self.kinds):
            default = ""
            if self.choice(node) and len(self.outs(node)) > 1:
                default = f' default="f{self.outs(node)[0]}"'
            tag = {"start": "startEvent", "end": "endEvent", **KINDS}[kind]
            out.append(f'<{tag} id="n{node}"{default}/>')
        for flow, (source, target) in enumerate(self.flows):
            condition = ""
            outs = self.outs(source)
            if len(outs) > 1 and (self.kinds[source] == "any" or (flow in outs[1:] and self.choice(source))):
                condition = f"<conditionExpression>c{flow}</conditionExpression>"
            ends = f'sourceRef="n{source}" targetRef="n{target}"'
            out.append(f'<sequenceFlow id="f{flow}" {ends}>{condition}</sequenceFlow>')
        return "".join([*out, "</process></definitions>"]).encode()


@st.composite
def graphs(draw: st.DrawFn, most: int = 6) -> Graph:
    """Graphs of up to ``most`` nodes between start and end, each with a way in and a way out, mostly."""
    count = draw(st.integers(1, most))
    kinds = ["start", *draw(st.lists(st.sampled_from(sorted(KINDS)), min_size=count, max_size=count)), "end"]
    end = count + 1
    inner = list(range(1, end))
    flows = [(0, draw(st.sampled_from(inner)))]
    for node in inner:
        flows.append((node, draw(st.integers(1, end))))
        # mostly forward, so that not everything is a loop
        flows.append((draw(st.integers(0, node - 1)), node) if draw(st.booleans()) else flows.pop())
    flows += draw(st.lists(st.tuples(st.sampled_from(inner), st.integers(1, end)), max_size=3))
    unique = list(dict.fromkeys((a, end if a == b else b) for a, b in flows))
    return Graph(tuple(kinds), tuple(unique))


class Brute:
    """Every marking of a graph, up to a number."""

    def __init__(self, graph: Graph, most: int = 4000) -> None:
        self.graph = graph
        self.first: Tokens = frozenset()
        self.follows: dict[Tokens, list[tuple[int, Tokens]]] = {}
        self.complete = True
        # the start fires first: its flows are marked
        pending = [frozenset(Counter(graph.outs(0)).items())]
        self.first = pending[0]
        while pending:
            marking = pending.pop()
            if marking in self.follows:
                continue
            if len(self.follows) >= most:
                self.complete = False
                return
            self.follows[marking] = []
            if unsafe(marking):
                continue
            self.follows[marking] = list(self.fire(marking))
            pending += [after for _, after in self.follows[marking]]

    def fire(self, marking: Tokens) -> Iterator[tuple[int, Tokens]]:
        """Every (node, marking after it)."""
        here = Counter(dict(marking))
        for node, kind in enumerate(self.graph.kinds):
            ins, outs = self.graph.ins(node), self.graph.outs(node)
            full = [f for f in ins if here[f]]
            if not full:
                continue
            if kind == "and" and len(ins) > 1:
                takes = [full] if len(full) == len(ins) else []
            elif kind in ("or", "any") and len(ins) > 1:
                takes = [] if self.more_may_come(node, here, full) else [full]
            else:
                takes = [[f] for f in full]
            if kind == "xor":
                gives: list[tuple[int, ...]] = [(f,) for f in outs] or [()]
            elif kind in ("or", "any") and len(outs) > 1:
                default, asked = (outs[:1], outs[1:]) if kind == "or" else ([], outs)
                every = (combinations(asked, n) for n in range(1, len(asked) + 1))
                gives = [*chain.from_iterable(every), *((f,) for f in default)]
            else:
                gives = [tuple(outs)]
            for taken in takes:
                for given in gives:
                    after = Counter(here)
                    after.subtract(taken)
                    after.update(given)
                    yield node, frozenset((f, n) for f, n in after.items() if n)

    def more_may_come(self, join: int, here: Counter[int], full: list[int]) -> bool:
        """BPMN 2.0.2, table 13.3."""
        ins = self.graph.ins(join)
        for flow, count in here.items():
            if not count or flow in ins:
                continue
            reached = self.reach(flow, join)
            if reached & (set(ins) - set(full)) and not reached & set(full):
                return True
        return False

    def reach(self, flow: int, join: int) -> set[int]:
        """Flows to which a path leads from a flow without visiting the join."""
        found, pending = set[int](), [flow]
        while pending:
            at = pending.pop()
            if at not in found:
                found.add(at)
                if self.graph.flows[at][1] != join:
                    pending += self.graph.outs(self.graph.flows[at][1])
        return found

    # what is true

    def sound(self) -> bool:
        """Every node can fire, no flow ever holds two tokens, from everywhere the end can be reached."""
        if any(unsafe(marking) for marking in self.follows):
            return False
        fired = {0} | {node for ways in self.follows.values() for node, _ in ways}
        if fired != set(range(len(self.graph.kinds))):
            return False
        before: dict[Tokens, list[Tokens]] = {}
        for marking, ways in self.follows.items():
            for _, after in ways:
                before.setdefault(after, []).append(marking)
        good, pending = set[Tokens](), [frozenset[tuple[int, int]]()]
        while pending:
            marking = pending.pop()
            if marking not in good:
                good.add(marking)
                pending += before.get(marking, [])
        return good >= set(self.follows)

    def after(self, path: list[int]) -> set[Tokens]:
        """The markings in which the nodes of a path have fired one after the other."""
        assert path[0] == 0
        markings = {self.first}
        for node in path[1:]:
            markings = {after for m in markings if not unsafe(m) for n, after in self.fire(m) if n == node}
        return markings

    def dead_end(self, marking: Tokens) -> bool:
        return bool(marking) and not any(True for _ in self.fire(marking))


def unsafe(marking: Tokens) -> bool:
    return any(count > 1 for _, count in marking)
