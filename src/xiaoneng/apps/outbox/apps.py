"""Django's entry for this app."""

from django.apps import AppConfig


class OutboxConfig(AppConfig):
    name = "xiaoneng.apps.outbox"
    label = "outbox"
