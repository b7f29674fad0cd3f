"""Django's entry for this app; its background work is registered with the outbox."""

from django.apps import AppConfig


class EventlogConfig(AppConfig):
    name = "xiaoneng.apps.eventlog"
    label = "eventlog"

    def ready(self) -> None:
        """Register the handlers; models can be imported only from here on."""
        from xiaoneng.apps.eventlog import tasks

        tasks.register()
