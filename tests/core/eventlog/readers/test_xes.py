"""XES: what a document says, no more and no less; errors with their line."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.eventlog.readers.reading import HEAD, event, log, read, trace, write
from xiaoneng.core.errors import BadInput, HostileInput, Place
from xiaoneng.core.eventlog.limits import Limits
from xiaoneng.core.eventlog.mapping import Mapping
from xiaoneng.core.eventlog.readers import xes
from xiaoneng.core.eventlog.readers.xes_expat import Header, XesParser
from xiaoneng.core.eventlog.readers.xes_scan import LOG, Block, Unusual, scan


def test_rows_in_file_order_with_their_case(tmp_path: Path) -> None:
    path = write(tmp_path, "a.xes", log(trace("c1", event("A"), event("B")), trace("c2", event("A"))))
    found = read(path, tmp_path / "part")
    assert found.column("case_id") == ["c1", "c1", "c2"]
    assert found.column("activity") == ["A", "B", "A"]
    assert found.column("time") == [datetime(2024, 1, 2, 1)] * 3
    assert found.column("local") == [datetime(2024, 1, 2, 9)] * 3
    assert found.result.mapping == Mapping(
        case="case:concept:name", activity="concept:name", time="time:timestamp"
    )


def test_gzip_and_other_encodings_read_the_same(tmp_path: Path) -> None:
    text = log(trace("案一", event("受理")))
    plain = read(write(tmp_path, "a.xes", text), tmp_path / "p1")
    assert read(write(tmp_path, "a.xes.gz", text, packed=True), tmp_path / "p2").raw == plain.raw
    for name in ("UTF-16", "GB18030"):
        other = text.replace("UTF-8", name).encode(name)
        assert read(write(tmp_path, "b.xes", other), tmp_path / name).raw == plain.raw
    assert plain.column("case_id") == ["案一"]


def test_global_defaults_are_no_values(tmp_path: Path) -> None:
    header = (
        '<global scope="trace"><date key="enddate" value="1970-01-01T00:00:00+01:00"/></global>'
        '<global scope="event"><string key="org:resource" value="UNKNOWN"/></global>'
    )
    more = '<date key="enddate" value="2024-02-01T00:00:00+08:00"/>'
    some = '<string key="org:resource" value="R"/>'
    text = log(trace("open", event()), trace("done", event(more=some), more=more), header=header)
    found = read(write(tmp_path, "a.xes", text), tmp_path / "part")
    assert found.column("resource") == [None, "R"]
    assert found.column("finished") == [None, datetime(2024, 2, 1)]
    assert found.result.xes is not None
    assert found.result.xes["globals"]["trace"][0]["value"] == "1970-01-01T00:00:00+01:00"


def test_types_and_missing_values(tmp_path: Path) -> None:
    one = (
        '<int key="n" value="-7"/><float key="x" value="1.5E3"/><boolean key="b" value="true"/>'
        '<id key="i" value="u-1"/><date key="d" value="2024-03-01T00:00:00.500Z"/>'
    )
    two = '<int key="n" value=""/><string key="s" value=""/><float key="x" value="Infinity"/>'
    found = read(
        write(tmp_path, "a.xes", log(trace("c", event(more=one), event(more=two)))), tmp_path / "part"
    )
    assert found.events["n"] == [-7, None]
    assert found.events["x"] == [1500.0, float("inf")]
    assert found.events["b"] == [True, None]
    assert found.events["i"] == ["u-1", None]
    assert found.events["d"] == [datetime(2024, 3, 1, 0, 0, 0, 500_000), None]
    assert found.events["d@offset"] == [0, None]
    assert found.events["s"] == [None, ""]
    assert found.remarks() == {"empty_values": 1}


def test_one_key_with_two_types_has_two_columns(tmp_path: Path) -> None:
    text = log(trace("c", event(more='<int key="n" value="1"/>'), event(more='<string key="n" value="x"/>')))
    found = read(write(tmp_path, "a.xes", text), tmp_path / "part")
    assert found.events["n"] == [1, None]
    assert found.events["n (string)"] == [None, "x"]


def test_entities_are_resolved_in_keys_and_values(tmp_path: Path) -> None:
    text = log(
        trace(
            "a&amp;b",
            event("&lt;x&gt; &#x4E2D;&#20013; &quot;&apos;", more='<string key="a&amp;b" value="1"/>'),
        )
    )
    found = read(write(tmp_path, "a.xes", text), tmp_path / "part")
    assert found.column("activity") == ["<x> 中中 \"'"]
    assert found.column("case_id") == ["a&b"]
    assert found.events["a&b"] == ["1"]


def test_nested_attributes_lists_and_the_header_are_kept(tmp_path: Path) -> None:
    header = (
        '<extension name="Time" prefix="time" uri="http://x"/><classifier name="A" keys="concept:name"/>'
        '<int key="total" value="2"><string key="in" value="v"/></int>'
    )
    more = '<string key="n" value="1"><int key="deep" value="2"/></string>'
    text = log(
        trace("c", event(more=more), event()),
        trace("d", event(), more='<list key="l"><values><int key="e" value="1"/></values></list>'),
        header=header,
    )  # fmt: skip
    found = read(write(tmp_path, "a.xes", text), tmp_path / "part")
    kept = found.result.xes
    assert kept is not None
    assert kept["extensions"] == [{"name": "Time", "prefix": "time", "uri": "http://x"}]
    assert kept["classifiers"] == [{"name": "A", "keys": "concept:name"}]
    assert kept["attributes"][0]["children"] == [{"type": "string", "key": "in", "value": "v"}]
    child = [{"type": "int", "key": "deep", "value": "2"}]
    assert kept["nested"]["event"] == [
        {"row": 0, "type": "string", "key": "n", "value": "1", "children": child}
    ]
    values = [{"type": "int", "key": "e", "value": "1"}]
    assert kept["nested"]["trace"] == [{"case_id": "d", "type": "list", "key": "l", "values": values}]
    assert found.events["n"] == ["1", None, None]


def test_what_a_log_lacks_is_said_not_invented(tmp_path: Path) -> None:
    text = log(
        "<trace>" + event() + "</trace>",
        trace("twice", event()),
        trace("twice", event()),
        trace("empty"),
        event(),
        '<trace><string key="concept:name" value="x"/><string key="concept:name" value="last"/>'
        + event()
        + "</trace>",
        "<other><string/></other>",
    )
    found = read(write(tmp_path, "a.xes", text), tmp_path / "part")
    assert found.column("case_id") == ["trace 1", "twice", "twice", "last"]
    assert found.remarks() == {
        "unnamed_cases": 1,
        "cases_of_the_same_name": 1,
        "empty_cases": 1,
        "events_without_case": 1,
        "repeated_keys": 1,
        "unknown_elements": 1,
    }


def test_a_column_that_is_asked_for_wins_and_must_exist(tmp_path: Path) -> None:
    path = write(tmp_path, "a.xes", log(trace("c", event(more='<string key="step" value="S"/>'))))
    assert read(path, tmp_path / "p", mapping=Mapping(activity="step")).column("activity") == ["S"]
    with pytest.raises(BadInput, match="there is no column 'nope' for resource") as caught:
        read(path, tmp_path / "q", mapping=Mapping(resource="nope"))
    assert "step" in str(caught.value)


HUGE = Limits(value_bytes=1 << 20)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (log(trace("c", event()))[:-40], 7, "not well-formed"),
        (log(trace("c", event(time="yesterday"))), 7, "'yesterday' in 'time:timestamp' is not a date"),
        (log(trace("c", event(), event(more='\t\t\t<int key="n" value="x"/>\n'))), 12,
         "'x' in 'n' is not of type int"),
        (log(trace("c", event(more='<string value="x"/>'))), 8, "<string> has no key"),
        (log(trace("c", event("&boom;"))), 6, "undefined entity"),
        (log(trace("c", event("a<b"))), 6, "not well-formed"),
        (log(trace("c", event())).replace("</event>", "</trace>", 1), 8, "mismatched tag"),
        ("<html><body/></html>", 1, "begins with <html>"),
        (HEAD + "</log>", None, "the log has no events"),
        (log(trace("c", '<event><string key="concept:name" value="A"/></event>')), 1,
         "recognised as the time"),
    ],
)  # fmt: skip
def test_an_error_names_file_line_and_expectation(
    tmp_path: Path, text: str, line: int | None, message: str
) -> None:
    path = write(tmp_path, "bad.xes", text)
    with pytest.raises(BadInput, match=message) as caught:
        read(path, tmp_path / "part")
    assert isinstance(caught.value.place, Place)
    assert (caught.value.place.file, caught.value.place.line) == ("bad.xes", line)
    assert caught.value.expected


def test_an_error_deep_in_a_large_file_has_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xes, "BLOCK", 4_000)
    good = [trace(f"c{i}", event(), event()) for i in range(200)]
    text = log(*good, trace("bad", event(), event(time="2024-13-01")))
    with pytest.raises(BadInput, match="2024-13-01") as caught:
        read(write(tmp_path, "a.xes", text), tmp_path / "part")
    assert caught.value.place is not None
    lines = text.split("\n")
    assert caught.value.place.line == 1 + next(i for i, line in enumerate(lines) if "2024-13-01" in line)


BOMB = '<!DOCTYPE log [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (log(trace("c", event("&b;"))).replace("<log", BOMB + "<log", 1), "document type"),
        (log(trace("c", event("x" * 3_000_000))), "takes more than"),
        (HEAD + "<!-- " + "x" * 3_000_000, "takes more than"),
        (HEAD + '<string key="x" value="1">' * 200, "nested more than 64 deep"),
        (
            log(trace("c", event(more="".join(f'<int key="k{i}" value="1"/>' for i in range(300))))),
            "more than 100",
        ),
        (HEAD + '<string key="k" value="v"/>' * 20_000, "attributes of the log itself"),
    ],
)
def test_hostile_files_are_refused(tmp_path: Path, text: str, message: str) -> None:
    path = write(tmp_path, "hostile.xes", text)
    limits = Limits(value_bytes=1 << 20, columns=100, log_bytes=1 << 20)
    with pytest.raises(HostileInput, match=message):
        read(path, tmp_path / "part", limits=limits)


def test_a_huge_trace_is_read_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Case attributes given before the first block, or after the last event, belong to the whole trace."""
    monkeypatch.setattr(xes, "BLOCK", 5_000)
    events = [event(f"A{i}", more=f'<int key="n" value="{i}"/>') for i in range(500)]
    first = '<string key="dept" value="D"/><date key="deadline" value="2024-05-01T00:00:00+08:00"/>'
    text = log(
        trace("c0", event("x")),
        trace("big", *events, '<int key="late" value="1"/>', more=first),
        trace("c2", event("y")),
    )
    found = read(write(tmp_path, "a.xes", text), tmp_path / "part", Mapping(deadline="case:deadline"))
    assert found.column("case_id") == ["c0"] + ["big"] * 500 + ["c2"]
    assert found.events["n"] == [None, *range(500), None]
    assert found.cases["case_id"] == ["c0", "big", "c2"]
    assert found.cases["dept"] == [None, "D", None]
    assert found.cases["late"] == [None, 1, None]
    assert found.column("deadline") == [None] + [datetime(2024, 5, 1)] * 500 + [None]


