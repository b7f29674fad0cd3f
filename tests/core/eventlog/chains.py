"""Small chains and seals made in memory, for the tests of the proofs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from xiaoneng.core.eventlog.chain import genesis, link
from xiaoneng.core.eventlog.merkle import root_of
from xiaoneng.core.eventlog.proof.evidence import Leaf, Stated, StoredEvent
from xiaoneng.core.eventlog.proof.seals import FIRST, Seal, sign

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def event(case: str, seq: int, activity: str = "初审", data: str = "{}") -> StoredEvent:
    """An event without its hash."""
    return StoredEvent(
        case, seq, "step.examined", "Task_1", activity, "complete", seq * 10, seq * 10, "p1", "handler",
        "11990000MB00000001", "", "", seq, data, b"",
    )  # fmt: skip


def chained(case: str, length: int, salt: str = "") -> list[StoredEvent]:
    """A chain as the platform writes it."""
    rows: list[StoredEvent] = []
    previous = genesis(case)
    for seq in range(1, length + 1):
        row = event(case, seq, f"{salt}{seq}")
        row = row._replace(hash=link(previous, row.covered(seq)))
        rows.append(row)
        previous = row.hash
    return rows


def stated(rows: Sequence[StoredEvent]) -> Stated:
    return Stated(rows[-1].case, len(rows), rows[-1].hash)


def sealed(
    states: Sequence[Mapping[str, Stated]], key: Ed25519PrivateKey = KEY
) -> tuple[list[Seal], list[Leaf]]:
    """Seals over a row of states of all chains, with the leaves that each added."""
    seals: list[Seal] = []
    leaves: list[Leaf] = []
    before: Mapping[str, Stated] = {}
    previous = FIRST
    for number, state in enumerate(states, 1):
        mine = [Leaf(c, number, s.length, s.head) for c, s in sorted(state.items()) if before.get(c) != s]
        entries = [Leaf(c, number, s.length, s.head).entry() for c, s in sorted(state.items())]
        seal = sign(
            Seal(
                number, number * 1000, len(state), sum(s.length for s in state.values()), len(mine),
                root_of(entries), sha256(b"".join(leaf.entry() + b"\n" for leaf in mine)).digest(), 0,
                previous, b"", b"",
            ),
            key,
        )  # fmt: skip
        seals.append(seal)
        leaves += mine
        before, previous = state, seal.digest()
    return seals, sorted(leaves, key=lambda leaf: (leaf.case, leaf.seal))
