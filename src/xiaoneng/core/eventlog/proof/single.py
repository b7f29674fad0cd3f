"""The proof that one case is in a seal, as a small JSON document that its holder keeps."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from xiaoneng.core.errors import BadInput, Place
from xiaoneng.core.eventlog.merkle import proves
from xiaoneng.core.eventlog.proof.evidence import Stated, entry
from xiaoneng.core.eventlog.proof.seals import Seal, is_signed, read_line

FORMAT = "xiaoneng proof 1"


class Inclusion(NamedTuple):
    """Shows that a case was sealed as ``stated``: it is leaf ``place`` (from 0) of ``seal.cases``, and
    ``path`` leads to the root."""

    stated: Stated
    seal: Seal
    place: int
    path: list[bytes]

    def holds(self, key: bytes | None = None) -> bool:
        """Whether it is true; ``key`` is the public key that must have signed (None: the seal's own)."""
        seal = self.seal
        if not is_signed(seal) or (key is not None and seal.key != key):
            return False
        return proves(entry(*self.stated), self.place, seal.cases, self.path, seal.root)


def to_json(proof: Inclusion) -> dict[str, Any]:
    """The document."""
    return {
        "format": FORMAT,
        "case": proof.stated.case,
        "length": proof.stated.length,
        "head": proof.stated.head.hex(),
        "place": proof.place,
        "path": [node.hex() for node in proof.path],
        **json.loads(proof.seal.line()),
    }


def from_json(text: str, file: str) -> Inclusion:
    """The proof of a document. Raises BadInput."""
    place = Place(file=file)
    try:
        found = json.loads(text)
        if found["format"] == FORMAT:
            line = json.dumps({"seal": found["seal"], "signature": found["signature"]})
            stated = Stated(str(found["case"]), int(found["length"]), bytes.fromhex(found["head"]))
            path = [bytes.fromhex(node) for node in found["path"]]
            return Inclusion(stated, read_line(line, place), int(found["place"]), path)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        pass
    raise BadInput("this is no proof of a case", place=place, expected="{format}", format=FORMAT)
