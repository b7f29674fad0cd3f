"""Django's entry for this app; its background work is registered with the outbox."""

from django.apps import AppConfig


class EngineConfig(AppConfig):
    name = "xiaoneng.apps.engine"
    label = "engine"

    def ready(self) -> None:
        """Register the handlers; models can be imported only from here on."""
        from xiaoneng.apps.engine import tasks

        tasks.register()
