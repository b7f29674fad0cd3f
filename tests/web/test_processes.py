"""Process pages: strict, few queries; from a drawn change to its day; compared, measured, exported."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import localdate

from tests.apps.processes.process_models import BPMN, DEADLOCK, REDESIGNED, made, publish, redesigned
from tests.platform import NOW
from tests.web.test_pages import INLINE
from xiaoneng.apps.eventlog.models import Log
from xiaoneng.apps.processes.diagrams.checking import model_of
from xiaoneng.apps.processes.models import ProcessVersion
from xiaoneng.core.calendar import load_calendar, work_clock
from xiaoneng.core.eventlog import ingest
from xiaoneng.core.process.diff import compare
from xiaoneng.web.views import processes_heat
from xiaoneng.web.views.processes_publish import change_rows
from xiaoneng.web.views.processes_words import described, in_order

pytestmark = pytest.mark.django_db
ID = re.compile(r'\sid="([^"]+)"')
# page → most queries, session and user included; they do not grow with elements or versions
PAGES = {
    "": 5, "permit/": 6, "permit/?version=2": 6, "permit/edit/": 7, "permit/compare/": 7, "permit/heat/": 7,
    "new/": 2,
}  # fmt: skip


@pytest.fixture
def place(person: Callable[..., Any], bodies: dict[str, Any]) -> dict[str, Any]:
    """A process with a version in force and a draft; an author and a publisher."""
    author = person("reform", body=bodies["province"])
    publisher = person("head", body=bodies["city"])
    first = publish(made(author, body=bodies["city"].pk), publisher)
    return {
        "author": author,
        "publisher": publisher,
        "first": first,
        "draft": redesigned(first, author, at=NOW),
    }


def file(content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("draft.bpmn", content, content_type="application/xml")


@pytest.mark.parametrize("page", list(PAGES))
def test_pages_are_strict_and_ask_little(
    page: str, place: dict[str, Any], signed_in: Callable[..., Client]
) -> None:
    client = signed_in(place["author"])
    client.get(f"/processes/{page}")
    with CaptureQueriesContext(connection) as caught:
        response = client.get(f"/processes/{page}")
    assert response.status_code == 200
    html = response.content.decode()
    assert not INLINE.findall(html)
    assert html.count("<h1") == 1
    ids = ID.findall(html)
    assert len(ids) == len(set(ids))
    assert "unsafe" not in response["Content-Security-Policy"]
    assert len(caught) <= PAGES[page], "\n".join(q["sql"][:150] for q in caught.captured_queries)


def test_from_a_change_to_its_day(place: dict[str, Any], signed_in: Callable[..., Client]) -> None:
    writer, head, draft = signed_in(place["author"]), signed_in(place["publisher"]), place["draft"]
    body = {"revision": draft.revision, "note": "两个错误", "file": file(DEADLOCK)}
    answer = writer.post("/processes/permit/edit/", body)
    told = json.loads(answer["X-Xn-Checked"])
    assert told == {"revision": draft.revision + 1, "problem": False}
    assert "永远停在" in answer.content.decode()
    assert 'data-xn-path="' in answer.content.decode()
    late = writer.post("/processes/permit/edit/", body | {"file": file(BPMN)})
    assert late.status_code == 409
    assert "没有覆盖任何内容" in late.content.decode()
    form = {"revision": told["revision"], "valid_from": localdate().isoformat(), "note": "说明"}
    assert head.post("/processes/permit/publish/", form).status_code == 400
    body = {"revision": told["revision"], "note": "改好了", "file": file(REDESIGNED)}
    told = json.loads(writer.post("/processes/permit/edit/", body)["X-Xn-Checked"])
    form = form | {"revision": told["revision"], "note": "先核验后受理"}
    assert head.post("/processes/permit/publish/", form).status_code == 302
    version = ProcessVersion.objects.get(number=2)
    assert (version.state, version.bpmn) == ("published", REDESIGNED)
    withdrawal = {
        "version": 2,
        "from_day": (localdate() + timedelta(days=2)).isoformat(),
        "note": "试行结束",
    }
    assert head.post("/processes/permit/withdraw/", withdrawal).status_code == 302
    version.refresh_from_db()
    assert (version.state, version.valid_to) == ("withdrawn", localdate() + timedelta(days=1))


def test_four_eyes_on_the_page(place: dict[str, Any], signed_in: Callable[..., Client]) -> None:
    writer = signed_in(place["author"])
    assert "编审分离" in writer.get("/processes/permit/publish/").content.decode()
    form = {"revision": place["draft"].revision, "valid_from": localdate().isoformat(), "note": "说明"}
    assert writer.post("/processes/permit/publish/", form).status_code == 400
    assert ProcessVersion.objects.get(number=2).state == "draft"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "XML"),
        (b"<a/>", "BPMN"),
        (BPMN.replace(b'targetRef="end"', b'targetRef="nowhere"'), "nowhere"),
        (b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "文档类型"),
    ],
)
def test_what_cannot_be_read_is_said(
    content: bytes, said: str, place: dict[str, Any], signed_in: Callable[..., Client]
) -> None:
    client = signed_in(place["author"])
    checked = client.post("/processes/permit/edit/checks/", {"file": file(content)})
    assert checked.status_code == 400
    assert json.loads(checked["X-Xn-Checked"])["problem"]
    assert said in checked.content.decode()
    fields = {"key": "another", "name_zh": "另一个", "file": file(content)}
    created = client.post("/processes/new/", fields)
    assert created.status_code == 400
    assert ProcessVersion.objects.count() == 2


def test_a_new_process_and_a_brought_file(place: dict[str, Any], signed_in: Callable[..., Client]) -> None:
    client = signed_in(place["author"])
    assert client.post("/processes/new/", {"key": "blank", "name_zh": "空白"}).status_code == 302
    assert client.get("/processes/blank/edit/").status_code == 200
    brought = {"key": "brought", "name_zh": "带来的", "file": file(BPMN)}
    assert client.post("/processes/new/", brought).status_code == 302
    assert ProcessVersion.objects.get(process__key="brought").bpmn == BPMN
    body = {"revision": 1, "file": file(REDESIGNED)}
    assert client.post("/processes/brought/edit/import/", body).status_code == 302
    assert client.post("/processes/brought/discard/", {"revision": 2}).status_code == 302
    assert not ProcessVersion.objects.filter(process__key="brought").exists()


def test_a_file_goes_out_as_it_came(place: dict[str, Any], signed_in: Callable[..., Client]) -> None:
    client = signed_in(place["publisher"])
    assert client.get("/processes/permit/export/?version=1").content == BPMN
    assert client.get("/processes/permit/diagram/?version=1").content == BPMN


def test_a_file_without_a_picture_is_drawn(place: dict[str, Any], signed_in: Callable[..., Client]) -> None:
    bare = re.sub(rb"<bpmndi:BPMNDiagram.*</bpmndi:BPMNDiagram>", b"", BPMN, flags=re.S)
    client = signed_in(place["author"])
    assert (
        client.post("/processes/new/", {"key": "bare", "name_zh": "无图", "file": file(bare)}).status_code
        == 302
    )
    assert b"BPMNShape" in client.get("/processes/bare/diagram/").content
    assert client.get("/processes/bare/export/").content == bare


def test_who_may_not_see_learns_nothing(
    place: dict[str, Any], signed_in: Callable[..., Client], bodies: dict[str, Any]
) -> None:
    stranger = signed_in("handler", body=bodies["other"])
    assert stranger.get("/processes/permit/?version=1").status_code == 200
    for path in ("?version=2", "diagram/?version=2", "export/?version=2", "compare/?after=2", "?version=x"):
        assert stranger.get(f"/processes/permit/{path}").status_code == 404
    for path in ("edit/", "publish/", "draft/"):
        assert stranger.get(f"/processes/permit/{path}").status_code == 403
    outside = signed_in("head", username="elsewhere", body=bodies["other"])
    assert outside.post("/processes/permit/publish/", {"revision": 2}).status_code == 404


def test_the_model_in_words(place: dict[str, Any], signed_in: Callable[..., Client]) -> None:
    html = signed_in(place["publisher"]).get("/processes/permit/?version=1").content.decode()
    for text in ("1. 受理", "2 个工作日", "综合窗口人员", "办理该件的部门", "80 元"):
        assert text in html
    names = [one.name for one in described(model_of(DEADLOCK), decisions=False)]
    assert names[:4] == ["收到申请", "材料齐全?", "受理", "审查"]


def test_loops_do_not_hide_the_beginning() -> None:
    model = model_of(
        BPMN.replace(
            b"</bpmn:process>",
            b'<bpmn:sequenceFlow id="back" sourceRef="decide" targetRef="accept"/></bpmn:process>',
        )
    )
    assert [node.id for node, _depth in in_order(model)] == ["start", "accept", "review", "decide", "end"]


def test_changes_are_told_with_their_units() -> None:
    old, new = model_of(BPMN), model_of(REDESIGNED)
    rows = change_rows(compare(old, new), old, new)
    assert {(row["kind"], row["id"]) for row in rows} >= {
        ("added", "verify"),
        ("removed", "review"),
        ("changed", "accept"),
    }
    assert all("(" not in row["text"] and row["name"] in row["text"] for row in rows if row["text"])
    (changed,) = [row for row in rows if row["kind"] == "changed"]
    assert [(before, after) for _what, before, after in changed["details"]] == [("2 个工作日", "1 个工作日")]


ANALYSIS = {
    "dfg": {
        "activities": [
            {"name": "受理", "events": 12, "cases": 10},
            {"name": "决定", "events": 4, "cases": 4},
            {"name": "盖章", "events": 3, "cases": 3},
        ],
        "all": [
            {"from": "受理", "to": "决定", "count": 3, "mean_seconds": 3600.0},
            {"from": "盖章", "to": "决定", "count": 1, "mean_seconds": 18000.0},
        ],
    },
    "rework": [{"activity": "受理", "cases": 2}],
}


def test_a_log_by_names(
    place: dict[str, Any], signed_in: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in(place["author"])
    assert "还没有办件日志" in client.get("/processes/permit/heat/").content.decode()
    large = {"cases": 1, "activities": 3, "events": processes_heat.REPLAYED_EVENTS + 1}
    log = Log.objects.create(
        name="三月办件", filename="a.csv", sha256="0" * 64, size=1, uploaded_by=place["author"],
        created_at=NOW, state="ready", counts=large,
    )  # fmt: skip
    monkeypatch.setattr(processes_heat.eventlog, "analysis", lambda _log: ANALYSIS)
    found = processes_heat.by_name(ANALYSIS, model_of(BPMN))
    assert found.steps["decide"].time == 7200.0
    assert found.steps["accept"].time is None
    assert found.steps["accept"].share_again == 0.2
    assert found.unknown == [("盖章", 3)]
    for measure, text in (("count", "12 次"), ("time", "2 小时"), ("again", "20.0%")):
        html = client.get(
            f"/processes/permit/heat/?version=1&measure={measure}&log={log.pk}"
        ).content.decode()
        assert text in html, measure
        assert "盖章" in html
        assert "xn-heat-5" in html
    assert client.get("/processes/permit/heat/?log=x&measure=y").status_code == 200


def test_a_log_followed_along_the_model(tmp_path: Path) -> None:
    rows = [
        *((c, s, d) for c in "abc" for s, d in (("受理", 2), ("审查", 3), ("决定", 4))),
        *(("d", s, d) for s, d in (("受理", 2), ("决定", 3), ("盖章", 4))),
    ]
    log = tmp_path / "log.csv"
    log.write_text(
        "办件编号,环节,时间\n" + "".join(f"{c},{s},2026-03-{d:02d} 09:00:00\n" for c, s, d in rows),
        encoding="utf-8",
    )
    clock = work_clock(load_calendar("cn"))
    found = processes_heat.by_replay(ingest(log, tmp_path / "store", work_clock=clock), model_of(BPMN))
    assert (found.cases, found.fitting) == (4, 3)
    assert (found.steps["accept"].count, found.steps["review"].count) == (4, 3)
    assert found.steps["decide"].time == 86_400.0
    assert sum(one.deviations or 0 for one in found.steps.values()) == 1
    assert found.unknown == [("盖章", 1)]
    assert found.flows["start-accept"] == 4