# ---------------------------------------------------------------- the fast way and the slow way are the same

_TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters='"<&'), max_size=8)
_VALUE = st.one_of(_TEXT, st.sampled_from(["&amp;", "a&lt;b", "&#65;", "中文", ">", "'", " x ", "&#10;"]))
_KIND = st.sampled_from(["string", "int", "date", "float", "boolean", "id"])
_BLANK = st.sampled_from(["", "\n", "\n\t\t", " ", "\r\n"])


@st.composite
def _attributes(draw: st.DrawFn) -> str:
    out = ""
    for _ in range(draw(st.integers(0, 4))):
        kind, key, value = (
            draw(_KIND),
            draw(st.sampled_from(["k", "concept:name", "a&amp;b", "日期"])),
            draw(_VALUE),
        )
        out += draw(_BLANK) + f'<{kind} key="{key}" value="{value}"/>'
        if draw(st.integers(0, 60)) == 0:
            out += draw(
                st.sampled_from(
                    ["<!-- c -->", '<string key="n" value="v"><int key="i" value="1"/></string>', "<x/>",
                     "<int value='1' key='q'/>", '<int  key="z" value="1" />', "]]>", "&amp;", "\x01", '"']
                )
            )  # fmt: skip
    return out + draw(_BLANK)


@st.composite
def _traces(draw: st.DrawFn) -> str:
    out = ""
    for _ in range(draw(st.integers(1, 4))):
        inner = draw(_attributes())
        for _ in range(draw(st.integers(0, 3))):
            inner += f"<event>{draw(_attributes())}</event>" + draw(_BLANK)
        out += f"<trace>{inner}</trace>" + draw(_BLANK)
    return out.rstrip()


