"""Django's entry for the configuration: commands and checks that see all parts."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "xiaoneng.config"
    label = "config"

    def ready(self) -> None:
        """Offer the connectors to the engine."""
        from xiaoneng.apps.engine import registry
        from xiaoneng.config.connectors import CONNECTORS

        registry.register(CONNECTORS)
