"""The demo processes can be published as they are, and the earlier version stays for earlier days."""

from __future__ import annotations

from datetime import date

import pytest
from django.utils import timezone

from xiaoneng.apps.accounts.services import user_create
from xiaoneng.apps.organisations.selectors import public_scope
from xiaoneng.apps.organisations.services import body_create
from xiaoneng.apps.processes.selectors.processes import compiled, processes_visible, version_current
from xiaoneng.core.process.soundness import check
from xiaoneng.demo.processes import RECIPES, load_processes


@pytest.mark.django_db
def test_they_are_published_for_their_days() -> None:
    at = timezone.now()
    author, publisher = (
        user_create(username=name, name=name, role=name, password="long-enough-77", at=at)
        for name in ("reform", "head")
    )
    body = body_create(
        code="11990100000000000X",
        name="政务服务局",
        level="province",
        region_code="990000",
        parent=None,
    )
    load_processes(author=author, publisher=publisher, body=body.pk)
    assert [p.key for p in processes_visible(public_scope())] == sorted(recipe.key for recipe in RECIPES)
    assert version_current("ordinary-licence", date(2024, 9, 30)).number == 1
    now = version_current("ordinary-licence", date(2024, 10, 1))
    assert now.number == 2
    for recipe in RECIPES:
        for planned in recipe.versions:
            version = version_current(recipe.key, planned.valid_from)
            assert check(compiled(version.pk)).problems == ()
    # forty tasks that persons do
    project = compiled(version_current("project-approval", date(2026, 1, 1)).pk)
    assert sum(node.kind == "userTask" for node in project.nodes) == 40
