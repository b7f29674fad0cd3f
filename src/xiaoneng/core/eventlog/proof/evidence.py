"""What is examined: events as they are stored, chains as they are stated, leaves as they were sealed."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from xiaoneng.core.errors import BadInput, Place
from xiaoneng.core.eventlog.chain import canonical, content


class StoredEvent(NamedTuple):
    """A row of events; ``occurred`` and ``recorded`` in microseconds, ``data`` the text as it is stored."""

    case: str
    seq: int
    type: str
    element: str
    activity: str
    lifecycle: str
    occurred: int
    recorded: int
    actor: str
    role: str
    body: str
    item: str
    version: str
    task: int | None
    data: str
    hash: bytes

    def covered(self, seq: int) -> bytes:
        """What its hash covers if it stands at place ``seq``."""
        return content(seq, *self[2:15])


class Stated(NamedTuple):
    """What the chain of a case says about itself."""

    case: str
    length: int
    head: bytes


class Leaf(NamedTuple):
    """A chain as seal number ``seal`` found it; length 0: the case had been sealed before, and was gone."""

    case: str
    seal: int
    length: int
    head: bytes

    def entry(self) -> bytes:
        """The leaf's line in the file of its seal, and its leaf in the tree."""
        return entry(self.case, self.length, self.head)


class Problem(NamedTuple):
    """Something that is not as it was written. ``seq``: the first event that does not fit, 1-based, or 0;
    ``seal``: the number of the seal that shows it, or 0."""

    kind: str
    case: str = ""
    seq: int = 0
    seal: int = 0


KINDS: dict[str, str] = {
    "changed": "the content of an event was changed",
    "deleted": "an event was deleted",
    "inserted": "an event was inserted",
    "reordered": "events stand in another order",
    "cut": "the last events are gone",
    "deleted_case": "a case is gone",
    "unstated": "events of a case that has no chain",
    "misstated": "the chain states another end than its events have",
    "rewritten": "the history fits together, but is not the one that was sealed",
    "seal_forged": "the signature of a seal is not that of the key that may sign it",
    "seal_chain": "a seal does not name the seal before it, or goes back in time",
    "seal_missing": "a seal is missing in the database or in the seal file",
    "seal_differs": "database and seal file hold different seals of one number",
    "seal_leaves": "the list of sealed chains is not the one that was signed",
    "seal_root": "the sealed chains do not give the signed root",
}
"""Every kind of problem, in English, for people."""


def entry(case: str, length: int, head: bytes) -> bytes:
    """A leaf in its canonical form: the JSON list of case, length and head in hexadecimal digits."""
    return canonical([case, length, head.hex()]).encode()


def read_entry(line: str | bytes, place: Place) -> Stated:
    """The leaf of a line. Raises BadInput with the place."""
    try:
        found: Any = json.loads(line)
        case, length, head = found
        if type(case) is str and type(length) is int and length >= 0:
            return Stated(case, length, bytes.fromhex(head))
    except (ValueError, TypeError, RecursionError):
        pass
    raise BadInput(
        "this is no line of sealed chains", place=place, expected="a list of case, length and head"
    )
