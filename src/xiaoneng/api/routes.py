"""The API object and which permission each of its operations needs."""

from __future__ import annotations

from ninja import NinjaAPI

from xiaoneng import __version__
from xiaoneng.api import decisions, indicators, logs, processes
from xiaoneng.api.errors import name_errors
from xiaoneng.api.exact import ExactParser
from xiaoneng.apps.accounts.roles import PUBLIC

api = NinjaAPI(
    title="效能 Xiaoneng",
    version=__version__,
    urls_namespace="api",
    docs_url=None,
    parser=ExactParser(),
    description="Indicators, case logs, decisions, processes. Sign in on the platform first; the session "
    "cookie authenticates. What changes something needs the header X-CSRFToken as well.",
)
name_errors(api)
api.add_router("/indicators", indicators.router, tags=["indicators"])
api.add_router("/logs", logs.router, tags=["logs"])
api.add_router("/decisions", decisions.router, tags=["decisions"])
api.add_router("/processes", processes.router, tags=["processes"])

PERMISSIONS = {
    "api:openapi-json": PUBLIC,
    "api:api-root": PUBLIC,
    "api:indicators": "cockpit.view",
    "api:indicator": "cockpit.view",
    "api:logs": "logs.view",
    "api:log": "logs.view",
    "api:log-analysis": "logs.view",
    "api:decisions": "decisions.view",
    "api:decision": "decisions.view",
    "api:decision-evaluate": "decisions.evaluate",
    "api:processes": "processes.view",
    "api:process": "processes.view",
    "api:process-bpmn": "processes.view",
    "api:process-check": "processes.view",
}
