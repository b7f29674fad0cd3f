"""Models: reading them strictly, requirements, imports, services, what is wrong inside."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.core.decisions.models import definitions, input_data, literal
from xiaoneng.core.decisions import check_model, load_model
from xiaoneng.core.errors import BadInput, HostileInput, NotFound

SERVICE = (
    '<decisionService id="s" name="S"><variable name="S"/><outputDecision href="#B"/>'
    '<encapsulatedDecision href="#A"/><inputData href="#in_x"/></decisionService>'
)


def knowledge(name: str, parameter: str, text: str) -> str:
    return (
        f'<businessKnowledgeModel id="{name}" name="{name}"><variable name="{name}"/><encapsulatedLogic>'
        f'<formalParameter name="{parameter}" typeRef="number"/><literalExpression><text>{text}</text>'
        "</literalExpression></encapsulatedLogic></businessKnowledgeModel>"
    )


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not xml",
        b"<a/>",
        b"<definitions/>",
        b'<definitions xmlns="urn:other"/>',
        b"<definitions",
        b"\xff\xfe",
        b"PK\x03\x04",
    ],
)
def test_what_is_no_model_is_refused(data: bytes) -> None:
    with pytest.raises(BadInput):
        load_model(data, file="x.dmn")


@pytest.mark.parametrize(
    "data",
    [
        b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        b"<a>" * 5000 + b"</a>" * 5000,
    ],
)
def test_attacks_are_refused(data: bytes) -> None:
    with pytest.raises(HostileInput):
        load_model(data)


@pytest.mark.parametrize(
    ("version", "namespace"),
    [
        ("1.1", "http://www.omg.org/spec/DMN/20151101/dmn.xsd"),
        ("1.2", "http://www.omg.org/spec/DMN/20180521/MODEL/"),
        ("1.3", "https://www.omg.org/spec/DMN/20191111/MODEL/"),
        ("1.4", "https://www.omg.org/spec/DMN/20211108/MODEL/"),
        ("1.5", "https://www.omg.org/spec/DMN/20230324/MODEL/"),
    ],
)
def test_every_version_is_read(version: str, namespace: str) -> None:
    model = load_model(definitions(literal("D", "1 + 1"), version=namespace))
    assert (model.version, model.evaluate("D", {}).value) == (version, 2)


def test_a_decision_takes_what_it_requires() -> None:
    body = (
        input_data("x", "number")
        + literal("A", "x * 2", requires=["in_x"])
        + literal("B", "A + 1", requires=["A"])
    )
    model = load_model(definitions(body))
    evaluation = model.evaluate("B", {"x": 3})
    assert evaluation.value == 7
    assert evaluation.values == {"A": 6, "B": 7}
    assert model.evaluate("B", {"A": 10}).value == 11, "a decision may be given"


def test_a_service_is_evaluated_with_its_own_inputs() -> None:
    body = (
        input_data("x", "number")
        + literal("A", "x * 2", requires=["in_x"])
        + literal("B", "A + 1", requires=["A"])
    )
    model = load_model(definitions(body + SERVICE))
    assert model.evaluate("S", {"x": 3}).value == 7


def test_knowledge_models_may_call_themselves_with_bounds() -> None:
    requirement = '<knowledgeRequirement id="k"><requiredKnowledge href="#f"/></knowledgeRequirement>'
    body = knowledge("f", "n", "if n &lt;= 1 then 1 else n * f(n - 1)").replace(
        "<encapsulatedLogic>", requirement + "<encapsulatedLogic>"
    )
    decision = literal("D", "f(5)").replace(
        "<literalExpression>", requirement.replace('"k"', '"k2"') + "<literalExpression>"
    )
    model = load_model(definitions(body + decision))
    assert model.evaluate("D", {}).value == 120


def test_cycles_are_found_and_never_run() -> None:
    body = literal("A", "B", requires=["B"]) + literal("B", "A", requires=["A"])
    model = load_model(definitions(body))
    assert [f.kind for f in check_model(model)] == ["cycle"]
    result = model.evaluate("A", {})
    assert (result.value, result.errors[0].code) == (None, "cycle")


def test_imports_are_found_beside_the_file_and_nowhere_else(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "base.dmn").write_bytes(definitions(literal("A", "40"), name="base", namespace="urn:base"))
    (tmp_path.parent / "outside.dmn").write_bytes(
        definitions(literal("A", "1"), name="o", namespace="urn:outside")
    )
    dmn = "https://www.omg.org/spec/DMN/20230324/MODEL/"
    imported = f'<import namespace="urn:base" name="base model" importType="{dmn}" locationURI="base.dmn"/>'
    escaping = f'<import namespace="urn:outside" name="o" importType="{dmn}" locationURI="../outside.dmn"/>'
    required = literal("D", "base model.A + 2", requires=["X"]).replace('"#X"', '"urn:base#A"')
    (tmp_path / "main.dmn").write_bytes(definitions(imported + escaping + required))
    model = load_model(tmp_path / "main.dmn")
    assert model.evaluate("D", {}).value == 42
    assert [f.kind for f in check_model(model)] == ["import_missing"]
    nameless = imported.replace('name="base model" ', "")
    direct = required.replace("base model.A", "A")
    (tmp_path / "main.dmn").write_bytes(definitions(nameless + direct))
    assert load_model(tmp_path / "main.dmn").evaluate("D", {}).value == 42


def test_a_broken_expression_does_not_stop_the_rest() -> None:
    model = load_model(definitions(literal("A", "1 +") + literal("B", "2")))
    assert model.evaluate("B", {}).value == 2
    result = model.evaluate("A", {})
    assert (result.value, result.errors[0].code) == (None, "syntax")
    (finding,) = check_model(model)
    assert (finding.decision, finding.kind, finding.at) == ("A", "syntax", 3)


def test_json_inputs_become_what_is_declared() -> None:
    body = input_data("d", "date") + literal("D", "d.year", requires=["in_d"])
    model = load_model(definitions(body))
    assert model.evaluate("D", {"d": "2024-02-29"}, json=True).value == 2024
    refused = model.evaluate("D", {"d": "2024-02-30"}, json=True)
    assert (refused.value, refused.errors[0].code) == (None, "conformance")


def test_an_unknown_decision_is_named() -> None:
    with pytest.raises(NotFound, match="Nothing"):
        load_model(definitions(literal("A", "1"))).evaluate("Nothing", {})
