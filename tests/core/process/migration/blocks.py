"""Random block-structured models (sound by construction), and edits that a next version may bring."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import count, pairwise

from hypothesis import strategies as st

from tests.core.process.migration.drawing import flow, model
from xiaoneng.core.process import Model


@dataclass(frozen=True, repr=False)
class Block:
    """``kind``: task, many (a task with several instances), seq, and, xor, or, loop, sub."""

    kind: str
    id: str
    inner: tuple[Block, ...] = ()

    def __repr__(self) -> str:
        return f"{self.id}({', '.join(map(repr, self.inner))})" if self.inner else self.id


GATEWAYS = {"and": "parallelGateway", "xor": "exclusiveGateway", "or": "inclusiveGateway"}
MANY = (
    '<multiInstanceLoopCharacteristics isSequential="{0}"><loopCardinality>2</loopCardinality>'
    "</multiInstanceLoopCharacteristics>"
)


@dataclass
class Drawing:
    lines: list[str] = field(default_factory=list)

    def block(self, block: Block) -> tuple[str, str]:
        """Draw a block; the ids of its first and last node."""
        kind, identity = block.kind, block.id
        if kind in ("task", "many"):
            loop = MANY.format("false" if len(identity) % 2 else "true") if kind == "many" else ""
            self.lines.append(f'<userTask id="{identity}">{loop}</userTask>')
            return identity, identity
        if kind == "sub":
            self.lines.append(f'<subProcess id="{identity}">')
            self.whole(block.inner[0], identity)
            self.lines.append("</subProcess>")
            return identity, identity
        if kind == "seq":
            ends = [self.block(inner) for inner in block.inner]
            for (_, a), (b, _) in pairwise(ends):
                self.lines.append(flow(a, b))
            return ends[0][0], ends[-1][1]
        first, last = f"{identity}_1", f"{identity}_2"
        if kind == "loop":
            begin, end = self.block(block.inner[0])
            self.lines.append(f'<exclusiveGateway id="{first}"/>')
            self.lines.append(f'<exclusiveGateway id="{last}" default="{last}_out"/>')
            self.lines += [flow(first, begin), flow(end, last), flow(last, first, "", "again = true")]
            self.lines.append(f'<exclusiveGateway id="{last}_on"/>')
            self.lines.append(flow(last, f"{last}_on", f"{last}_out"))
            return first, f"{last}_on"
        ends = [self.block(inner) for inner in block.inner]
        default = f"{first}-{ends[0][0]}"
        chosen = f' default="{default}"' if kind != "and" else ""
        self.lines.append(f'<{GATEWAYS[kind]} id="{first}"{chosen}/><{GATEWAYS[kind]} id="{last}"/>')
        for number, (begin, end) in enumerate(ends):
            condition = f"v {'=' if kind == 'xor' else '&gt;'} {number}" if kind != "and" and number else ""
            self.lines += [flow(first, begin, "", condition), flow(end, last)]
        return first, last

    def whole(self, block: Block, prefix: str) -> None:
        begin, end = self.block(block)
        self.lines += [f'<startEvent id="{prefix}_s"/><endEvent id="{prefix}_e"/>']
        self.lines += [flow(f"{prefix}_s", begin), flow(end, f"{prefix}_e")]


def compiled(block: Block) -> Model:
    drawing = Drawing()
    drawing.whole(block, "all")
    return model("".join(drawing.lines))


def named(block: Block, numbers: count[int]) -> Block:
    return Block(
        block.kind, f"{block.kind}{next(numbers)}", tuple(named(inner, numbers) for inner in block.inner)
    )


def groups(inner: st.SearchStrategy[Block]) -> st.SearchStrategy[Block]:
    several = st.lists(inner, min_size=2, max_size=3).map(tuple)
    kinds = st.sampled_from(["seq", "and", "xor", "or"])
    one = st.tuples(inner)
    return st.one_of(
        st.builds(Block, kinds, st.just(""), several),
        st.builds(Block, st.sampled_from(["loop", "sub"]), st.just(""), one),
    )


LEAVES = st.sampled_from([Block("task", ""), Block("task", ""), Block("task", ""), Block("many", "")])
BLOCKS = st.recursive(LEAVES, groups, max_leaves=9).map(lambda block: named(block, count()))


def all_blocks(block: Block) -> list[Block]:
    return [block, *(found for inner in block.inner for found in all_blocks(inner))]


def changed(block: Block, target: str, by: Block | None) -> Block | None:
    """The tree with one block replaced, or taken out (None: nothing remains)."""
    if block.id == target:
        return by
    inner = tuple(found for one in block.inner if (found := changed(one, target, by)) is not None)
    return replace(block, inner=inner) if inner or not block.inner else None


def edited(block: Block, draw: st.DrawFn, kind: str, fresh: str) -> tuple[Block, dict[str, str]]:
    """One edit at a random place; the new tree and what the map must say."""
    places = all_blocks(block)
    at = draw(st.sampled_from(places))
    task = Block("task", fresh)
    if kind == "add":
        pair = (task, at) if draw(st.booleans()) else (at, task)
        return changed(block, at.id, Block("seq", f"seq_{fresh}", pair)) or block, {}
    if kind == "branch":
        splits = [one for one in places if one.kind in GATEWAYS]
        if not splits:
            return block, {}
        at = draw(st.sampled_from(splits))
        return changed(block, at.id, replace(at, inner=(*at.inner, task))) or block, {}
    if kind == "beside":
        return changed(block, at.id, Block("and", f"and_{fresh}", (at, task))) or block, {}
    if kind == "wrap":
        return changed(block, at.id, Block("sub", f"sub_{fresh}", (at,))) or block, {}
    tasks = [one for one in places if one.kind in ("task", "many")]
    at = draw(st.sampled_from(tasks))
    if kind == "rename":
        # the rhythm of a task with instances depends on the length of its id here: keep it
        renamed = f"r{'_' * (len(at.id) - len(fresh) - 1)}{fresh}"
        renamed += "" if len(renamed) % 2 == len(at.id) % 2 else "_"
        return changed(block, at.id, replace(at, id=renamed)) or block, {at.id: renamed}
    assert kind == "move"
    without = changed(block, at.id, None)
    if without is None:
        return block, {}
    to = draw(st.sampled_from(all_blocks(without)))
    pair = (at, to) if draw(st.booleans()) else (to, at)
    return changed(without, to.id, Block("seq", f"seq_{fresh}", pair)) or block, {}
