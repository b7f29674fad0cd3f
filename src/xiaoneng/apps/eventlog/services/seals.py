"""Sealing: a signed Merkle root over the ends of all chains, in the database and in a folder beside it."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from operator import itemgetter

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import transaction

from xiaoneng.apps.eventlog import sealfolder, signing
from xiaoneng.apps.eventlog.errors import SealsDiffer
from xiaoneng.apps.eventlog.models import Seal as SealRow
from xiaoneng.apps.eventlog.selectors import chains as selectors
from xiaoneng.core.errors import BadInput
from xiaoneng.core.eventlog.chain import micros, moment
from xiaoneng.core.eventlog.merkle import Tree
from xiaoneng.core.eventlog.proof.evidence import Stated
from xiaoneng.core.eventlog.proof.leaves import LeafWriter
from xiaoneng.core.eventlog.proof.seals import FIRST, Seal, check_seals, sign


def seal(*, at: datetime, key: Ed25519PrivateKey | None = None, successor: bytes = b"") -> Seal:
    """Seal all chains as they are now. ``successor`` is the public key that signs from the next seal on.

    Chains that are not what the seal before found (gone, shorter, another head at the same length) are
    counted in the seal, never hidden: ``verify`` names them.

    Raises:
        Changed: another seal is being made.
        SealsDiffer: the seals of the database and of the folder contradict each other, or do not fit.
        BadInput: ``at`` is before the last seal, or the key is not the one that may sign now.
    """
    with sealfolder.locked():
        before = _agreed()
        signer = key or _signer(before)
        if before and signing.public_bytes(signer) != (before[-1].successor or before[-1].key):
            raise BadInput(
                "this key may not sign the next seal",
                hint="Use the key of the last seal, or the successor that it names",
            )
        last = before[-1] if before else None
        if last is not None and micros(at) < last.sealed_at:
            raise BadInput(
                "the clock is behind the last seal",
                expected="a time after {last}",
                last=moment(last.sealed_at).isoformat(),
            )
        made = sign(_counted(last, at)._replace(successor=successor), signer)
        with transaction.atomic():
            _store(made)
            sealfolder.append(made)
        sealfolder.current_keep()
        if successor:
            signing.take_over(successor)
    return made


def rotate(*, at: datetime) -> Seal:
    """Seal with the key in force, naming a new key that signs from the next seal on. Raises as ``seal``, and
    BadInput when the key comes from the environment."""
    return seal(at=at, successor=signing.public_bytes(signing.successor_key()))


def _signer(before: list[Seal]) -> Ed25519PrivateKey:
    """The key in force; a change of keys that a crash interrupted is completed."""
    if before and before[-1].successor:
        signing.take_over(before[-1].successor)
    return signing.signing_key()


def _agreed() -> list[Seal]:
    """The seals so far. Whichever of database and folder lacks the last ones (a crash between the two, a
    restored backup) gets them from the other, if they fit."""
    stored, filed = selectors.seals(), sealfolder.seals()
    longer = max(stored, filed, key=len)
    both = min(len(stored), len(filed))
    if stored[:both] != filed[:both] or list(check_seals(longer)):
        raise SealsDiffer(
            "the seals in the database and in the folder contradict each other",
            hint="Find out who changed them: xiaoneng platform verify names the seal",
        )
    with transaction.atomic():
        for made in longer[len(stored) :]:
            _store(made)
    for made in longer[len(filed) :]:
        sealfolder.append(made)
    return longer


def _counted(last: Seal | None, at: datetime) -> Seal:
    """The next seal without key and signature; its lists are written beside the present ones."""
    number = last.number + 1 if last else 1
    path = sealfolder.leaves_file(number)
    part = path.with_name(path.name + ".part")
    tree, events, broken = Tree(), 0, 0
    sealed = sealfolder.current(last.number) if last else iter(())
    with LeafWriter(part) as changes, sealfolder.current_writer(number) as whole:
        for old, new in _compared(sealed):
            if new is None or (old is not None and (new.length < old.length or _replaced(old, new))):
                broken += 1
            if new is None:
                assert old is not None
                changes.add(old.case, 0, b"")
                continue
            line = whole.add(*new)
            tree.add(line)
            events += new.length
            if new != old:
                changes.add(*new)
    part.replace(path)
    sealfolder.sync(path.parent)
    written = changes.written
    return Seal(
        number, micros(at), tree.size, events, written.lines, tree.finish()[0], written.digest, broken,
        last.digest() if last else FIRST, b"", b"",
    )  # fmt: skip


def _replaced(old: Stated, new: Stated) -> bool:
    return new.length == old.length and new.head != old.head


def _compared(sealed: Iterator[Stated]) -> Iterator[tuple[Stated | None, Stated | None]]:
    """Each case as it was sealed and as it is now, by case."""
    both = heapq.merge(
        ((stated.case, 0, stated) for stated in sealed),
        ((stated.case, 1, stated) for stated in selectors.chains()),
        key=itemgetter(0, 1),
    )
    for _, group in groupby(both, key=itemgetter(0)):
        found = {side: stated for _, side, stated in group}
        yield found.get(0), found.get(1)


def _store(made: Seal) -> None:
    values = made._asdict() | {"sealed_at": moment(made.sealed_at)}
    SealRow.objects.create(**values)
