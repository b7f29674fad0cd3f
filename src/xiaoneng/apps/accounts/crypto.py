"""Encryption of sensitive fields at rest: AES-256-GCM, and a keyed hash by which a value can still be found.

Two keys are derived from the one data key (HKDF-SHA-256), so that the hash never tells anything about the
cipher. The
name of the field is authenticated with the value: a ciphertext copied into another field does not open.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from xiaoneng.core.errors import XiaonengError

VERSION = "v1"
NONCE_BYTES = 12


class DataKeyMissing(XiaonengError):
    """There is no key for sensitive fields: the home folder was never prepared."""

    code = "data_key_missing"


class CannotDecrypt(XiaonengError):
    """A stored value was changed, or was written with another key."""

    code = "cannot_decrypt"


def encrypt(plain: str, field: str) -> str:
    """``plain`` as ``v1:BASE64(nonce, ciphertext, tag)``; different at each call."""
    nonce = os.urandom(NONCE_BYTES)
    sealed = AESGCM(_derived(_data_key(), b"cipher")).encrypt(nonce, plain.encode(), field.encode())
    return f"{VERSION}:{base64.b64encode(nonce + sealed).decode()}"


def decrypt(stored: str, field: str) -> str:
    """The plain text of a value made by ``encrypt`` for the same field.

    Raises:
        CannotDecrypt: the value was changed, belongs to another field or to another key.
    """
    version, _, text = stored.partition(":")
    failed = CannotDecrypt("the stored value of {field} cannot be decrypted", field=field)
    if version != VERSION:
        raise failed
    key = _derived(_data_key(), b"cipher")
    try:
        raw = base64.b64decode(text, validate=True)
        return AESGCM(key).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], field.encode()).decode()
    except (ValueError, InvalidTag) as error:
        raise failed from error


def keyed_hash(value: str, purpose: str) -> str:
    """A hash of ``value`` that only the holder of the data key can compute; 64 hex digits."""
    return hmac.new(
        _derived(_data_key(), b"index:" + purpose.encode()), value.encode(), hashlib.sha256
    ).hexdigest()


def _data_key() -> bytes:
    key: bytes | None = settings.DATA_KEY
    if key is None:
        raise DataKeyMissing(
            "there is no key for sensitive fields", hint="Run xiaoneng migrate once, or set XIAONENG_DATA_KEY"
        )
    return key


@lru_cache(maxsize=64)
def _derived(key: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"xiaoneng/" + purpose).derive(key)
