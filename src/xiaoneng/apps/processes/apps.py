"""Django's entry for published rules."""

from django.apps import AppConfig


class ProcessesConfig(AppConfig):
    name = "xiaoneng.apps.processes"
    label = "processes"
