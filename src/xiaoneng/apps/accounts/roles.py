"""The roles and what each may do, read once from ``roles.toml``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

PUBLIC = "public"

ScopeKind = Literal["own", "body", "branch", "all"]


@dataclass(frozen=True, slots=True)
class Role:
    """One role: its names, how far its holder sees, and its permissions."""

    code: str
    name_zh: str
    name_en: str
    scope: ScopeKind
    permissions: frozenset[str]


@cache
def roles() -> dict[str, Role]:
    """Every role by its code, in the order of the file."""
    text = resources.files(__package__).joinpath("roles.toml").read_text(encoding="utf-8")
    return {
        code: Role(code, r["name_zh"], r["name_en"], r["scope"], frozenset(r["permissions"]))
        for code, r in tomllib.loads(text).items()
    }


def permissions() -> frozenset[str]:
    """Every permission that some role holds."""
    return frozenset().union(*(role.permissions for role in roles().values()))