def _plain(block: Block) -> object:
    groups = {(g.scope, g.kind, g.key): (g.owners.tolist(), g.values.to_pylist()) for g in block.groups}
    return block.traces, block.events, block.trace_of_event.tolist(), groups, block.state


@settings(max_examples=400, deadline=None)
@given(_traces())
def test_scan_reads_what_expat_reads_or_declines(text: str) -> None:
    data = text.encode("utf-8", "surrogatepass")
    try:
        fast = scan(data, LOG)
    except Unusual:
        return
    header = Header()
    parser = XesParser(header, Limits(), lambda *_: Place("x"), begin=LOG)
    parser.feed(data)
    assert header.unknown == header.orphans == 0
    assert _plain(parser.take()) == _plain(fast)


def test_the_usual_form_is_read_the_fast_way() -> None:
    data = (trace("c1", event("A"), event("B")) + trace("c2", event("A"))).strip().encode()
    assert scan(data, LOG).events == 3
    assert scan(data.replace(b'"/>', b'" />'), LOG).events == 3


@pytest.mark.parametrize("filling", ["\t" * 200, "<event></event>" * 2_000, "\n" * 200_000, " /" * 50_000])
def test_unusual_markup_is_declined_in_linear_time(filling: str) -> None:
    """Once a run of blanks before a foreign element took for ever (found by the fuzzer)."""
    data = f'<trace><string key="a" value="b"/>{filling}<odd key="c" value="d"/></trace>'.encode()
    started = time.process_time()
    with pytest.raises(Unusual):
        scan(data, LOG)
    assert time.process_time() - started < 1


def test_a_number_of_a_million_digits_is_refused_at_once(tmp_path: Path) -> None:
    text = log(trace("c", event(more=f'<float key="x" value="{"1" * 1_000_000}x"/>')))
    started = time.process_time()
    with pytest.raises(BadInput, match="not of type float"):
        read(write(tmp_path, "a.xes", text), tmp_path / "part")
    assert time.process_time() - started < 2
