"""Everything here needs Django."""

from tests.platform import bodies, person, platform_settings, signed_in

__all__ = ["bodies", "person", "platform_settings", "signed_in"]
