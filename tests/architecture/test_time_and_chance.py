"""Time and randomness are arguments: only the edges may read a clock or draw from a global generator."""

from __future__ import annotations

import ast

import pytest

from tests.architecture.sources import calls, modules

# where the world comes in: pages, API, command, and the apps' own edges
EDGES = ("cli/", "web/", "api/", "config/", "apps/", "demo/load.py")
CLOCKS = {
    f"{prefix}{name}"
    for prefix in ("", "datetime.")
    for name in ("datetime.now", "datetime.utcnow", "datetime.today", "date.today")
} | {
    "time.time",
    "time.time_ns",
    "time.localtime",
    "time.gmtime",
    "timezone.now",
    "django.utils.timezone.now",
}
GLOBAL_CHANCE = (
    "random.",
    "np.random.",
    "numpy.random.",
    "secrets.",
    "uuid.uuid1",
    "uuid.uuid4",
    "os.urandom",
)
SEEDED = {
    "random.Random",
    "np.random.default_rng",
    "np.random.Generator",
    "numpy.random.default_rng",
    "np.random.SeedSequence",
    "np.random.PCG64",
}


def offences(tree: ast.AST) -> list[str]:
    """Calls that read the wall clock or draw global randomness, as ``line: name``."""
    found = []
    for name, call in calls(tree):
        seeded = name in SEEDED and (call.args or call.keywords)
        if name in CLOCKS or (name.startswith(GLOBAL_CHANCE) and not seeded):
            found.append(f"{call.lineno}: {name}")
    return found


@pytest.mark.parametrize(
    "line",
    ["datetime.now()", "time.time()", "random.random()", "np.random.default_rng()", "np.random.normal()"],
)
def test_an_offence_is_noticed(line: str) -> None:
    assert offences(ast.parse(line))


def test_only_edges_read_the_clock() -> None:
    found = [f"{m.name}:{o}" for m in modules() if not m.name.startswith(EDGES) for o in offences(m.tree)]
    assert not found, "\n".join(found)
