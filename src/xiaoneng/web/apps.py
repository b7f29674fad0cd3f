"""Django's entry for the pages: templates, static files, template tags."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "xiaoneng.web"
    label = "web"
