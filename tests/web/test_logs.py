"""Logs from upload to report: every state, every refusal, and nobody sees what is not his."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as platform
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.platform import NOW
from xiaoneng.apps.audit import selectors as audit
from xiaoneng.apps.eventlog import files, peek, services, tasks
from xiaoneng.apps.eventlog.contracts import State
from xiaoneng.apps.eventlog.models import Log
from xiaoneng.apps.outbox import worker
from xiaoneng.apps.outbox.contracts import Job

pytestmark = pytest.mark.django_db

CSV = "办件编号,环节,时间,经办人,部门\n" + "".join(
    f"{case},{step},2026-03-{day:02d} 09:00:00,R{case % 3},{'审批局' if day < 12 else '住建局'}\n"
    for case in range(1, 41)
    for day, step in ((2 + case % 5, "受理"), (9 + case % 7, "审查"), (17 + case % 9, "决定"))
)


def upload(client: Client, content: str | bytes = CSV, name: str = "log.csv") -> Any:
    data = content.encode() if isinstance(content, str) else content
    return client.post("/logs/upload/", {"name": "三月", "file": SimpleUploadedFile(name, data)})


def work(times: int = 9) -> None:
    """Let the worker do what is waiting."""
    while times and worker.work_once(now=lambda: NOW.replace(year=2027)):
        times -= 1


def the_log() -> Log:
    return Log.objects.get()


@pytest.fixture
def ready(signed_in: Callable[..., Client]) -> Client:
    """A browser of the reform office with one imported log."""
    client = signed_in("reform")
    upload(client)
    work()
    client.post(f"/logs/{the_log().pk}/confirm/", the_log().guess["mapping"])
    work()
    assert the_log().state == State.READY, the_log().error
    return client


def test_from_upload_to_report(signed_in: Callable[..., Client]) -> None:
    client = signed_in("reform")
    assert "还没有日志" in client.get("/logs/").content.decode()
    where = upload(client)["Location"]
    assert the_log().state == State.GUESSING
    assert "正在识别各列" in client.get(where).content.decode()
    assert "HX-Refresh" not in client.get(where + "progress/").headers
    work()
    assert the_log().guess["mapping"]["case"] == "办件编号"
    assert client.get(where + "progress/")["HX-Refresh"] == "true"
    page = client.get(where).content.decode()
    assert "各列识别得对吗" in page
    assert "2026-03-0" in page
    missing = client.post(where + "confirm/", {"case": "办件编号", "activity": "环节", "time": ""})
    assert missing.status_code == 400
    assert "请为以下各项选择列：时间" in missing.content.decode()
    assert client.post(where + "confirm/", the_log().guess["mapping"])["Location"] == where
    assert "正在等待空闲的后台进程" in client.get(where).content.decode()
    work()
    log = the_log()
    assert log.state == State.READY
    assert log.counts == {"cases": 40, "events": 120, "activities": 3, "resources": 3}
    page = client.get(where).content.decode()
    assert "40 件办件，120 条记录" in page
    assert "style=" not in page
    everything = client.get(where + "?section=all").content.decode()
    assert len(everything) > len(page)
    assert [x.action for x in audit.lines()] == ["logs.import", "logs.upload"]


def test_cases_and_one_case(ready: Client) -> None:
    where = f"/logs/{the_log().pk}/"
    page = ready.get(where + "cases/").content.decode()
    assert ">40<" in page.replace(" ", "")
    narrowed = ready.get(where + "cases/?variant=0&body=住建局&cases_q=1&cases_sort=-days").content.decode()
    assert 0 < narrowed.count("/case/?case=") < page.count("/case/?case=")
    assert "没有内容" in ready.get(where + "cases/?cases_q=zzz").content.decode()
    assert ready.get(where + "cases/?variant=x&finding=99&body=nobody&cases_page=77").status_code == 200
    case = ready.get(where + "case/?case=7").content.decode()
    assert case.index("受理") < case.index("审查") < case.index("决定")
    assert ready.get(where + "case/?case=7%27%20OR%201=1").status_code == 404
    assert ready.get(where + "case/").status_code == 404


@pytest.mark.parametrize("kind", ["html", "xes.gz", "csv.gz", "parquet", "json"])
def test_what_is_taken_away_is_whole_and_audited(ready: Client, kind: str) -> None:
    response = ready.get(f"/logs/{the_log().pk}/download/{kind}/")
    assert response["Content-Disposition"] == f'attachment; filename="log.{kind}"'
    content = response.getvalue() if kind != "html" else response.content
    begins = {"html": b"<!doctype html>", "xes.gz": b"\x1f\x8b", "csv.gz": b"\x1f\x8b", "parquet": b"PAR1"}
    assert content.lower().startswith(begins.get(kind, b"{").lower())
    assert len(content) > 500
    assert next(iter(audit.lines())).action == "logs.download"


def test_no_other_kind_is_taken_away(ready: Client) -> None:
    assert ready.get(f"/logs/{the_log().pk}/download/exe/").status_code == 404


def test_deleting_leaves_nothing(ready: Client) -> None:
    log = the_log()
    assert files.folder(log.pk).exists()
    assert ready.get(f"/logs/{log.pk}/delete/").status_code == 405
    assert ready.post(f"/logs/{log.pk}/delete/")["Location"] == "/logs/"
    work()
    assert not Log.objects.exists()
    assert not files.folder(log.pk).exists()
    line = audit.lines().first()
    assert line is not None
    assert log.sha256 in line.reason


def test_correcting_the_columns_keeps_the_old_result_until_the_new_one(ready: Client) -> None:
    log = the_log()
    before = log.result
    ready.post(f"/logs/{log.pk}/reopen/")
    assert the_log().state == State.WAITING
    assert (files.folder(log.pk) / before).exists()
    ready.post(f"/logs/{log.pk}/confirm/", {"case": "办件编号", "activity": "环节", "time": "时间"})
    work()
    log = the_log()
    assert log.state == State.READY
    assert log.counts["resources"] == 0  # the column was decided away
    assert [p.name for p in files.folder(log.pk).glob("result-*")] == [log.result]


def test_a_cancelled_import_changes_nothing(signed_in: Callable[..., Client]) -> None:
    client = signed_in("reform")
    where = upload(client)["Location"]
    work()
    client.post(where + "confirm/", the_log().guess["mapping"])
    assert client.post(where + "cancel/")["Location"] == where
    work()  # the message of the old run finds that it no longer counts
    assert the_log().state == State.WAITING
    assert not list(files.folder(the_log().pk).glob("result-*"))
    assert client.post(where + "cancel/").status_code == 409


def test_an_import_stops_in_the_middle_when_cancelled(
    signed_in: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in("reform")
    where = upload(client)["Location"]
    work()
    client.post(where + "confirm/", the_log().guess["mapping"])
    monkeypatch.setattr(tasks, "PROGRESS_EVERY_S", 0)
    seen: list[float] = []

    def progress_write(*, log: Any, run: int, share: float, text: str) -> bool:
        seen.append(share)
        if len(seen) == 2:
            client.post(where + "cancel/")
        return original(log=log, run=run, share=share, text=text)

    original = services.progress_write
    monkeypatch.setattr(services, "progress_write", progress_write)
    work()
    assert len(seen) == 2
    assert the_log().state == State.WAITING
    assert not list(files.folder(the_log().pk).glob("result-*"))


BROKEN = {
    "no time": ("case,activity,time\na,b,soon\n", "log.csv"),
    "truncated": ('<?xml version="1.0"?><log><trace><event>', "log.xes"),
    "bomb": (
        '<?xml version="1.0"?><!DOCTYPE log [<!ENTITY a "x"><!ENTITY b "&a;&a;">]><log><trace>'
        "<event>&b;</event>"
        "</trace></log>",
        "log.xes",
    ),
    "damaged gzip": (b"\x1f\x8b" + b"\x00" * 40, "log.xes.gz"),
    "not a workbook": (b"PK\x03\x04" + b"\x00" * 40, "log.xlsx"),
    "heads only": ("case,activity,time\n", "log.csv"),
}


@pytest.mark.parametrize("kind", list(BROKEN))
def test_a_broken_log_fails_with_a_reason_and_leaves_nothing(
    kind: str, signed_in: Callable[..., Client]
) -> None:
    client = signed_in("reform")
    content, name = BROKEN[kind]
    where = upload(client, content, name)["Location"]
    work()
    if the_log().state == State.WAITING:
        columns = the_log().guess["columns"]
        mapping = dict(zip(("case", "activity", "time"), columns, strict=False))
        assert client.post(where + "confirm/", mapping)["Location"] == where
        work()
    log = the_log()
    assert log.state == State.FAILED
    assert log.error["message"]
    page = client.get(where).content.decode()
    assert "日志未能导入" in page
    assert "internal problem" not in log.error["message"], log.error
    assert not list(files.folder(log.pk).glob("result-*"))
    client.post(where + "retry/")
    assert the_log().state == State.GUESSING


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("log.pdf", b"%PDF", "不是可读取的文件"),
        ("log.xes", b"a,b,c\n", "内容与文件名不符"),
        ("log.csv", b"a,b\x00\x01", "内容与文件名不符"),
        ("log.parquet", b"a,b", "内容与文件名不符"),
    ],
)
def test_what_is_no_log_is_refused_at_once(
    name: str, content: bytes, said: str, signed_in: Callable[..., Client]
) -> None:
    response = upload(signed_in("reform"), content, name)
    assert response.status_code == 400
    assert said in response.content.decode()
    assert not Log.objects.exists()
    folder = Path(platform.LOGS_FOLDER)
    assert not folder.exists() or not list(folder.iterdir())


def test_size_has_a_limit_and_a_file_is_needed(signed_in: Callable[..., Client], settings: Any) -> None:
    client = signed_in("reform")
    settings.UPLOAD_BYTES = 1000
    response = upload(client)
    assert response.status_code == 400
    assert "过大" in response.content.decode()
    assert client.post("/logs/upload/", {"name": "x"}).status_code == 400


def test_an_internal_fault_is_tried_again_then_told(
    signed_in: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in("reform")

    def fault(*_: Any) -> None:
        raise RuntimeError("inside")

    monkeypatch.setattr(tasks, "peek", fault)
    upload(client)
    for day in range(3):
        worker.work_once(now=lambda: NOW.replace(year=2027, month=1 + day))  # noqa: B023  # called at once
    log = the_log()
    assert log.state == State.FAILED
    assert log.error["params"] == {"kind": "RuntimeError"}


def test_others_see_nothing_of_it(
    ready: Client, bodies: dict[str, Any], signed_in: Callable[..., Client], person: Callable[..., Any]
) -> None:
    log = the_log()
    Log.objects.update(body=bodies["city"])
    inside = signed_in(person("head", username="inside", body=bodies["city"]))
    outside = signed_in(person("head", username="outside", body=bodies["other"]))
    below = signed_in(person("head", username="below", body=bodies["county"]))
    where = f"/logs/{log.pk}/"
    assert inside.get(where).status_code == 200
    for stranger in (outside, below):
        for path in ("", "cases/", "case/?case=7", "progress/"):
            assert stranger.get(where + path).status_code == 404
        for path in ("confirm/", "cancel/", "retry/", "reopen/", "delete/"):
            assert stranger.post(where + path).status_code == 404
        assert "三月" not in stranger.get("/logs/").content.decode()
        assert stranger.get("/api/logs").json() == []
        assert stranger.get(f"/api/logs/{log.pk}").status_code == 404
        assert stranger.get(f"/api/logs/{log.pk}/analysis").status_code == 404


def test_the_api_tells_the_same(ready: Client) -> None:
    log = the_log()
    assert [x["name"] for x in ready.get("/api/logs").json()] == ["三月"]
    assert ready.get(f"/api/logs/{log.pk}").json()["counts"]["events"] == 120
    assert ready.get(f"/api/logs/{log.pk}/analysis").json()["log"]["cases"] == 40
    schema = Client().get("/api/openapi.json").json()
    assert {
        "/api/logs",
        "/api/logs/{pk}",
        "/api/logs/{pk}/analysis",
        "/api/indicators",
        "/api/indicators/{indicator}",
    } <= set(schema["paths"])


def test_the_list_asks_as_much_for_many_as_for_one(ready: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            assert ready.get("/logs/").status_code == 200
        return len(caught)

    one, log = queries(), the_log()
    for n in range(20):
        Log.objects.create(
            name=f"n{n}", filename="x.csv", sha256="", size=1, created_at=NOW, uploaded_by=log.uploaded_by
        )
    assert queries() == one


def test_a_stale_job_does_nothing(ready: Client) -> None:
    log = the_log()
    for handler in (tasks.guess, tasks.run_import):
        handler(Job(1, "t", {"log": str(log.pk), "run": log.run - 1}, 1, "lease"))()
    assert the_log().state == State.READY


@pytest.mark.parametrize(
    "name", ["receipt.csv", "receipt.xes.gz", "BPIC15_1.xes.gz", "boston311_raw_sample.csv"]
)
def test_real_logs_are_recognised(name: str, shared_data: Path) -> None:
    found = peek.peek(shared_data / name, name)
    assert {"case", "activity", "time"} <= set(found["mapping"])
    assert set(found["mapping"].values()) <= set(found["columns"])
    assert found["sample"]
