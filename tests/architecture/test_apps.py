"""How apps are used: models stay inside their app, and every write goes through a service."""

from __future__ import annotations

import ast

from tests.architecture.sources import Module, modules

WRITES = {
    "save",
    "create",
    "bulk_create",
    "bulk_update",
    "update_or_create",
    "get_or_create",
    "asave",
    "acreate",
}
QUERYSET_WRITES = {"update", "delete"}
# things with a save() that writes no row
NOT_ROWS = {"form", "self", "cls", "workbook", "book", "session", "path"}
# an app writes in these files only; managers and models serve them
WRITERS = ("services.py", "services/", "models.py", "models/", "tasks.py", "managers.py", "management/")


def app_of(name: str) -> str | None:
    parts = name.split("/")
    return parts[1] if parts[0] == "apps" and len(parts) > 2 else None


def foreign_models(module: Module) -> list[str]:
    """Imports of another app's models."""
    found = []
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            line = node.lineno
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
            line = node.lineno
        else:
            continue
        for name in names:
            parts = name.split(".")
            if (
                parts[:2] == ["xiaoneng", "apps"]
                and len(parts) > 3
                and parts[3] == "models"
                and parts[2] != app_of(module.name)
            ):
                found.append(f"{module.name}:{line}: {name}")
    return found


def writes_outside_services(module: Module) -> list[str]:
    """Calls that write rows, in files that are not services."""
    if any(f"/{part}" in f"/{module.name}" for part in WRITERS):
        return []
    found = []
    for node in ast.walk(module.tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        chain = ast.unparse(node.func.value)
        method = node.func.attr
        on_manager = "objects" in chain.split(".") and method in WRITES | QUERYSET_WRITES
        on_row = method in {"save", "asave"} and chain.split(".")[0] not in NOT_ROWS
        if on_manager or on_row:
            found.append(f"{module.name}:{node.lineno}: {chain}.{method}")
    return found


def test_a_foreign_model_is_noticed() -> None:
    planted = Module("apps/audit/selectors.py", ast.parse("from xiaoneng.apps.accounts.models import User"))
    assert foreign_models(planted)


def test_a_write_in_a_page_is_noticed() -> None:
    planted = Module("web/logs/views.py", ast.parse("Log.objects.create(name='x')\nlog.save()\n"))
    assert len(writes_outside_services(planted)) == 2


def test_models_stay_inside_their_app() -> None:
    found = [f for m in modules() for f in foreign_models(m)]
    assert not found, "\n".join(found)


def test_every_write_goes_through_a_service() -> None:
    found = [
        f
        for m in modules()
        if m.name.startswith(("apps/", "web/", "api/", "cli/", "demo/"))
        for f in writes_outside_services(m)
    ]
    assert not found, "\n".join(found)
