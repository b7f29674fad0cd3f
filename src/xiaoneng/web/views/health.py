"""Whether the platform can serve: database, migrations, assets."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from django.contrib.staticfiles import finders
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse

ASSETS = ("vendor/tabler.min.css", "presentation/tokens.css", "web/app.css", "django_htmx/htmx-2.min.js")


class NotReady(Exception):
    """A part is not ready; the text names what to do."""


def database() -> None:
    """The database answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


@cache
def migrations() -> None:
    """No migration is pending (asked until it is so once; it does not change back while we run)."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise NotReady("migrations are pending: run xiaoneng migrate")


@cache
def assets() -> None:
    """The browser assets are installed."""
    missing = missing_assets()
    if missing:
        raise NotReady(f"missing {', '.join(missing)}: run python -m tools.assets")


def missing_assets() -> list[str]:
    """The static files without which no page looks right."""
    return [path for path in ASSETS if not finders.find(path)]


CHECKS: dict[str, Callable[[], None]] = {"database": database, "migrations": migrations, "assets": assets}


def healthz(_request: HttpRequest) -> JsonResponse:
    """200 when everything is ready, else 503 naming the part that is not."""
    found = {name: _state(check) for name, check in CHECKS.items()}
    ready = all(state == "ok" for state in found.values())
    return JsonResponse({"ready": ready, **found}, status=200 if ready else 503)


def _state(check: Callable[[], None]) -> str:
    try:
        check()
    except NotReady as error:
        return str(error)
    except Exception as error:
        return f"not ready ({type(error).__name__})"
    return "ok"
