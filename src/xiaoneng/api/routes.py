"""The API object and which permission each of its operations needs."""

from __future__ import annotations

from ninja import NinjaAPI

from xiaoneng import __version__
from xiaoneng.api import indicators, logs
from xiaoneng.apps.accounts.roles import PUBLIC

api = NinjaAPI(
    title="效能 Xiaoneng",
    version=__version__,
    urls_namespace="api",
    docs_url=None,
    description="Indicators and case logs. Sign in on the platform first; the session cookie authenticates.",
)
api.add_router("/indicators", indicators.router, tags=["indicators"])
api.add_router("/logs", logs.router, tags=["logs"])

PERMISSIONS = {
    "api:openapi-json": PUBLIC,
    "api:api-root": PUBLIC,
    "api:indicators": "cockpit.view",
    "api:indicator": "cockpit.view",
    "api:logs": "logs.view",
    "api:log": "logs.view",
    "api:log-analysis": "logs.view",
}
