"""Decisions of the demo province: three items, their versions, test cases, and a year of cases decided.

The rules lie in ``data/decisions``; amounts and conditions there are demo configuration, not law.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.timezone import make_aware

from xiaoneng.apps.accounts.contracts import Person
from xiaoneng.apps.audit.contracts import SYSTEM
from xiaoneng.apps.organisations.selectors import public_scope
from xiaoneng.apps.processes.selectors import decisions as selectors
from xiaoneng.apps.processes.services import decisions as services
from xiaoneng.demo.causes import DATA

CASES = 1_200
"""Past cases of each decision."""
Case = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Version:
    """A version: file, first day (None: the first of next month; "draft": not published), what changed."""

    file: str
    valid_from: date | str | None
    note: str


@dataclass(frozen=True, slots=True)
class Recipe:
    """A decision: names, versions, test cases (name, inputs, expected under the last version), past cases."""

    key: str
    name_zh: str
    name_en: str
    about_zh: str
    about_en: str
    versions: tuple[Version, ...]
    tests: tuple[tuple[str, Case, tuple[Any, ...]], ...]
    case: Callable[[random.Random, date], Case]
    prefix: str


def _sole_trader(chance: random.Random, _: date) -> Case:
    return {
        "身份核验": "通过" if chance.random() < 0.97 else "未通过",
        "名称申报": "自主申报通过" if chance.random() < 0.9 else "需要审查",
        "经营项目": "一般项目" if chance.random() < 0.82 else "含许可项目",
        "场所核验": chance.choices(["数据比对一致", "无数据", "比对不一致"], [0.74, 0.2, 0.06])[0],
        "严重失信": chance.random() < 0.03,
    }


def _allowance(chance: random.Random, day: date) -> Case:
    days = min(104 * 365, 70 * 365 + int(chance.expovariate(1 / (9 * 365))))
    return {
        "出生日期": (day - timedelta(days=days)).isoformat(),
        "户籍": "本省" if chance.random() < 0.9 else "外省",
        "在世状态": "正常" if chance.random() < 0.95 else "待核实",
        "已享受同类津贴": chance.random() < 0.06,
    }


def _food(chance: random.Random, _: date) -> Case:
    return {
        "申请类型": chance.choices(["新办", "变更", "延续"], [0.5, 0.3, 0.2])[0],
        "主体业态": chance.choices(["食品销售", "餐饮服务", "单位食堂"], [0.5, 0.42, 0.08])[0],
        "经营场所有变化": chance.random() < 0.25,
        "委托代办": chance.random() < 0.3,
        "营业执照可共享": chance.random() < 0.85,
    }


TRADER = {
    "身份核验": "通过",
    "名称申报": "自主申报通过",
    "经营项目": "一般项目",
    "场所核验": "数据比对一致",
    "严重失信": False,
}
OLD = {
    "出生日期": "1944-03-05",
    "办理日期": "2026-06-30",
    "户籍": "本省",
    "在世状态": "正常",
    "已享受同类津贴": False,
}
FOOD = {
    "申请类型": "新办",
    "主体业态": "餐饮服务",
    "经营场所有变化": False,
    "委托代办": False,
    "营业执照可共享": True,
}
NOTHING = {"办理": "不符合", "月标准": 0}
LOW = {"办理": "免申即享", "月标准": 120}
# the expected results are those of each version in turn
RECIPES = (
    Recipe(
        "sole-trader",
        "个体工商户设立登记秒批",
        "Sole trader registration: instant approval",
        "判断一件个体工商户设立登记能否不经人工当场办结。规则只作同意或转人工，不由系统单独拒绝。",
        "Whether the registration of a sole trader can be settled at once. The rules "
        "agree or hand over to a person; "
        "they never refuse alone.",
        (
            Version("sole-trader.1", date(2024, 7, 1), "首次上线：数据比对一致的一般项目秒批"),
            Version("sole-trader.2", None, "场所无数据的，改为告知承诺后秒批"),
        ),
        (
            ("信息齐全的一般项目", TRADER, ("秒批", "秒批")),
            ("场所无数据", TRADER | {"场所核验": "无数据"}, ("转人工", "告知承诺后秒批")),
            ("场所无数据且严重失信", TRADER | {"场所核验": "无数据", "严重失信": True}, ("转人工", "转人工")),
            ("含许可项目", TRADER | {"经营项目": "含许可项目"}, ("转人工", "转人工")),
        ),
        _sole_trader,
        "GT",
    ),
    Recipe(
        "old-age-allowance",
        "高龄津贴免申即享",
        "Old-age allowance without application",
        "依据共享数据判断老人能否不经申请直接领取高龄津贴，以及每月标准。金额为演示配置。",
        "From shared data: who receives the old-age allowance without applying, and "
        "how much. The amounts are demo "
        "configuration.",
        (
            Version("old-age-allowance.1", date(2024, 1, 1), "首次上线"),
            Version("old-age-allowance.2", date(2026, 1, 1), "提高各档月标准"),
            Version("old-age-allowance.draft", "draft", "起始年龄由80岁降到75岁（征求意见）"),
        ),
        (
            (
                "本省八十二岁",
                OLD,
                (LOW | {"月标准": 100}, LOW, LOW),
            ),
            ("七十六岁", OLD | {"出生日期": "1950-05-01"}, (NOTHING, NOTHING, LOW)),
            ("八十岁生日前一天", OLD | {"出生日期": "1946-07-01"}, (NOTHING, NOTHING, LOW)),
            ("八十岁生日当天", OLD | {"出生日期": "1946-06-30"}, (LOW | {"月标准": 100}, LOW, LOW)),
            ("外省户籍", OLD | {"户籍": "外省"}, (NOTHING, NOTHING, NOTHING)),
            (
                "在世状态待核实",
                OLD | {"在世状态": "待核实"},
                ({"办理": "人工核实", "月标准": 0},) * 3,
            ),
        ),
        _allowance,
        "GL",
    ),
    Recipe(
        "food-licence-materials",
        "食品经营许可情形引导",
        "Food business licence: which documents",
        "按申请人的情形列出所需材料；能够通过共享取得的不再要求提交。材料清单为演示配置。",
        "Which documents an applicant needs in his situation; what can be had by "
        "sharing is not asked for. The list is "
        "demo configuration.",
        (Version("food-licence-materials.1", date(2024, 9, 1), "首次上线"),),
        (
            ("新办餐饮", FOOD, (["食品经营许可申请书", "经营场所平面图和设备布局", "食品安全管理制度清单"],)),
            (
                "延续且委托代办",
                FOOD | {"申请类型": "延续", "主体业态": "食品销售", "委托代办": True},
                (["食品经营许可申请书", "原食品经营许可证编号", "授权委托书和代办人身份核验"],),
            ),
        ),
        _food,
        "SP",
    ),
)


def load_decisions(*, author: Person, publisher: Person, body: int, at: datetime, seed: int) -> None:
    """Bring the three decisions with their history into an empty platform, in the caller's transaction."""
    for recipe in RECIPES:
        _load(recipe, author, publisher, body, at)
        chance = random.Random(f"{seed} {recipe.key}")  # noqa: S311  # invented cases, the same for a seed
        decision = selectors.decision_find(public_scope(), recipe.key)
        assert decision is not None
        services.past_store(decision=decision, cases=_past(recipe, chance, at), actor=SYSTEM, at=at)


