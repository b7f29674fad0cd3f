"""A model field for hashes, keys and signatures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    Binary = models.BinaryField[bytes, bytes]
else:
    Binary = models.BinaryField


class HashField(Binary):
    """Bytes that come back as bytes from every database driver."""

    def from_db_value(
        self, value: bytes | memoryview | None, _expression: object, _connection: object
    ) -> bytes | None:
        return None if value is None else bytes(value)
