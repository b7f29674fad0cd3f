"""Seals: what is signed, by whom, and whether a row of them fits together.

A seal is signed with Ed25519 (RFC 8032) over its canonical JSON. It carries its public key; the first one is
the anchor that a reader must know from elsewhere. A key is changed by a seal, signed with the old key, that
names its ``successor``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from xiaoneng.core.errors import BadInput, Place
from xiaoneng.core.eventlog.chain import canonical, micros, moment
from xiaoneng.core.eventlog.proof.evidence import Problem

FORMAT = "xiaoneng seal 1"
FIRST = bytes(32)
"""What the first seal names as the one before it."""


class Seal(NamedTuple):
    """A seal 封存. ``sealed_at`` in microseconds; ``leaves`` is the SHA-256 of the lines of what changed
    since the seal before; ``broken`` counts chains that were gone, or shorter, or others at equal length."""

    number: int
    sealed_at: int
    cases: int
    events: int
    changed: int
    root: bytes
    leaves: bytes
    broken: int
    previous: bytes
    key: bytes
    successor: bytes
    signature: bytes = b""

    def signed(self) -> bytes:
        """What the signature covers."""
        fields: dict[str, Any] = {
            name: value.hex() if isinstance(value, bytes) else value
            for name, value in self._asdict().items()
            if name != "signature"
        }
        return canonical({"format": FORMAT, **fields, "sealed_at": moment(self.sealed_at)}).encode()

    def digest(self) -> bytes:
        """The hash by which the next seal names this one."""
        return sha256(self.signed() + self.signature).digest()

    def line(self) -> str:
        """Its line in a seal file."""
        return canonical({"seal": json.loads(self.signed()), "signature": self.signature.hex()})


HASHES = frozenset(("root", "leaves", "previous", "key", "successor"))


def sign(seal: Seal, key: Ed25519PrivateKey) -> Seal:
    """The seal with its key and signature."""
    named = seal._replace(key=key.public_key().public_bytes_raw())
    return named._replace(signature=key.sign(named.signed()))


def is_signed(seal: Seal) -> bool:
    """Whether the signature is that of the key that the seal carries."""
    try:
        Ed25519PublicKey.from_public_bytes(seal.key).verify(seal.signature, seal.signed())
    except (InvalidSignature, ValueError):
        return False
    return True


def read_line(line: str | bytes, place: Place) -> Seal:
    """The seal of a line. Raises BadInput with the place."""
    try:
        found = json.loads(line)
        fields = found["seal"]
        if fields.pop("format") == FORMAT and set(fields) == set(Seal._fields) - {"signature"}:
            values = {name: _value(name, value) for name, value in fields.items()}
            return Seal(**values, signature=bytes.fromhex(found["signature"]))
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        pass
    raise BadInput("this is no line of seals", place=place, expected="{format}", format=FORMAT)


def _value(name: str, value: Any) -> Any:
    if name in HASHES:
        return bytes.fromhex(value)
    if name == "sealed_at":
        return micros(datetime.fromisoformat(value))
    if type(value) is not int:
        raise TypeError(name)
    return value


def read_seals(lines: Iterable[str | bytes], file: str) -> Iterator[Seal]:
    """The seals of a file, empty lines left out. Raises BadInput with file and line."""
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield read_line(line, Place(file=file, line=number))


def check_seals(seals: Sequence[Seal], anchor: bytes | None = None) -> Iterator[Problem]:
    """Whether each seal is signed by the key that may sign it and names the one before it.

    ``anchor`` is the public key that may sign the first; None takes the one that it carries.
    """
    may = anchor if anchor is not None else seals[0].key if seals else b""
    previous, at = FIRST, 0
    for number, seal in enumerate(seals, 1):
        if seal.key != may or not is_signed(seal):
            yield Problem("seal_forged", seal=seal.number)
        if seal.number != number or seal.previous != previous or seal.sealed_at < at:
            yield Problem("seal_chain", seal=seal.number)
        previous, at = seal.digest(), seal.sealed_at
        may = seal.successor or may


def compare_seals(one: Sequence[Seal], other: Sequence[Seal]) -> Iterator[Problem]:
    """Where two copies of the seals (database and file) differ."""
    left, right = ({seal.number: seal for seal in seals} for seals in (one, other))
    for number in sorted(left.keys() | right.keys()):
        if number not in left or number not in right:
            yield Problem("seal_missing", seal=number)
        elif left[number] != right[number]:
            yield Problem("seal_differs", seal=number)
