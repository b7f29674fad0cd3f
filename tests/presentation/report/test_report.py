"""The report: complete, safe against hostile names, honest where nothing can be measured, self-contained."""

from __future__ import annotations

import base64
import copy
import hashlib
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from tests.presentation.sample import analysis
from xiaoneng.presentation.report import page, sections, stylesheet
from xiaoneng.presentation.report.outline import OUTLINE
from xiaoneng.presentation.report.reasons import REASONS

EVIL = "<script>alert('x')</script><img src=x onerror=alert(1)>\"{{ 7|add:7 }}"
VOID = {"meta", "br", "img", "link", "input", "hr"}


class Page(HTMLParser):
    """Collects tags, ids and text; complains about what is not closed."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.ids: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.ids += [value for name, value in attrs if name == "id" and value]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def _poisoned(value: Any) -> Any:
    """Every text of the analysis made hostile, keys and dates kept."""
    if isinstance(value, dict):
        return {k: v if k in KEPT else _poisoned(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_poisoned(v) for v in value]
    return f"{EVIL}{value}" if isinstance(value, str) else value


KEPT = ("first", "last", "as_of", "period", "unit", "due", "end", "reason", "level", "basis")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_section_is_there_and_well_formed(lang: str) -> None:
    found = sections(analysis(), lang)
    assert [s.id for s in found] == [anchor for anchor, _, _, _ in OUTLINE]
    for section in found:
        Page(section.html)
        assert section.title


def test_the_sections_say_the_figures() -> None:
    html = {s.id: s.html for s in sections(analysis(), "en")}
    assert "300 cases with 2,188 recorded steps of 9 kinds" in html["headline"]
    assert "37 cases missed their deadline (12.3% of the 300 that can be judged)" in html["headline"]
    assert "23 different ways through" in html["variants"]
    assert "SELECT count(*) FROM events WHERE activity &lt; 3" in html["findings"]
    assert "50 of 211 cases" in html["findings"]
    assert "95% interval 900 to 1,500" in html["findings"]
    assert "still open" in html["overdue"] or "days_late" not in html["overdue"]
    assert "sample.csv" in html["appendix"]
    assert "办件编号" in html["appendix"]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_hostile_names_stay_words(lang: str) -> None:
    html = page(_poisoned(analysis()), lang, made=EVIL)
    parsed = Page(html)
    assert [tag for tag, _ in parsed.tags].count("script") == 1
    assert not [tag for tag, _ in parsed.tags if tag == "img"]
    assert not [a for _, attributes in parsed.tags for a in attributes if a.startswith("on")]
    assert "{{ 7|add:7 }}" in html
    assert "&lt;script&gt;" in html


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_is_self_contained(lang: str, report_pages: dict[str, str]) -> None:
    html = report_pages[lang]
    parsed = Page(html)
    for tag, attributes in parsed.tags:
        assert "style" not in attributes, tag
        assert "src" not in attributes, tag
        assert (attributes.get("href") or "#").startswith("#"), tag
        assert tag not in ("link", "iframe", "object", "base")
    assert not re.search(r"url\(|@import|https?://(?!www\.w3\.org/2000/svg)", html)


def test_the_policy_names_exactly_what_is_inline(report_pages: dict[str, str]) -> None:
    html = report_pages["zh"]
    for kind in ("style", "script"):
        inline = re.search(rf"<{kind}>(.*?)</{kind}>", html, re.DOTALL)
        assert inline
        digest = base64.b64encode(hashlib.sha256(inline[1].encode()).digest()).decode()
        assert f"{kind}-src &#x27;sha256-{digest}&#x27;" in html or f"{kind}-src 'sha256-{digest}'" in html


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_ids_are_unique_and_links_lead_somewhere(lang: str, report_pages: dict[str, str]) -> None:
    parsed = Page(report_pages[lang])
    assert len(parsed.ids) == len(set(parsed.ids))
    targets = {a["href"][1:] for _, a in parsed.tags if (a.get("href") or "").startswith("#")}  # type: ignore[index]
    assert targets <= set(parsed.ids)
    labels = {i for _, a in parsed.tags for i in (a.get("aria-labelledby") or "").split()}
    assert labels <= set(parsed.ids)


def test_languages_do_not_mix(report_pages: dict[str, str]) -> None:
    body = re.sub(r"<style>.*?</style>|<script>.*?</script>", "", report_pages["zh"], flags=re.DOTALL)
    assert '<html lang="zh-Hans">' in body
    assert '<html lang="en">' in report_pages["en"]
    for english in ("The figures as a table", "Cases", "Half of the cases", "Share", "interval"):
        assert english not in re.sub(r"<[^>]+>", " ", body)


@pytest.mark.parametrize("code", [*REASONS, "something_new"])
def test_what_cannot_be_measured_is_said_with_its_reason(code: str) -> None:
    gap = {"measurable": False, "reason": code}
    found = analysis()
    keys = [k for k in found if k not in ("log", "variants", "quality")]
    html = {s.id: s.html for s in sections(found | dict.fromkeys(keys, gap), "en")}
    for anchor in ("findings", "process-map", "variants", "durations", "series", "overdue", "bodies", "ages"):
        assert "Not measurable with this log." in html[anchor], anchor
        Page(html[anchor])
    assert ("something_new" in html["overdue"]) == (code == "something_new")
    assert "37" not in html["headline"]


def test_the_contract_alone_is_enough() -> None:
    found = analysis()
    kept = (
        "log",
        "variants",
        "throughput_days",
        "throughput_working_days",
        "rework",
        "handovers",
        "quality",
        "findings",
    )
    least: dict[str, Any] = {key: found[key] for key in kept}
    least["dfg"] = {"edges": 12, "top": found["dfg"]["top"]}
    least["log"] = {
        k: found["log"][k] for k in ("cases", "events", "activities", "resources", "first", "last")
    }
    least["throughput_days"] = {k: found["throughput_days"][k] for k in ("median", "mean", "p90")}
    assert Page(page(least, "zh", made="")).ids


def test_an_empty_log_is_survived() -> None:
    nothing: dict[str, Any] = {
        "log": {"cases": 0, "events": 0, "activities": 0, "resources": 0, "first": None, "last": None},
        "variants": 0,
        "variant_list": [],
        "dfg": {"edges": 0, "top": [], "all": [], "activities": []},
        "throughput_days": {"measurable": False, "reason": "no_time"},
        "rework": [],
        "rework_summary": {"cases_with_any_repeat": 0, "extra_events": 0},
        "handovers": [],
        "quality": [],
        "findings": [],
    }
    Page(page(nothing, "en", made=""))


def test_hours_of_waiting_are_not_called_work_of_staff() -> None:
    html = next(s.html for s in sections(analysis(), "en") if s.id == "findings")
    assert "waiting time of cases, not the working time of staff" in html


def test_a_finding_that_must_not_be_added_says_so() -> None:
    found = copy.deepcopy(analysis())
    found["findings"][0]["params"] |= {"additive": False}
    found["findings"][1]["params"] |= {"additive": True, "overlap": 0.43}
    html = next(s.html for s in sections(found, "en") if s.id == "findings")
    assert html.count("seen another way") == 1
    assert "43% of this wait is told by another finding" in html


def test_where_records_cover_part_of_a_case_the_stated_time_leads() -> None:
    found = copy.deepcopy(analysis())
    found["throughput_days"]["censored"] |= {
        "basis": "stated",
        "km_median_days": 52.5,
        "interval": [50.6, 53.7],
    }
    html = sections(found, "en")[0].html
    assert "half of the cases are finished within 52.5 days" in html
    assert html.index("52.5") < html.index("From the first to the last record")
    assert "95% interval 50.6 to 53.7" in html


def test_bodies_with_few_cases_are_grey_and_have_no_invented_interval() -> None:
    found = copy.deepcopy(analysis())
    found["bodies"][0] |= {"ranked": False, "interval": [1.0, None]}
    found["bodies"].append({"body": "tiny", "cases": 2, "open": 1, "ranked": False})
    html = next(s.html for s in sections(found, "en") if s.id == "bodies")
    assert "xc-other" in html
    assert "tiny" in html


def test_dark_colours_follow_the_system_and_paper_is_light() -> None:
    css = stylesheet()
    assert css.count("--xn-surface: #18202b") == 2
    assert "prefers-color-scheme: dark" in css
    assert re.search(r"@media print \{ :root,[^{]*\{[^}]*--xn-surface: #ffffff", css)
