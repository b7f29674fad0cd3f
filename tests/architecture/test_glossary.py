"""Every model and every event type has its line in the glossary."""

from __future__ import annotations

import ast
import re

from tests.architecture.sources import SOURCE, dotted, modules
from xiaoneng.core.eventlog import vocabulary

GLOSSARY = (SOURCE.parents[1] / "docs" / "glossary.md").read_text(encoding="utf-8")


def terms() -> set[str]:
    """Code names of the glossary: what stands in backquotes."""
    return set(re.findall(r"`([^`]+)`", GLOSSARY))


def model_names() -> set[str]:
    """Classes in an app's models that are Django models of their own table."""
    names = set()
    for module in modules():
        if not re.match(r"apps/\w+/models", module.name):
            continue
        for node in ast.walk(module.tree):
            if isinstance(node, ast.ClassDef) and any(
                (dotted(base) or "").endswith(("Model", "AbstractUser", "AbstractBaseUser"))
                for base in node.bases
            ):
                names.add(node.name)
    return names


def test_every_model_is_explained() -> None:
    assert model_names()
    assert model_names() <= terms(), sorted(model_names() - terms())


def test_every_event_type_is_explained() -> None:
    names = {event.name for event in vocabulary.EVENT_TYPES}
    assert names <= terms(), sorted(names - terms())