def _load(recipe: Recipe, author: Person, publisher: Person, body: int, at: datetime) -> None:
    version: Any = None
    for index, planned in enumerate(recipe.versions):
        dmn = (DATA / "decisions" / f"{planned.file}.dmn").read_bytes()
        day = planned.valid_from
        written = _morning(day) - timedelta(days=14) if isinstance(day, date) else at - timedelta(days=3)
        if version is None:
            version = services.decision_create(
                key=recipe.key,
                name_zh=recipe.name_zh,
                name_en=recipe.name_en,
                about_zh=recipe.about_zh,
                about_en=recipe.about_en,
                dmn=dmn,
                user=author,
                body=body,
                actor=SYSTEM,
                at=written,
            )
        else:
            common = {"decision": version.decision, "user": author, "actor": SYSTEM, "at": written}
            version = services.draft_open(base=version, **common)
            for test in selectors.tests_of(version):
                services.test_delete(test=test.pk, **common)
            version.refresh_from_db()
            version = services.draft_import(revision=version.revision, dmn=dmn, **common)
        for name, inputs, expected in recipe.tests:
            services.test_add(
                decision=version.decision,
                name=name,
                inputs=inputs,
                expected=expected[index],
                user=author,
                actor=SYSTEM,
                at=written,
            )
        version.refresh_from_db()
        if day == "draft":
            services.draft_note(decision=version.decision, note=planned.note, actor=SYSTEM, at=written)
            continue
        assert day is None or isinstance(day, date)
        begins = day or (at.date().replace(day=1) + timedelta(days=32)).replace(day=1)
        version = services.version_publish(
            decision=version.decision,
            revision=version.revision,
            valid_from=begins,
            valid_to=None,
            note=planned.note,
            user=publisher,
            actor=SYSTEM,
            at=written + timedelta(days=1),
        )


def _past(recipe: Recipe, chance: random.Random, at: datetime) -> Iterator[tuple[str, datetime, Case]]:
    """Cases of the past year, oldest first."""
    moments = sorted(at - timedelta(minutes=chance.randint(60, 365 * 24 * 60)) for _ in range(CASES))
    for number, moment in enumerate(moments, 1):
        yield f"{recipe.prefix}{moment:%Y%m%d}-{number:04d}", moment, recipe.case(chance, moment.date())


def _morning(day: date) -> datetime:
    return make_aware(datetime(day.year, day.month, day.day, 9))  # noqa: DTZ001  # made aware just here
