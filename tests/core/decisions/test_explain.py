"""Explanations: what they say, in both languages; the nearest counterfactual; the same again years later."""

from __future__ import annotations

import json
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
from xiaoneng.core.decisions import checks, dump_json, explain, load_model, replay, tell
from xiaoneng.core.decisions.explain import TEXTS, WORDS
from xiaoneng.core.decisions.faults import MESSAGES
from xiaoneng.core.decisions.model import Model
from xiaoneng.presentation.i18n import translator

EXAMPLES = Path(__file__).parent / "examples"
CATALOGUE = polib.pofile(str(Path(package.__file__).parent / "locale/zh_Hans/LC_MESSAGES/django.po"))


@pytest.fixture(scope="module")
def allowance() -> Model:
    return load_model(EXAMPLES / "allowance.dmn")


def told(model: Model, decision: str, inputs: dict[str, Any], lang: str = "en") -> str:
    evaluation = model.evaluate(decision, inputs, explain=True, json=True)
    chinese = {e.msgid: e.msgstr for e in CATALOGUE}
    translate = (lambda text: chinese.get(text, text)) if lang == "zh" else str
    return "\n".join(tell(explain(model, evaluation, decision), translate))


def test_every_text_is_translated() -> None:
    have = {entry.msgid for entry in CATALOGUE.translated_entries()}
    want = (
        set(MESSAGES.values())
        | set(TEXTS.values())
        | set(WORDS.values())
        | {t for _, t in checks.TEXTS.values()}
    )
    assert want <= have, want - have
    for entry in CATALOGUE:
        names = {part.split("}")[0] for part in entry.msgid.split("{")[1:]}
        assert names == {part.split("}")[0] for part in entry.msgstr.split("{")[1:]}, entry.msgid


def test_the_house_translator_knows_them() -> None:
    assert translator("en")(TEXTS["none"]) == TEXTS["none"]


def test_an_allowance_is_explained_with_its_basis(allowance: Model) -> None:
    text = told(allowance, "津贴标准", {"年龄": 83, "户籍": "本地", "月收入": 3500}, "zh")
    assert text.splitlines() == [
        "津贴标准：200",
        "  适用规则 3",
        "    年龄为 83，规则要求 >= 80，符合 (《老年人权益保障法》第三十三条)",
        '    户籍为 本地，规则要求 "本地"，符合',
        "    月收入为 3500，规则要求 > 3000，符合",
        "    依据：《高龄津贴办法》第四条第二款",
        "  若月收入由 3500 变为 3000（月收入 <= 3000），结果将为 500",
        '  若户籍由 本地 变为 外地（户籍 = "外地"），结果将为 0',
    ]


def test_what_is_missing_is_said(allowance: Model) -> None:
    text = told(allowance, "津贴标准", {"年龄": 83, "户籍": "本地"})
    assert "月收入 is not known; the rule asks for <= 3000" in text
    assert "The result would be 500 if 月收入 were known to be 3000" in text
    assert "Not decided: no value was given for 月收入" in text


def test_an_age_is_never_advised_to_change(allowance: Model) -> None:
    assert "年龄 were" not in told(allowance, "津贴标准", {"年龄": 83, "户籍": "外地", "月收入": 1})


def test_required_decisions_are_told() -> None:
    model = load_model(EXAMPLES / "licence.dmn")
    text = told(model, "审批方式", {"经营面积": 60, "许可类别": "预包装食品", "近一年处罚次数": 0})
    assert text.splitlines()[0] == "审批方式: 秒批"
    assert "Taken into account: 风险等级 = 低" in text
    assert "《食品经营许可和备案管理办法》" in text


def test_a_list_of_materials_names_all_its_rules() -> None:
    model = load_model(EXAMPLES / "materials.dmn")
    text = told(model, "所需材料", {"申请人类型": "企业", "委托办理": True, "数据已共享": False})
    assert "Rules 1, 2, 4 apply" in text
    assert model.evaluate(
        "所需材料", {"申请人类型": "企业", "委托办理": True, "数据已共享": False}
    ).value == ["申请表", "营业执照", "授权委托书"]


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
    reachable = {}
    for n, t in POINTS:
        result = value(n, t)
        if result is not None and result != evaluation.value:
            count = (n != point[0]) + (t != point[1])
            reachable[result] = min(count, reachable.get(result, 9))
    assert bool(found) is bool(reachable)
    if found:
        assert len(found[0]["changes"]) == min(reachable.values())
