"""The key that signs seals: from the environment, else a file in the home folder, made on first use.

A new key is prepared beside the old one; the seal that names it as its successor is the last one of the old.
"""

from __future__ import annotations

import base64
import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from xiaoneng.core.errors import BadInput, Place

FILE, NEXT = "seal.key", "seal.key.next"
KEY_BYTES = 32


def signing_key() -> Ed25519PrivateKey:
    """The key in force. Raises BadInput when the file holds none."""
    if settings.SEAL_KEY is not None:
        return Ed25519PrivateKey.from_private_bytes(settings.SEAL_KEY)
    return _read(_made(Path(settings.HOME) / FILE))


def successor_key() -> Ed25519PrivateKey:
    """The key that will follow; made when there is none yet.

    Raises:
        BadInput: the key comes from the environment, where only its owner can change it.
    """
    if settings.SEAL_KEY is not None:
        raise BadInput(
            "the key that signs seals comes from the environment",
            place=Place(field="XIAONENG_SEAL_KEY"),
            hint="Give the public key of the next one with --successor, and set the variable after that seal",
        )
    return _read(_made(Path(settings.HOME) / NEXT))


def take_over(public: bytes) -> None:
    """After a seal named ``public`` as successor: make the prepared key the one in force, if it is that."""
    path = Path(settings.HOME) / NEXT
    if settings.SEAL_KEY is None and path.is_file() and public_bytes(_read(path)) == public:
        path.replace(Path(settings.HOME) / FILE)


def public_bytes(key: Ed25519PrivateKey) -> bytes:
    """The public key, 32 bytes."""
    return key.public_key().public_bytes_raw()


def _made(path: Path) -> Path:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path
    with os.fdopen(handle, "wb") as file:
        raw = Ed25519PrivateKey.generate().private_bytes_raw()
        file.write(base64.urlsafe_b64encode(raw) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    return path


def _read(path: Path) -> Ed25519PrivateKey:
    try:
        raw = base64.urlsafe_b64decode(path.read_text(encoding="ascii").strip())
        return Ed25519PrivateKey.from_private_bytes(raw)
    except ValueError as error:
        raise BadInput(
            "the key that signs seals cannot be used",
            place=Place(file=str(path)),
            expected="{n} bytes in URL-safe Base64",
            n=KEY_BYTES,
        ) from error
