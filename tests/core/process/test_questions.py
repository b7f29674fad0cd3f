"""What a task must answer, read off the conditions behind it."""

from __future__ import annotations

from pathlib import Path

from xiaoneng.core.process import Model, compile_document, read_document
from xiaoneng.core.process.questions import Option, Question, questions_at_start, questions_of

DEMO = Path("src/xiaoneng/demo/data/processes")
XML = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:xn="urn:xiaoneng:bpmn:1" id="d">'
    '<process id="p">{}</process></definitions>'
)


def model_of(body: str) -> Model:
    return compile_document(read_document(XML.format(body).encode()))


def demo(name: str) -> Model:
    return compile_document(read_document(DEMO / f"{name}.bpmn"))


def asked(model: Model, element: str) -> tuple[Question, ...]:
    node = model.node(element)
    assert node is not None
    return questions_of(model, node.index)


def flow(source: str, target: str, condition: str = "", name: str = "") -> str:
    inner = f"<conditionExpression>{condition}</conditionExpression>" if condition else ""
    return (
        f'<sequenceFlow id="{source}_{target}" name="{name}" sourceRef="{source}" targetRef="{target}">'
        f"{inner}</sequenceFlow>"
    )


def test_a_choice_has_the_compared_value_and_the_default_branch() -> None:
    assert asked(demo("ordinary-licence.2"), "sign") == (
        Question(
            "审核意见",
            "choice",
            (Option("退回", "退回补充审查", "Sent back"), Option("同意", "同意", "Agreed")),
        ),
    )


def test_a_machine_step_in_between_does_not_hide_a_question() -> None:
    """受理并分送 is done by a connector: who receives must say which bodies are concerned."""
    names = {question.name: question.kind for question in asked(demo("joint-review.1"), "receive")}
    assert names == {"涉及卫生": "boolean", "涉及治安": "boolean", "涉及用工": "boolean"}
    assert asked(demo("joint-review.1"), "health_opinion") == ()


def test_a_given_variable_is_kept_and_a_wrong_one_is_remarked() -> None:
    given = (
        '<extensionElements><xn:variable name="age" type="{}" options="a|b" optionsEn="A"/>'
        "</extensionElements>"
    )
    model = model_of(given.format("number") + '<startEvent id="s"/>')
    assert "age" in model.names
    assert [remark.params["attribute"] for remark in model.remarks] == ["optionsEn"]
    model = model_of(given.format("figure") + '<startEvent id="s"/>')
    assert [remark.params["attribute"] for remark in model.remarks] == ["type", "optionsEn"]


def test_what_a_decision_answers_is_asked_of_nobody() -> None:
    model = demo("old-age-allowance.1")
    names = [(question.name, question.kind, question.en) for question in questions_at_start(model)]
    assert names[0] == ("出生日期", "date", "Date of birth")
    assert [name for name, _, _ in names] == ["出生日期", "户籍", "在世状态", "已享受同类津贴"]
    assert [question.name for question in asked(model, "verify")] == ["核实结论"]


def test_the_end_of_a_sub_process_leads_on_to_what_follows_it() -> None:
    model = model_of(
        '<startEvent id="s"/><subProcess id="u"><startEvent id="a"/><userTask id="t"/><endEvent id="z"/>'
        + flow("a", "t")
        + flow("t", "z")
        + '</subProcess><exclusiveGateway id="g" default="g_e"/><endEvent id="e"/><endEvent id="f"/>'
        + flow("s", "u")
        + flow("u", "g")
        + flow("g", "e")
        + flow("g", "f", "amount &gt; 5")
    )
    assert asked(model, "t") == (Question("amount", "number"),)


def test_what_no_task_answers_is_asked_at_the_start() -> None:
    model = model_of(
        '<startEvent id="s"/><exclusiveGateway id="g" default="g_t"/><userTask id="t"/><endEvent id="e"/>'
        + flow("s", "g")
        + flow("g", "t")
        + flow("g", "e", 'urgent or kind in ("a", "b")')
        + flow("t", "e")
    )
    assert questions_at_start(model) == (
        Question("urgent", "boolean"),
        Question("kind", "choice", (Option("a", "a"), Option("b", "b"))),
    )
    assert asked(model, "t") == ()
