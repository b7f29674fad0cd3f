"""Proof of the platform's own events: everything against everything, and one case against its seal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import file_digest

from xiaoneng.apps.eventlog import sealfolder
from xiaoneng.apps.eventlog.selectors import chains
from xiaoneng.core.errors import BadInput, NotFound
from xiaoneng.core.eventlog.merkle import Tree
from xiaoneng.core.eventlog.proof.evidence import Leaf, Problem, entry
from xiaoneng.core.eventlog.proof.seals import Seal, compare_seals
from xiaoneng.core.eventlog.proof.single import Inclusion
from xiaoneng.core.eventlog.proof.verify import Verdict, verify


def verify_platform(anchor: bytes | None = None) -> Verdict:
    """Events, chains and seals of the database against each other and against the folder of seals.

    ``anchor`` is the public key that may sign the first seal.
    """
    stored = chains.seals()
    try:
        filed, unread = sealfolder.seals(), []
    except BadInput as error:
        line = error.place.line if error.place is not None else None
        filed, unread = stored, [Problem("seal_forged", seal=line or 0)]
    verdict = verify(chains.events(), chains.chains(), trusted_leaves(filed), filed, anchor=anchor)
    verdict.problems += [Problem("unstated", f"#{chain}", seq) for chain, seq in chains.orphans()]
    verdict.problems += [*unread, *compare_seals(stored, filed)]
    return verdict


def trusted_leaves(seals: Sequence[Seal]) -> Iterator[Leaf]:
    """The leaves of those seals whose list is the one that was signed."""
    return sealfolder.leaves([seal.number for seal in seals if _is_signed_list(seal)])


def inclusion(case: str) -> Inclusion:
    """The proof that a case is in the last seal.

    Raises:
        NotFound: nothing was sealed yet, or the case was opened after the last seal.
    """
    seals = sealfolder.seals()
    missing = NotFound("case {case} is in no seal yet", hint="Seal first: xiaoneng platform seal", case=case)
    if not seals:
        raise missing
    last = seals[-1]
    index, found = -1, None
    for number, stated in enumerate(sealfolder.current(last.number)):
        if stated.case == case:
            index, found = number, stated
            break
    if found is None:
        raise missing
    tree = Tree(watch=index)
    for stated in sealfolder.current(last.number):
        tree.add(entry(*stated))
    return Inclusion(found, last, index, tree.finish()[1])


def _is_signed_list(seal: Seal) -> bool:
    path = sealfolder.leaves_file(seal.number)
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file_digest(file, "sha256").digest() == seal.leaves
