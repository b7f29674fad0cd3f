"""The compatibility kit passes completely, and its runner would notice if it did not."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance import dmn
from conformance.__main__ import main
from tests.conftest import SHARED, missing
from tests.core.decisions.models import definitions, literal

TCK = 'xmlns="http://www.omg.org/spec/DMN/20160719/testcase"'
XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'


@pytest.fixture
def kit() -> Path:
    folder = SHARED / "conformance" / "dmn-tck"
    if not folder.is_dir():
        missing(f"no compatibility kit at {folder}; set XIAONENG_SHARED")
    return folder


def test_the_kit_passes(kit: Path) -> None:
    report = dmn.run(kit)
    assert report["total"] > 3000
    assert report["failures"] == []
    assert report["non_null"]["passed"] > 1700
    assert (
        report["levels"]["compliance-level-2"]["passed"]
        == report["levels"]["compliance-level-2"]["total"]
        > 100
    )


def suite(folder: Path, *cases: tuple[str, str, bool]) -> Path:
    """A suite of (expression, expected value in XML, error expected)."""
    body, nodes = "", ""
    for number, (text, expected, error) in enumerate(cases):
        body += literal(f"d{number}", text)
        mark = ' errorResult="true"' if error else ""
        nodes += (
            f'<testCase id="{number}"><resultNode name="d{number}"{mark}><expected>{expected}</expected>'
            "</resultNode></testCase>"
        )
    (folder / "m.dmn").write_bytes(definitions(body))
    (folder / "m-test-01.xml").write_text(
        f"<testCases {TCK} {XSI}><modelName>m.dmn</modelName>{nodes}</testCases>"
    )
    return folder


ONE = '<value xsi:type="xsd:decimal">1</value>'
NIL = '<value xsi:nil="true"/>'


def test_an_expected_error_needs_null_and_a_recorded_error(tmp_path: Path) -> None:
    report = dmn.run(
        suite(tmp_path, ("1/0", NIL, True), ("null", NIL, True), ("null", NIL, False), ("1", NIL, True))
    )
    assert [f["case"].split("/")[-1] for f in report["failures"]] == ["d1", "d3"]
    assert report["non_null"] == {"passed": 0, "failed": 0}


def test_values_are_counted_apart(tmp_path: Path) -> None:
    report = dmn.run(
        suite(tmp_path, ("1", ONE, False), ("2", ONE, False), ('"1"', ONE, False), ("1.0", ONE, False))
    )
    assert report["non_null"] == {"passed": 2, "failed": 2}
    assert (report["total"], report["passed"], report["failed"]) == (4, 2, 2)


def test_the_exit_code_tells(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    suite(tmp_path, ("1", ONE, False))
    assert main(["dmn", str(tmp_path), "--json"]) == 0
    suite(tmp_path, ("2", ONE, False))
    assert main(["dmn", str(tmp_path)]) == 1
    assert "expected 1, got 2" in capsys.readouterr().out
    assert main(["dmn", str(tmp_path / "nowhere")]) == 2


def test_a_broken_model_fails_its_cases(tmp_path: Path) -> None:
    suite(tmp_path, ("1", ONE, False))
    (tmp_path / "m.dmn").write_bytes(b"<broken")
    assert dmn.run(tmp_path)["failed"] == 1
