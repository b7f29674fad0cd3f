"""Whatever is done to events, chains and seals is found and named."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from tests.core.eventlog.chains import KEY, chained, event, sealed, stated
from xiaoneng.core.errors import BadInput, Place
from xiaoneng.core.eventlog.chain import genesis, link
from xiaoneng.core.eventlog.proof.evidence import KINDS, Leaf, Problem, Stated, StoredEvent, read_entry
from xiaoneng.core.eventlog.proof.seals import (
    Seal,
    check_seals,
    compare_seals,
    is_signed,
    read_seals,
    sign,
)
from xiaoneng.core.eventlog.proof.verify import Verdict, verify

Rows = list[StoredEvent]


def check(rows: Sequence[StoredEvent], chain: Stated | None, leaves: Sequence[Leaf] = ()) -> list[Problem]:
    ordered = sorted(rows, key=lambda row: row.seq)
    return verify(ordered, [chain] if chain else [], leaves, []).problems


def renumbered(rows: Rows) -> Rows:
    return [row._replace(seq=place) for place, row in enumerate(rows, 1)]


def rechained(rows: Rows) -> Rows:
    """What an intruder does who knows the form: all hashes made anew."""
    previous, out = genesis(rows[0].case), []
    for place, row in enumerate(rows, 1):
        row = row._replace(seq=place, hash=link(previous, row.covered(place)))
        out.append(row)
        previous = row.hash
    return out


def test_what_is_whole_has_no_problem() -> None:
    rows = chained("A", 5)
    assert check(rows, stated(rows)) == []
    assert verify([], [], [], []) == Verdict()


def test_a_chain_that_was_opened_only() -> None:
    assert check([], Stated("A", 0, genesis("A"))) == []


def test_a_chain_does_not_fit_another_case() -> None:
    rows = [row._replace(case="B") for row in chained("A", 3)]
    assert check(rows, stated(rows))[0] == Problem("changed", "B", 1)


TAMPERED: list[tuple[str, Callable[[Rows], Rows], list[tuple[str, int]]]] = [
    ("changed", lambda r: [*r[:2], r[2]._replace(activity="x"), *r[3:]], [("changed", 3)]),
    ("changed, last", lambda r: [*r[:-1], r[-1]._replace(data='{"due":null}')], [("changed", 6)]),
    ("changed hash, last", lambda r: [*r[:-1], r[-1]._replace(hash=bytes(32))], [("changed", 6)]),
    ("changed hash", lambda r: [*r[:2], r[2]._replace(hash=bytes(32)), *r[3:]], [("changed", 3)]),
    ("changed hashes",
     lambda r: [r[0], *(row._replace(hash=bytes(32)) for row in r[1:3]), *r[3:]],
     [("changed", 2), ("changed", 3)]),
    ("cut", lambda r: r[:4], [("cut", 5)]),
    ("all cut", lambda r: [], [("cut", 1)]),
    ("deleted", lambda r: [*r[:2], *r[3:]], [("deleted", 3)]),
    ("deleted, first", lambda r: r[1:], [("deleted", 1)]),
    ("deleted, two", lambda r: [*r[:1], *r[3:]], [("deleted", 2), ("deleted", 3)]),
    ("deleted, renumbered", lambda r: renumbered([*r[:2], *r[3:]]), [("deleted", 3)]),
    ("inserted, renumbered", lambda r: renumbered([*r[:2], event("A", 3), *r[2:]]), [("inserted", 3)]),
    ("inserted at the end", lambda r: [*r, event("A", 7)], [("inserted", 7)]),
    ("inserted at the end, chained",
     lambda r: rechained([*r, event("A", 7)]), [("inserted", 7)]),
    ("doubled", lambda r: [*r[:3], r[2], *r[3:]], [("inserted", 3)]),
    ("reordered", lambda r: renumbered([*r[:2], r[3], r[2], *r[4:]]), [("reordered", 3)]),
    ("reordered, last", lambda r: renumbered([*r[:4], r[5], r[4]]), [("reordered", 5)]),
    ("changed and deleted",
     lambda r: [r[0], r[1]._replace(actor=""), *r[2:4], r[5]], [("changed", 2), ("deleted", 5)]),
]  # fmt: skip


@pytest.mark.parametrize(("how", "tamper", "expected"), TAMPERED, ids=[t[0] for t in TAMPERED])
def test_tampering_is_named(
    how: str, tamper: Callable[[Rows], Rows], expected: list[tuple[str, int]]
) -> None:
    rows = chained("A", 6)
    chain = stated(rows)
    found = check(tamper(list(rows)), chain)
    assert [(p.kind, p.seq) for p in found] == expected, how
    assert {p.case for p in found} == {"A"}


def test_a_long_chain_is_not_searched_for_ever() -> None:
    rows = chained("A", 900)
    rows[700] = rows[700]._replace(role="x")
    assert check(rows, stated(rows)) == [Problem("changed", "A", 701)]
    del rows[700]
    assert check(rows, None) == [Problem("deleted", "A", 701)]


def test_events_without_a_chain() -> None:
    rows = chained("A", 2)
    assert check(rows, None) == [Problem("unstated", "A", 1)]
    assert check(rows, stated(rows)._replace(head=bytes(32))) == [Problem("misstated", "A", 2)]


fields = st.sampled_from([f for f in StoredEvent._fields if f not in ("case",)])


@given(st.integers(1, 8), st.data())
def test_any_changed_bit_is_found(length: int, data: st.DataObject) -> None:
    rows = chained("A", length)
    chain = stated(rows)
    place = data.draw(st.integers(0, length - 1))
    name = data.draw(fields)
    value = getattr(rows[place], name)
    changed: object
    if isinstance(value, int):
        changed = value ^ 1 << data.draw(st.integers(0, 40))
    elif isinstance(value, bytes):
        bit = data.draw(st.integers(0, len(value) * 8 - 1))
        changed = bytes(b ^ (1 << bit % 8 if n == bit // 8 else 0) for n, b in enumerate(value))
    else:
        raw = value or "a"
        spot = data.draw(st.integers(0, len(raw) - 1))
        changed = raw[:spot] + chr(ord(raw[spot]) ^ 1 << data.draw(st.integers(0, 6))) + raw[spot + 1 :]
        if not value:
            changed = "a"
    rows[place] = rows[place]._replace(**{name: changed})
    assert check(rows, chain)


@given(st.permutations(range(6)))
def test_any_other_order_is_found(order: list[int]) -> None:
    rows = chained("A", 6)
    moved = renumbered([rows[n] for n in order])
    assert bool(check(moved, stated(rows))) == (order != sorted(order))


@given(st.integers(2, 12), st.data())
def test_deleting_any_events_is_found(length: int, data: st.DataObject) -> None:
    rows = chained("A", length)
    gone = data.draw(st.sets(st.integers(1, length), min_size=1))
    left = [row for row in rows if row.seq not in gone]
    if data.draw(st.booleans()):
        left = renumbered(left)
    found = check(left, stated(rows))
    assert found
    assert min(p.seq for p in found) <= min(gone)


# seals


def world() -> tuple[dict[str, Rows], list[dict[str, Stated]]]:
    """Three cases and how they stood at three seals."""
    rows = {case: chained(case, 6, case) for case in ("A", "B", "C")}
    at = [{"A": 2, "B": 6}, {"A": 4, "B": 6, "C": 1}, {"A": 4, "B": 6, "C": 5}]
    return rows, [{c: stated(rows[c][:n]) for c, n in state.items()} for state in at]


def verdict(
    rows: dict[str, Rows], seals: Sequence[Seal], leaves: Sequence[Leaf], *, whole: bool = True
) -> Verdict:
    events = [row for case in sorted(rows) for row in rows[case]]
    chains = [stated(found) for _, found in sorted(rows.items()) if found]
    return verify(events, chains, leaves, seals, whole=whole)


def test_seals_fit_a_history_that_went_on() -> None:
    rows, states = world()
    seals, leaves = sealed(states)
    found = verdict(rows, seals, leaves)
    assert found.problems == []
    assert (found.cases, found.events, found.seals, found.unsealed) == (3, 18, 3, 3)


@pytest.mark.parametrize(
    ("tamper", "expected"),
    [
        (lambda rows: {**rows, "A": rows["A"][:3]}, [Problem("cut", "A", 4, 2)]),
        (lambda rows: {**rows, "A": rows["A"][:5]}, []),  # never sealed
        (lambda rows: {c: r for c, r in rows.items() if c != "B"}, [Problem("deleted_case", "B", 0, 1)]),
        (
            lambda rows: {**rows, "A": rechained([rows["A"][0]._replace(actor="x"), *rows["A"][1:]])},
            [Problem("rewritten", "A", 2, 1)],
        ),
        (
            lambda rows: {**rows, "C": rechained([*rows["C"][:3], rows["C"][3]._replace(body="x")])},
            [Problem("cut", "C", 5, 3)],
        ),
    ],
)
def test_a_history_that_fits_in_itself_is_held_against_its_seals(
    tamper: Callable[[dict[str, Rows]], dict[str, Rows]], expected: list[Problem]
) -> None:
    rows, states = world()
    seals, leaves = sealed(states)
    assert verdict(tamper(rows), seals, leaves).problems == expected


def test_a_part_says_nothing_about_the_rest() -> None:
    rows, states = world()
    seals, leaves = sealed(states)
    part = {"A": rows["A"]}
    assert len(verdict(part, seals, leaves).problems) == 2
    found = verdict(part, seals, leaves, whole=False)
    assert (found.problems, found.elsewhere) == ([], 2)


def test_leaves_must_be_those_that_were_signed() -> None:
    rows, states = world()
    seals, leaves = sealed(states)
    without = [leaf for leaf in leaves if leaf.case != "B"]
    del rows["B"]
    kinds = [(p.kind, p.seal) for p in verdict(rows, seals, without).problems]
    assert kinds == [("seal_leaves", 1), ("seal_root", 3)]
    more = [*leaves, Leaf("Z", 9, 1, bytes(32))]
    assert ("seal_missing", 9) in [(p.kind, p.seal) for p in verdict(world()[0], seals, more).problems]


def test_a_leaf_with_an_impossible_length() -> None:
    rows, states = world()
    seals, leaves = sealed(states)
    broken = [leaf._replace(length=-99) if leaf.case == "B" else leaf for leaf in leaves]
    assert ("seal_leaves", 1) in [(p.kind, p.seal) for p in verdict(rows, seals, broken).problems]


def test_forged_seals() -> None:
    _, states = world()
    seals, _ = sealed(states)
    assert list(check_seals(seals)) == []
    assert list(check_seals(seals, KEY.public_key().public_bytes_raw())) == []
    other = Ed25519PrivateKey.from_private_bytes(bytes(32))
    assert [p.kind for p in check_seals(seals, other.public_key().public_bytes_raw())] == ["seal_forged"] * 3

    changed = [seals[0], seals[1]._replace(cases=9), seals[2]]
    assert list(check_seals(changed)) == [Problem("seal_forged", seal=2), Problem("seal_chain", seal=3)]
    forged = sign(seals[1], other)
    assert Problem("seal_forged", seal=2) in list(check_seals([seals[0], forged, seals[2]]))
    assert list(check_seals([seals[0], seals[2]])) == [Problem("seal_chain", seal=3)]
    swapped = [seals[1], seals[0], seals[2]]
    assert {p.kind for p in check_seals(swapped)} == {"seal_chain"}


def test_a_key_is_changed_by_a_seal_that_names_its_successor() -> None:
    _, states = world()
    (first, *_), _ = sealed(states)
    other = Ed25519PrivateKey.from_private_bytes(bytes(32))
    handing = sign(first._replace(successor=other.public_key().public_bytes_raw()), KEY)
    after = first._replace(number=2, sealed_at=2000, previous=handing.digest())
    assert list(check_seals([handing, sign(after, other)])) == []
    assert list(check_seals([handing, sign(after, KEY)])) == [Problem("seal_forged", seal=2)]


def test_two_copies_of_the_seals() -> None:
    _, states = world()
    seals, _ = sealed(states)
    assert list(compare_seals(seals, seals)) == []
    assert list(compare_seals(seals, seals[:2])) == [Problem("seal_missing", seal=3)]
    assert list(compare_seals([seals[0]._replace(cases=0)], seals[:1])) == [Problem("seal_differs", seal=1)]


@given(st.integers(0, 1500))
def test_any_changed_bit_of_a_seal_is_found(bit: int) -> None:
    _, states = world()
    seals, _ = sealed(states)
    line = bytearray(seals[0].line().encode())
    line[bit % (len(line) * 8) // 8] ^= 1 << bit % 8
    try:
        (found,) = read_seals([bytes(line)], "seals.jsonl")
    except BadInput:
        return
    assert found == seals[0] or not is_signed(found)


def test_a_seal_is_read_from_its_line() -> None:
    _, states = world()
    seals, _ = sealed(states)
    lines = [seal.line() for seal in seals]
    assert list(read_seals([*lines, ""], "seals.jsonl")) == seals
    with pytest.raises(BadInput, match=r"seals\.jsonl:2"):
        list(read_seals([lines[0], "{}"], "seals.jsonl"))


@pytest.mark.parametrize(
    "line", ["", "[]", '["A",1]', '["A",-1,"00"]', '["A",true,"00"]', '["A",1,"0"]', "{"]
)
def test_a_line_that_is_no_leaf(line: str) -> None:
    with pytest.raises(BadInput, match="no line of sealed chains"):
        read_entry(line, Place(file="x", line=1))


def test_every_kind_is_described() -> None:
    named = {kind for _, _, found in TAMPERED for kind, _ in found}
    assert named < set(KINDS)
