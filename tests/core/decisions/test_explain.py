"""Explanations: what they say, in both languages; the nearest counterfactual; the same again years later."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any

import polib
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import xiaoneng.core.decisions as package
from tests.core.decisions.models import table_model
from xiaoneng.core.decisions import account, checks, dump_json, explain, load_model, replay, tell, with_day
from xiaoneng.core.decisions.faults import MESSAGES
from xiaoneng.core.decisions.model import Model
from xiaoneng.core.decisions.telling import MONTHS, TEXTS, WORDS
from xiaoneng.presentation.i18n import translator

EXAMPLES = Path(__file__).parent / "examples"
CATALOGUE = polib.pofile(str(Path(package.__file__).parent / "locale/zh_Hans/LC_MESSAGES/django.po"))


@pytest.fixture(scope="module")
def allowance() -> Model:
    return load_model(EXAMPLES / "allowance.dmn")


def told(model: Model, decision: str, inputs: dict[str, Any], lang: str = "en", at: str = "") -> str:
    evaluation = model.evaluate(decision, inputs, explain=True, json=True)
    chinese = {e.msgid: e.msgstr for e in CATALOGUE}
    translate = (lambda text: chinese.get(text, text)) if lang == "zh" else str
    return "\n".join(tell(explain(model, evaluation, decision, at=at or None), translate, lang))


def test_every_text_is_translated() -> None:
    have = {entry.msgid for entry in CATALOGUE.translated_entries()}
    want = (
        set(MESSAGES.values())
        | set(TEXTS.values())
        | set(WORDS.values())
        | set(MONTHS)
        | {t for _, t in checks.TEXTS.values()}
    )
    assert want <= have, want - have
    for entry in CATALOGUE:
        names = {part.split("}")[0] for part in entry.msgid.split("{")[1:]}
        assert names == {part.split("}")[0] for part in entry.msgstr.split("{")[1:]}, entry.msgid


def test_the_house_translator_knows_them() -> None:
    assert translator("en")(TEXTS["nearest"]) == TEXTS["nearest"]


def test_an_allowance_is_explained_with_its_basis(allowance: Model) -> None:
    text = told(allowance, "津贴标准", {"年龄": 83, "户籍": "本地", "月收入": 3500}, "zh")
    assert text.splitlines() == [
        "津贴标准：200",
        "  决定结果的情况：",
        "    · 年龄：83（规则：80 及以上）（《老年人权益保障法》第三十三条）",
        "    · 户籍：本地",
        "    · 月收入：3500（规则：大于 3000）",
        "  依据（规则 3）：《高龄津贴办法》第四条第二款",
        "  怎样会有不同的结果（按同样的规则，其他情况不变）：",
        "    · 月收入不超过 3000（现在是 3500） → 500",
        "    · 户籍由“本地”变为“外地” → 0",
    ]


def test_what_is_missing_is_said(allowance: Model) -> None:
    text = told(allowance, "津贴标准", {"年龄": 83, "户籍": "本地"})
    assert text.startswith("津贴标准: not decided")
    assert "月收入: not known (the rule asks for: at most 3000)" in text
    assert "月收入: once known to be at most 3000 → 500" in text
    assert "Not decided: no value was given for 月收入" in text


def test_an_age_is_never_advised_to_change(allowance: Model) -> None:
    text = told(allowance, "津贴标准", {"年龄": 83, "户籍": "外地", "月收入": 1})
    assert "年龄" not in text.partition("What would lead to another result")[2]


def test_required_decisions_are_told() -> None:
    model = load_model(EXAMPLES / "licence.dmn")
    text = told(model, "审批方式", {"经营面积": 60, "许可类别": "预包装食品", "近一年处罚次数": 0})
    assert text.splitlines()[0] == "审批方式: 秒批"
    assert "\n  风险等级: 低\n    What decided:" in text
    assert "《食品经营许可和备案管理办法》" in text


def test_a_list_of_materials_gives_each_its_reason() -> None:
    model = load_model(EXAMPLES / "materials.dmn")
    given = {"申请人类型": "企业", "委托办理": True, "数据已共享": False}
    assert model.evaluate("所需材料", given).value == ["申请表", "营业执照", "授权委托书"]
    lines = told(model, "所需材料", given, "zh").splitlines()
    assert lines[:7] == [
        "所需材料：共 3 项",
        "  1. 申请表",
        "     每种情形都适用。",
        "  2. 营业执照",
        "     原因 — 申请人类型：企业；数据已共享：否",
        "  3. 授权委托书",
        "     原因 — 委托办理：是",
    ]
    assert "    · 申请人类型由“企业”变为“个人” → 另外需要居民身份证；不再需要营业执照" in lines


def test_what_time_brings_about_has_its_day_and_only_the_next_step() -> None:
    given = {"born": "1968-02-29", "day": "2026-11-24", "home": "here"}
    text = told(load_model(EXAMPLES / "pension.dmn"), "pension", given, at="2026-11-24T10:00:00+08:00")
    assert text.splitlines() == [
        "the pension: 0",
        "  Too young.",
        "  What decided:",
        "    · age: 58 (the rule: less than 60)",
        "  Rule 1",
        "  What would lead to another result (by these rules, all else unchanged):",
        "    · from 29 February 2028 on (age is then 60) → 1",
        "  age: 58 (from born: 29 February 1968; day: 24 November 2026)",
    ]


def test_only_what_can_be_reached_is_proposed() -> None:
    model = load_model(EXAMPLES / "pension.dmn")
    here = told(model, "pension", {"born": "1960-01-01", "day": "2026-11-24", "home": "here"})
    assert "elsewhere" not in here  # nobody is told to move away
    away = told(model, "pension", {"born": "1960-01-01", "day": "2026-11-24", "home": "away"})
    assert "residence: “in town” instead of “elsewhere” → 1. How: move" in away


def test_a_covered_input_covers_what_is_made_of_it() -> None:
    model = load_model(EXAMPLES / "pension.dmn")
    given = {"born": "1968-02-29", "day": "2026-11-24", "home": "here"}
    evaluation = model.evaluate("pension", given, explain=True, json=True)
    told_ = account(explain(model, evaluation, "pension", at="2026-11-24T10:00:00+08:00"), cover={"born"})
    assert "58" not in str(told_)
    assert "1968" not in str(told_)
    assert "2028" not in str(told_)
    assert "•••" in str(told_)


def test_the_day_is_filled_in_where_it_is_asked_for() -> None:
    model = load_model(EXAMPLES / "pension.dmn")
    assert with_day(model, {"born": "1960-01-01"}, date(2026, 3, 1))["day"] == "2026-03-01"
    assert with_day(model, {"day": "2020-01-01"}, date(2026, 3, 1)) == {"day": "2020-01-01"}


@pytest.mark.parametrize("name", ["allowance", "licence", "materials"])
def test_the_examples_have_nothing_to_put_right(name: str) -> None:
    found = checks.check_model(load_model(EXAMPLES / f"{name}.dmn"))
    assert [f for f in found if f.severity != "note"] == []


def test_an_explanation_is_replayed_from_its_json(allowance: Model) -> None:
    inputs = {"年龄": 83, "户籍": "本地", "月收入": Decimal("3500.00")}
    evaluation = allowance.evaluate("津贴标准", inputs, explain=True)
    text = dump_json(explain(allowance, evaluation, "津贴标准", at="2026-01-05T09:00:00+08:00"))
    stored = json.loads(text, parse_float=Decimal, parse_int=Decimal)
    same, again = replay(allowance, stored)
    assert same
    assert again.value == 200
    other = load_model((EXAMPLES / "allowance.dmn").read_bytes().replace(b">200<", b">250<"))
    assert replay(other, stored)[0] is False


cells = st.tuples(
    st.one_of(
        st.just("-"), st.builds("{} {}".format, st.sampled_from(["<", "<=", ">", ">="]), st.integers(0, 4))
    ),
    st.sampled_from(["-", '"a"', '"b"']),
)
POINTS = list(product([Decimal(i) / 2 for i in range(-2, 11)], ["a", "b"]))


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(cells, min_size=2, max_size=5), st.sampled_from(POINTS))
def test_counterfactuals_are_true_and_change_as_little_as_possible(
    rules: list[tuple[str, str]], point: tuple[Decimal, str]
) -> None:
    model = load_model(
        table_model(
            [("n", "number"), ("t", "string")],
            [(r, [str(i)]) for i, r in enumerate(rules)],
            policy="FIRST",
            allowed={"t": '"a","b"'},
        )
    )

    def value(n: Any, t: Any) -> Any:
        return model.evaluate("D", {"n": n, "t": t}).value

    evaluation = model.evaluate("D", {"n": point[0], "t": point[1]}, explain=True)
    (decision,) = explain(model, evaluation, "D")["decisions"]
    found = decision["tables"][0]["counterfactuals"]
    for other in found:
        moved = {"n": point[0], "t": point[1]} | {c["expression"]: c["to"] for c in other["changes"]}
        assert value(**moved) == other["value"] != evaluation.value
    deciding = decision["tables"][0]["deciding"]
    if deciding is not None:
        # as long as the deciding inputs stay, nothing else changes the result
        assert all(
            value(n, t) == evaluation.value
            for n, t in POINTS
            if (0 not in deciding or n == point[0]) and (1 not in deciding or t == point[1])
        )
    else:
        assert evaluation.value is None
    reachable = {}
    for n, t in POINTS:
        result = value(n, t)
        if result is not None and result != evaluation.value:
            count = (n != point[0]) + (t != point[1])
            reachable[result] = min(count, reachable.get(result, 9))
    assert bool(found) is bool(reachable)
    if found:
        assert len(found[0]["changes"]) == min(reachable.values())
