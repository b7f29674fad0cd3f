"""A process in a browser: drawn from nothing, made wrong, shown why, put right, published, measured; no
accessibility fault, no complaint of the browser, the mark of bpmn.io always in sight."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.apps.processes.process_models import BPMN, DEADLOCK, drawn
from tests.journeys.test_platform import DESK, PHONE, reader
from xiaoneng.core.process import Model, compile_document, read_document
from xiaoneng.core.process.diff import compare

__all__ = ["reader"]
DEMO = Path(__file__).resolve().parents[2] / "src/xiaoneng/demo/data/processes"
# what the standard says where a file says nothing; the drawing tool leaves it out
DEFAULTS = {("cancelActivity", "true"), ("isInterrupting", "true")}
MARK = ".bjs-powered-by"
# the library itself says this when a kind is changed; it is no fault of the page
KNOWN = "ContextPad#getPad is deprecated"
# the middle of an element; of a line a place nearer its end, where no other line begins
CENTRE = """id => {
  const box = document.querySelector(`[data-element-id="${id}"] .djs-visual`).getBoundingClientRect();
  const line = id.startsWith("flow");
  return [box.x + box.width * (line ? 0.75 : 0.5), box.y + box.height / 2];
}"""
CSV = "办件编号,环节,时间,经办人\n" + "".join(
    f"P-{case:03d},{step},2026-03-{day:02d} 09:{case:02d}:00,R{case % 3}\n"
    for case in range(1, 13)
    for day, step in ((2, "受理"), (3 + case % 4, "审查"), (4 + case % 4, "审查"), (11, "决定"), (12, "盖章"))
)


def ready(one: Any) -> None:
    """The picture stands, and whoever wants its licence kept finds the mark in it, covered by nothing."""
    one.page.wait_for_selector("[data-xn-picture][data-ready]")
    for mark in one.page.query_selector_all(MARK):
        assert mark.is_visible()


def choose(one: Any, identity: str) -> None:
    x, y = one.page.evaluate(CENTRE, identity)
    one.page.mouse.click(x, y)
    one.page.wait_for_selector(f'.djs-element.selected[data-element-id="{identity}"]', state="attached")


def looked(one: Any) -> None:
    one.said[:] = [text for text in one.said if KNOWN not in text]
    one.look()


def create(one: Any, key: str, name: str, file: Path | None = None) -> None:
    one.go("/processes/new/")
    one.page.fill("#name_zh", name)
    one.page.fill("#key", key)
    if file is not None:
        one.page.set_input_files("#file", str(file))
    one.page.click(".btn-primary")
    ready(one)


def test_a_process_is_drawn_and_published(reader: Any) -> None:
    one = reader()
    one.sign_in("reform")
    one.go("/processes/")
    looked(one)
    create(one, "journey", "一项名称很长的需要多部门反复会商才能办结的高频政务服务事项办理流程")
    looked(one)
    page = one.page
    choose(one, "step_1")
    page.fill("#p-limit", "3")
    page.press("#p-limit", "Enter")
    page.wait_for_selector("#save-state:has-text('尚未保存')")
    page.click(".djs-context-pad.open [data-action='append.append-task']")
    page.keyboard.type("抄送统计部门")
    page.keyboard.press("Enter")
    choose(one, "flow_2")
    page.keyboard.press("Delete")
    # the end is reached no more: said in the list, marked in the picture
    page.wait_for_selector("#checks [data-xn-finding=error]")
    assert "✕" in page.wait_for_selector(".xn-badge-error").inner_text()
    looked(one)
    page.click("#undo")
    page.wait_for_selector("#checks .xn-note-success")
    page.click("#save")
    page.wait_for_selector("#save-state:has-text('已保存')")
    admin = reader()
    admin.sign_in("admin")
    admin.go("/processes/journey/publish/")
    admin.page.fill("#note", "首次发布")
    looked(admin)
    admin.page.click("form .btn-primary")
    ready(admin)
    assert "现行有效" in admin.page.inner_text(".xn-head")
    assert "抄送统计部门" in admin.page.inner_text(".xn-steps")
    admin.page.click('[data-xn-show="step_1"] >> nth=0')
    assert "3 个工作日" in admin.page.inner_text("[data-xn-facts]")
    looked(admin)


def test_a_deadlock_is_shown_and_put_right(reader: Any, tmp_path: Path) -> None:
    one = reader()
    one.sign_in("reform")
    file = tmp_path / "deadlock.bpmn"
    file.write_bytes(DEADLOCK)
    create(one, "stuck", "会停住的流程", file)
    page = one.page
    page.click('#checks [data-xn-show="join"] >> nth=0')
    for identity in ("start", "split", "join"):
        page.wait_for_selector(f'.djs-element.xn-path[data-element-id="{identity}"]')
    looked(one)
    page.click("#save")
    page.wait_for_selector("#save-state:has-text('已保存')")
    one.go("/processes/stuck/publish/")
    assert page.is_disabled("form .btn-primary")
    looked(one)
    one.go("/processes/stuck/edit/")
    ready(one)
    choose(one, "join")
    page.click(".djs-context-pad.open [data-action='replace']")
    page.click(".djs-popup [data-id='replace-with-exclusive-gateway']")
    page.wait_for_selector("#checks .xn-note-success")
    assert not page.query_selector(".xn-badge-error")
    page.click("#save")
    page.wait_for_selector("#save-state:has-text('已保存')")
    one.go("/processes/stuck/")
    ready(one)
    assert "模型健全" in page.inner_text("main")


def test_what_was_not_saved_is_not_lost_silently(reader: Any) -> None:
    one = reader()
    one.sign_in("reform")
    create(one, "guarded", "有草稿的流程")
    choose(one, "step_1")
    one.page.fill("#p-name", "核对材料")
    one.page.press("#p-name", "Tab")
    one.page.wait_for_selector("#save-state:has-text('尚未保存')")
    asked: list[str] = []
    one.page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    other = reader()
    other.sign_in("reform")
    other.go("/processes/guarded/edit/")
    ready(other)
    choose(other, "step_1")
    other.page.fill("#p-role", "clerk")
    other.page.press("#p-role", "Tab")
    other.page.click("#save")
    other.page.wait_for_selector("#save-state:has-text('已保存')")
    one.page.click("#save")
    one.page.wait_for_selector("#checks .xn-problem:has-text('没有覆盖任何内容')")
    one.said[:] = [text for text in one.said if "409" not in text]
    one.go("/processes/")
    assert asked == ["beforeunload"]


@pytest.mark.parametrize(
    ("size", "theme", "lang", "steps"), [(PHONE, "dark", "zh-hans", 200), (DESK, "dark", "en", 9)]
)
def test_pages_are_sound_everywhere(
    reader: Any, tmp_path: Path, size: tuple[int, int], theme: str, lang: str, steps: int
) -> None:
    one = reader(size, theme, lang)
    one.sign_in("reform")
    tasks = [("userTask", f"t{i}", f"第{i}个环节", 'xn:role="handler"') for i in range(steps)]
    nodes = [("startEvent", "start", "开始", ""), *tasks, ("endEvent", "end", "结束", "")]
    file = tmp_path / "long.bpmn"
    file.write_bytes(drawn(nodes, [(a[1], b[1], "") for a, b in pairwise(nodes)]))
    key = f"long-{steps}"
    create(one, key, "许多个环节", file)
    looked(one)
    one.go(f"/processes/{key}/")
    ready(one)
    one.page.click('[data-xn-zoom="full"]')
    one.page.click('[data-xn-zoom="in"]')
    looked(one)
    one.page.keyboard.press("Escape")
    one.page.wait_for_selector(".xn-picture.xn-full", state="detached")
    looked(one)
    for path in (f"/processes/{key}/heat/", "/processes/new/"):
        one.go(path)
        looked(one)


def load(file: bytes) -> Model:
    return compile_document(read_document(file))


def meaning(file: bytes) -> dict[str, tuple[Any, ...]]:
    """What a file says besides its picture: each element with its attributes, texts and parts."""
    found: dict[str, tuple[Any, ...]] = {}
    for identity, element in read_document(file).by_id.items():
        parts = sorted(
            (part.tag, part.content().strip(), tuple(sorted(part.qualified().items())))
            for part in element.elements()
            if not part.get("id") and part.tag not in ("incoming", "outgoing")
        )
        said = sorted(pair for pair in element.qualified().items() if (pair[0][1], pair[1]) not in DEFAULTS)
        found[identity] = (element.tag, tuple(said), tuple(parts))
    return found


def test_the_editor_loses_nothing(reader: Any) -> None:
    one = reader()
    one.sign_in("reform")
    files = sorted(DEMO.glob("*.bpmn"))
    assert files
    for path in files:
        key = f"kept-{path.stem.replace('.', '-')}"
        create(one, key, path.stem, path)
        one.page.click("#save")
        one.page.wait_for_selector("#save-state:has-text('已保存')")
        saved = one.page.request.get(f"{one.address}/processes/{key}/diagram/?version=1").body()
        given = path.read_bytes()
        assert meaning(saved) == meaning(given), path.stem
        assert not compare(load(given), load(saved)), path.stem


def test_a_log_lies_on_the_picture(reader: Any, tmp_path: Path) -> None:
    one = reader()
    one.sign_in("reform")
    file, log = tmp_path / "permit.bpmn", tmp_path / "三月许可.csv"
    file.write_bytes(BPMN)
    log.write_text(CSV, encoding="utf-8")
    create(one, "measured", "食品经营许可", file)
    one.go("/logs/upload/")
    one.page.set_input_files("#file", str(log))
    one.page.click("#upload .btn-primary")
    one.page.wait_for_selector("text=按这些列导入")
    one.page.click("text=按这些列导入")
    one.page.wait_for_selector(".xn-tabs", timeout=60_000)
    one.go("/processes/measured/heat/")
    one.page.select_option("[name=log]", label="三月许可")
    ready(one)
    # every case was reviewed twice: once as the model says, once beside it
    assert one.page.inner_text("tr[data-element=review]").count("12 次") == 2
    assert one.page.query_selector('.djs-element.xn-heat-5[data-element-id="review"]')
    assert "盖章" in one.page.inner_text(".xn-tags")
    assert "按模型办理" in one.page.inner_text(".xn-strip")
    looked(one)
    one.page.select_option("[name=measure]", "deviations")
    one.page.wait_for_url("**measure=deviations**")
    ready(one)
    looked(one)


def test_two_versions_side_by_side(reader: Any, tmp_path: Path) -> None:
    one, admin = reader(), reader()
    one.sign_in("reform")
    admin.sign_in("admin")
    file = tmp_path / "permit.bpmn"
    file.write_bytes(BPMN)
    create(one, "compared", "食品经营许可", file)
    admin.go("/processes/compared/publish/")
    admin.page.fill("#note", "首次发布")
    admin.page.click("form .btn-primary")
    ready(admin)
    one.go("/processes/compared/")
    one.page.click("text=以此版为基础起草新版本")
    ready(one)
    choose(one, "review")
    one.page.keyboard.press("Delete")
    one.page.wait_for_selector('[data-element-id="review"]', state="detached")
    one.page.click("#save")
    one.page.wait_for_selector("#save-state:has-text('已保存')")
    one.go("/processes/compared/compare/")
    one.page.wait_for_selector('.xn-removed[data-element-id="review"]')
    one.page.wait_for_function("document.querySelectorAll('[data-ready]').length === 2")
    assert "删除" in one.page.inner_text(".xn-changes")
    looked(one)
