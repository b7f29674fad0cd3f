"""Limits and parameters as data."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from xiaoneng.core.clock import Direction, Status, Unit, default_parameters, load_parameters
from xiaoneng.core.errors import BadInput, NotFound

TODAY = date(2026, 3, 2)
HEAD = 'format = "xiaoneng-parameters"\nversion = 1\n'
ONE = '[[limit]]\nkey = "a"\nvalue = 20\nunit = "wd"\nstart = "acceptance"\nbasis = "x"\nstatus = "law"\n'

APPENDIX_B = [
    ("license.correction_notice", 5, "wd", 0),
    ("license.decide", 20, "wd", 10),
    ("license.joint.decide", 45, "wd", 15),
    ("license.prior_review", 20, "wd", 0),
    ("license.deliver", 10, "wd", 0),
    ("license.hearing.ask", 5, "wd", 0),
    ("license.hearing.hold", 20, "wd", 0),
    ("license.hearing.notice", 7, "wd", 0),
    ("license.inspect.assign", 5, "wd", 0),
    ("license.renew.apply_before", 30, "wd", 0),
    ("rating.contact", 1, "wd", 0),
    ("rating.fix.simple", 5, "wd", 0),
    ("rating.fix.complex", 15, "wd", 0),
    ("hotline.grade.emergency", 2, "hour", 0),
    ("hotline.grade.urgent", 24, "hour", 0),
    ("hotline.grade.ordinary", 7, "cd", 0),
    ("hotline.grade.complex", 15, "cd", 0),
    ("hotline.reply", 5, "wd", 5),
    ("hotline.return_misrouted", 24, "hour", 0),
    ("petition.inform", 15, "cd", 0),
    ("petition.decide", 60, "cd", 30),
    ("petition.object", 5, "wd", 0),
    ("petition.review", 30, "cd", 0),
    ("petition.recheck", 30, "cd", 0),
    ("disclosure.reply", 20, "wd", 20),
    ("data.unconditional_reply", 1, "wd", 0),
    ("data.conditional_reply", 10, "wd", 10),
    ("data.supply", 20, "wd", 0),
    ("data.correct", 10, "wd", 0),
    ("data.catalog_update", 10, "wd", 5),
    ("data.catalog_publish", 2, "wd", 0),
    ("data.usage_log_keep", 3, "year", 0),
    ("pia.keep", 3, "year", 0),
    ("log.keep", 6, "month", 0),
    ("inspect.objection", 30, "cd", 0),
    ("inspect.recheck", 30, "cd", 0),
]


@pytest.mark.parametrize(("key", "value", "unit", "extension"), APPENDIX_B)
def test_the_default_limits(key: str, value: int, unit: str, extension: int) -> None:
    limit = default_parameters().limit(key, TODAY)
    assert (limit.value, limit.unit, limit.extension) == (value, Unit(unit), extension)
    assert limit.basis
    assert bool(limit.approver) == bool(extension)


def test_all_defaults_are_listed_here() -> None:
    assert {limit.key for limit in default_parameters().limits} == {row[0] for row in APPENDIX_B}


def test_other_parameters() -> None:
    parameters = default_parameters()
    assert parameters.parameter("hotline.weights", TODAY).value == (30.0, 35.0, 35.0)
    assert parameters.parameter("eval.weights", TODAY).status is Status.ASSUMED
    assert parameters.limit("license.renew.apply_before", TODAY).direction is Direction.BEFORE


def test_a_version_governs_by_the_day_of_its_start(tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    old = ONE + "valid_to = 2026-06-30\n"
    new = ONE.replace("20", "15") + "valid_from = 2026-07-01\n"
    path.write_text(HEAD + old + new, encoding="utf-8")
    parameters = load_parameters(path)
    assert parameters.limit("a", date(2026, 6, 30)).value == 20
    assert parameters.limit("a", date(2026, 7, 1)).value == 15
    with pytest.raises(NotFound):
        default_parameters().limit("data.correct", date(2025, 7, 31))
    with pytest.raises(NotFound):
        parameters.parameter("a", TODAY)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        (ONE, "format"),
        (HEAD.replace("1", "2") + ONE, "format"),
        (HEAD + ONE + ONE, None),
        (HEAD + ONE.replace('"wd"', '"day"'), "limit[1].unit"),
        (HEAD + ONE.replace("20", "-1"), "limit[1].value"),
        (HEAD + ONE.replace("20", "20.0"), "limit[1].value"),
        (HEAD + ONE + "extension = 10\n", "limit[1].approver"),
        (HEAD + ONE + "limits = 1\n", "limit[1].limits"),
        (HEAD + ONE.replace('"law"', '"certain"'), "limit[1].status"),
        (HEAD + ONE + "valid_from = 2026-07-01\nvalid_to = 2026-06-30\n", None),
        (
            HEAD + '[[parameter]]\nkey = "a"\nvalue = "x"\nunit = "%"\nbasis = "x"\nstatus = "law"\n',
            "parameter[1].value",
        ),
        (
            HEAD + '[[parameter]]\nkey = "a"\nvalue = []\nunit = "%"\nbasis = "x"\nstatus = "law"\n',
            "parameter[1].value",
        ),
    ],
)
def test_mistakes_are_told_with_their_place(tmp_path: Path, text: str, field: str | None) -> None:
    path = tmp_path / "p.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        load_parameters(path)
    assert caught.value.place is not None
    assert caught.value.place.field == field
