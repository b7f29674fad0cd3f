"""A model field that is encrypted at rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models

from xiaoneng.apps.accounts import crypto

if TYPE_CHECKING:
    Text = models.TextField[str, str]
else:
    Text = models.TextField


class EncryptedField(Text):
    """Text that lies encrypted in the database; the empty string stays empty.

    It cannot be searched; put a column with ``crypto.keyed_hash`` beside it. Lookups on the field itself
    are refused,
    because they would compare ciphertexts and silently find nothing.
    """

    def from_db_value(self, value: str | None, _expression: object, _connection: object) -> str | None:
        return crypto.decrypt(value, self._label()) if value else value

    def get_prep_value(self, value: Any) -> Any:
        return crypto.encrypt(str(value), self._label()) if value else value

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name in ("isnull",):
            return super().get_lookup(lookup_name)
        raise TypeError(f"{self._label()} is encrypted: search its keyed-hash column instead")

    def _label(self) -> str:
        return f"{self.model._meta.label_lower}.{self.attname}"
