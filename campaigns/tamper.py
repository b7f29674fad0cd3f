"""Tampering with sealed events: whatever an intruder does, verification finds it, and names the case.

A small world of chains is sealed three times and goes on. Then one case is tampered with, by one of three
intruders: one who changes *rows*; one who knows the form and makes all hashes and the *chain* of the case
anew, which only seals can show; one who also makes the *seals* anew, but has not the key. What must be found
is known: any change of rows; of a rewritten case any change of what was sealed; any seal with another key.
An untouched world must have no problem. For single changes of rows it is counted how often the kind and the
place that verification names are exactly what was done.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from hashlib import sha256
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from xiaoneng.core.eventlog.chain import genesis, link
from xiaoneng.core.eventlog.merkle import root_of
from xiaoneng.core.eventlog.proof.evidence import Leaf, Problem, Stated, StoredEvent
from xiaoneng.core.eventlog.proof.seals import FIRST, Seal, sign
from xiaoneng.core.eventlog.proof.verify import verify

INPUTS, SLICE = 30_000, 600
CASES, SEALS = 12, 3
KEY, OTHER = (Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n in (1, 2))
ANCHOR = KEY.public_key().public_bytes_raw()
Rows = list[StoredEvent]
World = dict[str, Rows]
TEXTS = ("type", "element", "activity", "lifecycle", "actor", "role", "body", "item", "version", "data")
NUMBERS = ("occurred", "recorded", "task")


class Done(NamedTuple):
    """What was done to the rows of a case, as verification would name it."""

    kind: str
    seq: int
    rows: Rows


def run(seed: int, slice: bool) -> dict[str, Any]:
    """Tamper and verify."""
    chance = random.Random(seed)
    total = SLICE if slice else INPUTS
    outcomes: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    exact: Counter[str] = Counter()
    wrong: list[str] = []
    world, seals, leaves = made(chance)
    sealed = {leaf.case: leaf.length for leaf in leaves}
    for number in range(total):
        if number % 200 == 0:
            world, seals, leaves = made(chance)
            sealed = {leaf.case: leaf.length for leaf in leaves}
            if found := problems(world, seals, leaves):
                wrong.append(f"{number}: nothing was done, found {found[:3]}")
        case = chance.choice(sorted(world))
        intruder = chance.choice(("rows", "chain", "seals"))
        done = tampered(chance, world[case])
        if done is None:
            outcomes["nothing changed"] += 1
            continue
        other = {**world, case: done.rows}
        kinds[f"{intruder}: {done.kind}"] += 1
        if intruder == "rows":
            found = problems(other, seals, leaves, stated=world)
            expected = True
            exact[f"{done.kind} {named(found, done, case)}"] += 1
        else:
            other[case] = rechained(case, done.rows)
            length = sealed.get(case, 0)
            expected = other[case][:length] != world[case][:length]
            if intruder == "seals":
                found = problems(other, *sealed_anew(other, OTHER))
                expected = True
            else:
                found = problems(other, seals, leaves)
        outcomes["found" if found else "not sealed yet, not found"] += 1
        blamed = {problem.case for problem in found if problem.case}
        if bool(found) != expected or blamed - {case}:
            wrong.append(f"{number}: {intruder} {done.kind} {case}#{done.seq}, found {found[:3]}")
    return {
        "ok": not wrong,
        "tamperings": total,
        "outcomes": dict(sorted(outcomes.items())),
        "done": dict(sorted(kinds.items())),
        "named": dict(sorted(exact.items())),
        "wrong": wrong[:20],
    }


def named(found: Sequence[Problem], done: Done, case: str) -> str:
    """How well the first problem says what was done."""
    if not found:
        return "not found"
    first = found[0]
    if (first.kind, first.case, first.seq) == (done.kind, case, done.seq):
        return "exactly"
    return "by place" if first.seq == done.seq else "otherwise"


def problems(
    world: World, seals: Sequence[Seal], leaves: Sequence[Leaf], stated: World | None = None
) -> list[Problem]:
    """What verification finds; ``stated``: the chains say what these rows are."""
    events = [row for case in sorted(world) for row in world[case]]
    ends = world if stated is None else stated
    chains = [Stated(case, len(ends[case]), ends[case][-1].hash) for case in sorted(ends) if ends[case]]
    return verify(events, chains, leaves, seals, anchor=ANCHOR).problems


def made(chance: random.Random) -> tuple[World, list[Seal], list[Leaf]]:
    """A world that was sealed several times and went on."""
    world: World = {}
    for number in range(CASES):
        case = f"9901002026{number:04d}"
        rows = [event(chance, case, seq) for seq in range(1, chance.randint(2, 14))]
        world[case] = rechained(case, rows)
    states = [dict.fromkeys(world, 0)]
    for _ in range(SEALS):
        states.append({c: chance.randint(states[-1][c], len(rows)) for c, rows in world.items()})
    seals, leaves = sealed_at(world, states[1:], KEY)
    return world, seals, leaves


def event(chance: random.Random, case: str, seq: int) -> StoredEvent:
    """An event without its hash."""
    at = 1_790_000_000_000_000 + seq * 3_600_000_000
    data = chance.choice(("{}", '{"due":"2026-12-01T00:00:00.000000+00:00"}', '{"result":"granted"}'))
    activity = chance.choice(("初审", "审签", "现场核查"))
    return StoredEvent(
        case, seq, "step.examined", f"T{chance.randrange(9)}", activity, "complete", at, at, f"p{seq}",
        "handler", "11990000MB00000001", "990100001000", "1", chance.choice((None, seq)), data, b"",
    )  # fmt: skip


def rechained(case: str, rows: Sequence[StoredEvent]) -> Rows:
    """All places and hashes made anew."""
    previous, out = genesis(case), []
    for place, row in enumerate(rows, 1):
        row = row._replace(case=case, seq=place, hash=link(previous, row.covered(place)))
        out.append(row)
        previous = row.hash
    return out


def sealed_anew(world: World, key: Ed25519PrivateKey) -> tuple[list[Seal], list[Leaf]]:
    """One seal over everything as it is now."""
    return sealed_at(world, [{case: len(rows) for case, rows in world.items()}], key)


def sealed_at(
    world: World, states: Sequence[dict[str, int]], key: Ed25519PrivateKey
) -> tuple[list[Seal], list[Leaf]]:
    """Seals over a row of lengths, and what each found changed."""
    seals: list[Seal] = []
    leaves: list[Leaf] = []
    before: dict[str, int] = {}
    previous = FIRST
    for number, state in enumerate(states, 1):
        every = [Leaf(c, number, n, world[c][n - 1].hash) for c, n in sorted(state.items()) if n]
        mine = [leaf for leaf in every if before.get(leaf.case) != leaf.length]
        digest = sha256(b"".join(leaf.entry() + b"\n" for leaf in mine)).digest()
        events, root = sum(state.values()), root_of(leaf.entry() for leaf in every)
        fields = Seal(number, number, len(every), events, len(mine), root, digest, 0, previous, b"", b"")
        seals.append(sign(fields, key))
        leaves += mine
        before, previous = state, seals[-1].digest()
    return seals, sorted(leaves, key=lambda leaf: (leaf.case, leaf.seal))


def tampered(chance: random.Random, rows: Rows) -> Done | None:
    """One thing done to the rows of a case; None when it changed nothing."""
    place = chance.randrange(len(rows))
    left = list(rows)
    what = chance.choice(("text", "number", "cut", "deleted", "renumbered", "inserted", "reordered"))
    if what == "text":
        name = chance.choice(TEXTS)
        left[place] = rows[place]._replace(**{name: getattr(rows[place], name) + chance.choice("x 效0")})
        return Done("changed", place + 1, left)
    if what == "number":
        name = chance.choice(NUMBERS)
        value: Any = (getattr(rows[place], name) or 0) + chance.choice((-1, 1, 3_600_000_000))
        left[place] = rows[place]._replace(**{name: value})
        return Done("changed", place + 1, left)
    if what == "cut":
        return Done("cut", place + 1, rows[:place])
    if what == "reordered":
        if place + 1 == len(rows):
            return None
        left[place], left[place + 1] = rows[place + 1], rows[place]
        return Done("reordered", place + 1, renumbered(left))
    if what == "inserted":
        left.insert(place, event(chance, rows[0].case, place + 1)._replace(hash=bytes(32)))
        return Done("inserted", place + 1, renumbered(left))
    del left[place]
    if place == len(left):
        return Done("cut", place + 1, left)
    return Done("deleted", place + 1, left if what == "deleted" else renumbered(left))


def renumbered(rows: Rows) -> Rows:
    return [row._replace(seq=place) for place, row in enumerate(rows, 1)]
