"""Decision pages: strict, few queries; from a changed cell to its day; compared, rehearsed, exported."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.timezone import localdate
from openpyxl import load_workbook

from tests.apps.processes.models import DMN, made, publish
from tests.web.test_pages import INLINE
from xiaoneng.apps.audit.contracts import SYSTEM
from xiaoneng.apps.processes.models import DecisionVersion
from xiaoneng.apps.processes.services import decisions as services
from xiaoneng.apps.processes.tables.document import grid_of
from xiaoneng.apps.processes.tables.grid import to_data

pytestmark = pytest.mark.django_db

# page → most queries, session and user included; they do not grow with rules, versions or cases
PAGES = {
    "": 4, "allowance/": 6, "allowance/edit/": 7, "allowance/try/": 6, "allowance/tests/": 6,
    "allowance/compare/": 7, "allowance/what-if/": 8, "allowance/made/": 7, "new/": 2,
}  # fmt: skip


@pytest.fixture
def place(person: Callable[..., Any], bodies: dict[str, Any]) -> dict[str, Any]:
    """A decision with a version in force, a draft and three decisions made; an author and a publisher."""
    author = person("reform", body=bodies["province"])
    publisher = person("head", body=bodies["city"])
    first = publish(made(author, body=bodies["city"].pk), publisher)
    now = timezone.now()
    draft = services.draft_open(decision=first.decision, base=first, user=author, actor=SYSTEM, at=now)
    for age, home in ((79, "本地"), (85, "本地"), (90, "外地")):
        services.decide(
            decision=first.decision, inputs={"年龄": age, "户籍": home}, on=localdate(), at=now, actor=SYSTEM
        )
    return {"author": author, "publisher": publisher, "first": first, "draft": draft}


def sent(version: DecisionVersion, change: Callable[[dict[str, Any]], None] | None = None) -> str:
    data = json.loads(json.dumps(to_data(grid_of(version.dmn, "津贴"))))
    if change is not None:
        change(data)
    return json.dumps(data)


def outsiders_get_fifty(data: dict[str, Any]) -> None:
    data["rules"][2]["outputs"][0] = "50"


@pytest.mark.parametrize("page", list(PAGES))
def test_pages_are_strict_and_ask_little(
    page: str, place: dict[str, Any], signed_in: Callable[..., Client]
) -> None:
    client = signed_in(place["author"])
    client.get(f"/decisions/{page}")
    with CaptureQueriesContext(connection) as caught:
        response = client.get(f"/decisions/{page}")
    assert response.status_code == 200
    html = response.content.decode()
    assert not INLINE.findall(html)
    assert html.count("<h1") == 1
    assert len(caught) <= PAGES[page], "\n".join(q["sql"][:150] for q in caught.captured_queries)


def test_from_a_change_to_its_day(place: dict[str, Any], signed_in: Callable[..., Client]) -> None:
    writer, head = signed_in(place["author"]), signed_in(place["publisher"])
    draft = place["draft"]
    draft.refresh_from_db()
    body = {"grid": sent(draft, outsiders_get_fifty), "revision": draft.revision, "note": "外地也发"}
    assert writer.post("/decisions/allowance/edit/", body).status_code == 302
    late = writer.post("/decisions/allowance/edit/", body, headers={"HX-Request": "true"}).content.decode()
    assert "没有覆盖任何内容" in late
    draft.refresh_from_db()
    assert draft.note == "外地也发"
    day = localdate() + timedelta(days=3)
    form = {"revision": draft.revision, "valid_from": day.isoformat(), "note": "外地也发"}
    own = writer.post("/decisions/allowance/publish/", form)
    assert own.status_code == 400
    assert head.post("/decisions/allowance/publish/", form).status_code == 302
    case = {"in.年龄": "90", "in.户籍": "外地", "which": "day"}
    before = head.post("/decisions/allowance/try/", case | {"on": (day - timedelta(days=1)).isoformat()})
    after = head.post("/decisions/allowance/try/", case | {"on": day.isoformat()})
    assert '<p class="xn-answer-value">0</p>' in before.content.decode()
    assert '<p class="xn-answer-value">50</p>' in after.content.decode()
    assert "乙办法第三条" in after.content.decode()
    # whoever asks before that day is told what comes
    assert "起适用第 2 版，结果将是：50" in before.content.decode()
    assert "起适用第" not in after.content.decode()


@pytest.mark.parametrize(
    ("text", "said"), [("> 3", ""), ("> ", "无法读懂"), ('"甲"', "cell-error"), ("甲", "甲")]
)
def test_a_cell_says_what_is_wrong(
    text: str, said: str, place: dict[str, Any], signed_in: Callable[..., Client]
) -> None:
    body = {"grid": sent(place["draft"]), "part": "input", "column": "0", "text": text}
    answer = signed_in(place["author"]).post("/decisions/allowance/edit/cell/", body).content.decode()
    assert (said in answer) if said else not answer.strip()


def test_checks_give_an_example(place: dict[str, Any], signed_in: Callable[..., Client]) -> None:
    def gap(data: dict[str, Any]) -> None:
        data["rules"][0]["inputs"][0] = "< 70"

    client = signed_in(place["author"])
    answer = client.post(
        "/decisions/allowance/edit/checks/", {"grid": sent(place["draft"], gap)}
    ).content.decode()
    assert "错误" in answer
    assert "例如" in answer
    assert client.post("/decisions/allowance/edit/checks/", {"grid": "{"}).status_code == 200


def test_what_if_compares_and_covers(place: dict[str, Any], signed_in: Callable[..., Client]) -> None:
    draft = place["draft"]
    draft.refresh_from_db()
    client = signed_in(place["author"])
    client.post(
        "/decisions/allowance/edit/", {"grid": sent(draft, outsiders_get_fifty), "revision": draft.revision}
    )
    page = client.get("/decisions/allowance/what-if/").content.decode()
    assert "33.3%" in page
    assert "•••" in page  # the age was declared sensitive
    file = SimpleUploadedFile("a.csv", "年龄,户籍\n90,外地\n91,外地\n20,本地\n".encode())
    mine = client.post("/decisions/allowance/what-if/", {"file": file, "before": "1", "after": "2"})
    assert "66.7%" in mine.content.decode()
    bad = client.post("/decisions/allowance/what-if/", {"file": SimpleUploadedFile("a.csv", b"x,y\n1,2\n")})
    assert bad.status_code == 400
    down = client.get("/decisions/allowance/what-if/?export=csv")
    assert "•••" in down.content.decode("utf-8-sig")


def test_files_go_out_and_in(place: dict[str, Any], signed_in: Callable[..., Client]) -> None:
    client = signed_in(place["author"])
    assert client.get("/decisions/allowance/export/dmn/?version=1").content == DMN
    book = load_workbook(io.BytesIO(client.get("/decisions/allowance/export/xlsx/").content))
    assert [c.value for c in book.worksheets[0][3]] == [2, ">= 80", '"本地"', "100", "乙办法第二条"]
    place["draft"].refresh_from_db()
    form = {"revision": place["draft"].revision, "file": SimpleUploadedFile("x.dmn", b"<a/>")}
    assert client.post("/decisions/allowance/edit/import/", form).status_code == 400


def test_a_decision_made_is_replayed_and_covered(
    place: dict[str, Any], signed_in: Callable[..., Client]
) -> None:
    made_one = place["first"].evaluations.first()
    page = signed_in(place["author"]).get(f"/decisions/allowance/made/{made_one.pk}/").content.decode()
    assert "结果相同" in page
    assert "•••" in page


def test_outsiders_see_rules_but_neither_drafts_nor_records(
    place: dict[str, Any],
    signed_in: Callable[..., Client],
    person: Callable[..., Any],
    bodies: dict[str, Any],
) -> None:
    client = signed_in(person("head", body=bodies["other"], username="other"))
    assert client.get("/decisions/allowance/").status_code == 200
    for hidden in ("?version=2", "made/", f"made/{place['first'].evaluations.first().pk}/", "publish/"):
        assert client.get(f"/decisions/allowance/{hidden}").status_code == 404
    assert "90" not in client.get("/decisions/allowance/what-if/?export=csv").content.decode()
