"""Django's entry for this app; its background work is registered with the outbox."""

from django.apps import AppConfig


class IndicatorsConfig(AppConfig):
    name = "xiaoneng.apps.indicators"
    label = "indicators"

    def ready(self) -> None:
        """Register the handlers; models can be imported only from here on."""
        from xiaoneng.apps.indicators import tasks

        tasks.register()
