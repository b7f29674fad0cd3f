"""Django's entry for the configuration: commands and checks that see all parts."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "xiaoneng.config"
    label = "config"
