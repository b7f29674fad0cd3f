"""A decision to test with, written as an official would."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.platform import NOW
from xiaoneng.apps.audit.contracts import SYSTEM
from xiaoneng.apps.processes.models import DecisionVersion
from xiaoneng.apps.processes.selectors import decisions as selectors
from xiaoneng.apps.processes.services import decisions as services
from xiaoneng.apps.processes.tables.document import grid_of
from xiaoneng.apps.processes.tables.grid import Grid, from_data, to_data

DMN = """<?xml version="1.0" encoding="UTF-8"?>
<!-- kept as it is -->
<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" xmlns:xn="urn:xiaoneng:decisions" name="津贴" namespace="urn:t" id="d">
<inputData id="i1" name="年龄" xn:sensitive="true"><variable name="年龄" typeRef="number"/></inputData>
<inputData id="i2" name="户籍"><variable name="户籍" typeRef="string"/></inputData>
<decision id="sub" name="津贴"><variable name="津贴" typeRef="number"/>
<informationRequirement id="q1"><requiredInput href="#i1"/></informationRequirement><informationRequirement id="q2"><requiredInput href="#i2"/></informationRequirement>
<decisionTable id="t" hitPolicy="UNIQUE">
<input id="x1" label="年龄" xn:basis="甲法第一条" xn:fixed="true"><inputExpression id="e1" typeRef="number"><text>年龄</text></inputExpression></input>
<input id="x2" label="户籍"><inputExpression id="e2" typeRef="string"><text>户籍</text></inputExpression><inputValues><text>"本地","外地"</text></inputValues></input>
<output id="o" name="金额" typeRef="number"/>
<annotation name="依据"/>
<rule id="r1"><inputEntry><text>&lt; 80</text></inputEntry><inputEntry><text>-</text></inputEntry><outputEntry><text>0</text></outputEntry><annotationEntry><text>乙办法第一条</text></annotationEntry></rule>
<rule id="r2"><inputEntry><text>&gt;= 80</text></inputEntry><inputEntry><text>"本地"</text></inputEntry><outputEntry><text>100</text></outputEntry><annotationEntry><text>乙办法第二条</text></annotationEntry></rule>
<rule id="r3"><inputEntry><text>&gt;= 80</text></inputEntry><inputEntry><text>"外地"</text></inputEntry><outputEntry><text>0</text></outputEntry><annotationEntry><text>乙办法第三条</text></annotationEntry></rule>
</decisionTable></decision></definitions>
""".encode()
DAY = NOW.date()
LONG_AGO = datetime(2024, 1, 2, 9, tzinfo=UTC)


def made(
    user: Any, *, body: int | None = None, key: str = "allowance", at: datetime = LONG_AGO
) -> DecisionVersion:
    """The first draft, with a passing test case."""
    version = services.decision_create(
        key=key, name_zh="高龄津贴", name_en="Allowance", dmn=DMN, user=user, body=body, actor=SYSTEM, at=at
    )
    add_test(version, user, at=at)
    version.refresh_from_db()
    return version


def add_test(version: DecisionVersion, user: Any, *, expected: Any = 100, at: datetime = LONG_AGO) -> Any:
    return services.test_add(
        decision=version.decision,
        name="本地八十岁",
        inputs={"年龄": 80, "户籍": "本地"},
        expected=expected,
        user=user,
        actor=SYSTEM,
        at=at,
    )


def publish(
    version: DecisionVersion, user: Any, *, at: datetime = LONG_AGO, day: Any = None, **more: Any
) -> DecisionVersion:
    version.refresh_from_db()
    return services.version_publish(
        decision=version.decision,
        revision=version.revision,
        valid_from=day or at.date(),
        valid_to=more.pop("valid_to", None),
        note=more.pop("note", "起草说明"),
        user=user,
        actor=SYSTEM,
        at=at,
    )


def grid(version: DecisionVersion, **changes: Any) -> Grid:
    """The table of the version; ``cells={(rule, "inputs", column): text}`` changes some texts."""
    data = to_data(grid_of(version.dmn, "津贴"))
    for (rule, part, column), text in changes.get("cells", {}).items():
        row = list(data["rules"][rule][part])
        row[column] = text
        data["rules"][rule][part] = row
    return from_data({k: list(v) if isinstance(v, tuple) else v for k, v in _lists(data).items()})


def _lists(data: Any) -> Any:
    if isinstance(data, dict):
        return {k: _lists(v) for k, v in data.items()}
    return [_lists(v) for v in data] if isinstance(data, list | tuple) else data


def second_version(
    first: DecisionVersion, author: Any, publisher: Any, *, day: Any, at: datetime = NOW
) -> DecisionVersion:
    """A version in which the outsiders get something too, published for ``day``."""
    draft = services.draft_open(decision=first.decision, base=first, user=author, actor=SYSTEM, at=at)
    saved = services.draft_save(
        decision=first.decision,
        revision=draft.revision,
        grid=grid(draft, cells={(2, "outputs", 0): "50"}),
        note="外地也发",
        user=author,
        actor=SYSTEM,
        at=at,
    )
    return publish(saved, publisher, at=at, day=day)


__all__ = [
    "DAY",
    "DMN",
    "LONG_AGO",
    "add_test",
    "grid",
    "made",
    "publish",
    "second_version",
    "selectors",
    "services",
    "timedelta",
]
