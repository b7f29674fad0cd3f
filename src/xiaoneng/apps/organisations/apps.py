"""Django's entry for this app."""

from django.apps import AppConfig


class OrganisationsConfig(AppConfig):
    name = "xiaoneng.apps.organisations"
    label = "organisations"
