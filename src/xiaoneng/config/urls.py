"""Every route of the platform: pages and API."""

from __future__ import annotations

from django.urls import path

from xiaoneng.api.routes import api
from xiaoneng.web.routes import ROUTES

urlpatterns = [
    path("api/", api.urls),
    *(path(route.pattern, route.view, name=route.name) for route in ROUTES),
]

handler403 = "xiaoneng.web.views.errors.forbidden"
handler404 = "xiaoneng.web.views.errors.not_found"
handler500 = "xiaoneng.web.views.errors.broken"
handler400 = "xiaoneng.web.views.errors.bad_request"
